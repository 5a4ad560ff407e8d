"""``scrapy newsite URL or PATH...``: the declaration of a site, from a few of its pages."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES

from crawler.cli.command import CommandError, HousecallCommand, print_result
from crawler.newsite.cases import CaseError, check_cases, write_case
from crawler.newsite.exploring import explore, questions_of
from crawler.newsite.fetching import Fetcher, FetchError
from crawler.newsite.looks import Look, is_page, look_at
from crawler.newsite.writing import declaration_text, default_name, draft_of
from parsers import canonical_url, declare, is_question_url, read_declaration
from parsers.records import Capture, Reading
from parsers.sites.site import Site
from parsers.urls import declared_sites
from pipelines.ingest.saved_pages import captures_in
from pipelines.ingest.sniff import FileError

_NO_QUESTION = "none of these pages is read as a question page:"
_NAME_SOME = "name two or three question pages, or see docs/add-a-site.md"
MOST_CASES = 4
"""Golden cases that are written."""


class Command(HousecallCommand):
    """Looks at some pages, and writes what can be seen of their site."""

    usage = "[options] URL or PATH..."
    summary = "Look at a few pages of a site and write its declaration"
    description = (
        "Fetches some pages (or reads files), says what each reader makes of them, finds the "
        "pattern of question addresses among their links, and writes SITES_DIR/NAME.toml with "
        "golden cases to be reviewed. From a list or front page it goes on to a few pages that "
        "it links to. With --check NAME it reads the cases of a site again and says what "
        "differs. Exit status: 0 written, or all cases as expected; 1 no question page, or a "
        "case that differs."
    )
    errors = (FetchError, FileError, CaseError)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--name``, ``--url``, ``--force``, ``--check``."""
        super().add_options(parser)
        parser.add_argument("--name", help="the site's name (default: from its host)")
        parser.add_argument("--url", help="the address of the page in PATH, if it does not say it")
        parser.add_argument(
            "--force", action="store_true", help="write a declaration that is there anew"
        )
        parser.add_argument("--check", metavar="NAME", help="read the golden cases of a site again")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Declare a site, or check one."""
        if opts.check:
            if args:
                raise UsageError("--check NAME takes no addresses", print_help=False)
            self._check(opts)
            return
        if not args:
            raise UsageError(
                "name some pages: the site's list of questions, or two or three of its question "
                "pages",
                print_help=False,
            )
        self._declare(args, opts)

    def _check(self, opts: argparse.Namespace) -> None:
        results = list(check_cases(self.paths.sites / opts.check))
        cases = {name: [vars(each) for each in differing] for name, differing in results}
        lines = [line for name, differing in results for line in _result_lines(name, differing)]
        print_result(opts, {"site": opts.check, "cases": cases}, lines)
        self.exitcode = 1 if any(cases.values()) else 0

    def _declare(self, args: list[str], opts: argparse.Namespace) -> None:
        fetcher = Fetcher(self._words())
        urls = [arg for arg in args if "://" in arg]
        files = [arg for arg in args if "://" not in arg]
        first = urls[0] if urls else _captures(files[:1], opts.url)[0].url
        name = opts.name or default_name(first)
        path = self.paths.sites / f"{name}.toml"
        if path.exists() and not opts.force:
            raise CommandError(f"{path} is there already; --force writes it anew")
        others = [site for site in declared_sites() if site.name != name]
        _refuse_declared(urlsplit(first).netloc, others)
        self._stand_in(name, first, others)
        fetched = fetcher.fetch(urls) if urls else {}
        for url in urls:
            if url not in fetched:
                print(f"{url}: could not be fetched (or its robots.txt forbids it)", flush=True)
        captures = [*fetched.values(), *_captures(files, opts.url)]
        captures = list(filter(is_page, captures))
        if not captures:
            raise CommandError("none of these pages could be had")
        self._stand_in(name, captures[0].url, others)
        named = [look_at(capture) for capture in captures]

        def fetch(wanted: Sequence[str]) -> list[Look]:
            got = fetcher.fetch(wanted).values()
            return [look_at(capture) for capture in got if is_page(capture)]

        looks = explore(named, fetch) if urls else named
        table = [line for look in looks for line in _look_lines(look)]
        if not questions_of(looks):
            raise CommandError("\n".join([_NO_QUESTION, *table, _NAME_SOME]))
        text = declaration_text(draft_of(name, looks, {look.url for look in named}))
        site = read_declaration(text, str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        declare([*others, site])
        cases = self._write_cases(path.with_suffix(""), looks)
        questions = questions_of(looks)
        unread = [look.url for look in looks if is_question_url(look.url) and not look.pages]
        document = {
            "declaration": str(path),
            "questions": [pattern.text for pattern in site.questions],
            "cases": cases,
            "unread": unread,
            "pages": [_look_json(look, look in questions) for look in looks],
        }
        print_result(opts, document, [*table, "", *_next_steps(path, site, cases, unread)])

    def _words(self) -> dict[str, str]:
        """The settings of the command line."""
        assert self.settings is not None
        of_line = SETTINGS_PRIORITIES["cmdline"]
        return {
            name: str(value)
            for name, value in self.settings.items()
            if self.settings.getpriority(name) == of_line
        }

    def _stand_in(self, name: str, url: str, others: Sequence[Site]) -> None:
        """Declare the site for as long as nothing but its host is known."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        declare([*others, Site(name, name, (parts.netloc,), origin, (), start=(f"{origin}/",))])

    def _write_cases(self, folder: Path, looks: Sequence[Look]) -> list[str]:
        for file in (*folder.glob("[0-9][0-9]*.html"), *folder.glob("[0-9][0-9]*.json")):
            file.unlink()  # of an earlier declaration
        pages = {canonical_url(look.url): look.capture for look in questions_of(looks)}
        captures = [capture for url, capture in pages.items() if is_question_url(url)]
        return [
            write_case(folder, number, capture)
            for number, capture in enumerate(captures[:MOST_CASES], 1)
        ]


def _captures(files: Sequence[str], url: str | None) -> list[Capture]:
    if url and len(files) > 1:
        raise UsageError("--url says the address of one file only", print_help=False)
    return [capture for file in files for capture in captures_in(Path(file), url=url)]


def _refuse_declared(host: str, others: Sequence[Site]) -> None:
    bare = host.lower().removeprefix("www.")
    for site in others:
        if bare in (each.removeprefix("www.") for each in site.hosts):
            raise CommandError(
                f"{host} is declared already, as the site {site.name!r}; edit that, or name it "
                f"with --name {site.name} --force"
            )


def _look_lines(look: Look) -> Iterator[str]:
    """For a person: what each reader makes of a page."""
    yield look.url
    for reader, reading in look.readings.items():
        yield from (f"  {line}" for line in _reading_lines(reader, reading))


def _reading_lines(reader: str, reading: Reading) -> Iterator[str]:
    if reading.error is not None:
        yield f"{reader:<11} cannot read it: {reading.error.field}: {reading.error.why}"
    for page in reading.pages[:3]:
        days = [str(day) for day in (page.asked_on, page.answered_on) if day]
        facts = [
            f"{page.confidence:.2f}", repr(page.title[:50]), f"{len(page.answers)} answers",
            *([f"asked by {page.asker}"] if page.asker else []), *days,
        ]  # fmt: skip
        yield f"{reader:<11} {'  '.join(facts)}"
        yield from (f"{'':<11} warning: {warning}" for warning in page.warnings)
    if len(reading.pages) > 3:
        yield f"{'':<11} ... and {len(reading.pages) - 3} more questions"


def _look_json(look: Look, is_question: bool) -> dict[str, Any]:
    readers = {
        reader: [
            {"title": page.title, "confidence": page.confidence, "answers": len(page.answers),
             "asker": page.asker, "asked_on": page.asked_on and page.asked_on.isoformat(),
             "warnings": list(page.warnings)}
            for page in reading.pages
        ]
        for reader, reading in look.readings.items()
    }  # fmt: skip
    return {"url": look.url, "is_question_page": is_question, "readers": readers}


def _next_steps(path: Path, site: Site, cases: Sequence[str], unread: Sequence[str]) -> list[str]:
    """What to do now, for a person.

    :param unread: pages that no reader takes for a question page, though their addresses fit
    """
    return [
        f"Written: {path}, and {len(cases)} golden cases in {path.with_suffix('')}/",
        f"  question addresses: {', '.join(pattern.text for pattern in site.questions)}",
        *(f"  not read as a question page, though its address is one: {url}" for url in unread),
        "Next:",
        f"  1. Read {path}, line by line.",
        f"  2. Compare each .json in {path.with_suffix('')}/ with its page (open the .html), and",
        "     correct it by hand where it is wrong.",
        f"  3. scrapy newsite --check {site.name}",
        f"  4. scrapy crawl site -a site={site.name}",
    ]


def _result_lines(name: str, differing: Sequence[Any]) -> Iterator[str]:
    yield f"{'differs' if differing else 'ok':8} {name}"
    for each in differing:
        yield f"  {each.field}: expected {_short(each.expected)}, read {_short(each.read)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:60]}...{text[-35:]}"
