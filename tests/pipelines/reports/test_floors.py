"""Floors that a first run is judged by: what question addresses gave instead of a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.db.models import Failure
from pipelines.reports.floors import of_run, texts_in, unread_in
from pipelines.reports.run_figures import Share, TextSample, Unread
from pipelines.store.store import Store
from tests.pipelines.archive_makers import (
    CRAWL,
    capture_row,
    crawl_into,
    empty_store,
    exchange,
    http_response,
    qa_page,
    question_url,
)

NOTHING = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
SCOPE = of_run(1, "netwellness", "~")


def judged(store: Store, warcs: Path | None = None) -> Unread:
    store.commit()
    return unread_in(store.db.conn, SCOPE, warcs)


@pytest.mark.parametrize(
    ("row", "fault", "kind", "failed"),
    [
        ({}, "", "page without a question", 0),
        ({"kind": "application/json"}, "", "application/json", 0),
        ({"kind": "application/pdf; x=1"}, "", "application/pdf", 0),
        ({"status": 401}, "", "HTTP 401", 1),
        ({"status": 503}, "", "HTTP 503", 1),
        ({"truncated": "length"}, "", "cut short", 1),
        ({}, "script shell: a script would fill this page", "script shell", 1),
        ({}, "no answer", "unreadable", 1),
        ({"status": 404}, "", "not found", 0),
    ],
)
def test_what_a_question_address_gave_instead(
    row: dict[str, object], fault: str, kind: str, failed: int
) -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1", **row))  # type: ignore[arg-type]
    if fault:
        store.pending.add_failure(Failure("urn:1", "parse", fault))
    unread = judged(store)
    assert (unread.kinds, unread.failed, unread.nothing) == ({kind: 1}, failed, True)
    assert unread.examples == (question_url(1),)


def test_a_page_that_says_it_is_gone_counts_until_it_was_read() -> None:
    store = empty_store()
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.mark_gone("urn:1")
    assert judged(store).kinds == {"page that says it is not there": 1}


def test_the_same_page_everywhere_is_called_that() -> None:
    store = empty_store()
    for number in range(5):
        url = question_url(number)
        store.pending.add_capture(capture_row(f"urn:{number}", url=url))
    assert judged(store).kinds == {"same page as others": 5}


def test_a_body_of_nothing_is_named() -> None:
    store = empty_store()
    store.pending.add_capture(replace(capture_row("urn:1"), digest=NOTHING))
    assert judged(store).kinds == {"empty body": 1}


@pytest.mark.parametrize(
    ("target", "kinds"),
    [
        ("/", {"redirect to no question": 3}),
        ("/login?next=7", {"redirect to no question": 3}),
        ("/question.cfm/77.htm", {}),
    ],
)
def test_where_redirects_lead_is_looked_up(
    tmp_path: Path, target: str, kinds: dict[str, int]
) -> None:
    answer = http_response(b"", status="302 Found", more=f"Location: {target}\r\n")
    captures = [exchange(question_url(n), answer, seconds=n) for n in range(3)]
    store = crawl_into(tmp_path, captures)
    ((id_,),) = store.db.execute("SELECT id FROM crawls WHERE uid = ?", [CRAWL.uid]).fetchall()
    unread = unread_in(store.db.conn, of_run(id_, "netwellness", "~"), tmp_path / "warcs")
    assert unread.kinds == kinds
    assert unread.share == Share(sum(kinds.values()), sum(kinds.values()))
    store.close()


def test_a_site_without_a_question_address() -> None:
    store = empty_store()
    url = "http://www.netwellness.org/about.htm"
    store.pending.add_capture(capture_row("urn:1", url=url))
    unread = judged(store)
    assert (unread.no_address, unread.nothing, unread.examples) == (True, False, (url,))
    assert not unread_in(store.db.conn, of_run(1, "pages", "~"), None).no_address


def texts_of(questions: list[str]) -> TextSample:
    store = empty_store()
    for number, question in enumerate(questions):
        url = question_url(number)
        store.pending.add_capture(capture_row(f"urn:{number}", url=url))
        store.pending.add_page(
            qa_page(f"urn:{number}", number, question=question, status="unanswered")
        )
    store.commit()
    return texts_in(store.db.conn, SCOPE)


def test_texts_that_differ_in_numbers_only_are_alike() -> None:
    login = "Please log in to read question number {}, it takes a moment."
    read = texts_of([login.format(n) for n in range(5)] + ["How long should a child sleep at all?"])
    assert (read.sample, read.alike, len(read.alike_examples)) == (6, 5, 5)


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("Wie lange schläft ein Säugling? Größere Kinder schlafen nachts länger.", 0),
        ("À l’école, l’été, «la santé» est-elle enseignée aux élèves âgés ?", 0),
        ("Какой сон нужен ребёнку и сколько часов в сутки?", 0),
        ("子どもはどのくらい眠るべきですか。夜に起きます。", 0),
        ("Wie lange schläft ein Säugling? Größere Kinder.".encode().decode("latin-1"), 1),
        ("Какой сон нужен ребёнку?".encode("cp1251").decode("latin-1"), 1),
        ("Какой сон нужен ребёнку?".encode().decode("cp1252", "replace"), 1),
        ("子どもはどのくらい眠るべきですか。".encode("gbk", "replace").decode("latin-1"), 1),
        ("sleep \ufffd\ufffd\ufffd\ufffd at night", 1),
        ("\x01\x02\x03 PK \x04\x05 \x06 bytes that are no text", 1),
    ],
)
def test_letters_that_nobody_wrote(text: str, garbled: int) -> None:
    assert texts_of([text]).garbled == garbled
