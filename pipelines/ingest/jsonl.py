"""Reads dumps of text corpora: JSONL, a page a line, plain, gzip or Zstandard.

The fields are found by the names that such dumps use, or are named by the user, with dots
for what lies deeper (``meta.url``). A line that is broken is damage with its number and the
others are read; of a compressed file the offset is that of the gzip member.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from parsers import is_question_url
from pipelines.files.timestamps import parse_moment
from pipelines.ingest.saved_pages import URL_SAFE, PageFile
from pipelines.ingest.sniff import is_html
from pipelines.warc.compressed import open_stream
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.streams import PlainStream

_URL_FIELDS = (
    "url", "uri", "page_url", "source_url", "target_uri", "warc_target_uri", "WARC-Target-URI",
    "link", "href", "original_url", "meta.url", "metadata.url", "metadata.source_url",
    "metadata.warc-target-uri", "metadata.WARC-Target-URI", "warc_headers.warc-target-uri",
)  # fmt: skip
_TEXT_FIELDS = (
    "html", "raw_html", "content_html", "page_html", "text", "raw_content", "content", "body",
    "plain_text", "document", "passage", "contents",
)  # fmt: skip
_DATE_FIELDS = (
    "date", "timestamp", "captured_at", "crawl_date", "fetch_time", "fetched_at", "date_download",
    "download_date", "warc_date", "WARC-Date", "ts", "metadata.date", "metadata.timestamp",
    "metadata.warc-date", "metadata.WARC-Date", "warc_headers.warc-date",
)  # fmt: skip
#: A line that is longer (bytes) holds no page.
_MAX_LINE = 32 << 20
#: A year or a month alone is when something was published, if anything.
_LEAST = len("20040506")


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """A line of a corpus: an address, and the text or HTML of its page.

    ``date`` (aware) is when it was captured, None where the line does not say.
    """

    url: str
    text: str
    date: datetime | None
    line: int
    offset: int


def corpus_rows(
    path: Path,
    on_damage: Callable[[DamagedWarc], None],
    *,
    url_field: str | None = None,
    text_field: str | None = None,
) -> Iterator[CorpusRow]:
    """The rows of a corpus, one at a time.

    :param url_field: the name of the field with the address, where it is none of the usual
    :param text_field: the same for the text or HTML
    :raises OSError: if the file cannot be read
    """
    urls = (url_field,) if url_field else _URL_FIELDS
    texts = (text_field,) if text_field else _TEXT_FIELDS
    for number, offset, line in _lines(path, on_damage):
        try:
            yield _row(line, number, offset, urls, texts)
        except ValueError as error:
            why = f"line {number}: {error}"
            on_damage(DamagedWarc(path.name, offset, why, FindingKind.LINE))


def page_of_row(row: CorpusRow, file_name: str, date: datetime) -> PageFile | None:
    """The page of a line of a corpus; None if it is no question page.

    :param date: when it was captured
    """
    if not is_question_url(row.url):
        return None
    body = row.text.encode("utf-8", "surrogatepass")
    kind = "text/html" if is_html(body[:65_536]) else "text/plain"
    name = f"{file_name} line {row.line}"
    return PageFile(quote(row.url, safe=URL_SAFE), date, f"{kind}; charset=utf-8", body, name)


def _lines(
    path: Path, on_damage: Callable[[DamagedWarc], None]
) -> Iterator[tuple[int, int, bytes]]:
    number = 0
    with path.open("rb") as file:
        try:
            stream = open_stream(file, path.name)
            while stream.peek(1):
                number += 1
                offset = stream.raw_position
                line = _line(stream)
                if line is None:
                    why = f"line {number}: longer than {_MAX_LINE} bytes"
                    on_damage(DamagedWarc(path.name, offset, why, FindingKind.SIZE, record=True))
                elif line.strip():
                    yield number, offset, line
        except DamagedWarc as damage:
            why = f"{damage.why}; nothing is read from line {number + 1} on"
            on_damage(DamagedWarc(path.name, damage.offset, why, damage.kind))


def _line(stream: PlainStream) -> bytes | None:
    """The next line; None if it is too long to be one."""
    end = stream.find((b"\n",), _MAX_LINE)
    if end >= 0:
        return stream.take(end)
    if len(stream.buffer) < _MAX_LINE:  # the last, without a line end
        return stream.take(len(stream.buffer))
    while (end := stream.find((b"\n",), 1 << 16)) < 0 and stream.take(1 << 16):
        pass
    stream.take(max(end, 0))
    return None


def _row(
    line: bytes, number: int, offset: int, urls: tuple[str, ...], texts: tuple[str, ...]
) -> CorpusRow:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "nested too deep"
        raise ValueError(f"no JSON: {why}") from error
    if not isinstance(values, dict):
        raise ValueError("no JSON object")
    url = _first(values, urls)
    if url is None:
        raise ValueError(f"no address: none of the fields {_list(urls)} (--url-field names one)")
    text = _first(values, texts)
    if text is None:
        raise ValueError(f"no text: none of the fields {_list(texts)} (--text-field names one)")
    dates = (_date(_at(values, name)) for name in _DATE_FIELDS)
    return CorpusRow(url, text, next(filter(None, dates), None), number, offset)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")


def _first(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    texts = (_at(values, name) for name in names)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), None)


def _at(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    inner: Any = values
    for part in name.split("."):
        inner = inner.get(part) if isinstance(inner, dict) else None
    return inner


def _date(value: Any) -> datetime | None:
    text = str(value) if isinstance(value, str | int | float) else ""
    return parse_moment(text) if len(text) >= _LEAST else None
