"""``scrapy privacy``: questions that may tell who asked them, for a curator to decide."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tqdm import tqdm

from crawler.cli.command import CommandError, HousecallCommand, print_result
from pipelines.db.connection import named_errors, open_archive
from pipelines.takedown.privacy import PrivacyFinding, PrivacyRank, finds
from pipelines.takedown.takedown_file import Takedown, as_toml


@dataclass(frozen=True, slots=True)
class Suspect:
    """A question in which something was found; ``rank`` is the best of its finds."""

    site: str
    source_id: str
    url: str
    finds: tuple[PrivacyFinding, ...]

    @property
    def rank(self) -> PrivacyRank:
        """How soon it is to be looked at."""
        return min(one.rank for one in self.finds)


class Command(HousecallCommand):
    """Looks through every text of the archive; changes nothing."""

    summary = "List questions with e-mail addresses, phone numbers or names"
    description = (
        "Looks through all texts of ARCHIVE_DB, earlier versions too, for what may tell "
        "who asked: e-mail and postal addresses, phone numbers, names in greetings and "
        "signatures. It finds what a person has to look at, neither all of it nor only "
        "that. Changes nothing; what a curator decides goes into WITHHELD_FILE."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """How much, and in which form."""
        super().add_options(parser)
        parser.add_argument(
            "--toml",
            action="store_true",
            help="print stanzas for WITHHELD_FILE, commented out, to choose from",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="list what mostly is an institution's too: numbers and addresses in answers",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look, and list."""
        if args:
            raise CommandError("takes no arguments; name the archive with -s ARCHIVE_DB=PATH", 2)
        if opts.json and opts.toml:
            raise CommandError("takes one of --json and --toml", 2)
        most = PrivacyRank.INSTITUTION if opts.all else PrivacyRank.PERHAPS
        path = self.paths.database
        with closing(open_archive(path, readonly=True)) as db, named_errors(path):
            (total,) = db.conn.execute("SELECT count(*) FROM versions").fetchone()
            watched = sys.stderr.isatty()
            with tqdm(total=total, unit=" texts", disable=not watched) as bar:
                found = list(suspects(db.conn, most, bar))
        found.sort(key=lambda one: (one.rank, one.site, len(one.source_id), one.source_id))
        text = stanzas(found) if opts.toml else lines(found, total)
        print_result(opts, as_json(found, total), text)


def suspects(connection: sqlite3.Connection, most: PrivacyRank, bar: Any) -> Iterator[Suspect]:
    """The questions with finds of a rank up to ``most``, by all texts that they have had."""
    rows = connection.execute(
        "SELECT q.site, q.source_id, q.url, v.title, v.question, v.answer "
        "FROM versions v JOIN questions q ON q.id = v.question_id "
        "ORDER BY v.question_id, v.id = (SELECT version_id FROM captures WHERE id = q.capture_id) "
        "DESC, v.id"
    )
    last: tuple[str, str, str] | None = None
    so_far: dict[tuple[str, str, str], PrivacyFinding] = {}
    for site, source_id, url, *texts in rows:
        if last is not None and last != (site, source_id, url):
            yield from _suspect(last, so_far)
            so_far = {}
        last = (site, source_id, url)
        for one in finds(*texts):
            if one.rank <= most:  # an earlier version mostly says the same again
                so_far.setdefault((one.kind, one.field, one.text), one)
        bar.update()
    if last is not None:
        yield from _suspect(last, so_far)


def _suspect(
    key: tuple[str, str, str], found: dict[tuple[str, str, str], PrivacyFinding]
) -> Iterator[Suspect]:
    if found:
        yield Suspect(*key, tuple(sorted(found.values(), key=lambda one: one.rank)))


def as_json(found: list[Suspect], texts: int) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "texts": texts,
        "questions": [
            {
                "question": f"{one.site}/{one.source_id}",
                "page": f"/q/{one.site}/{one.source_id}",
                "url": one.url,
                "rank": int(one.rank),
                "finds": [
                    {
                        "kind": str(find.kind),
                        "rank": int(find.rank),
                        "field": find.field,
                        "offset": find.offset,
                        "text": find.text,
                        "snippet": find.snippet,
                    }
                    for find in one.finds
                ],
            }
            for one in found
        ],
    }


def stanzas(found: list[Suspect]) -> Iterator[str]:
    """Entries of the file, commented out, with what was found before each."""
    today = datetime.now(UTC).date()
    yield "# From 'scrapy privacy --toml'. Take the # from the lines of what is to be withheld."
    for one in found:
        kinds = ", ".join(sorted({str(find.kind) for find in one.finds}))
        reason = f"It may tell who asked ({kinds})."
        notes = [f"{find.kind} in the {find.field}: {find.snippet}" for find in one.finds]
        entry = Takedown(one.site, one.source_id, one.url, reason, today)
        yield as_toml(entry, commented=True, notes=notes)


def lines(found: list[Suspect], texts: int) -> Iterator[str]:
    """For a terminal: a question, and a line for each find."""
    for one in found:
        yield f"{one.site}/{one.source_id}  {one.url}"
        for find in one.finds:
            place = f"{find.field} at character {find.offset}"
            yield f"  {int(find.rank)} {find.kind:<10} {place}: {find.snippet}"
    ranks = Counter(one.rank for one in found)
    yield (
        f"{len(found)} questions in {texts} texts: {ranks[PrivacyRank.PERSON]} that tell of a person, "
        f"{ranks[PrivacyRank.PERHAPS]} that perhaps do, {ranks[PrivacyRank.INSTITUTION]} of an institution"
    )
