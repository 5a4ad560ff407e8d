"""``scrapy show PATH``: the records that are read in one local file, or in many."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy.exceptions import UsageError

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_json, print_json_line
from parsers import as_json
from parsers.records import ParseError, QAPage
from pipelines.capture.page_deadline import read
from pipelines.ingest.saved_pages import captures_in
from pipelines.ingest.sniff import FileError

NOT_A_QA_PAGE = 3
PARSE_ERROR = 4


class Command(HousecallCommand):
    """Prints records as JSON, and where each field came from."""

    errors = (FileError,)
    usage = "[options] PATH"
    summary = "Print the record that the readers make of one local file, as JSON"
    description = (
        "Reads an HTML or text file, or the first question page of a WARC file, of a declared "
        "site or of any other, and prints the record with where each field came from; an array "
        "of records where the page has several questions. Nothing is stored. Exit status: "
        "0 printed, 1 unreadable file, 3 no question-and-answer page, 4 such a page that "
        "cannot be read. With --list, each line of output says what is wrong with its file, and "
        "the exit status is 0."
    )
    prints_json = False  # it prints nothing else

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--url``: the page's address, where the file does not say it; ``--list``."""
        super().add_options(parser)
        parser.add_argument("--url", help="the page's URL (default: what the file itself says)")
        parser.add_argument(
            "--list",
            metavar="FILE",
            dest="listed",
            help='read many files: each line of FILE is {"path": ..., "url": ...}',
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the records, or say why there are none."""
        if opts.listed:
            if args or opts.url:
                raise UsageError("--list FILE names the files and their URLs", print_help=False)
            with Path(opts.listed).open(encoding="utf-8") as lines:
                for result in readings_of(lines):
                    print_json_line(result)
            return
        if len(args) != 1:
            raise UsageError("name one file", print_help=False)
        try:
            pages = first_pages(Path(args[0]), opts.url)
        except ParseError as error:
            raise CommandError(
                f"a question page that cannot be read: {error}", PARSE_ERROR
            ) from error
        if not pages:
            raise CommandError(f"{args[0]} is no question-and-answer page", NOT_A_QA_PAGE)
        records = [as_json(page) for page in pages]
        print_json(records if len(records) > 1 else records[0])


def first_pages(path: Path, url: str | None) -> tuple[QAPage, ...]:
    """The records of the first question page among the captures in a file; none without one.

    :raises ParseError: that page cannot be read
    :raises FileError: the file is nothing that holds pages, or does not say its address
    """
    for capture in captures_in(path, url=url):
        reading = read(capture, anywhere=True)
        if reading.error is not None:
            raise reading.error
        if reading.pages:
            return reading.pages
    return ()


def readings_of(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What is read in the files of a list: the path, its records, and what is wrong if anything.

    :param lines: JSON objects, each with a ``path`` and perhaps a ``url``
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        result: dict[str, Any] = {"path": None, "pages": []}
        try:
            path, url = _file_in(line)
            result["path"] = path
            result["pages"] = [as_json(page) for page in first_pages(Path(path), url)]
        except ValueError as error:
            result["error"] = f"line {number}: {error}"
        except (FileError, OSError, ParseError) as error:
            result["error"] = str(error)
        yield result


def _file_in(line: str) -> tuple[str, str | None]:
    """A file of a list, and its address.

    :raises ValueError: the line says no file
    """
    entry = json.loads(line)
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise ValueError('is no {"path": ..., "url": ...}')
    url = entry.get("url")
    if url is not None and not isinstance(url, str):
        raise ValueError(f"url must be text, not {url!r}")
    return entry["path"], url
