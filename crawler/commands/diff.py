"""``scrapy diff OLD NEW``: what a change of the parser did, before its archive takes the place."""

from __future__ import annotations

import argparse

from scrapy.exceptions import UsageError

from crawler.cli import diff_text
from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_result
from pipelines.db.connection import ArchiveError
from pipelines.reports.parser_diff import Compared, compare_archives, eras_in


class Command(HousecallCommand):
    """Compares two archives capture by capture; changes neither."""

    usage = "[options] OLD NEW"
    summary = "Compare two archives of the same captures: what a change of the parser did"
    description = (
        "OLD and NEW are two archive.db files, such as the one in use and one that "
        "'scrapy rebuild' made with a changed parser. For each field: in how many captures "
        "it gained a value, lost one or changed, by site, era, year and confidence, with "
        "examples; which pages are read now and were not, or the reverse; failures to parse; "
        "questions that appeared and disappeared. The era is the template of the page, told "
        "from its bytes in WARC_DIR; without these, the year of capture. Only captures that "
        "both archives hold are compared. Exit status: 0 nothing differs, 1 something does, "
        "2 wrong use, or a file that cannot be read."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the number of examples."""
        super().add_options(parser)
        parser.add_argument(
            "--examples",
            type=int,
            default=3,
            metavar="N",
            help="examples of each change (default: 3)",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Compare the archives, and print what differs."""
        if len(args) != 2:
            raise UsageError("name two archives: OLD NEW", print_help=False)
        if opts.examples < 0:
            raise CommandError("--examples takes a number of 0 or more", 2)
        old, new = args
        compared = self._compare(old, new, opts.examples)
        print_result(
            opts,
            diff_text.as_json(old, new, compared, opts.examples),
            diff_text.lines(old, new, compared, opts.examples),
        )
        self.exitcode = 1 if compared.differs else 0

    def _compare(self, old: str, new: str, examples: int) -> Compared:
        try:
            compared = compare_archives(old, new, eras_in(self.paths.warcs), keep=examples)
        except ArchiveError as error:
            raise CommandError(str(error), 2) from error
        if not compared.common and any(lone.captures for lone in compared.lone):
            why = "they are not archives of the same WARC files"
            raise CommandError(f"{old} and {new} have no capture in common: {why}", 2)
        return compared
