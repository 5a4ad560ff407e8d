"""What one would write to import a WARC file: warcio, html.parser, sqlite-utils.

Usage: python -m bench.peer_import WARC DB

It reads the same texts by the same rules as ours, and stores a row a page with full-text
search; it does without what an archive needs besides: versions, mentions, evidence, checks of
digests, a copy of the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from warcio.archiveiterator import ArchiveIterator

from bench.parse import read_whole_page
from parsers.records import Capture
from pipelines.rows import parse_stamp, stamp


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """A row for each question in a WARC file."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type != "response":
                continue
            capture = capture_of(record)
            page = read_whole_page(capture).page
            if page is None:
                continue
            yield {
                "record_id": capture.record_id,
                "url": capture.url,
                "captured_at": stamp(capture.captured_at),
                "site": page.site,
                "source_id": page.source_id,
                "title": page.title,
                "question": page.question,
                "answer": page.answer,
                "responders": [one.name for one in page.responders],
                "topics": [one.name for one in page.topics],
            }


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


def main() -> None:
    """Import a file, and print how many questions there were."""
    warc, archive = sys.argv[1:]
    table = Database(archive).table("questions")
    table.insert_all(rows(Path(warc)), pk="record_id", batch_size=1000)
    table.enable_fts(["title", "question", "answer"])
    print(table.count)


if __name__ == "__main__":
    main()
