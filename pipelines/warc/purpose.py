"""What an exchange with a web archive is for, as its WARC record keeps it. Pure.

The record has the bytes as the archive sent them, under the address that was asked, at the
time that it was asked. Which page of which site that was about, and what the archive's index
had said of it, stands beside them in fields of our own: a rebuild needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_WANTED = "Housecall-Wanted"
_REFUSED = "Housecall-Refused"
_DIGEST = "Housecall-Listed-Digest"
_INDEX = "Housecall-Index"


class AccessMethod(StrEnum):
    """How a listed capture is had: by replaying its address, or as a range of a WARC file; an
    answer may also list none, but other parts of the index."""

    REPLAY = "replay"
    RANGE = "range"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """An index that was asked: the archive's name, and where what it lists can be had.

    ``prefix`` is an address: of replay, or of the folder that file names are relative to.
    """

    archive: str
    method: AccessMethod
    prefix: str


@dataclass(frozen=True, slots=True)
class CapturePurpose:
    """What an exchange with an archive is for; no field is set for all other exchanges.

    ``wanted`` is the original's address, ``refused`` why the archive's answer is no capture
    of it, ``digest`` what the index lists for its payload. ``index`` is set where the answer
    is an index's.
    """

    wanted: str = ""
    refused: str = ""
    digest: str = ""
    index: ArchiveIndex | None = None

    def fields(self) -> tuple[tuple[str, str], ...]:
        """As WARC header fields."""
        index = ""
        if self.index:
            name = self.index.archive.replace(" ", "_")
            index = f"{self.index.method} {name} {self.index.prefix}"
        values = (
            (_WANTED, self.wanted), (_REFUSED, self.refused), (_DIGEST, self.digest),
            (_INDEX, index),
        )  # fmt: skip
        return tuple((name, " ".join(value.split())) for name, value in values if value)


NONE = CapturePurpose()


class _Fields(Protocol):
    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""


def purpose_of(record: _Fields) -> CapturePurpose:
    """Return what a WARC record says that its exchange was for."""
    wanted, refused, digest, line = map(record.get, (_WANTED, _REFUSED, _DIGEST, _INDEX))
    if not (wanted or refused or digest or line):
        return NONE
    method, _, rest = line.partition(" ")
    archive, _, prefix = rest.partition(" ")
    index = None
    if method in set(AccessMethod) and archive and prefix:
        index = ArchiveIndex(archive, AccessMethod(method), prefix)
    return CapturePurpose(wanted, refused, digest, index)
