"""What became of a file that was to be imported."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from parsers import is_question_url
from pipelines.capture.interpret import INDEX
from pipelines.capture.warc_extract import Batch, FileStats
from pipelines.db.models import CaptureRow
from pipelines.db.rules import is_readable
from pipelines.warc.damage import DamagedWarc

NO_QUESTION = "page: no question is read at this question address"


@dataclass
class IngestResult:
    """What became of one file.

    ``kind`` is its format (``warc.gz``). ``records`` and ``pages`` were found in it, records
    of which only the header could be read among them; ``new`` questions were not in the
    archive before. ``failures`` are captures that could not be read, with the reason, pages at
    question addresses without a question among them. ``error`` says why nothing was imported,
    ``skipped`` why a file in a folder was passed over; ``damaged`` lists what in it could not
    be read, or is not what its digest says; ``odd`` counts records that are odd without being
    damaged, which ``notes`` say in the end. ``warc_files`` are the files in
    WARC_DIR that it went into. ``unresolved`` revisits repeat a capture that is
    not there.
    """

    path: Path
    kind: str = ""
    records: int = 0
    pages: int = 0
    new: int = 0
    failures: list[str] = field(default_factory=list)
    damaged: list[DamagedWarc] = field(default_factory=list)
    unresolved: int = 0
    warc_files: set[str] = field(default_factory=set)
    error: str | None = None
    skipped: str | None = None
    notes: list[str] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)

    @property
    def note(self) -> str | None:
        """All notes in one line."""
        return "; ".join(self.notes) or None

    @property
    def sound(self) -> bool:
        """Whether all of the file was read."""
        return not (self.error or self.damaged or self.failures)

    def add(self, stats: FileStats) -> None:
        """Count what was found in a part of the file."""
        self.records += stats.records
        self.pages += stats.pages
        self.damaged += stats.damaged + stats.flagged
        self.odd += stats.odd

    def add_failures(self, batch: Batch) -> None:
        """Add the captures that could not be read."""
        self.failures += not_read(batch).values()


def not_read(batch: Batch) -> dict[str, str]:
    """Why captures could not be read, by the ids of their records.

    An error that the site answered with was read; what a digest or a date says against a
    capture is told by its offset, as damage.
    """
    changes, flagged = batch.changes, {damage.why for damage in batch.stats.flagged}
    reasons = {
        failure.record_id: f"{f'{failure.field}: ' if failure.field else ''}{failure.reason}"
        for failure in changes.failures.values()
        if failure.stage != "fetch" or _is_lost(changes.rows[failure.record_id])
        if f"{failure.reason} ({failure.record_id})" not in flagged
    }
    failed = {failure.record_id for failure in changes.failures.values()} | changes.gone
    read = failed.union(record_id for record_id, _ in changes.pages)
    for row in changes.rows.values():
        if row.record_id not in read and _is_question_page(row):
            reasons[row.record_id] = NO_QUESTION
    urls = {record_id: changes.rows[record_id].url for record_id in reasons}
    return {record_id: f"{urls[record_id]}: {why}" for record_id, why in reasons.items()}


def _is_lost(row: CaptureRow) -> bool:
    """Whether a failure to fetch is one of the record, and not the site's own answer."""
    return row.status == 0 or (row.truncated is not None and is_question_url(row.url))


def _is_question_page(row: CaptureRow) -> bool:
    kind = row.content_type.lower()
    return (
        is_question_url(row.url)
        and is_readable(row.status, row.truncated or "")
        and row.revisit_of is None
        and row.source != INDEX
        and ("html" in kind or kind.startswith("text/plain"))
    )
