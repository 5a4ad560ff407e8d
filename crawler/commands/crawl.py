"""``scrapy crawl SPIDER``: Scrapy's own command, with a summary and an honest exit status."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.cli.command import spare_the_collector
from crawler.cli.crawl_text import CrawlSummary, summarise
from crawler.cli.output import (
    OutputError,
    open_output,
    print_json_line,
    print_lines,
    silence_output,
)
from crawler.cli.renew_vectors import renew_vectors
from crawler.frontier.frontier import FrontierError, OtherRun
from crawler.net.addresses import is_loopback_name
from crawler.paths import set_up_reading
from crawler.session.budget import without_budget
from crawler.session.frontier_spider import FrontierSpider
from crawler.session.open import open_session
from crawler.session.recorder import recorder_of
from pipelines.db.connection import ArchiveError
from pipelines.files.locks import LockHeld, describe

STOPPED_AT_ONCE = "crawl        stopped at once, as if it had been killed; the same command goes on"


class Command(ScrapyCrawl):
    """Runs a spider, prints what it did; exit status 0 only if all went well."""

    def long_desc(self) -> str:
        """Return the text of ``--help``."""
        return (
            "Runs a spider: every exchange is kept in WARC_DIR, every record in ARCHIVE_DB. "
            "A crawl that was stopped or killed is gone on with by the same command. Prints "
            "what was found. Exit status 0 if the crawl ran to its end and got pages, 1 if it "
            "failed or a monitor raised an alarm, 2 if it could not begin, 3 if it was stopped "
            "before its end."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--json``."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")
        parser.add_argument(
            "--drop-interrupted", action="store_true",
            help="give up an interrupted crawl of the site that had other arguments",
        )  # fmt: skip

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check what can be checked beforehand, crawl, and print the summary."""
        open_output()
        if len(args) != 1:
            raise UsageError("name one spider, such as: scrapy crawl site -a site=NAME")
        if opts.output or opts.overwrite_output:
            raise UsageError(
                "-o and -O are not used: records go to ARCHIVE_DB, and scrapy serve exports them",
                print_help=False,
            )
        assert self.crawler_process is not None
        if opts.loglevel is None:  # Scrapy's own lines are for those who ask for them
            logging.getLogger("scrapy").setLevel(logging.WARNING)
        try:
            budget, arguments = without_budget(opts.spargs)
        except ValueError as error:
            raise UsageError(str(error), print_help=False) from error
        crawler = self._ready(args[0], arguments, drop=opts.drop_interrupted)
        recorder = recorder_of(crawler)
        recorder.budget = budget
        started = time.monotonic()
        spare_the_collector()
        try:
            self.crawler_process.crawl(crawler, **arguments)
            self.crawler_process.start()
            if self.crawler_process.bootstrap_failed:
                self.exitcode = 1
                return
            if recorder.run_end is None:
                print(STOPPED_AT_ONCE)
                self.exitcode = 3
                return
            summary = summarise(crawler, recorder, time.monotonic() - started)
            self.exitcode = summary.exit_status
            self._print(summary, opts)
        except KeyboardInterrupt:  # before Scrapy listened for it
            print(STOPPED_AT_ONCE)
            self.exitcode = 3
        finally:
            recorder.close()
            renew_vectors(recorder.paths.database)

    def _print(self, summary: CrawlSummary, opts: argparse.Namespace) -> None:
        try:
            if opts.json:
                print_json_line(summary.as_json())
            else:
                print_lines(summary.lines())
        except (BrokenPipeError, OutputError) as error:
            silence_output()
            print(f"crawl: the summary cannot be written: {error}", file=sys.stderr)
            self.exitcode = self.exitcode or 1

    def _ready(self, name: str, arguments: dict[str, str], *, drop: bool) -> Crawler:
        """Return the crawler, with its archive open.

        :raises UsageError: the crawl cannot begin; it says why
        """
        assert self.settings is not None
        try:
            set_up_reading(self.settings)
            crawler = self._create_crawler(name)
            spider = crawler.spidercls(**arguments)  # says now what is wrong with the arguments
            if not isinstance(spider, FrontierSpider):
                raise TypeError(f"the spider {name} is no FrontierSpider: it cannot be recorded")
            check_contact(crawler, spider.host_urls)
            _open(crawler, spider, drop=drop)
        except LockHeld as held:
            raise UsageError(
                f"not begun: there is {describe(held.holder)}. Let it finish, or stop it with "
                "Ctrl-C there; this command then goes on where it was",
                print_help=False,
            ) from held
        except (ArchiveError, FrontierError, OSError, ValueError, TypeError) as error:
            raise UsageError(str(error), print_help=False) from error
        except KeyError as error:
            raise UsageError(f"no spider is called {name!r}", print_help=False) from error
        return crawler


def _open(crawler: Crawler, spider: FrontierSpider, *, drop: bool) -> None:
    """Open the session; ask at a terminal before an interrupted crawl is given up.

    :raises OtherRun: it is not to be
    """
    try:
        open_session(crawler, spider, drop=drop)
    except OtherRun as other:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        print(f"{other}\nGive it up now? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise
        open_session(crawler, spider, drop=True)


def check_contact(crawler: Crawler, host_urls: Sequence[str]) -> None:
    """Refuse to ask another host than this machine without saying who we are.

    :param host_urls: one URL on each host that is asked
    :raises ValueError: CONTACT is not set; the message says how
    """
    settings = crawler.settings
    contact = settings["CONTACT"]
    if contact and not (contact.isascii() and contact.isprintable()):
        raise ValueError(f"CONTACT={contact!r} cannot stand in a header: use ASCII only")
    if contact:
        settings.set("USER_AGENT", f"housecall/0.1 (+{contact})", priority="cmdline")
    elif not all(is_loopback_name(urlsplit(url).hostname or "") for url in host_urls):
        raise ValueError(
            "CONTACT is not set. The owner of a site must be able to reach you: give an e-mail "
            "address or a web page, such as -s CONTACT=archive@example.org, or set it in "
            "crawler/settings.py."
        )
