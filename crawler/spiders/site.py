"""Crawls any site that is declared."""

from __future__ import annotations

from crawler.spiders.base import SiteSpider, declared


class DeclaredSiteSpider(SiteSpider):
    """``scrapy crawl site -a site=NAME [-a base=URL] [-a revisit=due|all|full]``."""

    name = "site"

    def __init__(self, site: str = "", base: str = "", revisit: str = "due") -> None:
        super().__init__(declared(site), base, revisit)
        self.arguments = {"site": site, **self.arguments}
