"""``scrapy newsite URL or PATH...``: the declaration of a site, from a few of its pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.newsite_text import (
    Written,
    look_json,
    look_lines,
    next_steps,
    result_lines,
)
from crawler.cli.output import print_result
from crawler.newsite.cases import (
    Case,
    CaseError,
    accepted,
    case_of,
    check_case,
    read_cases,
    set_aside,
    why_unread,
    write_case,
)
from crawler.newsite.exploring import explore, questions_of
from crawler.newsite.fetching import Fetcher, FetchError
from crawler.newsite.looks import Look, is_page, look_at
from crawler.newsite.writing import declaration_text, default_name, draft_of
from parsers import canonical_url, declare, is_question_url, read_declaration
from parsers.records import Capture
from parsers.sites.site import Site
from parsers.urls import declared_sites, site_named
from pipelines.ingest.saved_pages import UnknownAddress, captures_in
from pipelines.ingest.sniff import FileError

_NO_QUESTION = "none of these pages is read as a question page:"
_NAME_SOME = "name two or three question pages, or see docs/add-a-site.md"
_SAY_ADDRESS = (
    "say it with --url ADDRESS; of several files that are named as their addresses end, say with "
    "--base how these begin"
)
MOST_CASES = 4
"""Golden cases that are written with a declaration."""


class Command(HousecallCommand):
    """Looks at some pages, and writes what can be seen of their site."""

    usage = "[options] URL or PATH..."
    summary = "Look at a few pages of a site and write its declaration"
    description = (
        "Fetches some pages (or reads files), says what each reader makes of them, finds the "
        "pattern of question addresses among their links, and writes SITES_DIR/NAME.toml with "
        "golden cases to be reviewed. From a list or front page it goes on to a few pages that "
        "it links to. With --add NAME the pages become further cases of a site that is declared; "
        "with --check NAME the cases are read again, and what differs is said; with --check NAME "
        "--accept CASE... what is read now is what these cases expect from now on. Exit status: "
        "0 written, or all cases as expected; 1 no question page, or a case that differs."
    )
    errors = (FetchError, FileError, CaseError)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """What is to be done, and what pages do not say themselves."""
        super().add_options(parser)
        parser.add_argument("--name", help="the site's name (default: from its host)")
        parser.add_argument("--url", help="the address of the page in PATH, if it does not say it")
        parser.add_argument(
            "--base", help="how the addresses of the pages in PATH... begin, if they do not say "
            "them: http://clinic.example/ask/ for files named 17.html"
        )  # fmt: skip
        parser.add_argument(
            "--force", action="store_true",
            help="write a declaration that is there anew; a copy of it and its cases is kept",
        )  # fmt: skip
        parser.add_argument("--add", metavar="NAME", help="add the pages to the cases of a site")
        parser.add_argument("--check", metavar="NAME", help="read the golden cases of a site again")
        parser.add_argument(
            "--accept", action="store_true", help="with --check NAME, and the names of cases if "
            "not all are meant: expect what is read now"
        )  # fmt: skip

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Declare a site, add to its cases, or check them."""
        if opts.accept and not opts.check:
            raise UsageError("--accept goes with --check NAME", print_help=False)
        if opts.check:
            if args and not opts.accept:
                raise UsageError("--check NAME takes no addresses", print_help=False)
            self._check(args, opts)
            return
        if not args:
            raise UsageError(
                "name some pages: the site's list of questions, or two or three of its question "
                "pages",
                print_help=False,
            )
        if opts.add:
            self._add(args, opts)
        else:
            self._declare(args, opts)

    def _check(self, names: list[str], opts: argparse.Namespace) -> None:
        folder = self.paths.sites / opts.check
        cases = read_cases(folder)
        if not cases:
            raise CommandError(f"{folder} has no cases; scrapy newsite writes them")
        if unknown := set(names) - {case.name for case in cases}:
            there = ", ".join(case.name for case in cases)
            raise CommandError(f"{min(unknown)} is no case of {opts.check}; there are {there}")
        lines: list[str] = []
        differing, taken = {}, []
        for case in cases:
            found = check_case(case, opts.check)
            is_meant = opts.accept and found and (not names or case.name in names)
            if is_meant and not why_unread(case.capture, opts.check):
                accepted(case).write()
                taken.append(case.name)
            lines += result_lines(case.name, found, case.name in taken)
            differing[case.name] = [vars(each) for each in found]
        document = {"site": opts.check, "cases": differing, "accepted": taken}
        print_result(opts, document, lines)
        left = [name for name, found in differing.items() if found and name not in taken]
        self.exitcode = 1 if left else 0

    def _add(self, args: list[str], opts: argparse.Namespace) -> None:
        site = site_named(opts.add)
        if site is None:
            names = ", ".join(sorted(each.name for each in declared_sites()))
            raise CommandError(f"no such site is declared; there are {names}")
        folder = self.paths.sites / site.name
        cases = read_cases(folder)
        added, unread = [], []
        for capture in self._captures(args, opts):
            known, why = case_of(cases, capture.url), why_unread(capture, site.name)
            if known:
                why = f"it is the case {known.name} already; delete its two files to have it anew"
            if why:
                unread.append({"url": capture.url, "why": why})
                continue
            case = write_case(folder, capture)
            cases.append(case)
            added.append(case)
        self._say_what_was_added(added, unread, opts)

    def _say_what_was_added(
        self, added: Sequence[Case], unread: Sequence[dict[str, str]], opts: argparse.Namespace
    ) -> None:
        lines = [f"not added  {each['url']}: {each['why']}" for each in unread]
        lines += [f"added      {case.file}" for case in added]
        if added:
            lines += [
                "Next: compare each .json with its page (open the .html), correct it by hand where "
                f"it is wrong, and: scrapy newsite --check {opts.add}"
            ]
        document = {"cases": [case.name for case in added], "not_added": unread}
        print_result(opts, document, lines)
        self.exitcode = 0 if added and not unread else 1

    def _captures(self, args: Sequence[str], opts: argparse.Namespace) -> list[Capture]:
        """The pages that are named; it says of which there are none."""
        urls = [arg for arg in args if "://" in arg]
        fetched = Fetcher(self._words()).fetch(urls) if urls else {}
        for url in urls:
            if url not in fetched:
                _complain(f"{url}: could not be fetched (or its robots.txt forbids it)")
            elif not is_page(fetched[url]):
                kind = fetched[url].content_type or "no type"
                _complain(f"{url}: is no page (status {fetched[url].status}, {kind})")
        captures = [*fetched.values(), *_saved([arg for arg in args if "://" not in arg], opts)]
        captures = list(filter(is_page, captures))
        if not captures:
            raise CommandError("none of these pages could be had")
        return captures

    def _declare(self, args: list[str], opts: argparse.Namespace) -> None:
        urls = [arg for arg in args if "://" in arg]
        first = urls[0] if urls else _saved(args, opts)[0].url
        name = opts.name or default_name(first)
        path = self.paths.sites / f"{name}.toml"
        if path.exists() and not opts.force:
            raise CommandError(
                f"{path} is there already. To add cases: scrapy newsite --add {name} ...; --force "
                "writes declaration and cases anew, and keeps a copy of these"
            )
        others = [site for site in declared_sites() if site.name != name]
        _refuse_declared(urlsplit(first).netloc, others)
        self._stand_in(name, first, others)
        captures = self._captures(args, opts)
        self._stand_in(name, captures[0].url, others)
        named = [look_at(capture) for capture in captures]
        looks = explore(named, self._look_further) if urls else named
        if not questions_of(looks):
            table = (line for look in looks for line in look_lines(look))
            raise CommandError("\n".join([_NO_QUESTION, *table, _NAME_SOME]))
        text = declaration_text(draft_of(name, looks, {look.url for look in named}))
        site = read_declaration(text, str(path))
        kept = set_aside(path, datetime.now(UTC))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        declare([*others, site])
        cases = self._write_cases(path.with_suffix(""), looks)
        self._say_what_was_written(Written(path, site, cases, kept), looks, opts)

    def _say_what_was_written(
        self, written: Written, looks: Sequence[Look], opts: argparse.Namespace
    ) -> None:
        questions = questions_of(looks)
        unread = [look.url for look in looks if is_question_url(look.url) and not look.pages]
        document = {
            "declaration": str(written.path),
            "questions": [pattern.text for pattern in written.site.questions],
            "cases": [case.name for case in written.cases],
            "unread": unread,
            "kept": written.kept,
            "pages": [look_json(look, look in questions) for look in looks],
        }
        table = [line for look in looks for line in look_lines(look)]
        print_result(opts, document, [*table, "", *next_steps(written, unread)])

    def _look_further(self, urls: Sequence[str]) -> list[Look]:
        captures = Fetcher(self._words()).fetch(urls).values()
        return [look_at(capture) for capture in captures if is_page(capture)]

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

    def _write_cases(self, folder: Path, looks: Sequence[Look]) -> list[Case]:
        pages = {canonical_url(look.url): look.capture for look in questions_of(looks)}
        captures = [capture for url, capture in pages.items() if is_question_url(url)]
        return [write_case(folder, capture) for capture in captures[:MOST_CASES]]


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _saved(files: Sequence[str], opts: argparse.Namespace) -> list[Capture]:
    """The pages in some files."""
    if opts.url and len(files) > 1:
        raise UsageError(
            "--url says the address of one file; --base is for several", print_help=False
        )
    try:
        captures = [
            capture
            for file in files
            for capture in captures_in(Path(file), url=opts.url, base=opts.base)
        ]
    except UnknownAddress as error:
        raise CommandError(f"{error.path} {error.why}; {_SAY_ADDRESS}") from error
    if files and not captures:
        raise CommandError("there is no page in these files")
    return captures


def _refuse_declared(host: str, others: Sequence[Site]) -> None:
    bare = host.lower().removeprefix("www.")
    for site in others:
        if bare in (each.removeprefix("www.") for each in site.hosts):
            raise CommandError(
                f"{host} is declared already, as the site {site.name!r}; edit that, or add cases "
                f"to it with --add {site.name}"
            )
