"""Answers of CDX servers, in each of the forms that web archives give them. Pure.

The Wayback CDX server (https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server)
answers with seven fields a line, or a JSON list of lists whose first row names the fields;
pywb and Common Crawl (https://pywb.readthedocs.io, "CDXJ Server API") with a JSON object a
line, alone or after the key and the time. What was asked for does not tell which comes, so
the form is told by the content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from w3lib.url import safe_url_string

from pipelines.capture.memento import ReplayAddress
from pipelines.db.models import Listing
from pipelines.files.timestamps import parse_timestamp
from pipelines.warc.record import AccessMethod, ArchiveIndex

_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
#: What other servers call these fields.
_NAMES = {"url": "original", "mime": "mimetype", "status": "statuscode"}
_BASE32 = re.compile(r"[A-Z2-7]{32}")
_CDXJ = re.compile(r"(\S+) (\d{4,14}) (\{.*)")


class CdxError(ValueError):
    """What came is no answer of a CDX server; the message shows how it begins."""


@dataclass(frozen=True, slots=True)
class CdxRow:
    """One capture that an archive lists.

    ``timestamp`` has 14 digits, UTC. ``status`` is None where the row has none (revisits).
    ``digest`` is "sha1:BASE32", or "" . ``filename``, ``offset`` and ``length`` (bytes) are
    where the record lies, where the server says it.
    """

    timestamp: str
    original: str
    mimetype: str = ""
    status: int | None = None
    digest: str = ""
    length: int | None = None
    filename: str = ""
    offset: int | None = None

    @property
    def captured_at(self) -> datetime:
        """The timestamp as an aware time."""
        moment = parse_timestamp(self.timestamp)
        assert moment is not None
        return moment


@dataclass(frozen=True, slots=True)
class CdxPage:
    """One answer: its rows, without those that repeat another to the letter.

    ``listed`` counts the lines that named a capture, repeated and unreadable ones included.
    ``resume_key`` is decoded; "" where there is none. ``unreadable`` are lines that are no row.
    """

    rows: tuple[CdxRow, ...]
    listed: int = 0
    resume_key: str = ""
    unreadable: tuple[str, ...] = ()


def parse_cdx(body: bytes) -> CdxPage:
    """Read an answer. An empty one lists nothing.

    :raises CdxError: it is something else, such as an error page
    """
    text = body.decode("utf-8", "replace").strip("\ufeff")
    start = text.lstrip()[:1]
    if start == "<":
        raise CdxError(f"a page, where a list of captures should be: {text.strip()[:60]!r}")
    if start == "[":
        return _lists(text)
    return _lines(text)


def listings_in(body: bytes, index: ArchiveIndex, record_id: str) -> list[Listing]:
    """Return the captures that an answer of an index lists.

    :param record_id: the WARC record that holds the answer
    :raises CdxError: the body is no answer of a CDX server
    """
    if index.method is AccessMethod.NONE:
        return []
    return [
        Listing(
            index.archive, row.original, row.captured_at, row.status, row.mimetype, row.digest,
            capture_address(index, row), record_id,
        )
        for row in parse_cdx(body).rows
        if index.method is AccessMethod.REPLAY
        or (row.filename and row.offset is not None and row.length)
    ]  # fmt: skip


def capture_address(index: ArchiveIndex, row: CdxRow) -> str:
    """The address of a listed capture; ``#offset-length`` follows where it is a part of a file.

    It is written as it is asked for, so that captures are known by it.
    """
    if index.method is AccessMethod.REPLAY:
        address = str(ReplayAddress(index.prefix, row.timestamp, row.original, "id_"))
        return str(safe_url_string(address.partition("#")[0]))
    return f"{index.prefix}{row.filename}#{row.offset}-{row.length}"


def _lists(text: str) -> CdxPage:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CdxError(f"a list of captures that is cut or damaged: {error}") from error
    if not all(isinstance(row, list) for row in value):
        raise CdxError(f"JSON that lists no captures: {text[:60]!r}")
    if not value:
        return CdxPage(())
    names, *rows = value
    if not all(isinstance(name, str) for name in names):
        raise CdxError(f"JSON that names no fields: {text[:60]!r}")
    key = ""
    if len(rows) > 1 and not rows[-2] and len(rows[-1]) == 1:
        *rows, _, (key,) = rows
    fields = [dict(zip(names, row, strict=False)) for row in rows if row]
    return _page(((_row(values), str(values)) for values in fields), str(key))


def _lines(text: str) -> CdxPage:
    rows: list[tuple[CdxRow | None, str]] = []
    key, blank = "", False
    for line in text.splitlines():
        line = line.strip()
        if not line:
            blank = True
        elif " " not in line and not line.startswith("{"):
            if not blank:
                raise CdxError(f"a line that names no capture: {line[:60]!r}")
            key = line
        else:
            rows.append((_line(line), line))
    page = _page(rows, key)
    if page.unreadable and not page.rows:
        raise CdxError(f"lines that name no capture: {page.unreadable[0][:60]!r}")
    return page


def _line(line: str) -> CdxRow | None:
    cdxj = _CDXJ.match(line)
    if cdxj is None and not line.startswith("{"):
        return _row(dict(zip(_FIELDS, line.split(" "), strict=False)))
    try:
        fields = json.loads(cdxj[3] if cdxj else line)
    except (ValueError, RecursionError):
        return None
    return _row({"timestamp": cdxj[2], **fields} if cdxj else fields)


def _row(fields: Mapping[str, Any]) -> CdxRow | None:
    values = {_NAMES.get(name, name): _text(value) for name, value in fields.items()}
    moment = parse_timestamp(values.get("timestamp", ""))
    original = values.get("original", "")
    if moment is None or not original.lower().startswith(("http://", "https://")):
        return None
    return CdxRow(
        f"{moment:%Y%m%d%H%M%S}".rjust(14, "0"),
        original,
        _lower(values.get("mimetype", "")),
        _number(values.get("statuscode", "")),
        _digest(values.get("digest", "")),
        _number(values.get("length", "")),
        values.get("filename", ""),
        _number(values.get("offset", "")),
    )


def _page(lines: Iterable[tuple[CdxRow | None, str]], key: str) -> CdxPage:
    rows: dict[CdxRow, None] = {}
    unreadable = []
    listed = 0
    for row, line in lines:
        listed += 1
        if row is None:
            unreadable.append(line)
        else:
            rows[row] = None
    return CdxPage(tuple(rows), listed, unquote_plus(_text(key)), tuple(unreadable))


def _text(value: object) -> str:
    """As text that can be written: JSON may have halves of characters."""
    return str(value).encode("utf-8", "replace").decode()


def _lower(value: str) -> str:
    return "" if value == "-" else value.lower()


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def _digest(value: str) -> str:
    bare = value.removeprefix("sha1:").upper()
    return f"sha1:{bare}" if _BASE32.fullmatch(bare) else ""
