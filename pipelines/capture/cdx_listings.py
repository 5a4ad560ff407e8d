"""The captures that an answer of a web archive's index lists."""

from __future__ import annotations

from w3lib.url import safe_url_string

from pipelines.capture.cdx import CdxRow, parse_cdx
from pipelines.db.models import Listing
from pipelines.warc.purpose import AccessMethod, ArchiveIndex


def listings_in(body: bytes, index: ArchiveIndex, record_id: str) -> list[Listing]:
    """The captures that an answer of an index lists.

    :param record_id: the WARC record that holds the answer
    :raises pipelines.capture.cdx.CdxError: the body is no answer of a CDX server
    """
    if index.way is AccessMethod.NONE:
        return []
    return [
        Listing(
            index.archive, row.original, row.captured_at, row.status, row.mimetype, row.digest,
            capture_address(index, row), record_id,
        )
        for row in parse_cdx(body).rows
        if index.way is AccessMethod.REPLAY
        or (row.filename and row.offset is not None and row.length)
    ]  # fmt: skip


def capture_address(index: ArchiveIndex, row: CdxRow) -> str:
    """The address of a listed capture; ``#offset-length`` follows where it is a part of a file.

    It is written as it is asked for, so that captures are known by it.
    """
    if index.way is AccessMethod.REPLAY:
        address = f"{index.prefix}{row.timestamp}id_/{row.original}"
        return str(safe_url_string(address.partition("#")[0]))
    return f"{index.prefix}{row.filename}#{row.offset}-{row.length}"
