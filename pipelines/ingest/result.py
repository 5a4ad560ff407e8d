"""What became of one file that was imported, or looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pipelines.warc.streams import DamagedWarc, DamageKind

#: Of the kinds of damage, those where a record that is not handed out may be known to lie.
_HEADED = frozenset({DamageKind.CUT, DamageKind.HEADER, DamageKind.LENGTH, DamageKind.SIZE})


@dataclass
class IngestResult:
    """What became of one file.

    ``kind`` is its format (``warc.gz``). ``records`` and ``pages`` were found in it, records
    of which only the header could be read among them; ``new`` questions were not in the
    archive before. ``failures`` are pages that could not be parsed. ``error`` says why
    nothing was imported, ``skipped`` why a file in a folder was passed over; ``damaged``
    lists what in it could not be read, or is not what its digest says. ``unresolved``
    revisits repeat a capture that is not there.
    """

    path: Path
    kind: str = ""
    records: int = 0
    pages: int = 0
    new: int = 0
    failures: list[str] = field(default_factory=list)
    damaged: list[DamagedWarc] = field(default_factory=list)
    unresolved: int = 0
    error: str | None = None
    skipped: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def note(self) -> str | None:
        """All that is to be said of it besides."""
        return "; ".join(self.notes) or None

    @property
    def sound(self) -> bool:
        """Whether all of it was read."""
        return not (self.error or self.damaged or self.failures)

    def count_damaged_records(self) -> None:
        """Count the records of which only the header could be read, once all damage is listed."""
        self.records += sum(one.record and one.kind in _HEADED for one in self.damaged)
