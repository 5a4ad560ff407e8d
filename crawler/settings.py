"""How Housecall crawls: every value with the reason for it.

Any of them can be set for one run with ``-s NAME=VALUE``.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

BOT_NAME = "housecall"
SPIDER_MODULES = ["crawler.spiders"]
# Scrapy imports all command modules to find one, which takes longer than many commands do.
# The module of the command that was typed is enough; "scrapy" alone lists them all.
COMMANDS_MODULE = f"crawler.commands.{''.join(sys.argv[1:2])}"
if not COMMANDS_MODULE[17:].isidentifier() or find_spec(COMMANDS_MODULE) is None:
    COMMANDS_MODULE = "crawler.commands"

# --- Where things are kept. Two archives can live side by side, each in a folder of its own.

ARCHIVE_DB = "archive.db"
# While these are empty they are warcs, .housecall, withheld.toml, sites and (below)
# schedule.toml beside ARCHIVE_DB, and belong to that archive.
WARC_DIR = ""
STATE_DIR = ""
# Which questions are not shown, and why: a file to be kept under version control. It may be
# missing; a file that is named here must be there, or nothing is begun.
WITHHELD_FILE = ""
# The declarations of sites (docs/add-a-site.md).
SITES_DIR = ""
# Where scrapy publish puts snapshots. It needs room for three archives while it makes one.
PUBLISH_DIR = "public"

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

# --- What scrapy serve says of itself.

# Scheme and host under which the world knows the archive, such as
# https://archive.example.org: citations and the sitemap need an address that stays. While it
# is empty they have the address that a reader came by.
PUBLIC_URL = ""
# An e-mail address or an https page, shown on /about and in /.well-known/security.txt. Not
# CONTACT: who crawls need not be who answers readers. While it is empty none is shown.
PUBLIC_CONTACT = ""
# Further names that the server answers to, beside that of PUBLIC_URL, localhost and numbers.
ALLOWED_HOSTS: list[str] = []
# Megabytes of what scrapy serve remembers of the archive: results of searches, counts.
CACHE_MB = 64

# --- Politeness.

ROBOTSTXT_OBEY = True
# Whether links are left alone that a page asks robots not to follow: its robots metas and
# X-Robots-Tag headers (nofollow, none), and rel="nofollow" of a link. These are words to search
# engines, and forums put them on most of their links. They are recorded in any case
# (captures.robots).
ROBOTS_META_OBEY = False
# Seconds between requests to one host where robots.txt gives no Crawl-delay (which is
# applied whenever it asks for more).
DOWNLOAD_DELAY = 1.0
# Scrapy's variation of half of it up or down would undercut what is promised.
DOWNLOAD_DELAY_JITTER = 0.0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# A server that answers slowly is asked less often: as long as it takes to answer, nothing
# else is sent. Never more often than DOWNLOAD_DELAY and Crawl-delay allow.
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = DOWNLOAD_DELAY
# This machine is nobody's server: trials and tests need not wait. "throttle" and "backoff"
# (a BACKOFF_BASE of its own) are ours, the rest is Scrapy's.
DOWNLOAD_SLOTS = {
    host: {"delay": 0.0, "jitter": 0.0, "concurrency": 8, "throttle": False, "backoff": 0.05}
    for host in ("127.0.0.1", "localhost", "::1")
}
# In all. Each host has its own, lower limit above.
CONCURRENT_REQUESTS = 16
# Old pages are small; what is larger than this is cut there, kept, and marked
# WARC-Truncated: length.
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_TIMEOUT = 60.0
# Old sites answer with certificates that have run out. The archive keeps what was served;
# set it to True where a forged answer is the greater danger.
DOWNLOAD_VERIFY_CERTIFICATES = False
# Tries after the first one, of what may pass: errors of the server and of the network.
RETRY_TIMES = 3
# Seconds, at most, before the first of them; doubled each time, up to the other, and drawn at
# random from nothing up to that. Also how long a host is left alone that answers 429 or 503
# without saying for how long.
BACKOFF_BASE = 2.0
BACKOFF_MAX = 120.0
# Seconds of Retry-After (or Crawl-delay) that one run waits for. A server that wants more
# ends it: a later run, by schedule or by hand, goes on.
MAX_RETRY_AFTER = 600.0
# --- Web archives (scrapy crawl wayback, commoncrawl): many use them, few pay for them.

# Requests a minute, at most, to an archive's index, to the Wayback Machine's pages, and for
# records of Common Crawl, whose files lie with a cloud provider. The Wayback Machine blocks
# those who ask for more than about these.
ARCHIVE_INDEX_PER_MINUTE = 24.0
WAYBACK_PAGES_PER_MINUTE = 60.0
COMMONCRAWL_PAGES_PER_MINUTE = 120.0
# Seconds that an archive is left alone when it answers 429 or 503 or refuses the connection,
# doubled each time; it blocks for an hour or more those who go on. After RETRY_TIMES the run
# stops, and can be gone on with.
ARCHIVE_PATIENCE = 60.0

# --- More politeness.

# A link of a public page must not lead the crawler into the local network. A crawl whose own
# base is on this machine may connect to this machine; anything else private needs this.
PRIVATE_ADDRESSES = False

# --- The way of a response: out of the wire into a WARC, then through as little as it needs.

DOWNLOAD_HANDLERS = {
    "http": "crawler.net.handler.RecordingDownloadHandler",
    "https": "crawler.net.handler.RecordingDownloadHandler",
    # Nothing else is crawled.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
# Scrapy's own lists are set, and not their parts switched off: it would import each of these
# first (aiohttp for one), a quarter of a crawl's start. What they would do:
# - robots.txt: let everything pass where it cannot be had, and follow none of RFC 9309;
# - try again at once (crawler.net.pace waits), with a time limit (the handler has its own);
# - follow redirects, which are pages of the archive: the spider decides about them;
# - undo content encodings, which the handler does after the WARC has them;
# - cookies, passwords, proxies, a cache: public pages need none, and get none;
# - what is off the site, too deep or too long: the scope decides, before a request is made;
# - write headers, which the handler writes into every request itself;
# - keep errors from the spider, which are facts about a page; say where we came from;
# - count: the archive counts what matters, from what it stored.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
# Before anything else: what is forbidden is not even looked at.
DOWNLOADER_MIDDLEWARES = {"crawler.net.robots.RobotsTxt": 100}
# Without ports that take commands, exports of records, which go to archive.db only, and states of
# spiders: a run that stops is gone on with from the frontier.
EXTENSIONS_BASE = {
    f"scrapy.extensions.{name}": 0
    for name in ("memusage.MemoryUsage", "closespider.CloseSpider", "throttle.AutoThrottle")
}
EXTENSIONS = {
    "crawler.session.extension.ArchiveExtension": 100,
    # After AutoThrottle (0), which it corrects.
    "crawler.net.pace.Pace": 200,
    "crawler.cli.progress.CrawlProgress": 300,
}
ITEM_PIPELINES = {"pipelines.items.ArchivePipeline": 100}
# URLs wait in a frontier on the disk, and are acknowledged when what they gave is committed.
SCHEDULER = "crawler.session.scheduler.FrontierScheduler"
# The frontier knows what was seen, so there is nothing to filter.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# A page yields one record; the default of 100 starts 100 tasks for each.
CONCURRENT_ITEMS = 4

# Processes that parse pages while this one downloads; 0 parses here. While it is empty: all cores
# but the one that downloads, up to 4, which is as many as one download keeps busy.
PARSE_WORKERS = ""
# CPU seconds that reading a page may take, in a crawl, an import, a rebuild and wherever else;
# 0: as many as it takes. A usual page takes 0.01. Past it the page is a failure ("deadline"), and
# the next is read.
PARSE_DEADLINE_SECONDS = 30.0

# Captures after which the WARC is made durable and the rows are committed, and the seconds
# after which it is done at the latest. What a kill can cost is fetched again.
COMMIT_EVERY = 250
COMMIT_SECONDS = 5.0

# A WARC file that has reached this size is closed and another begun: 1 GB is what the
# standard recommends.
WARC_MAX_BYTES = 1_000_000_000
# Bytes that must stay free on the disks of WARC_DIR, ARCHIVE_DB and STATE_DIR. With less, a
# crawl stops while there is still room to put everything in order, and can be gone on with.
MIN_FREE_BYTES = 100_000_000

# --- Which known pages are asked for again. Days may be fractions.

# How long a question page is left alone after the first look. A look that finds it changed
# halves that, one that does not makes it half as long again, within the bounds below. What
# a sitemap says was modified since is asked for at once.
REVISIT_FIRST_DAYS = 7.0
REVISIT_LEAST_DAYS = 1.0
REVISIT_MOST_DAYS = 180.0

# --- When to give up.

# URLs in a row that got no answer at all: then the network or the site is down, and the
# crawl stops with all of them still in the frontier.
OUTAGE_AFTER = 10
# Links from a seed, or from a page that brought a new text or question, beyond which nothing is
# followed. Deep, since long lists are chains.
MAX_DEPTH = 500
# Pages in a row of one URL shape (numbers and tokens aside) that may say nothing new and lead to
# no new question before the crawl stops following that shape: a calendar without end is cut there,
# a long list is not.
TRAP_PATIENCE = 40

# --- Crawls by schedule (scrapy due).

# While it is empty, schedule.toml beside ARCHIVE_DB.
SCHEDULE = ""
# How often a scheduled crawl that failed is tried again before its next regular time.
DUE_RETRIES = 3
# Seconds before a scheduled crawl that was stopped goes on, or one that failed is tried again.
DUE_RETRY_SECONDS = 900.0

# --- Watched: what a run is expected to find. See docs/monitoring.md.

# A crawl whose monitors raise an alarm exits with 1, and crawls.alarms says why.
MONITORS_ENABLED = True
# Pages below which a share proves nothing, and no monitor judges it.
MONITOR_MIN_PAGES = 20
# The same for pages that are not as they were, of which a recrawl finds few. That many
# pages losing the same field at once is no chance.
MONITOR_MIN_ALTERED = 10
# Finished crawls of the same site that a run is compared with: enough for a median that one
# bad crawl cannot move, few enough to follow a site as it changes.
MONITOR_HISTORY = 5
# Shares of question pages that must have the field, whatever was before: half of what the
# poorest template era of a real site gives, so only a wrong parser is below.
MONITOR_MIN_ANSWER = 0.5
MONITOR_MIN_RESPONDER = 0.5
MONITOR_MIN_TOPIC = 0.3
# How far (0.1 is ten percentage points) a share may be worse than that median. A site that
# edits its pages moves it by a point or two.
MONITOR_MAX_DROP = 0.1
# Of the pages that changed, the share that may lose a field by it. Editors correct answers
# and add links; that an answer or its responder vanishes is rare.
MONITOR_MAX_LOST = 0.1
# Share of question pages that may raise ParseError. The parser reads every era that we know;
# one page in twenty that it cannot read is a kind of page that it has not met.
MONITOR_MAX_PARSE_ERRORS = 0.05
# Share of the pages at question addresses that may hold no question which is read. Sites have
# articles there too, and some have many; where it is more, the declaration is wrong, or no
# reader knows how the site prints its questions.
MONITOR_MAX_UNREAD = 0.25
# Share of records whose confidence may be below 0.8. Pages without labels are doubtful by
# nature, and some eras have many of them.
MONITOR_MAX_LOW_CONFIDENCE = 0.25
# Share of the known question pages that may be missing in one run. Sites withdraw pages by
# ones and twos; a tenth at once is a mistake, theirs or ours.
MONITOR_MAX_FALL = 0.1
# Share of addresses whose last answer may be an error, or none. Old sites have many dead
# links, which count on a first crawl only.
MONITOR_MAX_BAD_STATUS = 0.2

# Called after a crawl, with its report: a command (its words as in a shell, but no shell is
# started; the report comes as JSON on standard input), and an address that gets it by POST.
HOOK_COMMAND = ""
HOOK_URL = ""
# When: "alarm" if a monitor raised one or the crawl did not finish, "always", or "never".
HOOK_ON = "alarm"
# Seconds after which a hook is given up. A crawl's result never depends on it.
HOOK_TIMEOUT = 30.0

# --- What is said while it runs.

LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.cli.progress.QuietLogFormatter"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False

# The fast event loop where there is one (not on Windows).
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None
