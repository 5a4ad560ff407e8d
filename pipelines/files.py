"""What a file is, by its content and not by its name; and pages that come as plain files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin
from uuid import NAMESPACE_URL, uuid5

from isal import igzip_lib

from parsers import canonical_url, is_question_url
from parsers.records import Capture
from pipelines.codings import UndecodableBody
from pipelines.evidence import capture_of
from pipelines.member_stream import BAD_GZIP, GZIP_MAGIC
from pipelines.memento import original_in
from pipelines.rows import stamp
from pipelines.unwrap import unwrap, wrapping_of
from pipelines.warc_read import DamagedWarc, read_warc

_HEAD = 65_536
_MAX_PAGE = 64 * 1024 * 1024


class FileError(Exception):
    """A file that cannot be read or imported; the message says why and what to do."""


class Kind(StrEnum):
    """What a file is."""

    WARC = "warc"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page that came as a file: what it is a capture of, and its bytes."""

    url: str
    date: datetime
    content_type: str
    body: bytes
    name: str

    @property
    def record_id(self) -> str:
        """The same for the same page, address and date: importing it twice changes nothing."""
        key = f"{self.url} {stamp(self.date)} {sha256(self.body).hexdigest()}"
        return f"urn:uuid:{uuid5(NAMESPACE_URL, key)}"


# First bytes -> what to tell people who bring such a file.
_REFUSED = (
    (b"PK\x03\x04", "a WACZ or other ZIP file: not supported yet; unpack it and import the WARCs"),
    (b"filedesc:", "an ARC file: not supported yet; convert it with 'warcio recompress'"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4: not supported; recompress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard: not supported yet; recompress it with gzip"),
    (b"\x5d\x2a\x4d\x18", "compressed with Zstandard: not supported yet; recompress it with gzip"),
    (b"%PDF-", "a PDF document, not a page"),
)
_HTML = re.compile(
    rb"<(?:!doctype\s+html|!--|\?xml|html|head|title|meta|body|table|div|font|center|p|h[1-6]|a)\b",
    re.I,
)
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)", re.I)
_MIRRORED = re.compile(rb"<!--\s*Mirrored from (\S+) by HTTrack", re.I)
_TAG = re.compile(rb"<(link|base|meta)\b([^>]*)>", re.I)
_ATTRIBUTE = re.compile(rb"([a-z:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)


def kind_of(path: Path) -> Kind:
    """What a file is.

    :raises FileError: if it is nothing that can be read, saying what it is where that is known
    :raises OSError: if it cannot be opened
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FileError(f"{path} is empty")
    inner = _unzipped(path, head) if head.startswith(GZIP_MAGIC) else head
    if inner.startswith(b"WARC/") or (head.startswith(GZIP_MAGIC) and not inner):
        return Kind.WARC
    for magic, what in _REFUSED:
        if inner.startswith(magic):
            raise FileError(f"{path} is {what}")
    if inner is not head:
        raise FileError(f"{path} is gzip of something that is no web archive")
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{path} is neither a web archive nor a page nor text")
    return Kind.HTML if _HTML.search(head) else Kind.TEXT


def page_file(
    path: Path,
    kind: Kind,
    *,
    url: str | None = None,
    base: str | None = None,
    date: datetime | None = None,
    root: Path | None = None,
) -> PageFile:
    """A page or text file, with the address that it is a copy of.

    :param url: its address, if it is known; otherwise what the file itself says counts
    :param base: the address of the folder ``root``, for files that say nothing
    :param date: when it was captured; the file's time of change by default
    :raises FileError: if there is no way to know the address
    """
    status = path.stat()
    if status.st_size > _MAX_PAGE:
        raise FileError(f"{path} is too large for a page ({status.st_size} bytes)")
    body = path.read_bytes()
    shown = wrapping_of(body)
    if shown is not None:  # saved as a web archive shows it, which says of what and of when
        url, date = url or shown.url, date or shown.captured_at
    address = url or _stated_url(body[:_HEAD]) or _placed_url(path, root or path.parent, base)
    address = (original_in(address) or address) if address else address
    if not address:
        raise FileError(f"{path} does not say which page it is a copy of; say it with --url")
    if not address.lower().startswith(("http://", "https://")):
        raise FileError(f"{address!r} is no web address (for {path})")
    when = date or datetime.fromtimestamp(status.st_mtime, UTC)
    return PageFile(quote(address, safe=_KEPT), when, _content_type(body, kind), body, path.name)


def captures_in(
    path: Path, *, url: str | None = None, date: datetime | None = None
) -> Iterator[Capture]:
    """The captures in one local file, for reading it without storing anything.

    :param url: of a page or text file: its address. Of a WARC: only captures of this address
    :raises FileError: if the file cannot be read
    """
    kind = kind_of(path)
    if kind is not Kind.WARC:
        page = page_file(path, kind, url=url, date=date)
        yield Capture(
            page.url, page.date, unwrap(page.body), page.content_type, 200, "file", page.record_id
        )
        return
    wanted = canonical_url(url) if url else None
    try:
        for record in read_warc(path):
            if wanted and canonical_url(record.url) != wanted:
                continue
            capture = capture_of(record)
            if capture is not None:
                yield capture
    except (DamagedWarc, UndecodableBody) as error:
        raise FileError(str(error)) from error


_KEPT = "/%:@!$&'()*+,;=~-._?#[]{}|^`\\"


def _unzipped(path: Path, head: bytes) -> bytes:
    member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        inner = member.decompress(head, 64)
    except BAD_GZIP as error:
        raise FileError(f"{path} is damaged gzip: {error}") from error
    if not inner and not member.eof:
        raise FileError(f"{path} is damaged gzip: it ends in its first bytes")
    return inner


def _content_type(body: bytes, kind: Kind) -> str:
    if kind is Kind.HTML:
        return "text/html"  # no charset: the page's own statement, if any, is what is known
    try:
        body.decode()
    except UnicodeDecodeError:
        return "text/plain; charset=windows-1252"
    return "text/plain; charset=utf-8"


def _stated_url(head: bytes) -> str | None:
    """The address that a page gives for itself: browsers and mirrors write it in a comment."""
    found = _SAVED_FROM.search(head)
    if found:
        return unescape(found[1].decode("latin-1"))
    found = _MIRRORED.search(head)
    if found:
        address = found[1].decode("latin-1")
        return address if "://" in address else f"http://{address}"
    for tag, attributes in _TAG.findall(head):
        address = _address_in(tag.lower(), _attributes(attributes))
        if address:
            return address
    return None


def _attributes(text: bytes) -> dict[str, str]:
    return {
        name.decode().lower(): unescape((double or single or bare).decode("utf-8", "replace"))
        for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _address_in(tag: bytes, attributes: dict[str, str]) -> str | None:
    address = ""
    if tag == b"link" and "canonical" in attributes.get("rel", "").lower().split():
        address = attributes.get("href", "")
    elif tag == b"meta" and attributes.get("property", "").lower() == "og:url":
        address = attributes.get("content", "")
    elif tag == b"base" and is_question_url(attributes.get("href", "")):
        address = attributes["href"]  # a base is mostly the site's front page, not this page
    return address.strip() if "://" in address else None


def _placed_url(path: Path, root: Path, base: str | None) -> str | None:
    """By its place in a folder: ``29280.txt`` under the folder's address is ``29280.htm``."""
    if not base:
        return None
    place = path.relative_to(root)
    if place.suffix.lower() in ("", ".txt"):
        place = place.with_suffix(".htm")
    return urljoin(base if base.endswith("/") else f"{base}/", quote(place.as_posix()))
