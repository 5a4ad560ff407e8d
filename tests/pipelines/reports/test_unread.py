"""Pages at question addresses that hold no question which is read are listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parsers import declare
from pipelines.db.models import Failure
from pipelines.reports.run_figures import Share
from pipelines.reports.run_report import run_report
from pipelines.reports.unread import unread_pages
from pipelines.store.store import Store
from tests.pipelines.archive_makers import (
    CRAWL,
    START,
    capture_row,
    crawl_into,
    empty_store,
    exchange,
    http_response,
    qa_page,
)
from tests.pipelines.forum import FORUM, HOST, a_forum

ARTICLE = b"<html><head><title>Rules</title></head><body><p>Be kind to others.</p></body></html>"
LATER = replace(CRAWL, uid="22222222-2222-4222-8222-222222222222")
STRAY = f"{HOST}/t/9"


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


def add(
    store: Store, record_id: str, *, read: bool = False, gone: bool = False, **row: object
) -> None:
    store.pending.add_capture(capture_row(record_id, **{"url": STRAY, **row}))  # type: ignore[arg-type]
    if read:
        store.pending.add_page(qa_page(record_id, site="forum", source_id="9"))
    if gone:
        store.pending.mark_gone(record_id)
    store.commit()


def test_a_run_lists_the_pages_in_which_nothing_is_read(tmp_path: Path) -> None:
    captures = [*a_forum(), exchange(STRAY, http_response(ARTICLE), seconds=9)]
    captures.append(exchange(f"{HOST}/rules", http_response(ARTICLE), seconds=10))
    store = crawl_into(tmp_path, captures)
    report = run_report(store.db.conn, CRAWL.uid)
    assert (report.unread.share, report.unread.examples) == (Share(1, 4), (STRAY,))
    assert not report.unread.no_address
    assert unread_pages(store.db.conn) == (STRAY,)
    assert store.db["failures"].count == 0
    store.close()


@pytest.mark.parametrize(
    "row",
    [
        {"status": 404}, {"status": 500}, {"truncated": "length"}, {"kind": "application/pdf"},
        {"kind": "text/plain"}, {"gone": True}, {"read": True}, {"url": f"{HOST}/rules"},
    ],
)  # fmt: skip
def test_what_is_not_among_them(row: dict[str, object]) -> None:
    store = empty_store()
    add(store, "urn:1", **row)  # type: ignore[arg-type]
    assert unread_pages(store.db.conn) == ()


def test_a_page_that_cannot_be_read_is_a_failure_and_not_among_them() -> None:
    store = empty_store()
    store.pending.add_failure(Failure("urn:1", "parse", "why", "answer"))
    add(store, "urn:1")
    add(store, "urn:2", status=304, revisit_of="urn:1", seconds=2, kind="")
    assert unread_pages(store.db.conn) == ()


def test_a_page_that_is_as_it_was_is_counted_in_each_run() -> None:
    store = empty_store()
    store.pending.add_crawl(LATER)
    add(store, "urn:1")
    add(store, "urn:2", status=304, revisit_of="urn:1", seconds=2, kind="", crawl=LATER.uid)
    for uid in (CRAWL.uid, LATER.uid):
        assert run_report(store.db.conn, uid).unread.examples == (STRAY,)


def test_the_last_page_counts() -> None:
    store = empty_store()
    add(store, "urn:1", seconds=1)
    add(store, "urn:2", seconds=2, read=True)
    assert unread_pages(store.db.conn) == ()
    add(store, "urn:3", seconds=3)
    assert unread_pages(store.db.conn) == (STRAY,)
    add(store, "urn:4", seconds=4, status=404, gone=True)
    assert unread_pages(store.db.conn) == ()


def test_what_is_withheld_is_not_named() -> None:
    store = empty_store()
    store.db.execute(
        "INSERT INTO withheld (site, source_id, url, reason, withheld_on) "
        "VALUES ('forum', '9', ?, 'asked', '2020-01-01')",
        [STRAY],
    )
    store.db.conn.commit()
    add(store, "urn:1", read=True)
    assert unread_pages(store.db.conn) == ()


def test_a_site_of_which_no_address_is_that_of_a_question() -> None:
    store = empty_store()
    crawl = replace(CRAWL, uid=LATER.uid, arguments={"site": "forum"}, started=START)
    store.pending.add_crawl(crawl)
    add(store, "urn:1", url=f"{HOST}/topic/9", crawl=crawl.uid)
    assert run_report(store.db.conn, crawl.uid).unread.no_address
    add(store, "urn:2", url=STRAY, crawl=crawl.uid)
    assert not run_report(store.db.conn, crawl.uid).unread.no_address
