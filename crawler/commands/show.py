"""``scrapy show PATH``: the record that the parser reads in one local file."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.command import CommandError, HousecallCommand, print_json
from parsers import as_json, parse
from parsers.records import Capture, ParseError
from pipelines.files import FileError, captures_in

NOT_A_QA_PAGE = 3
PARSE_ERROR = 4


class Command(HousecallCommand):
    """Prints a record as JSON, and where each field came from."""

    prints_json = False  # it prints nothing else

    def syntax(self) -> str:
        """How it is called."""
        return "[options] PATH"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Print the record that the parser reads in one local file, as JSON"

    def long_desc(self) -> str:
        """For ``--help``."""
        return (
            "Reads one HTML or text file (or the pages of a WARC file) and prints the record, "
            "with where each field came from. Nothing is stored. Exit status: 0 printed, "
            "1 unreadable file, 3 not a question-and-answer page, 4 such a page that cannot be read."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--url``: the page's address, where the file does not say it."""
        super().add_options(parser)
        parser.add_argument("--url", help="the page's URL (default: what the file itself says)")
