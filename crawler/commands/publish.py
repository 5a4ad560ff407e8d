"""``scrapy publish``: a checked, read-only snapshot and its exports, for the public."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from crawler.cli.command import CommandError, HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.progress import LineClock
from pipelines.files.locks import LockHeld, describe

if TYPE_CHECKING:
    from publish.snapshot.make import Published

logger = logging.getLogger(__name__)


class Command(HousecallCommand):
    """Makes the snapshot aside and puts it in place in one step."""

    instead_of_arguments = "name the folder with --to DIR"
    summary = "Make a public snapshot of the archive, with its exports"
    description = (
        "Copies ARCHIVE_DB as it is at one moment, checks the copy, writes all questions and "
        "all answers as CSV, JSON Lines and Parquet, describes them (README.md, datapackage.json, "
        "croissant.json, changes.csv, SHA256SUMS), and lets PUBLISH_DIR/current lead to the "
        "new folder. Crawls may go on. Killed at any moment, the snapshot before stays. "
        "Nothing that WITHHELD_FILE lists is in it. Exit status 0 if 'current' is up to "
        "date, 1 if not, 2 for wrong use."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Where to, and how many stay."""
        super().add_options(parser)
        parser.add_argument("--to", metavar="DIR", help="the folder (default: PUBLISH_DIR)")
        parser.add_argument(
            "--keep", type=int, default=3, metavar="N", help="snapshots that stay (default 3)"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Publish, and print the result."""
        if opts.keep < 1:
            raise CommandError("--keep takes a number of 1 or more", 2)
        with PublishProgress(watched=is_watched(opts)) as progress:
            result = self._publish(opts, progress)
        print_result(opts, as_json(result), lines(result))

    def _publish(self, opts: argparse.Namespace, progress: PublishProgress) -> Published:
        # Scrapy loads every command to find the one that is wanted.
        from publish.snapshot.make import publish

        assert self.settings is not None
        paths = self.paths
        folder = Path(opts.to or self.settings["PUBLISH_DIR"]).expanduser()
        try:
            return publish(
                paths.database,
                folder,
                paths.withheld_entries(),
                keep=opts.keep,
                url=self.settings["PUBLIC_URL"],
                progress=progress.advance,
            )
        except LockHeld as held:
            who = describe(held.holder)
            raise CommandError(f"not begun: {who} is under way in {folder}") from held


class PublishProgress:
    """Steps, and rows written: a bar for a person who watches, log lines for a log."""

    def __init__(self, *, watched: bool) -> None:
        self._bar = tqdm(unit=" rows", disable=not watched, dynamic_ncols=True)
        self._watched = watched
        self._step = ""
        self._clock = LineClock()

    def advance(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` rows of a step; 0 of 0 where that is not known."""
        new = step != self._step
        self._step = step
        if self._watched:
            if new:
                self._bar.reset(total or None)
                self._bar.set_description(step)
            self._bar.update(done - self._bar.n)
        elif new:
            self._clock = LineClock()
            logger.info("%s", step)
        elif self._clock.is_due():
            logger.info("%s%s", step, f" ({done} of {total} rows)" if total else "")

    def __enter__(self) -> PublishProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def as_json(result: Published) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "folder": result.folder,
        "snapshot": result.name,
        "unchanged": result.unchanged,
        "rows": result.facts.rows,
        "files": result.files,
        "before": result.before,
        "changes": result.changes,
        "removed": result.removed,
        "notes": result.notes,
        "seconds": round(result.seconds, 3),
    }


def lines(result: Published) -> list[str]:
    """For a terminal."""
    state = "is current already: the archive has not changed" if result.unchanged else "is current"
    changed = ", ".join(f"{count} {kind}" for kind, count in result.changes.items())
    text = [
        f"published    {result.folder} {state}",
        f"questions    {result.facts.questions}, of which {result.facts.answered} answered",
        f"answers      {result.facts.rows['answers']}",
    ]
    text += [f"file         {file.name}, {file.size / 1e6:.1f} MB" for file in result.files]
    if not result.unchanged:
        text.append(f"changes      {changed or 'none'} since {result.before or 'the beginning'}")
    text += [f"removed      {name}" for name in result.removed]
    text += [f"note         {note}" for note in result.notes]
    text.append(f"took         {result.seconds:.1f} s")
    return text
