"""Crawls the addresses of a list, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.frontier.frontier import FrontierEntry
from crawler.frontier.page_list import read_page_list
from crawler.frontier.revisit import Mode
from crawler.frontier.seeds import Seeding
from crawler.spiders.live import LiveSpider
from parsers.urls import site_for


class PagesSpider(LiveSpider):
    """``scrapy crawl pages -a urls=FILE [-a revisit=all|full]``.

    Every address is asked for in every run. robots.txt is obeyed; no link is followed. A page
    of a host that nobody declares is kept, and not read.

    :param urls: one address, or a file with one in each line
    :raises ValueError: a line is no web address
    :raises OSError: the file cannot be read
    """

    name = "pages"
    hosts_are_independent = True

    def __init__(self, urls: str = "", revisit: str = Mode.ALL) -> None:
        pages = read_page_list(urls)
        super().__init__(pages, revisit)
        asked = revisit if self.mode is Mode.FULL else ""
        self.set_arguments({"urls": urls, "list": pages.name, "revisit": asked})
        self.lock_scope = self.name
        # A frontier of its own for each list, so that nothing of another is asked for.
        self.frontier_name = pages.name
        self.host_urls = pages.host_urls
        self.slots = tuple(urlsplit(url).hostname or "" for url in pages.host_urls)

    async def seed(self) -> None:
        """Put the list into the frontier."""
        urls = self.scope.starts
        undeclared = sum(site_for(url) is None for url in urls)
        if undeclared:
            self.logger.info(
                "%d of %d addresses are of hosts that nobody declares: their pages are kept, and "
                "not read (scrapy newsite declares a site)", undeclared, len(urls),
            )  # fmt: skip
        frontier = self.recorder.frontier
        frontier.add(map(FrontierEntry, urls))
        frontier.seeded = True
        self.seeding = Seeding()
        self.recorder.commit()
