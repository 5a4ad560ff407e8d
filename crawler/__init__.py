"""Gets: the only package that knows Scrapy (besides the item pipelines)."""
