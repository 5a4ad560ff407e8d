"""``scrapy status``: runs, freshness, failures, disk; a health check; what is missing."""

from __future__ import annotations

import argparse
from datetime import timedelta

from crawler.cli import coverage_text, status_text
from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_result
from crawler.commands.due import options_of
from crawler.jobs.history import HistoryError
from crawler.jobs.job_status import gather, problems
from crawler.jobs.runner import utc_now
from crawler.jobs.schedule import parse_duration
from pipelines.reports.coverage import read_coverage


class Command(HousecallCommand):
    """Shows how the archive and its crawls stand; changes nothing."""

    errors = (HistoryError,)
    summary = "Show scheduled runs, freshness, failures and room on the disk"
    description = (
        "Shows the last and next run of each scheduled crawl, how fresh the archive is, "
        "what failed, crawls that can be continued, and the room on the disk. With "
        "--check it is a health check for monitoring: it prints only what is wrong, and "
        "exits 1 if anything is, else 0: a crawl overdue by more than twice its interval, a last "
        "run that failed, raised an alarm or read no question, a declaration that has changed "
        "since pages were read by it, much of the archive that is not read, no archive, a disk "
        "with less than MIN_FREE_BYTES left. Every run is judged, by hand or by schedule. Wrong "
        "use exits 2. With "
        "--coverage it shows instead which questions of each site are known, captured and "
        "missing, and which web archives have what is missing."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the health check and the coverage."""
        super().add_options(parser)
        parser.add_argument(
            "--check", action="store_true", help="print what is wrong; exit 1 if anything is"
        )
        parser.add_argument(
            "--coverage", action="store_true", help="show what is missing, and who has it"
        )
        parser.add_argument(
            "--max-age", metavar="AGE", help="how old the newest capture may be, such as 8d"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Gather, and print."""
        if opts.coverage:
            if opts.check or opts.max_age:
                raise CommandError("--coverage is no health check: leave out --check", 2)
            archive = str(self.paths.database)
            sites, failures = read_coverage(self.paths.database)
            document = coverage_text.as_json(archive, sites, failures)
            print_result(opts, document, coverage_text.lines(archive, sites, failures))
            return
        assert self.settings is not None
        self.paths.check(copy=self.paths.database.is_file())
        options = options_of(self.settings, self.paths.state)
        status = gather(self.paths, self.paths.schedule, options, utc_now())
        min_free = self.settings.getint("MIN_FREE_BYTES")
        max_unread = self.settings.getfloat("MONITOR_MAX_UNREAD")
        wrong = list(problems(status, min_free, age(opts.max_age), max_unread))
        text = wrong or ["healthy"] if opts.check else status_text.lines(status, wrong)
        print_result(opts, status_text.as_json(status, wrong), text)
        self.exitcode = 1 if opts.check and wrong else 0


def age(text: str | None) -> timedelta | None:
    """Return an age of the command line.

    :raises CommandError: it is none
    """
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise CommandError(f"--max-age {error}", 2) from error
