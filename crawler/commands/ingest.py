"""``scrapy ingest PATH...``: files into the archive."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from scrapy.exceptions import UsageError
from tqdm import tqdm

from crawler.cli.command import CommandError, HousecallCommand, is_watched
from crawler.cli.output import print_json_line, print_lines, print_result
from crawler.cli.renew_vectors import renew_vectors
from crawler.monitoring.monitors import text_alarms, unread_alarms
from crawler.session.software import software_versions
from crawler.text_format import counted
from pipelines.db.identity import claim
from pipelines.files.timestamps import parse_moment
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.ingest.result import IngestResult
from pipelines.ingest.sniff import FileError
from pipelines.reports.floors import of_files, texts_in, unread_in
from pipelines.store.store import Store

#: How many of what was not read the last line names.
_SHOWN = 3


class Command(HousecallCommand):
    """Imports web archives, corpora, pages and texts, and folders of them."""

    errors = (FileError,)
    usage = "[options] PATH..."
    summary = "Import WARC, ARC, WET, WACZ, JSONL, HTML and text files into the archive"
    description = (
        "WARC, ARC and WET files, and those in WACZ files, are copied into WARC_DIR; HTML "
        "and text files, and the question pages of JSONL corpora, become records of a new "
        "WARC there; then every question page in them is read into ARCHIVE_DB. Importing a "
        "file twice changes nothing. Exit status 0 if everything was read and is sound, 1 if "
        "something was not (it says what), or if too little of it is questions (an alarm); "
        "with --dry-run 2 if a file is nothing that can be imported."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """What files do not say themselves."""
        super().add_options(parser)
        parser.add_argument("--url", help="the address of the page that the one file is a copy of")
        parser.add_argument(
            "--base", help="the address of the folder that the files are a copy of, such as "
            "http://www.netwellness.org/question.cfm/ for files named 29280.htm or 29280.txt"
        )  # fmt: skip
        parser.add_argument(
            "--date", help="when they were captured, YYYY-MM-DD (default: the file's own time)"
        )

        parser.add_argument("--url-field", help="of JSONL: the field that has the address")
        parser.add_argument("--text-field", help="of JSONL: the field that has the text or HTML")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what is in the files, and store nothing"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Import, and say for each file what came of it."""
        if not args:
            raise UsageError("name the files or folders to import", print_help=False)
        if opts.dry_run:
            self._look(args, opts)
            return
        with (
            self.paths.lock("an import", shared=True),
            tqdm(unit=" files", disable=not is_watched(opts), dynamic_ncols=True) as bar,
        ):
            number = self.paths.check()
            self.paths.withhold()
            store = Store.open(self.paths.database)
            claim(store.db.conn, number, self.paths.database, *self.paths.belongings)
            results = ingest(
                args,
                self.paths.warcs,
                store,
                _options(opts),
                software=software_versions(),
                progress=lambda path: bar.update(),
            )
            alarms = self._alarms(store, results)
            store.close()
            renew_vectors(self.paths.database)
        print_result(
            opts,
            {
                "files": [as_json(result) for result in results],
                "not_read": not_read(results),
                "alarms": alarms,
            },
            (
                *(line for result in results for line in lines(result)),
                *summary(results),
                *(f"alarm    {alarm}" for alarm in alarms),
            ),
        )
        self.exitcode = 0 if all(result.sound for result in results) and not alarms else 1

    def _alarms(self, store: Store, results: Sequence[IngestResult]) -> list[str]:
        """What is suspicious about all that was imported, whatever is there already."""
        assert self.settings is not None
        files = {name for result in results for name in result.warc_files}
        if not files and results and all(result.skipped for result in results):
            return [f"nothing was imported: all {counted(len(results), 'file')} were passed over"]
        limit = self.settings.getfloat("MONITOR_MAX_UNREAD")
        least = self.settings.getfloat("MONITOR_MIN_PAGES")
        scope, records = of_files(files), sum(result.records for result in results)
        unread = unread_in(store.db.conn, scope, self.paths.warcs)
        texts = texts_in(store.db.conn, scope)
        return [
            *map(str, (*unread_alarms(unread, limit, least, records), *text_alarms(texts, limit)))
        ]

    def _look(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            with tqdm(unit=" files", disable=not is_watched(opts), dynamic_ncols=True) as bar:
                results = dry_run(args, _options(opts), progress=lambda path: bar.update())
        except (FileError, OSError) as error:
            raise CommandError(str(error), 2) from error
        for result in results:
            if opts.json:
                print_json_line(as_found(result))
            else:
                print_lines(lines(result, dry=True))
        if not opts.json and (summed := list(summary(results))):
            print_lines(summed)
        statuses = [2 if result.error else 0 if result.sound else 1 for result in results]
        self.exitcode = max(statuses, default=0)


def _options(opts: argparse.Namespace) -> ImportOptions:
    return ImportOptions(opts.url, opts.base, day(opts.date), opts.url_field, opts.text_field)


def day(text: str | None) -> datetime | None:
    """A date of the command line; without a time the start of that day, without a zone in UTC.

    :raises CommandError: it is no date
    """
    if text is None:
        return None
    if moment := parse_moment(text):
        return moment
    raise CommandError(f"--date {text!r} is no date; write it as 2004-06-30", 2)


def as_json(result: IngestResult) -> dict[str, Any]:
    """For ``--json``."""
    return _as_read(result) | {"kind": result.kind, "new": result.new, "note": result.note}


def as_found(result: IngestResult) -> dict[str, Any]:
    """For ``--dry-run --json``: one line a file."""
    return _as_read(result) | {"format": result.kind or None, "notes": result.notes}


def _as_read(result: IngestResult) -> dict[str, Any]:
    return {
        "file": str(result.path),
        "records": result.records,
        "pages": result.pages,
        "failures": result.failures,
        "damaged": [
            {"offset": damage.offset, "kind": damage.kind.value, "reason": damage.why}
            for damage in result.damaged
        ],
        "unresolved_revisits": result.unresolved,
        "error": result.error,
        "skipped": result.skipped,
    }


def not_read(results: Sequence[IngestResult]) -> dict[str, list[str]]:
    """What was not read: whole files, captures, and damaged places, by name."""
    return {
        "files": [str(result.path) for result in results if result.error],
        "captures": [failure for result in results for failure in result.failures],
        "damaged": [
            f"{result.path} at byte {damage.offset}"
            for result in results
            if not result.error
            for damage in result.damaged
        ],
    }


def summary(results: Sequence[IngestResult]) -> Iterator[str]:
    """The last line for a terminal, where something was not read: how much, and what first."""
    names = {"files": "file", "captures": "capture", "damaged": "damaged place"}
    parts = [
        f"{counted(len(left), names[kind])} ({listing(left)})"
        for kind, left in not_read(results).items()
        if left
    ]
    if parts:
        yield f"not read {'; '.join(parts)}"


def listing(left: Sequence[str]) -> str:
    """The first few of what was not read; of a capture its address alone."""
    shown = [name.split(": ", 1)[0] for name in left[:_SHOWN]]
    more = len(left) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def lines(result: IngestResult, *, dry: bool = False) -> list[str]:
    """For a terminal: a line for the file, and one for each thing that is wrong with it."""
    damaged = [f"  damaged at byte {damage.offset}: {damage.why}" for damage in result.damaged]
    if result.error or result.skipped:
        line = f"{'error' if result.error else 'skipped':8} {result.error or result.skipped}"
        return [line, *damaged]
    note = f" ({result.note})" if result.note else ""
    counts = f"{result.records} records, {result.pages} question pages"
    if not dry:
        counts += f", {result.new} new"
    if result.unresolved:
        counts += f", {result.unresolved} revisits of what is not there"
    return [
        f"{result.kind:8} {result.path}: {counts}{note}",
        *(f"  unread {failure}" for failure in result.failures),
        *damaged,
    ]
