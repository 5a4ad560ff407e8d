"""``scrapy show PATH``: the record that the parser reads in one local file."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.cli.command import CommandError, HousecallCommand, print_json
from parsers import as_json, parse
from parsers.records import ParseError, QAPage
from pipelines.ingest.saved_pages import captures_in
from pipelines.ingest.sniff import FileError

NOT_A_QA_PAGE = 3
PARSE_ERROR = 4


class Command(HousecallCommand):
    """Prints a record as JSON, and where each field came from."""

    errors = (FileError,)
    usage = "[options] PATH"
    summary = "Print the record that the parser reads in one local file, as JSON"
    description = (
        "Reads an HTML or text file, or the first question page of a WARC file, and prints "
        "the record with where each field came from. Nothing is stored. Exit status: "
        "0 printed, 1 unreadable file, 3 no question-and-answer page, 4 such a page that "
        "cannot be read."
    )
    prints_json = False  # it prints nothing else

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--url``: the page's address, where the file does not say it."""
        super().add_options(parser)
        parser.add_argument("--url", help="the page's URL (default: what the file itself says)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the record, or say why there is none."""
        if len(args) != 1:
            raise UsageError("name one file", print_help=False)
        try:
            page = first_page(Path(args[0]), opts.url)
        except ParseError as error:
            raise CommandError(
                f"a question page that cannot be read: {error}", PARSE_ERROR
            ) from error
        if page is None:
            raise CommandError(f"{args[0]} is no question-and-answer page", NOT_A_QA_PAGE)
        print_json(as_json(page))


def first_page(path: Path, url: str | None) -> QAPage | None:
    """The first question page among the captures in a file.

    :raises ParseError: that page cannot be read
    :raises FileError: the file is nothing that holds pages, or does not say its address
    """
    return next((page for one in captures_in(path, url=url) if (page := parse(one))), None)
