"""The peer of the crawl benchmark: a minimal Scrapy spider, with Scrapy's own defaults.

It follows every link with LinkExtractor, as the tutorial does, and stores nothing.

Usage: python bench/peer_spider.py BASE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor


class FollowLinks(Spider):
    """Follows links, and that is all."""

    name = "follow"
    links = LinkExtractor()

    def parse(self, response: Response) -> Iterator[Request]:
        """Ask for every link of a page; Scrapy drops those that were asked for before."""
        if isinstance(response, TextResponse):
            for link in self.links.extract_links(response):
                yield Request(link.url)


def main(base: str) -> None:
    """Crawl ``base`` and print how many responses came."""
    settings = {
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": True,
        # Its default waits between requests would measure nothing but waiting.
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(FollowLinks)
    FollowLinks.start_urls = [base]
    FollowLinks.allowed_domains = ["127.0.0.1"]  # type: ignore[attr-defined]
    process.crawl(crawler)
    process.start()
    assert crawler.stats is not None
    print(json.dumps({"pages": crawler.stats.get_value("downloader/response_count", 0)}))


if __name__ == "__main__":
    main(sys.argv[1])
