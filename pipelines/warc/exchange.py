"""An exchange with a server, as the wire had it, and where a WARC keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pipelines.warc.http import HttpMessage, lazy, parse_response
from pipelines.warc.record import NO_PURPOSE, CapturePurpose, sha1_digest


@dataclass(frozen=True)
class Exchange:
    """What crossed the wire for one request.

    ``request`` is what was written to the socket (b"" if nothing was), ``response`` what
    came back: status line, headers and body with their framing (b"" if nothing came).
    ``started_at`` is aware. ``truncated`` is a WARC-Truncated reason (``length``, ``time``,
    ``disconnect``, ``unspecified``) where the response is not whole. ``error`` says in
    words what went wrong. ``repeats`` is the capture that the server said (304) or showed
    (the same payload) still stands: a revisit record is written then, if :attr:`original`
    finds that nothing is lost by it. ``purpose`` says what a web archive was asked for.
    ``surplus`` is what the server sent behind its response, which is no part of it.
    ``extra`` are further WARC header fields for the
    response record, ``request_extra`` for that of the request. Status, type and payload are
    not given but read from ``response``, by the same code that reads the WARC later.
    """

    url: str
    method: str
    started_at: datetime
    ip_address: str | None = None
    request: bytes = b""
    response: bytes = b""
    truncated: str | None = None
    error: str | None = None
    repeats: Original | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())
    request_extra: tuple[tuple[str, str], ...] = ()
    purpose: CapturePurpose = NO_PURPOSE
    surplus: bytes = b""

    @lazy
    def http(self) -> HttpMessage | None:
        """The response; None if none came, or what came is not HTTP."""
        return parse_response(self.response)

    @property
    def status(self) -> int:
        """The HTTP status, 0 without one; 200 of a page without a head (HTTP/0.9), and of a part
        that is the whole page."""
        return self.http.outcome if self.http else 200 * self.is_bare

    @property
    def is_bare(self) -> bool:
        """Whether the response is the page itself: nothing else without a head is no error."""
        return self.http is None and bool(self.response) and not self.error

    @property
    def block_type(self) -> str:
        """The Content-Type of a record of the response."""
        return "application/octet-stream" if self.is_bare else "application/http; msgtype=response"

    @property
    def content_type(self) -> str:
        """The Content-Type header as sent, or ""."""
        return self.http.content_type if self.http else ""

    @property
    def payload(self) -> bytes:
        """The body without chunk framing, still content-encoded; all of what is not HTTP."""
        return self.http.payload if self.http else self.response

    @lazy
    def original(self) -> Original | None:
        """The capture that this one is a revisit of; None if all of it must be kept.

        What ``repeats`` says counts only for a whole response that says 304, or whose payload
        has the original's digest: a revisit record leaves the body out.
        """
        whole = self.http is not None and self.http.complete_head
        if self.repeats is None or not whole or self.truncated or self.error:
            return None
        same = self.status == 304 or sha1_digest(self.payload) == self.repeats.digest
        return self.repeats if same else None


@dataclass(frozen=True, slots=True)
class Location:
    """Where a record lies: ``warc_file`` is the final name, offset and length in bytes.

    ``record_id`` has no angle brackets. ``digest`` is the payload's ("sha1:BASE32").
    """

    record_id: str
    warc_file: str
    offset: int
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Original:
    """The capture that a revisit repeats: what WARC-Refers-To and its like name.

    It holds the payload itself, so it is never a revisit. ``captured_at`` is aware,
    ``digest`` the payload's ("sha1:BASE32").
    """

    record_id: str
    url: str
    captured_at: datetime
    digest: str
