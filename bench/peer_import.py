"""What one would write to import a WARC file: warcio, html.parser, sqlite-utils.

Usage: python -m bench.peer_import WARC DB

It reads the same texts by the same rules as ours, and stores captures, questions,
responders, topics and links in tables, with full-text search. It does without what an archive
needs besides: evidence by field, versions, mentions, a copy of the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from warcio.archiveiterator import ArchiveIterator

from bench.parse import read_whole_page
from parsers.records import Capture, QAPage
from pipelines.files.timestamps import parse_stamp, stamp

BATCH = 200
_SAID = ("url", "site", "source_id", "title", "question", "answer", "status", "confidence")


def captures(path: Path) -> Iterator[Capture]:
    """The responses in a WARC file, their digests checked."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            if record.rec_type == "response":
                yield capture_of(record)


def capture_of(record: Any) -> Capture:
    """The capture in a response record of warcio's."""
    headers, http = record.rec_headers, record.http_headers
    captured_at = parse_stamp(headers.get_header("WARC-Date"))
    assert captured_at is not None
    return Capture(
        url=headers.get_header("WARC-Target-URI"),
        captured_at=captured_at,
        body=record.content_stream().read(),
        content_type=http.get_header("Content-Type") or "",
        status=int(http.get_statuscode()),
        source="live",
        record_id=headers.get_header("WARC-Record-ID").strip("<>"),
    )


def store(db: Database, some: Iterable[Capture]) -> None:
    """Store some captures, and what is read of them."""
    read = [(one, read_whole_page(one).pages) for one in some]
    pages = [(one.record_id, page) for one, pages in read for page in pages]
    _insert(db, "captures", (_capture_row(one) for one, _ in read), "record_id")
    _insert(db, "questions", (_question_row(*page) for page in pages), "record_id")
    people = [(id_, person) for id_, page in pages for person in page.responders]
    named = {one.name: {"name": one.name, "title": one.title} for _, one in people}
    _insert(db, "responders", named.values(), "name")
    both = ({"question": id_, "responder": one.name} for id_, one in people)
    _insert(db, "question_responders", both, ("question", "responder"))
    topics = [(id_, topic) for id_, page in pages for topic in page.topics]
    _insert(db, "topics", ({"name": one.name, "url": one.url} for _, one in topics), "name")
    both = ({"question": id_, "topic": one.name} for id_, one in topics)
    _insert(db, "question_topics", both, ("question", "topic"))
    links = [(id_, link) for id_, page in pages for link in page.links]
    rows = ({"question": id_, "text": one.text, "url": one.url} for id_, one in links)
    _insert(db, "links", rows, ("question", "url", "text"))


def _insert(
    db: Database, table: str, rows: Iterable[dict[str, Any]], pk: str | tuple[str, ...]
) -> None:
    db.table(table).insert_all(rows, pk=pk, ignore=True, batch_size=1000)


def _capture_row(one: Capture) -> dict[str, Any]:
    return {
        "record_id": one.record_id,
        "url": one.url,
        "captured_at": stamp(one.captured_at),
        "status": one.status,
        "content_type": one.content_type,
    }


def _question_row(record_id: str, page: QAPage) -> dict[str, Any]:
    day = page.answered_on.isoformat() if page.answered_on else None
    return {
        "record_id": record_id,
        "answered_on": day,
        **{name: getattr(page, name) for name in _SAID},
    }


def main() -> None:
    """Import a file, and print how many questions there were."""
    warc, archive = sys.argv[1:]
    db = Database(archive)
    found = captures(Path(warc))
    while some := list(islice(found, BATCH)):
        store(db, some)
    table = db.table("questions")
    table.enable_fts(["title", "question", "answer"])
    for column in ("site", "source_id", "answered_on", "status"):
        table.create_index([column])
    print(table.count)


if __name__ == "__main__":
    main()
