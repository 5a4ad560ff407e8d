"""Crawls NetWellness, or a copy of it served elsewhere."""

from __future__ import annotations

from crawler.spiders.base import SiteSpider, declared


class NetWellnessSpider(SiteSpider):
    """``scrapy crawl netwellness [-a base=URL] [-a revisit=due|all|full]``."""

    name = "netwellness"

    def __init__(self, base: str = "", revisit: str = "due") -> None:
        super().__init__(declared(self.name), base, revisit)
