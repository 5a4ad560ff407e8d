"""Crawls NetWellness, or a copy of it served elsewhere."""

from __future__ import annotations

from crawler.spiders.base import SiteSpider


class NetWellnessSpider(SiteSpider):
    """``scrapy crawl netwellness [-a base=URL] [-a revisit=due|all|full]``."""

    name = "netwellness"
    base = "http://www.netwellness.org/"
