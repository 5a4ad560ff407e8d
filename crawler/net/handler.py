"""The Scrapy download handler: a request goes out, the exchange is recorded, a response comes back.

It stands in DOWNLOAD_HANDLERS, a public extension point, so nothing private of Scrapy is
relied on. Every exchange is handed to the session's recorder before Scrapy sees the response:
robots.txt, redirects, errors and what failed half-way as well.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response

from crawler.net.addresses import PrivateAddressError, is_loopback_name, resolve
from crawler.net.connections import ConnectionPool, Origin
from crawler.net.pace import Pace
from crawler.net.wire import WireConnection, WireError, WireResponse
from crawler.redaction import REDACTED_FIELD, redact, without_credentials, without_secrets
from parsers.records import Capture
from pipelines.db.models import Validators
from pipelines.warc.content_encoding import DecodedBody, UndecodableBody
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.framing import SAME_END
from pipelines.warc.http import parse_response
from pipelines.warc.record import NO_PURPOSE, sha1_digest
from pipelines.warc.writer import ODD_FIELD

RECORD = "housecall_record"
"""The ``request.meta`` key under which a request may hold what records its exchange: called
with the exchange, it gives the Capture, or raises what makes the download fail."""
PURPOSE = "housecall_purpose"
"""The key under which a request to a web archive has its
:class:`~pipelines.warc.record.CapturePurpose`."""
CAPTURE = "housecall_capture"
"""The key under which a callback finds the exchange's Capture."""
VALIDATORS = "housecall_validators"
"""The key under which a request may hold the :class:`~pipelines.db.models.Validators` of its
URL: it is sent as a conditional request then."""
REPEATS = "housecall_repeats"
"""The key under which a callback finds the Original that the exchange repeats, if it does."""
LEADS_TO = "housecall_leads_to"
"""The key under which a callback finds where the answer's head leads, as written; "" if nowhere."""
INTERIM_FIELD = "Housecall-Interim"
"""Our own WARC field on a response record: the 1xx statuses that came before, each once."""
_MARGIN = 4096
"""Bytes at the end of a page within which its ``</html>`` stands."""
_CUT = "housecall_cut"
"""The key under which a request holds the digest of a payload that was cut short."""


class ExchangeRecorder(Protocol):
    """Whatever the handler hands exchanges to."""

    def record(self, exchange: Exchange) -> Capture:
        """Record an exchange; return what a parser may read of it."""


class RecordingDownloadHandler(BaseDownloadHandler):
    """HTTP/1.1 over our own wire, so that the WARC holds the bytes that crossed it."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._max_bytes = settings.getint("DOWNLOAD_MAXSIZE")
        # Every request of a crawl says the same of itself; it is put into bytes once.
        self._fields = header_lines(
            {**settings.getdict("DEFAULT_REQUEST_HEADERS"), "User-Agent": settings["USER_AGENT"]}
        )
        self._private = settings.getbool("PRIVATE_ADDRESSES")
        self._pool = ConnectionPool(
            self._resolve, verify_tls=settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        )

    @cached_property
    def _pace(self) -> Pace:
        return Pace.of(self.crawler)

    @cached_property
    def _recorder(self) -> ExchangeRecorder:
        recorder: ExchangeRecorder = cast("Any", self.crawler).housecall
        return recorder

    async def download_request(self, request: Request) -> Response:
        """Send ``request`` when its host may be asked, and again if it fails in passing.

        Each try is recorded. The response's body is decoded.

        :raises DownloadTimeoutError, ResponseDataLossError, ...: Scrapy's own exceptions,
            for what went wrong the last time
        :raises PrivateAddressError: the host is not on the public internet
        :raises Postponed: see :meth:`crawler.net.pace.Pace.persist`
        :raises ArchiveStopped: nothing more can be recorded
        """
        return await self._pace.persist(request, self._download)

    async def _download(self, request: Request) -> Response:
        meta = request.meta
        validators: Validators | None = meta.get(VALIDATORS)
        attempt = _Attempt(request, self._fields + condition_fields(validators))
        try:
            async with asyncio.timeout(self._timeout):
                received = await self._exchange(attempt)
        except TimeoutError as error:
            reason = f"no answer in {self._timeout:g} seconds"
            self._recorder.record(attempt.failed(reason, "time"))
            raise DownloadTimeoutError(f"{attempt.url} took over {self._timeout:g} s") from error
        except PrivateAddressError as error:
            self._recorder.record(attempt.failed(str(error)))
            raise
        except (OSError, WireError) as error:
            kind, prefix = _failure_of(error)
            reason = prefix + (str(error) or type(error).__name__)
            self._recorder.record(attempt.failed(reason))
            raise kind(str(error)) from error
        received = _judged(received, meta)
        exchange = attempt.succeeded(received, validators)
        record: Callable[[Exchange], Capture] = meta.get(RECORD) or self._recorder.record
        capture = record(exchange)
        meta[CAPTURE] = capture
        if received.truncated == "disconnect":
            raise ResponseDataLossError(f"{attempt.url} was cut short")
        meta[REPEATS] = exchange.original
        meta[LEADS_TO] = exchange.http.leads_to if exchange.http else ""
        meta["download_latency"] = received.latency
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in (exchange.http.headers if exchange.http else ())
        ]
        return Response(request.url, exchange.status, headers, capture.body)

    async def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    async def _resolve(self, host: str, port: int) -> list[str]:
        """The addresses of ``host`` that this crawl may connect to.

        This machine is one only for a crawl of this machine: no link or redirect of a public
        site leads there.
        """
        urls = getattr(self.crawler.spider, "host_urls", ())
        here = any(is_loopback_name(urlsplit(url).hostname or "") for url in urls)
        loopback = is_loopback_name(host) and here
        return await resolve(host, port, private=self._private, loopback=loopback)

    async def _exchange(self, attempt: _Attempt) -> WireResponse:
        connection, reused = await self._pool.acquire(attempt.origin)
        try:
            return await self._exchange_over(connection, attempt)
        except WireError as error:
            if not reused or error.received:
                raise
        # A kept-alive connection that closes without a byte was closed before it read the
        # request (RFC 9112, 9.3.1): a GET may be sent again on a fresh one. That this cannot
        # be avoided is the price of keep-alive. The first try leaves no record: nothing came
        # back, and the request that is recorded is the same.
        connection = await self._pool.connect(attempt.origin)
        return await self._exchange_over(connection, attempt)

    async def _exchange_over(self, connection: WireConnection, attempt: _Attempt) -> WireResponse:
        attempt.connection = connection
        attempt.started_at = datetime.now(UTC)
        self._pace.sent(attempt.request)
        try:
            return await connection.exchange(attempt.message, max_bytes=self._max_bytes)
        except BaseException:
            connection.close()
            raise
        finally:
            self._pool.release(attempt.origin, connection)


def _judged(received: WireResponse, meta: dict[str, Any]) -> WireResponse:
    """A response that was cut short, or, if that came at the same byte before, is none.

    A connection does not break twice at one place: it is the server that counts wrongly, and
    for good. Browsers show what came. For the archive that is the page only if its end is there:
    half a page, or half of robots.txt, is none.
    """
    if received.truncated != "disconnect":
        return received
    payload = sha1_digest(received.block)
    if meta.get(_CUT) != payload or not has_its_end(received.block):
        meta[_CUT] = payload
        return received
    return replace(received, truncated=None, odd=(*received.odd, SAME_END))


def has_its_end(block: bytes) -> bool:
    """Whether the body of a response can be decoded to its end, and is HTML that ends as such."""
    message = parse_response(block)
    try:
        body = message.decoded() if message else DecodedBody(b"")
    except UndecodableBody:
        return False
    return not body.damage and b"</html" in body.content[-_MARGIN:].lower()


class _Attempt:
    """One try at one request: what was to be sent, to whom, since when."""

    def __init__(self, request: Request, fields: bytes) -> None:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.request = request
        self.url = without_credentials(request.url)  # all that the record needs of it
        self.origin = Origin(parts.scheme, host, port)
        self.message = request_message(
            request, parts.netloc.rpartition("@")[2], parts.path, parts.query, fields
        )
        self.started_at = datetime.now(UTC)
        self.connection: WireConnection | None = None

    def succeeded(self, received: WireResponse, validators: Validators | None) -> Exchange:
        """Return the exchange with its response, which may repeat an earlier capture."""
        exchange = self._exchange_of(received.block, received.truncated, received.odd)
        if received.surplus:
            exchange = replace(exchange, surplus=received.surplus)
        original = repeated(exchange, validators)
        return replace(exchange, repeats=original) if original else exchange

    def failed(self, reason: str, truncated: str | None = None) -> Exchange:
        """Return the exchange without a usable response: with what there is of one."""
        received = self.connection.received() if self.connection else b""
        return replace(self._exchange_of(received, truncated), error=without_secrets(reason))

    def _exchange_of(
        self, response: bytes, truncated: str | None, odd: tuple[str, ...] = ()
    ) -> Exchange:
        connection = self.connection
        message, blanked = redact(self.message)
        extra = connection.tls if connection else ()
        if connection and connection.interim:
            statuses = dict.fromkeys(map(str, connection.interim))
            extra = (*extra, (INTERIM_FIELD, ", ".join(statuses)))
        if odd:
            extra = (*extra, (ODD_FIELD, "; ".join(odd)))
        return Exchange(
            url=self.url,
            method=self.request.method,
            started_at=self.started_at,
            ip_address=connection.peer if connection else None,
            request=message if connection else b"",
            response=response,
            truncated=truncated,
            extra=extra,
            request_extra=((REDACTED_FIELD, ", ".join(blanked)),) if blanked else (),
            purpose=self.request.meta.get(PURPOSE, NO_PURPOSE),
        )


def _failure_of(error: Exception) -> tuple[type[Exception], str]:
    """Scrapy's exception for a failed attempt, and how the reason on record begins."""
    if isinstance(error, socket.gaierror):
        return CannotResolveHostError, "cannot resolve the host: "
    if isinstance(error, ConnectionRefusedError):
        return DownloadConnectionRefusedError, "connection refused: "
    return DownloadFailedError, ""


def header_lines(headers: Mapping[str, str]) -> bytes:
    """Header lines, each with its CRLF."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")


def request_message(
    request: Request, host: str, path: str, query: str, fields: bytes = b""
) -> bytes:
    """The bytes of an HTTP/1.1 request (RFC 9112, 3).

    :param host: the URL's authority without user information
    :param fields: header lines that every request has, after the request's own
    """
    target = (path or "/") + (f"?{query}" if query else "")
    lines = [f"{request.method} {target} HTTP/1.1".encode("latin-1"), b"Host: " + host.encode()]
    for name, values in request.headers.items():
        lines.extend(name + b": " + value for value in values)
    if request.body:
        lines.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join(lines) + b"\r\n" + fields + b"\r\n" + request.body


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
    if exchange.status == 304:
        return validators.original if condition_fields(validators) else None
    if exchange.status == 200 and sha1_digest(exchange.payload) == validators.original.digest:
        return validators.original
    return None
