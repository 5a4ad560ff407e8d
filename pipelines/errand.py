"""What an exchange with a web archive is for, as its WARC record keeps it. Pure.

The record has the bytes as the archive sent them, under the address that was asked, at the
time that it was asked. Which page of which site that was about, and what the archive's index
had said of it, stands beside them in fields of our own: a rebuild needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from w3lib.url import safe_url_string

from parsers.cdx import CdxRow, parse_cdx
from pipelines.rows import Listing

_WANTED = "Housecall-Wanted"
_REFUSED = "Housecall-Refused"
_DIGEST = "Housecall-Listed-Digest"
_INDEX = "Housecall-Index"


class Way(StrEnum):
    """How a listed capture is had: by replaying its address, or as a range of a WARC file; an
    answer may also list none, but other parts of the index."""

    REPLAY = "replay"
    RANGE = "range"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Index:
    """An index that was asked: the archive's name, and where what it lists can be had.

    ``prefix`` is an address: of replay, or of the folder that file names are relative to.
    """

    archive: str
    way: Way
    prefix: str

    def place(self, row: CdxRow) -> str:
        """Where the capture of a row can be had: an address, which "#offset-length" may follow.

        It is written as it is asked for, so that captures are known by it.
        """
        if self.way is Way.REPLAY:
            place = f"{self.prefix}{row.timestamp}id_/{row.original}"
            return str(safe_url_string(place.partition("#")[0]))
        return f"{self.prefix}{row.filename}#{row.offset}-{row.length}"


@dataclass(frozen=True, slots=True)
class Errand:
    """What an exchange with an archive is for; no field is set for all other exchanges.

    ``wanted`` is the original's address, ``refused`` why the archive's answer is no capture
    of it, ``digest`` what the index lists for its payload. ``index`` is set where the answer
    is an index's.
    """

    wanted: str = ""
    refused: str = ""
    digest: str = ""
    index: Index | None = None

    def fields(self) -> tuple[tuple[str, str], ...]:
        """As WARC header fields."""
        index = ""
        if self.index:
            name = self.index.archive.replace(" ", "_")
            index = f"{self.index.way} {name} {self.index.prefix}"
        values = (
            (_WANTED, self.wanted), (_REFUSED, self.refused), (_DIGEST, self.digest),
            (_INDEX, index),
        )  # fmt: skip
        return tuple((name, " ".join(value.split())) for name, value in values if value)


NONE = Errand()


class _Fields(Protocol):
    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""


def errand_of(record: _Fields) -> Errand:
    """What a WARC record says that its exchange was for."""
    wanted, refused, digest, said = map(record.get, (_WANTED, _REFUSED, _DIGEST, _INDEX))
    if not (wanted or refused or digest or said):
        return NONE
    way, _, rest = said.partition(" ")
    archive, _, prefix = rest.partition(" ")
    known = way in set(Way) and archive and prefix
    return Errand(wanted, refused, digest, Index(archive, Way(way), prefix) if known else None)


def listings_in(body: bytes, index: Index, record_id: str) -> list[Listing]:
    """What an index's answer lists.

    :param record_id: of the answer
    :raises parsers.cdx.CdxError: it is no such answer
    """
    if index.way is Way.NONE:
        return []
    return [
        Listing(
            index.archive, row.original, row.captured_at, row.status, row.mimetype, row.digest,
            index.place(row), record_id,
        )
        for row in parse_cdx(body).rows
        if index.way is Way.REPLAY or (row.filename and row.offset is not None and row.length)
    ]  # fmt: skip
