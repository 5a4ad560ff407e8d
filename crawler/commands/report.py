"""``scrapy report [UID]``: what a crawl found, from archive.db."""

from __future__ import annotations

import argparse
import json
from contextlib import closing

from scrapy.exceptions import UsageError

from crawler.cli.command import HousecallCommand
from crawler.cli.output import print_result
from crawler.monitoring.monitor_report import json_text, markdown
from pipelines.db.connection import open_archive
from pipelines.reports.run_report import UnknownCrawl, find_crawl, run_report


class Command(HousecallCommand):
    """Prints the report of the last crawl, or of the one that is named."""

    errors = (UnknownCrawl,)
    usage = "[options] [UID]"
    summary = "Print the report of the last crawl, or of the one with a given uid"
    description = (
        "Counts anew, from ARCHIVE_DB alone, what a crawl found: alarms, question pages by "
        "what happened to them, captures, failures by cause, fields. UID is the crawl's uid "
        "or its beginning (table crawls); without it, the last crawl is taken. Prints "
        "Markdown, or JSON with --json. Exit status 0 if it is printed, 1 if there is no "
        "such crawl."
    )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print it."""
        if len(args) > 1:
            raise UsageError("name one crawl, or none for the last one", print_help=False)
        with closing(open_archive(self.paths.database, readonly=True)) as db:
            report = run_report(
                db.conn, find_crawl(db.conn, args[0] if args else ""), self.paths.warcs
            )
        print_result(opts, json.loads(json_text(report)), markdown(report).splitlines())
