"""Which questions other pages link to: the same rows from a crawl, a rebuild and an import."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.capture.collect import mentions_in
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import table_digests
from pipelines.db.models import Mention
from pipelines.ingest.ingest import ingest
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from tests.pipelines.archive_makers import (
    capture_row,
    crawl_into,
    empty_store,
    exchange,
    http_response,
    question_html,
    question_url,
)

LIST = "http://www.netwellness.org/healthtopics/eyes/"
ROWS = "SELECT site, source_id, url FROM mentions ORDER BY source_id"


def mention(number: int) -> Mention:
    return Mention("netwellness", str(number), question_url(number))


def listing(*hrefs: str) -> bytes:
    links = "".join(f'<li><a href="{href}">a question</a></li>' for href in hrefs)
    return f"<html><body><h1>Eyes</h1><ul>{links}</ul></body></html>".encode()


def test_links_are_told_by_where_they_lead_once_each_in_order() -> None:
    hrefs = (
        "../../question.cfm/7.htm",
        "/question.cfm/3.htm?x=1#top",
        "https://netwellness.org//question.cfm/7.html",
        "http://other.example/question.cfm/5.htm",
        "/healthtopics/",
        "mailto:x@example.org",
        "http://[",
        "http://\ud800.example/question.cfm/6.htm",
    )
    other = Mention("other.example", "5", "http://other.example/question.cfm/5.htm")
    assert mentions_in(LIST, hrefs) == (mention(7), mention(3), other)


def test_a_question_page_mentions_nothing() -> None:
    assert mentions_in(question_url(1), ("/question.cfm/2.htm",)) == ()


def test_a_crawl_a_rebuild_and_an_import_tell_the_same(tmp_path: Path) -> None:
    body = listing("/question.cfm/2.htm", "/question.cfm/1.htm")
    gone = http_response(listing("/question.cfm/8.htm"), "404 Not Found")
    cut = http_response(listing("/question.cfm/9.htm") * 9)[:-100]
    live = crawl_into(
        tmp_path,
        [
            exchange(LIST, http_response(body)),
            exchange(question_url(1), http_response(question_html(1)), seconds=1),
            exchange(f"{LIST}a/", gone, seconds=2),
            exchange(f"{LIST}b/", cut, seconds=3, truncated="disconnect"),
            exchange(f"{LIST}c/", http_response(body), seconds=4),
        ],
    )
    found = live.db.execute(ROWS).fetchall()
    assert found == [mention(number) for number in (1, 1, 2, 2)]
    digests = table_digests(live.db)
    live.close()
    rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db")
    store = Store.open(tmp_path / "imported.db")
    ingest([*(tmp_path / "warcs").iterdir()], tmp_path / "warcs", store)
    assert store.db.execute(ROWS).fetchall() == found
    rebuilt = open_archive(tmp_path / "rebuilt.db")
    assert rebuilt.execute(ROWS).fetchall() == found
    assert table_digests(rebuilt) == digests


@pytest.mark.parametrize("is_stored", [True, False])
def test_links_may_come_after_their_capture_and_twice(is_stored: bool) -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1", url=LIST))
    if is_stored:
        store.commit()
    for _ in range(2):
        store.pending.add_mentions("urn:1", (mention(1),))
        store.commit()
    assert store.db.execute(ROWS).fetchall() == [mention(1)]


def test_a_page_may_mention_what_is_withheld_by_its_address_alone(tmp_path: Path) -> None:
    exchanges = [
        exchange(LIST, http_response(listing("/question.cfm/1.htm"))),
        exchange(question_url(1), http_response(question_html(1)), seconds=1),
    ]
    crawl_into(tmp_path, exchanges).close()
    entries = [Takedown("netwellness", "1", question_url(1), "why", date(2026, 1, 1))]
    withhold(tmp_path / "archive.db", entries)
    rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db", withheld=entries)
    applied, rebuilt = (open_archive(tmp_path / name) for name in ("archive.db", "rebuilt.db"))
    assert applied.execute(ROWS).fetchall() == [mention(1)]
    assert table_digests(applied) == table_digests(rebuilt)
