"""Pages that come as plain files, and the captures in any one file.

HTTrack leaves a comment in each page of a mirrored site: ``<!-- Mirrored from HOST/PATH by
HTTrack Website Copier/3.x [...], Tue, 06 May 2014 10:11:12 GMT -->``; the date is when it was
fetched. SingleFile does the same in its own words. wget leaves nothing, but names folders as the
site does, the first one as the host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin
from uuid import NAMESPACE_URL, uuid5

from parsers import canonical_url, is_question_url
from parsers.records import Capture
from pipelines.capture.interpret import interpret
from pipelines.capture.memento import original_in, unwrap, wrapping_of
from pipelines.files.file_names import printable
from pipelines.files.timestamps import parse_moment, stamp
from pipelines.ingest.sniff import FileError, FileKind, format_of
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc

#: What is left as it is in an address.
URL_SAFE = "/%:@!$&'()*+,;=~-._?#[]{}|^`\\"
_HEAD = 65_536
_MAX_PAGE = 64 * 1024 * 1024


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


class UnknownAddress(FileError):
    """A page does not say of which address it is a copy."""

    why = "does not say which page it is a copy of"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} {self.why}; say it with --url")
        self.path = path


_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)", re.I)
_MIRRORED = re.compile(
    rb"<!--\s*Mirrored from (\S+) by HTTrack[^>]{0,200}?"
    rb"(?:,\s*([A-Z0-9][^>\[\]]{7,50}?))?\s*-->"
    rb"|Page saved with SingleFile\s+url:\s*(\S+)"
    rb"\s+saved date:\s*([^\r\n>]{8,100}?)\s*(?:[\r\n]|-->)",
    re.I,
)
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|mil|int|info|biz|[a-z]{2})"
    r"(?:[:+]\d{1,5})?",
    re.I,
)
_PAGE = re.compile(r"\.(?:html?|cfm|php\d?|aspx?|jsp|cgi|pl|txt)$", re.I)
_PATH_SAFE = "/%:@!$&'()*+,;=~-._?"
_TAG = re.compile(rb"<(link|base|meta)\b([^>]*)>", re.I)
_ATTRIBUTE = re.compile(rb"([a-z:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)


def page_file(
    path: Path,
    kind: FileKind,
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
    address = (
        url
        or _stated_url(body[:_HEAD])
        or _placed_url(path, root or path.parent, base)
        or placed_in_mirror(path)
    )
    address = (original_in(address) or address) if address else address
    if not address:
        raise UnknownAddress(path)
    if not address.lower().startswith(("http://", "https://")):
        raise FileError(f"{address!r} is no web address (for {path})")
    mirrored = mirrored_from(body[:_HEAD])
    date = date or (mirrored and mirrored[1]) or datetime.fromtimestamp(status.st_mtime, UTC)
    content_type = _content_type_of(body, kind)
    return PageFile(
        quote(os.fsencode(address), safe=URL_SAFE), date, content_type, body, printable(path.name)
    )


def captures_in(
    path: Path,
    *,
    url: str | None = None,
    base: str | None = None,
    date: datetime | None = None,
) -> Iterator[Capture]:
    """The captures in one local file, for reading it without storing anything.

    :param url: of a page or text file: its address. Of a WARC: only captures of this address
    :param base: of a page or text file that says nothing: the address of its folder
    :raises FileError: if the file cannot be read
    """
    kind = format_of(path).kind
    if kind in (FileKind.WACZ, FileKind.JSONL):
        raise FileError(f"{path} holds many pages in {kind}: import it, then look at the archive")
    if kind not in (FileKind.WARC, FileKind.ARC):
        page = page_file(path, kind, url=url, base=base, date=date)
        yield Capture(
            page.url, page.date, unwrap(page.body), page.content_type, 200, "file", page.record_id
        )
        return
    canonical = canonical_url(url) if url else None
    try:
        for record in read_warc(path):
            if canonical and canonical_url(record.url) != canonical:
                continue
            capture = interpret(record, path.name).capture()
            if capture is not None:
                yield capture
    except (DamagedWarc, UndecodableBody) as error:
        raise FileError(str(error)) from error


def _content_type_of(body: bytes, kind: FileKind) -> str:
    """The media type of a page or text that came without one."""
    if kind is FileKind.HTML:
        return "text/html"  # no charset: the page's own statement, if any, is what is known
    try:
        body.decode()
    except UnicodeDecodeError:
        return "text/plain"  # what it is then is judged when it is read
    return "text/plain; charset=utf-8"


def _stated_url(head: bytes) -> str | None:
    """The address that a page gives for itself: browsers and mirrors write it in a comment."""
    saved = _SAVED_FROM.search(head)
    if saved:
        return unescape(saved[1].decode("latin-1"))
    mirrored = mirrored_from(head)
    if mirrored is not None:
        return mirrored[0]
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
    """By its place in a folder: ``29280.txt`` under the folder's address is ``29280.htm``.

    Whoever saves a page adds an ending, or leaves it off: the question address that the place
    can mean is taken, if it can mean any.
    """
    if not base:
        return None
    folder = base if base.endswith("/") else f"{base}/"
    place = path.relative_to(root)
    bare = place.with_suffix("")
    if bare.name.lower() == "index":
        bare = bare.parent
    forms = (bare, place, place.with_suffix(".htm"), place.with_suffix(".html"))
    addresses = [urljoin(folder, quote(os.fsencode(form.as_posix()))) for form in forms]
    as_saved = addresses[2 if place.suffix.lower() in ("", ".txt") else 1]
    return next(filter(is_question_url, addresses), as_saved)


def mirrored_from(head: bytes) -> tuple[str, datetime | None] | None:
    """The address that HTTrack or SingleFile says a page is from, and when they had it, if
    they say so."""
    match = _MIRRORED.search(head)
    if match is None:
        return None
    address = unescape((match[1] or match[3]).decode("latin-1"))
    date = parse_moment((match[2] or match[4] or b"").decode("latin-1"))
    return address if "://" in address else f"http://{address}", date


def placed_in_mirror(path: Path) -> str | None:
    """The address of a file in a folder that is named as a host; None if there is none.

    The endings that mirroring tools add (``29280.htm.html``) are undone.
    """
    folders = path.parts[:-1]
    places = [at for at, name in enumerate(folders) if _HOST.fullmatch(name)]
    if not places:
        return None
    host = folders[places[-1]].replace("+", ":").lower()
    rest = "/".join(path.parts[places[-1] + 1 :])
    bare = rest.removesuffix(".html")
    if bare != rest and _PAGE.search(bare):
        rest = bare
    return f"http://{host}/{quote(os.fsencode(rest), safe=_PATH_SAFE)}"
