"""Makes exchanges, captures and pages for the tests of pipelines/."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parsers.records import Answer, Link, QAPage, Responder, TopicLink
from pipelines.capture.collect import collect_exchange, collect_reading
from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.page_deadline import read
from pipelines.db.connection import open_archive
from pipelines.db.models import CaptureRow, Crawl, CrawlEnd
from pipelines.store.store import Store, close_crawl
from pipelines.warc.exchange import Exchange
from pipelines.warc.writer import WarcWriter

START = datetime(2020, 1, 1, tzinfo=UTC)
CRAWL = Crawl("11111111-1111-4111-8111-111111111111", "test", {"base": "x"}, START, {"a": "1"})
SHARED_WARCS = Path(__file__).parents[3] / "shared" / "data" / "warc"

needs_shared_warcs = pytest.mark.skipif(
    not SHARED_WARCS.is_dir(), reason=f"the sample WARC files are not at {SHARED_WARCS}"
)


def question_url(number: int) -> str:
    """A canonical question address."""
    return f"http://www.netwellness.org/question.cfm/{number}.htm"


def question_html(number: int, answer: str = "Rest and drink water.") -> bytes:
    """A small question page of the div era."""
    return f"""<html><head><title>Question {number}</title></head><body>
<div id="nav"><a href="/">Home</a> <a href="/healthtopics/">HealthTopics</a></div>
<h1>Title of {number}</h1>
<h2>Question:</h2><p>Is number {number} something to worry about?</p>
<h2>Answer:</h2><p>{answer}</p>
<p>For more information:</p>
<p>Go to the <a href="/healthtopics/pregnancy/">Pregnancy</a> health topic, where you can:</p>
<h3>Response by:</h3>
<p>Ann B Smith, MD<br>Professor of Medicine<br>College of Medicine<br>University of Cincinnati</p>
</body></html>""".encode()


def http_response(
    body: bytes, status: str = "200 OK", kind: str = "text/html; charset=utf-8", more: str = ""
) -> bytes:
    """The bytes of a response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}"
    return head.encode() + b"\r\n" + body


def exchange(
    url: str,
    response: bytes,
    *,
    seconds: float = 0,
    truncated: str | None = None,
    error: str | None = None,
) -> Exchange:
    """An exchange at a time after START."""
    request = f"GET {url} HTTP/1.1\r\nHost: example\r\n\r\n".encode()
    moment = START + timedelta(seconds=seconds)
    return Exchange(url, "GET", moment, "127.0.0.1", request, response, truncated, error)


def crawl_into(
    directory: Path, exchanges: Iterable[Exchange], crawl: Crawl = CRAWL, *, close: bool = True
) -> Store:
    """A live crawl, as the crawler does it: WARC first, then rows."""
    directory.mkdir(exist_ok=True)
    store = Store.open(directory / "archive.db")
    writer = WarcWriter(directory / "warcs", "test", warcinfo(crawl))
    writer.open()
    store.pending.add_crawl(crawl)
    for one in exchanges:
        location = writer.write_exchange(one)
        capture = collect_exchange(store.pending, one, location, crawl)
        collect_reading(store.pending, capture.record_id, read(capture, outlinks=True), capture.url)
    writer.flush(sync=True)
    store.commit()
    if close:
        end = CrawlEnd(START + timedelta(hours=1), "finished", store.counts)
        close_crawl(store, writer, crawl.uid, end)
    return store


def capture_row(
    record_id: str,
    *,
    url: str = question_url(1),
    seconds: float = 0,
    status: int = 200,
    kind: str = "text/html",
    crawl: str = CRAWL.uid,
    truncated: str | None = None,
    revisit_of: str | None = None,
) -> CaptureRow:
    """A captures row."""
    return CaptureRow(
        record_id, url, url, START + timedelta(seconds=seconds), status, kind, "sha1:X",
        "a.warc.gz", 10, 20, "live", crawl, revisit_of, truncated,
    )  # fmt: skip


_OF_ANSWER = {"answer": "text", "responders": "responders", "answered_on": "answered_on"}


def qa_page(record_id: str, number: int = 1, **changes: Any) -> QAPage:
    """A page's record, with one answer unless ``answers`` says otherwise.

    ``answer``, ``responders`` and ``answered_on`` are those of that answer; there is none where
    ``status`` is ``unanswered``.
    """
    answer = replace(
        Answer(
            "It is.",
            responders=(Responder("Ann Smith", ("MD",), institution="UC", url="http://x/ann"),),
            answered_on=date(2005, 3, 1),
        ),
        **{_OF_ANSWER[name]: changes.pop(name) for name in _OF_ANSWER if name in changes},
    )
    values: dict[str, Any] = {
        "url": question_url(number),
        "site": "netwellness",
        "source_id": str(number),
        "title": f"Title {number}",
        "question": "Is this so?",
        "answers": () if changes.get("status") == "unanswered" else (answer,),
        "topics": (TopicLink("Eyes", "http://www.netwellness.org/healthtopics/eyes/"),),
        "links": (Link("More", "http://example.org/more"),),
        "status": "answered",
        "confidence": 0.9,
        "warnings": (),
        "parser": "labelled@1",
        "record_id": record_id,
    }
    return QAPage(**{**values, **changes})


def empty_store(path: Path | str = ":memory:") -> Store:
    """A store on a new archive, with the crawl that captures name."""
    store = Store(open_archive(path))
    store.pending.add_crawl(CRAWL)
    return store
