"""What ``scrapy verify`` finds, and how a finding is printed."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.warc.damage import FindingKind
from pipelines.warc.record import Record


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or (as a note) one that could not be checked.

    ``file`` is the WARC file as it was named, relative to the WARC directory where it is in
    there, or the archive's. ``offset`` is in bytes; None where there is no such place.
    ``record_id`` is without angle brackets, "" where none is known.
    """

    file: str
    offset: int | None
    kind: FindingKind
    reason: str
    record_id: str = ""

    def __str__(self) -> str:
        """One line for a terminal."""
        place = self.file if self.offset is None else f"{self.file} at byte {self.offset}"
        return f"{place}: {self.kind}: {self.reason}"


def finding_at(file: str, record: Record, kind: FindingKind, reason: str) -> Finding:
    """Return a finding about a record."""
    return Finding(file, record.offset, kind, reason, record.record_id)


@dataclass
class VerifyResult:
    """The result of a check: ``findings`` are wrong; ``notes`` are printed and fail nothing.

    ``size`` is bytes on disk, ``uncompressed`` bytes of the records in them, ``rows`` how
    many rows of ``captures`` were compared, ``seconds`` wall-clock time.
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    files: int = 0
    records: int = 0
    rows: int = 0
    size: int = 0
    uncompressed: int = 0
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.findings

    @property
    def speed(self) -> float:
        """Return the bytes of uncompressed records a second."""
        return self.uncompressed / self.seconds if self.seconds else 0.0
