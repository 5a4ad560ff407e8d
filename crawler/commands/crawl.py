"""``scrapy crawl SPIDER``: Scrapy's own command, with a summary and an honest exit status."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.archive import CrawlArchive
from crawler.command import ArchivePaths
from crawler.summary import CrawlSummary
from pipelines.database import ArchiveError, open_archive

_TOTALS = ("questions", "responders", "topics", "captures", "failures")


class Command(ScrapyCrawl):
    """Runs a spider, prints what it did; exit status 0 only if all went well."""

    def long_desc(self) -> str:
        """For ``--help``."""
        return (
            "Runs a spider: every exchange is kept in WARC_DIR, every record in ARCHIVE_DB. "
            "Prints what was found. Exit status 0 if the crawl ran to its end and got pages, "
            "1 if not, 2 if it could not begin."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--json`` prints the summary as JSON."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check what can be checked beforehand, crawl, print the summary."""
        if len(args) != 1:
            raise UsageError("name one spider, such as: scrapy crawl netwellness")
        if opts.output or opts.overwrite_output:
            raise UsageError(
                "-o and -O are not used: records go to ARCHIVE_DB, and scrapy serve exports them",
                print_help=False,
            )
        assert self.settings is not None
        assert self.crawler_process is not None
        if opts.loglevel is None:  # Scrapy's own lines are for those who ask for them
            logging.getLogger("scrapy").setLevel(logging.WARNING)
        paths = ArchivePaths.of(self.settings)
        try:
            crawler = self._create_crawler(args[0])
            crawler.spidercls(**opts.spargs)  # says now what is wrong with the arguments
            check_contact(crawler, opts.spargs)
            open_archive(paths.database).close()
        except (ArchiveError, ValueError, TypeError) as error:
            raise UsageError(str(error), print_help=False) from error
        except KeyError as error:
            raise UsageError(f"no spider is called {args[0]!r}", print_help=False) from error
        started = time.monotonic()
        spare_the_collector()
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        archive: CrawlArchive | None = getattr(crawler, "archive", None)
        if self.crawler_process.bootstrap_failed or archive is None:
            self.exitcode = 1
            return
        summary = summarise(crawler, archive, paths, time.monotonic() - started)
        show(summary, as_json=opts.json)
        self.exitcode = 0 if summary.succeeded else 1


def spare_the_collector() -> None:
    """Let the garbage collector look at what is new, and less often.

    What is imported by now stays to the end, and a crawl leaves few cycles; going through
    all of it again and again would take a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def check_contact(crawler: Crawler, arguments: dict[str, str]) -> None:
    """Refuse to crawl a site that is not on this machine without saying who we are.

    :raises ValueError: CONTACT is not set; the message says how
    """
    settings = crawler.settings
    contact = settings["CONTACT"]
    base = arguments.get("base", getattr(crawler.spidercls, "base", ""))
    if contact:
        settings.set("USER_AGENT", f"housecall/0.1 (+{contact})", priority="cmdline")
    elif not is_loopback(base):
        raise ValueError(
            "CONTACT is not set. The owner of a site must be able to reach you: give an e-mail "
            "address or a web page, such as -s CONTACT=archive@example.org, or set it in "
            "crawler/settings.py."
        )


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def summarise(
    crawler: Crawler, archive: CrawlArchive, paths: ArchivePaths, seconds: float
) -> CrawlSummary:
    """Collect what the run counted, and what the archive holds now."""
    db = open_archive(paths.database, readonly=True)
    totals = {table: db[table].count for table in _TOTALS}
    (failures,) = db.execute(
        "SELECT count(*) FROM failures JOIN crawls ON crawls.id = crawl_id "
        "WHERE uid = ? AND resolved_by IS NULL",
        [archive.crawl.uid],
    ).fetchone()
    db.close()
    assert crawler.stats is not None
    files = [*archive.writer.finished_files, paths.database]
    traps = getattr(crawler.spider, "traps", None)
    return CrawlSummary(
        spider=archive.crawl.spider,
        outcome=str(crawler.stats.get_value("finish_reason")),
        seconds=seconds,
        statuses=archive.statuses,
        pages=archive.store.counts,
        totals=totals,
        failures=failures,
        skipped={
            "links into traps": traps.cut.total() if traps else 0,
            "forbidden by robots.txt": crawler.stats.get_value("robotstxt/forbidden", 0),
        },
        sizes={str(path): Path(path).stat().st_size for path in files},
    )


def show(summary: CrawlSummary, *, as_json: bool) -> None:
    """Print the summary to standard output."""
    value: dict[str, Any] = summary.as_json()
    print(json.dumps(value) if as_json else "\n".join(summary.lines()))
    sys.stdout.flush()
