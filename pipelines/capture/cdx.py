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
from pipelines.files.timestamps import parse_moment, repair_timestamp
from pipelines.warc.record import AccessMethod, ArchiveIndex

_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
#: What other servers call these fields.
_NAMES = {"url": "original", "mime": "mimetype", "status": "statuscode"}
#: A row whose address or media type holds blanks, or that has more fields: 9 and 11 as CDX
#: files, 10 with ``resolveRevisits``.
_ROW = re.compile(
    r"(\S+) (\S+) (\S+(?: \S+)*?) "
    r"(-|unk|no-type|(?:application|audio|font|image|message|model|multipart|text|video|warc)/\S+"
    r"(?: [\w-]+=\S+)*) (-|\d{3}) (\S+)((?: \S+)*)"
)
#: The fields behind the digest, by how many they are.
_FURTHER = {
    1: ("length",),
    3: ("redirect", "offset", "filename"),
    4: ("length",),
    5: ("redirect", "meta", "length", "offset", "filename"),
}
#: Up to the digest: with fewer fields a line is no row.
_LEAST = 6
_SHOWN = 100
NO_ROWS = "without a time or address that can be read"
#: A time has fewer words than this, with the key before it.
_MOST_OF_A_TIME = 9
#: The line that names the fields of a CDX file.
_HEADER = re.compile(r"CDX(?: \w)+$")
_SCHEME = re.compile(r"[a-z][\w.+-]*:(?!\d)", re.I)
_BARE_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?]|$)", re.I)
_BASE32 = re.compile(r"[A-Z2-7]{32}")
_CDXJ = re.compile(r"(\S+) (\d[^{]{3,40}|[A-Za-z]{3}[^{]{6,40}) (\{.*)")


class CdxError(ValueError):
    """What came is no answer of a CDX server; the message shows how it begins."""


class IndexRefused(CdxError):
    """The index will not list what was asked for, or is none; the message says what it said."""


@dataclass(frozen=True, slots=True)
class CdxRow:
    """One capture that an archive lists.

    ``timestamp`` has 14 digits, as the archive writes it, and ``captured_at`` (aware) is the
    instant that it means, or the nearest to it that there is. ``status`` is None where the row
    has none (revisits). ``digest`` is "sha1:BASE32", or "" . ``filename``, ``offset`` and
    ``length`` (bytes) are
    where the record lies, where the server says it.
    """

    timestamp: str
    original: str
    captured_at: datetime
    mimetype: str = ""
    status: int | None = None
    digest: str = ""
    length: int | None = None
    filename: str = ""
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class CdxPage:
    """One answer: its rows, without those that repeat another to the letter.

    ``listed`` counts the lines that named a capture, repeated and unreadable ones included.
    ``resume_key`` is decoded; "" where there is none. ``unreadable`` are rows without a
    time or an address that can be read. ``fault`` is the line that says that the answer is not
    whole, or that is cut.
    """

    rows: tuple[CdxRow, ...]
    listed: int = 0
    resume_key: str = ""
    unreadable: tuple[str, ...] = ()
    fault: str = ""

    @property
    def doubts(self) -> str:
        """What is wrong with the answer, in words; "" if nothing is."""
        doubts = [f"the index is not whole: {self.fault[:_SHOWN]!r}"] if self.fault else []
        if rows := len(self.unreadable):
            count = f"{rows} row{'s' if rows > 1 else ''} {NO_ROWS}"
            doubts.append(f"{count}: {self.unreadable[0][:_SHOWN]!r}")
        return "; ".join(doubts)


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


def listings_in(page: CdxPage, index: ArchiveIndex, record_id: str) -> list[Listing]:
    """Return the captures that an answer of an index lists.

    :param record_id: the WARC record that holds the answer
    """
    return [
        Listing(
            index.archive, row.original, row.captured_at, row.status, row.mimetype, row.digest,
            capture_address(index, row), record_id,
        )
        for row in page.rows
        if index.method is AccessMethod.REPLAY
        or (row.filename and row.offset is not None and row.length)
    ]  # fmt: skip


def capture_address(index: ArchiveIndex, row: CdxRow) -> str:
    """The address of a listed capture; ``#offset-length`` follows where it is a part of a file.

    It is written as it is asked for, so that captures are known by it.
    """
    if index.method is AccessMethod.REPLAY:
        return as_asked_for(ReplayAddress(index.prefix, row.timestamp, row.original, "id_"))
    return f"{index.prefix}{row.filename}#{row.offset}-{row.length}"


def as_asked_for(replay: ReplayAddress) -> str:
    """The address of a memento in the one form in which it is asked for."""
    return str(safe_url_string(str(replay).partition("#")[0]))


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
    key, fault, blank = "", "", False
    lines = [line.strip() for line in text.split("\n")]
    cut = lines[-1]  # without a line end
    for line in lines:
        if not line:
            blank = True
        elif blank and " " not in line and not line.startswith("{"):
            key = line
        elif _HEADER.match(line) is None:
            try:
                if line is cut and rows and line.count(" ") < rows[0][1].count(" "):
                    raise CdxError(line)
                rows.append((_line(line), line))
            except CdxError:
                fault = fault or line
    page = _page(rows, key, fault)
    if not page.rows and page.doubts:
        raise CdxError(page.doubts)
    return page


def _line(line: str) -> CdxRow | None:
    """The row in a line; None if no time or address can be read in it.

    :raises CdxError: it is no row
    """
    cdxj = _CDXJ.match(line)
    if cdxj is None and not line.startswith("{"):
        return _row(_fields(line))
    try:
        fields = json.loads(cdxj[3] if cdxj else line)
    except (ValueError, RecursionError) as error:
        raise CdxError(line) from error
    if not isinstance(fields, dict) or not {"url", "original"} & fields.keys():
        raise CdxError(line)
    return _row({"timestamp": cdxj[2], **fields} if cdxj else fields)


def _fields(line: str) -> dict[str, str]:
    values = _with_one_time(line.split(" "))
    line = " ".join(values)
    match = _ROW.fullmatch(line) if len(values) > len(_FIELDS) else None
    if match is not None:
        further = match[7].split()
        names = _FURTHER.get(len(further), ("length",))
        return dict(zip((*_FIELDS[:6], *names), (*match.groups()[:6], *further), strict=False))
    if len(values) < _LEAST or not (_SCHEME.match(values[2]) or _BARE_HOST.match(values[2])):
        raise CdxError(line)
    return dict(zip(_FIELDS, values, strict=False))


def _with_one_time(values: list[str]) -> list[str]:
    """The fields of a line, a time with blanks (``2004/05/06 07:08:09``) as digits."""
    for end in range(3, min(len(values), _MOST_OF_A_TIME)):
        if _SCHEME.match(values[2]) or _BARE_HOST.match(values[2]):
            break
        if moment := _SCHEME.match(values[end]) and parse_moment(" ".join(values[1:end])):
            return [values[0], f"{moment:%Y%m%d%H%M%S}", *values[end:]]
    return values


def _row(fields: Mapping[str, Any]) -> CdxRow | None:
    values = {_NAMES.get(name, name): _text(value) for name, value in fields.items()}
    timestamp, original = values.get("timestamp", ""), values.get("original", "")
    if moment := parse_moment(timestamp):
        timestamp = f"{moment:%Y%m%d%H%M%S}"
    timestamp = timestamp[:14]
    moment = moment or repair_timestamp(timestamp)
    if _BARE_HOST.match(original):
        original = f"http://{original}"
    if moment is None or not _SCHEME.match(original):
        return None
    return CdxRow(
        timestamp,
        original,
        moment,
        _lower(values.get("mimetype", "")),
        _number(values.get("statuscode", "")),
        _digest(values.get("digest", "")),
        _number(values.get("length", "")),
        values.get("filename", ""),
        _number(values.get("offset", "")),
    )


def _page(lines: Iterable[tuple[CdxRow | None, str]], key: str, fault: str = "") -> CdxPage:
    """The rows of an answer, but for those of other schemes than the web's (``dns:``)."""
    rows: dict[CdxRow, None] = {}
    unreadable = []
    listed = 0
    for row, line in lines:
        listed += 1
        if row is None:
            unreadable.append(line)
        elif row.original.lower().startswith(("http://", "https://")):
            rows[row] = None
    return CdxPage(tuple(rows), listed, unquote_plus(_text(key)), tuple(unreadable), fault)


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
