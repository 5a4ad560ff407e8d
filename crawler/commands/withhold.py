"""``scrapy withhold``: takes out of the archive what curators withhold."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_result
from crawler.cli.renew_vectors import renew_vectors
from pipelines.db.rules import Key
from pipelines.takedown.takedown import Withholding, withhold

MOST_NAMED = 20


class Command(HousecallCommand):
    """Applies WITHHELD_FILE to the archive as it is."""

    instead_of_arguments = "name the file with -s WITHHELD_FILE=PATH"
    summary = "Take out of archive.db what withheld.toml lists"
    description = (
        "Deletes the rows of the questions that WITHHELD_FILE lists from ARCHIVE_DB, blanks "
        "what other questions repeat of them (the texts of links, quotes), and "
        "writes the file anew, so that no byte of their text stays in it. Whoever reads the "
        "archive sees that at once; a crawl may go on. The WARC files are not touched. "
        "Exit status 0 if nothing of them is left, 1 if not (it says what to do), 2 for "
        "wrong use."
    )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Apply the file, and say what came of it."""
        paths = self.paths
        entries = paths.withheld_entries()
        if not paths.withheld.exists():
            raise CommandError(
                f"there is no {paths.withheld} (WITHHELD_FILE), and nothing is withheld; "
                "docs/policy.md says how to write one"
            )
        if not paths.database.is_file():
            raise CommandError(f"there is no archive at {paths.database} (ARCHIVE_DB)")
        with paths.lock("withholding", shared=True):
            result = withhold(paths.database, entries)
            paths.remember_withheld()
            # Always: whoever took the rows out before may have been killed then.
            renew_vectors(paths.database, forget=True)
        print_result(opts, as_json(result), lines(result))
        self.exitcode = 1 if result.left else 0


def as_json(result: Withholding) -> dict[str, Any]:
    """For ``--json``."""
    named = {
        name: [f"{site}/{number}" for site, number in getattr(result, name)]
        for name in ("new", "removed", "blanked", "released", "unknown")
    }
    return {"entries": result.entries, **named, "left": result.left or None}


def lines(result: Withholding) -> list[str]:
    """For a terminal."""
    text = [
        f"withheld     {result.entries} questions, {len(result.new)} of them new",
        f"taken out    {len(result.removed)}{_named(result.removed)}",
    ]
    if result.blanked:
        text.append(
            f"blanked      {len(result.blanked)} that link to one or quote it"
            f"{_named(result.blanked)}"
        )
    if result.unknown:
        text.append(
            f"unknown      {len(result.unknown)} that the archive has never seen, withheld "
            f"all the same{_named(result.unknown)}"
        )
    if result.released:
        text.append(
            f"released     {len(result.released)} are no longer withheld by the file: run "
            f"'scrapy rebuild --release' to bring them back{_named(result.released)}"
        )
    if result.left:
        text.append(f"left         {result.left}")
    return text


def _named(keys: Sequence[Key]) -> str:
    if not keys:
        return ""
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return ": " + ", ".join(f"{site}/{number}" for site, number in keys[:MOST_NAMED]) + more
