"""``scrapy privacy``: questions that may tell who asked them, for a curator to decide."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from tqdm import tqdm

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_result
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
        return min(find.rank for find in self.finds)


class Command(HousecallCommand):
    """Looks through every text of the archive; changes nothing."""

    summary = "List questions with e-mail addresses, phone numbers or names"
    description = (
        "Looks through all texts of ARCHIVE_DB, earlier versions too, for what may tell "
        "who asked, and on sites where the public answers, who answered: e-mail and postal "
        "addresses, phone numbers, names in greetings and "
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
        if opts.json and opts.toml:
            raise CommandError("takes one of --json and --toml", 2)
        most = PrivacyRank.INSTITUTION if opts.all else PrivacyRank.PERHAPS
        path = self.paths.database
        with closing(open_archive(path, readonly=True)) as db, named_errors(path):
            (total,) = db.conn.execute("SELECT count(*) FROM versions").fetchone()
            watched = sys.stderr.isatty()
            with tqdm(total=total, unit=" texts", disable=not watched) as bar:
                questions = list(suspects(db.conn, most, bar))
        questions.sort(key=lambda each: (each.rank, each.site, len(each.source_id), each.source_id))
        text = stanzas(questions) if opts.toml else lines(questions, total)
        print_result(opts, as_json(questions, total), text)


def suspects(connection: sqlite3.Connection, most: PrivacyRank, bar: Any) -> Iterator[Suspect]:
    """Yield the questions with finds of a rank up to ``most``, by all texts that they have had."""
    rows = connection.execute(
        "SELECT q.site, q.source_id, q.url, v.title, v.question, v.answer, "
        "q.site IN (SELECT name FROM sites WHERE answers = 'public') "
        "FROM versions v JOIN questions q ON q.id = v.question_id "
        "ORDER BY v.question_id, v.part, EXISTS (SELECT 1 FROM sightings s "
        "WHERE s.version_id = v.id AND s.capture_id = q.capture_id) DESC, v.id"
    )
    for (site, source_id, url), versions in groupby(rows, key=lambda row: row[:3]):
        unique: dict[tuple[str, str, str], PrivacyFinding] = {}
        for version in versions:
            for find in finds(*version[3:6], public=bool(version[6])):
                if find.rank <= most:  # an earlier version mostly says the same again
                    unique.setdefault((find.kind, find.field, find.text), find)
            bar.update()
        if unique:
            by_rank = sorted(unique.values(), key=attrgetter("rank"))
            yield Suspect(site, source_id, url, tuple(by_rank))


def as_json(suspects: list[Suspect], texts: int) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "texts": texts,
        "questions": [
            {
                "question": f"{suspect.site}/{suspect.source_id}",
                "page": f"/q/{suspect.site}/{suspect.source_id}",
                "url": suspect.url,
                "rank": int(suspect.rank),
                "finds": [asdict(find) for find in suspect.finds],
            }
            for suspect in suspects
        ],
    }


def stanzas(suspects: list[Suspect]) -> Iterator[str]:
    """Entries of the file, commented out, with what was found before each."""
    today = datetime.now(UTC).date()
    yield "# From 'scrapy privacy --toml'. Take the # from the lines of what is to be withheld."
    for suspect in suspects:
        kinds = ", ".join(sorted({str(find.kind) for find in suspect.finds}))
        reason = f"It may tell who asked ({kinds})."
        notes = [f"{find.kind} in the {find.field}: {find.snippet}" for find in suspect.finds]
        entry = Takedown(suspect.site, suspect.source_id, suspect.url, reason, today)
        yield from as_toml(entry, commented=True, notes=notes).split("\n")


def lines(suspects: list[Suspect], texts: int) -> Iterator[str]:
    """For a terminal: a question, and a line for each find."""
    for suspect in suspects:
        yield f"{suspect.site}/{suspect.source_id}  {suspect.url}"
        for find in suspect.finds:
            place = f"{find.field} at character {find.offset}"
            yield f"  {int(find.rank)} {find.kind:<10} {place}: {find.snippet}"
    ranks = Counter(suspect.rank for suspect in suspects)
    yield (
        f"{len(suspects)} questions in {texts} texts: "
        f"{ranks[PrivacyRank.PERSON]} that tell of a person, "
        f"{ranks[PrivacyRank.PERHAPS]} that perhaps do, "
        f"{ranks[PrivacyRank.INSTITUTION]} of an institution"
    )
