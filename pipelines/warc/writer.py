"""Writes WARC/1.1: one complete gzip member a record, exact bytes, nothing re-ordered.

Headers are built by hand, and gzip is igzip at level 1: an exchange with a 30 KB body
costs about 0.15 ms, so that keeping the evidence never slows a crawl. The members are
plain RFC 1952 and any WARC tool reads them.

Digests: the block digest (sha256) is over the block as stored; the payload digest (sha1)
is over the entity as the standard defines it, without chunk framing but with its content
encoding. Tools that hash the framed bytes instead report a payload mismatch on chunked
responses; the block digest of those still passes.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from isal import igzip_lib

from pipelines.files.durable import rename_durably, sync_path, write_all
from pipelines.files.locks import try_lock
from pipelines.files.timestamps import stamp
from pipelines.warc.exchange import Exchange, Location, Original
from pipelines.warc.http import HttpMessage
from pipelines.warc.record import Record, base32, sha1_digest

OPEN_SUFFIX = ".open"
#: Our own field: in words, why a response that did come in part was not usable.
ERROR_FIELD = "Housecall-Error"
#: Our own field: in words, what of a response is not as it should be, though it was read.
ODD_FIELD = "Housecall-Odd"
#: What the JSON of our metadata records says of itself under "kind".
FAILURE, CRAWL_END, FETCHED = "failure", "crawl-end", "fetched"
#: WARC/1.1, section 6.7: the server said so (304), or the payload is the same byte for byte.
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_BUFFER_BYTES = 1 << 20


class WarcWriter:
    """Appends records to WARC files in a directory, a new file at each ``max_bytes``.

    A file being written ends in ``.open``; it is renamed when it is complete. Records wait
    in memory until :meth:`flush` (or a full buffer). Where a write fails (a full disk),
    the file is cut back to its last whole record, the records stay in memory, and
    :meth:`flush` can be called again once there is room.

    :param directory: made if it is not there
    :param prefix: of the file names; letters, digits and hyphens
    :param info: the warcinfo fields, the same in each file
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        prefix: str,
        info: Mapping[str, str],
        max_bytes: int = 1_000_000_000,
    ) -> None:
        self.directory = Path(directory)
        self.prefix = prefix
        self.info = dict(info)
        self.max_bytes = max_bytes
        self.finished_files: list[Path] = []
        self._serial = 0
        self._fd: int | None = None
        self._name = ""
        self._info_id = ""
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._written = 0
        self.directory.mkdir(parents=True, exist_ok=True)

    # -- records ---------------------------------------------------------------------

    def write_exchange(self, exchange: Exchange) -> Location:
        """Append the response and request records of an exchange.

        Without a response, a metadata record says why instead.

        :returns: where the response (or that metadata record) lies
        """
        self._make_room()
        date = stamp(exchange.started_at)
        address = exchange.ip_address
        common = [("WARC-Target-URI", exchange.url), ("WARC-Date", date)]
        about = exchange.purpose.fields()
        if address:
            common.append(("WARC-IP-Address", address))
        if exchange.original is not None:
            location = self._write_revisit(exchange, exchange.original, common)
        elif exchange.response:
            location = self._write_response(exchange, [*common, *about])
        else:
            error = " ".join((exchange.error or "no response").split())
            body = {"kind": FAILURE, "stage": "fetch", "error": error}
            location = self._metadata(body, [*common, *about])
        if exchange.request:
            concurrent = ("WARC-Concurrent-To", f"<{location.record_id}>")
            fields = [*common, concurrent, *exchange.request_extra]
            self._append("request", "application/http; msgtype=request", fields, exchange.request)
        if exchange.surplus:
            fields = [*common, ("WARC-Refers-To", f"<{location.record_id}>")]
            self._append("metadata", "application/octet-stream", fields, exchange.surplus)
        return location

    def _write_response(self, exchange: Exchange, common: list[tuple[str, str]]) -> Location:
        http = exchange.http
        digest = sha1_digest(exchange.payload)
        fields = list(common)
        if http is not None:
            fields += [("WARC-Payload-Digest", digest), *_protocol(http)]
        if exchange.truncated or exchange.error:
            fields.append(("WARC-Truncated", exchange.truncated or "unspecified"))
        if exchange.error:
            fields.append((ERROR_FIELD, " ".join(exchange.error.split())))
        fields.extend(exchange.extra)
        kind, block = exchange.block_type, exchange.response
        return self._append("response", kind, fields, block, digest=digest)

    def _write_revisit(
        self, exchange: Exchange, original: Original, common: list[tuple[str, str]]
    ) -> Location:
        """The head of the response as it came. Not marked as truncated: nothing is missing."""
        body = exchange.http.body if exchange.http else b""
        head = exchange.response[: len(exchange.response) - len(body)]
        fields = [
            *common,
            ("WARC-Profile", NOT_MODIFIED if exchange.status == 304 else IDENTICAL),
            ("WARC-Refers-To", f"<{original.record_id}>"),
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", stamp(original.captured_at)),
            ("WARC-Payload-Digest", original.digest),
            *(_protocol(exchange.http) if exchange.http else ()),
            *exchange.extra,
        ]
        return self._append("revisit", exchange.block_type, fields, head, digest=original.digest)

    def write_resource(
        self,
        url: str,
        date: datetime,
        content_type: str,
        body: bytes,
        *,
        record_id: str = "",
        extra: tuple[tuple[str, str], ...] = (),
    ) -> Location:
        """Append a resource record: a page that came as a file, not over HTTP."""
        self._make_room()
        digest = sha1_digest(body)
        fields = [
            ("WARC-Target-URI", url),
            ("WARC-Date", stamp(date)),
            ("WARC-Payload-Digest", digest),
            *extra,
        ]
        return self._append(
            "resource", content_type, fields, body, digest=digest, record_id=record_id
        )

    def write_member(self, member: bytes, record_id: str, at: datetime, place: str) -> Location:
        """Append a record of another archive as it is, and when and from where it was had.

        :param member: one gzip member that holds the record, checked
        :param place: the address of its file there, "#offset-length" behind it
        """
        self._make_room()
        location = Location(record_id, self._name, self._written + self._buffered, len(member), "")
        self._put(member)
        fields = [
            ("WARC-Target-URI", place),
            ("WARC-Date", stamp(at)),
            ("WARC-Refers-To", f"<{record_id}>"),
        ]
        self._metadata({"kind": FETCHED, "record": record_id}, fields)
        return location

    def write_metadata(self, values: Mapping[str, Any], date: datetime, url: str = "") -> Location:
        """Append a metadata record of JSON, such as the one that closes a crawl."""
        self._make_room()
        fields = [("WARC-Target-URI", url)] if url else []
        return self._metadata(values, [*fields, ("WARC-Date", stamp(date))])

    def _metadata(self, values: Mapping[str, Any], fields: list[tuple[str, str]]) -> Location:
        body = json.dumps(values, ensure_ascii=False, sort_keys=True).encode()
        return self._append("metadata", "application/json", fields, body)

    def _append(
        self,
        record_type: str,
        content_type: str,
        fields: list[tuple[str, str]],
        block: bytes,
        *,
        digest: str = "",
        record_id: str = "",
    ) -> Location:
        record_id = record_id or f"urn:uuid:{uuid4()}"
        if self._info_id and record_type != "warcinfo":
            fields = [*fields, ("WARC-Warcinfo-ID", f"<{self._info_id}>")]
        lines = "".join([f"{name}: {value}\r\n" for name, value in fields])
        if lines.count("\n") != len(fields) or lines.count("\r") != len(fields):
            raise ValueError(f"a line break in a WARC header value: {fields!r}")
        head = (
            f"WARC/1.1\r\nWARC-Type: {record_type}\r\nWARC-Record-ID: <{record_id}>\r\n{lines}"
            f"WARC-Block-Digest: sha256:{base32(hashlib.sha256(block))}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        member = igzip_lib.compress(
            b"%b%b\r\n\r\n" % (head.encode(), block), 1, igzip_lib.COMP_GZIP
        )
        offset = self._written + self._buffered
        self._put(member)
        return Location(record_id, self._name, offset, len(member), digest)

    def _put(self, member: bytes) -> None:
        self._buffer.append(member)
        self._buffered += len(member)
        if self._buffered >= _BUFFER_BYTES:
            self.flush()

    # -- files -----------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """The file being written (it ends in ``.open``); None before the first record."""
        return None if self._fd is None else self.directory / (self._name + OPEN_SUFFIX)

    @property
    def is_full(self) -> bool:
        """Whether the next record will begin a new file, and give this one its final name."""
        return self._fd is not None and self._written + self._buffered >= self.max_bytes

    def open(self) -> None:
        """Start the first file now, so that its warcinfo record is on disk before rows are."""
        self._make_room()

    def adopt(self, name: str, fd: int, size: int, info_id: str) -> None:
        """Go on with a file that a killed writer left, as if it had been this one.

        :param name: its final name
        :param fd: open for writing and locked; the writer owns it from now on
        :param size: bytes to keep: they end with a whole record
        :param info_id: the id of its warcinfo record, whose block is that of ``info``
        """
        os.lseek(fd, size, os.SEEK_SET)
        self._fd, self._name, self._written, self._info_id = fd, name, size, info_id

    def flush(self, *, sync: bool = False) -> None:
        """Hand all records to the system, and with ``sync`` to the disk.

        :raises OSError: if that fails; nothing is lost, and it can be called again
        """
        if self._fd is None:
            return
        if self._buffer:
            data = b"".join(self._buffer)
            try:
                write_all(self._fd, data)
            except OSError:
                os.ftruncate(self._fd, self._written)
                os.lseek(self._fd, self._written, os.SEEK_SET)
                raise
            self._written += len(data)
            self._buffer.clear()
            self._buffered = 0
        if sync:
            os.fsync(self._fd)

    def close(self) -> None:
        """Make the file durable and give it its final name. Can be called twice."""
        if self._fd is None:
            return
        self.flush(sync=True)
        final = self.directory / self._name
        rename_durably(self.directory / (self._name + OPEN_SUFFIX), final)
        # The lock ends here: before the rename, another process could take the file for one
        # that a dead writer left.
        os.close(self._fd)
        self._fd = None
        self.finished_files.append(final)

    def abandon(self) -> None:
        """Let go of the file as a kill would: for when the disk takes nothing any more."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> WarcWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_room(self) -> None:
        if self.is_full:
            self.close()
        if self._fd is None:
            self._start_file()

    def _start_file(self) -> None:
        now = datetime.now(UTC)
        moment = now.strftime("%Y%m%d%H%M%S%f")[:17]
        fd = None
        while fd is None:
            name = f"{self.prefix}-{moment}-{self._serial:05d}-{secrets.token_hex(4)}.warc.gz"
            fd = _new_locked(self.directory / (name + OPEN_SUFFIX))
        self._fd, self._name, self._serial = fd, name, self._serial + 1
        self._written = self._buffered = 0
        self._buffer.clear()
        sync_path(self.directory)
        fields = [("WARC-Date", stamp(now)), ("WARC-Filename", name)]
        block = info_block(self.info)
        self._info_id = ""
        kind = "application/warc-fields"
        self._info_id = self._append("warcinfo", kind, fields, block).record_id
        self.flush()


def record_of(exchange: Exchange, location: Location) -> Record:
    """The record that was written of an exchange, as far as it says what was captured, without
    reading it again.

    :param location: what :meth:`WarcWriter.write_exchange` returned
    """
    fields = {
        "WARC-Record-ID": location.record_id,
        "WARC-Target-URI": exchange.url,
        "WARC-Payload-Digest": location.digest,
    }
    block = exchange.response
    if not block:
        error = " ".join((exchange.error or "no response").split())
        block = json.dumps({"kind": FAILURE, "error": error}).encode()
        fields |= {"WARC-Type": "metadata", "Content-Type": "application/json"}
    elif exchange.original is not None:
        fields |= {"WARC-Type": "revisit", "WARC-Refers-To": exchange.original.record_id}
    else:
        fields["WARC-Type"] = "response"
    if block is exchange.response:
        fields["Content-Type"] = exchange.block_type
        if exchange.truncated or exchange.error:
            fields["WARC-Truncated"] = exchange.truncated or "unspecified"
            fields[ERROR_FIELD] = " ".join((exchange.error or "").split())
    about = () if exchange.original is not None else exchange.purpose.fields()
    headers = (*fields.items(), *about)
    record = Record(headers, b"", block, location.offset, location.length, addressable=True)
    # What the writer knew already is not computed again from the bytes.
    record.__dict__.update(
        date=exchange.started_at, http=exchange.http, payload_digest=location.digest
    )
    return record


def _new_locked(path: Path) -> int | None:
    """Make a file and lock it: who finds it unlocked knows that its writer is dead.

    None if another process did so between the two, and has taken it for a dead one's.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    if try_lock(fd) and path.exists():
        return fd
    os.close(fd)
    return None


def info_block(info: Mapping[str, str]) -> bytes:
    """The block of a warcinfo record: ``name: value`` lines.

    :raises ValueError: if a value has a line break
    """
    for name, value in info.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"a line break in warcinfo field {name}")
    return "".join(f"{name}: {value}\r\n" for name, value in info.items()).encode()


def _protocol(http: HttpMessage) -> tuple[tuple[str, str], ...]:
    return (("WARC-Protocol", f"http/{http.version}"),) if http.version else ()
