"""Conditional requests (RFC 9110, 13): ask only for what has changed. Pure."""

from __future__ import annotations

from pipelines.db.models import Known
from pipelines.warc.exchange import Original
from pipelines.warc.writer import Exchange, sha1_digest

NOT_MODIFIED = 304


def condition_fields(known: Known | None) -> bytes:
    """The header lines that ask whether ``known`` still stands; b"" if there is nothing to ask by.

    Validators go back exactly as the server sent them (RFC 9110, 13.1). One that cannot
    stand in a header line, because a damaged archive or a hostile server put a control
    character into it, is left out.
    """
    if known is None:
        return b""
    lines = [
        f"{name}: {value}\r\n"
        for name, value in (
            ("If-None-Match", known.etag),
            ("If-Modified-Since", known.last_modified),
        )
        if value and value.isprintable()
    ]
    return "".join(lines).encode("latin-1", "ignore")


def repeated(exchange: Exchange, known: Known | None) -> Original | None:
    """The capture that ``exchange`` repeats; None if it brought something of its own.

    The server says so (304, to a question that was asked), or its payload is the same byte
    for byte. What was cut short repeats nothing: the rest is not known.
    """
    if known is None or exchange.truncated or exchange.error:
        return None
    if exchange.status == NOT_MODIFIED:
        return known.original if condition_fields(known) else None
    if exchange.status == 200 and sha1_digest(exchange.payload) == known.original.digest:
        return known.original
    return None
