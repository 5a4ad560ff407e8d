"""Conditional requests (RFC 9110, 13): ask only for what has changed. Pure."""

from __future__ import annotations

from pipelines.db.models import Validators
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.record import sha1_digest

NOT_MODIFIED = 304


def condition_fields(validators: Validators | None) -> bytes:
    """Return the header lines that ask whether a capture still stands; b"" without validators.

    Validators go back exactly as the server sent them (RFC 9110, 13.1). One that cannot
    stand in a header line, because a damaged archive or a hostile server put a control
    character into it, is left out.
    """
    if validators is None:
        return b""
    lines = [
        f"{name}: {value}\r\n"
        for name, value in (
            ("If-None-Match", validators.etag),
            ("If-Modified-Since", validators.last_modified),
        )
        if value and value.isprintable()
    ]
    return "".join(lines).encode("latin-1", "ignore")


def repeated(exchange: Exchange, validators: Validators | None) -> Original | None:
    """Return the capture that ``exchange`` repeats; None if it brought something of its own.

    The server says so (304, to a conditional request), or its payload is the same byte
    for byte. What was cut short repeats nothing: the rest is not known.
    """
    if validators is None or exchange.truncated or exchange.error:
        return None
    if exchange.status == NOT_MODIFIED:
        return validators.original if condition_fields(validators) else None
    if exchange.status == 200 and sha1_digest(exchange.payload) == validators.original.digest:
        return validators.original
    return None
