"""What is wrong with a record that was read whole: digests that do not hold, and doubt.

Its capture is kept all the same, with a row of ``failures`` (stage ``read``) that says what
is wrong. A page that is read in it counts only if its bytes are proven by the digest of the
whole block: then it is the other digest, or a checksum around it, that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.capture.interpret import CAPTURE_TYPES, captured_at
from pipelines.warc.damage import FindingKind
from pipelines.warc.digests import check_digests, parsed
from pipelines.warc.reader import Record
from pipelines.warc.streams import DamagedWarc, DamageKind

#: What the name of a file of records in doubt ends in, before its suffix.
DOUBTFUL = "-doubtful"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record is not sound. ``may_count``: its block is proven by a digest of its own."""

    reason: str
    may_count: bool


def fault_of(record: Record, file: str) -> Fault | None:
    """What is wrong with a record; None if nothing can be told to be.

    :param file: the name of the file that it lies in
    """
    found = [
        one for one in check_digests(record, ours=False) if one[0] is not FindingKind.DIGEST_UNKNOWN
    ]
    reasons = [reason for _, reason in found]
    doubt = record.doubt or (DOUBTFUL in file and "the checksum of its gzip member did not hold")
    if doubt:
        reasons.append(f"it shares a compressed member that is damaged ({doubt})")
    if record.record_type in CAPTURE_TYPES and record.date is None and captured_at(record):
        said = record.get("WARC-Date")
        reasons.append(f"WARC-Date is {said!r}; it is dated by the server's clock")
    if not reasons:
        return None
    proven = parsed(record.get("WARC-Block-Digest")) is not None
    only_date = not found and not doubt
    proven = proven and all(kind is not FindingKind.BLOCK_DIGEST for kind, _ in found)
    return Fault("; ".join(reasons), proven or only_date)


def flag_of(record: Record, fault: Fault, file: str) -> DamagedWarc:
    """How a fault is told, by offset, beside the places that could not be read."""
    why = f"{fault.reason} ({record.record_id})" if record.record_id else fault.reason
    return DamagedWarc(file, record.offset, why, DamageKind.DIGEST, record=True)


class Ids:
    """The record ids of one file, to notice those that stand for different captures."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}  # hashes: a file may hold a million

    def used_twice(self, record: Record, file: str) -> DamagedWarc | None:
        """Why a capture has no row of its own: its id was that of another one."""
        if record.record_type not in CAPTURE_TYPES or not record.record_id:
            return None
        what = hash((record.url, record.get("WARC-Date")))
        if self._seen.setdefault(hash(record.record_id), what) == what:
            return None
        why = f"its id is that of another capture: no row of its own ({record.record_id})"
        return DamagedWarc(file, record.offset, why, DamageKind.HEADER)


def unkept(record: Record, file: str) -> DamagedWarc | None:
    """Why a record that should be a capture cannot be one; None if it need not be."""
    if record.record_type not in CAPTURE_TYPES:
        return None
    if not record.url.lower().startswith(("http://", "https://")):
        return None
    if not record.record_id:
        why = "a capture without a WARC-Record-ID: not kept in the archive"
    elif captured_at(record) is None:
        why = f"a capture whose WARC-Date is {record.get('WARC-Date')!r}: not kept in the archive"
    else:
        return None
    return DamagedWarc(file, record.offset, why, DamageKind.HEADER)
