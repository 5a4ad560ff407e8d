"""How Housecall crawls: every value with the reason for it.

Any of them can be set for one run with ``-s NAME=VALUE``.
"""

from __future__ import annotations

from importlib.util import find_spec

BOT_NAME = "housecall"
SPIDER_MODULES = ["crawler.spiders"]
COMMANDS_MODULE = "crawler.commands"

# --- Where things are kept. Two archives can live side by side by giving others.

ARCHIVE_DB = "archive.db"
WARC_DIR = "warcs"
STATE_DIR = ".housecall"

# --- Who we say we are.

# An e-mail address or a page where a site's owner can reach you. A crawl of anything but
# this machine refuses to start while it is empty: an anonymous crawler is an unfair one.
CONTACT = ""
# Completed with CONTACT when a crawl starts.
USER_AGENT = "housecall/0.1 (+research archive)"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
    # Only what we can undo when a page is read; the WARC keeps it encoded, as sent.
    "Accept-Encoding": "gzip, deflate",
}

# --- Politeness.

ROBOTSTXT_OBEY = True
# Seconds between requests to one host where robots.txt gives no Crawl-delay (which is
# applied whenever it asks for more).
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# This machine is nobody's server: trials and tests need not wait.
DOWNLOAD_SLOTS = {
    host: {"delay": 0.0, "jitter": 0.0, "concurrency": 8}
    for host in ("127.0.0.1", "localhost", "::1")
}
# In all. Each host has its own, lower limit above.
CONCURRENT_REQUESTS = 16
# Old pages are small; what is larger than this is cut there, kept, and marked
# WARC-Truncated: length.
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_TIMEOUT = 60
# Old sites answer with certificates that have run out. The archive keeps what was served;
# set it to True where a forged answer is the greater danger.
DOWNLOAD_VERIFY_CERTIFICATES = False
RETRY_TIMES = 3

# --- The way of a response: out of the wire into a WARC, then through as little as it needs.

DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.RecordingDownloadHandler",
    "https": "crawler.handler.RecordingDownloadHandler",
    # Nothing else is crawled.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    # Redirects are pages of the archive: the spider decides whether to follow them.
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    # The handler undoes content encodings after the WARC has them.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    # Public pages need neither cookies nor passwords, and get none.
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    # The scope decides what is on the site, before a request is made.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    # The handler writes these headers into every request itself.
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": None,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
    # The handler has its own time limit.
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
    # The archive counts what matters, from what it stored.
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
}
SPIDER_MIDDLEWARES = {
    # Errors are facts about a page: they reach the spider too.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    # No site needs to know where we came from.
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    # The scope limits depth and length.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
}
EXTENSIONS = {
    "crawler.archive.ArchiveExtension": 100,
    "crawler.robots.CrawlDelay": 200,
    "crawler.progress.Progress": 300,
    # A port that takes commands has no place in an unattended crawl.
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    # Our own progress lines say more.
    "scrapy.extensions.logstats.LogStats": None,
    # Records go to archive.db only.
    "scrapy.extensions.feedexport.FeedExporter": None,
}
ITEM_PIPELINES = {"pipelines.items.ArchivePipeline": 100}
# Requests are made only for URLs that were not seen, so there is nothing to filter.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# A page yields one record; the default of 100 starts 100 tasks for each.
CONCURRENT_ITEMS = 4

# Processes that parse pages while this one downloads; 0 parses here. One is as fast as this
# one can download from a server that does not ask us to wait.
PARSE_WORKERS = 1

# Captures after which the WARC is made durable and the rows are committed, and the seconds
# after which it is done at the latest. What a kill can cost is fetched again.
COMMIT_EVERY = 250
COMMIT_SECONDS = 5.0

# Pages of one URL shape (digits aside) that may lead to nothing new before the crawl stops
# following that shape: a calendar without end is cut there, a long list is not.
TRAP_PATIENCE = 40

# --- What is said while it runs.

LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.logs.QuietLogFormatter"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False

# The fast event loop where there is one (not on Windows).
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None
