"""The command line: each module is a Scrapy command, ``scrapy <module name>``."""
