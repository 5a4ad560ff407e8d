"""Threads of several pages and pages of several questions: one result, whatever the order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import declare, read_declaration
from parsers.records import Answer, QAPage, Responder, TopicLink
from pipelines.db.connection import check_fts, open_archive
from pipelines.db.content_digest import table_digests
from pipelines.store.store import Store
from pipelines.verify.archive import check_archive
from tests.pipelines.archive_makers import CRAWL, capture_row

FORUM = read_declaration(
    """
name = "forum"
hosts = ["forum.example"]
questions = ["/t/{id}[/page-{page}]", "/faq/{id}"]
language = "en"
""",
    "forum.toml",
)
NURSE = Responder("Nina Vale", ("RN",))
DOCTOR = Responder("Otto Brand", ("MD",), url="https://forum.example/u/brand")
LATER = replace(CRAWL, uid="22222222-2222-4222-8222-222222222222")
NAMES = ["Ada", "bob", "Cleo", "dan@mail.example"]


@pytest.fixture(autouse=True, scope="module")
def forum() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


@dataclass(frozen=True)
class Event:
    """A capture of a page: what was read in it, that it is gone, or that it is as it was."""

    url: str
    seconds: int
    pages: tuple[QAPage, ...] = ()
    kind: str = "text/html"
    status: int = 200
    revisit_of: str | None = None
    crawl: str = CRAWL.uid

    @property
    def record_id(self) -> str:
        what = f"{self.kind}:{self.status}:{self.revisit_of or ''}:{self.crawl}"
        return f"urn:{self.url}:{self.seconds}:{what}"

    def tell(self, store: Store) -> None:
        row = capture_row(
            self.record_id, url=self.url, seconds=self.seconds, status=self.status,
            kind=self.kind, revisit_of=self.revisit_of, crawl=self.crawl,
        )  # fmt: skip
        store.pending.add_capture(row)
        for page in self.pages:
            store.pending.add_page(replace(page, record_id=self.record_id))
        if self.status == 404:
            store.pending.mark_gone(self.record_id)


def thread_url(part: int) -> str:
    return "https://forum.example/t/7" + (f"/page-{part}" if part > 1 else "")


def qa(source_id: str, part: int = 1, **changes: Any) -> QAPage:
    page = QAPage(
        url="", site="forum", source_id=source_id, title="A cough", question="Is it bad?",
        answers=(), topics=(), links=(), status="answered", confidence=0.9, warnings=(),
        parser="thread@1", record_id="", part=part,
    )  # fmt: skip
    return replace(page, **changes)


def answer(text: str, by: str | Responder) -> Answer:
    return Answer(text, responders=(by,)) if isinstance(by, Responder) else Answer(text, by)


WRITERS = st.sampled_from([*NAMES, NURSE, DOCTOR])
ANSWERS = st.lists(
    st.builds(answer, st.sampled_from(["Rest.", "Drink tea.", "See a doctor."]), WRITERS),
    max_size=3,
).map(tuple)


@st.composite
def of_thread(draw: st.DrawFn) -> Event:
    part, seconds = draw(st.integers(1, 3)), draw(st.integers(0, 9))
    url = thread_url(part)
    if draw(st.integers(0, 4)) == 0:
        return Event(url, seconds, status=404)
    page = qa(
        "7",
        part,
        question="Is it bad?" if part == 1 else "",
        title=draw(st.sampled_from(["A cough", "A cough - again"])),
        answers=draw(ANSWERS),
        asker=draw(st.sampled_from([None, *NAMES])) if part == 1 else None,
        confidence=draw(st.sampled_from([0.5, 0.9])),
        warnings=draw(st.sampled_from([(), ("unsure",)])),
        topics=(TopicLink("Lungs", None),) if draw(st.booleans()) else (),
    )
    kind = draw(st.sampled_from(["text/html", "text/plain"]))
    return Event(url, seconds, (page,), kind, crawl=draw(st.sampled_from([CRAWL.uid, LATER.uid])))


@st.composite
def of_faq(draw: st.DrawFn) -> Event:
    url = f"https://forum.example/faq/{draw(st.sampled_from('ab'))}"
    seconds = draw(st.integers(0, 9))
    kind = draw(st.integers(0, 4))
    id_ = url.rpartition("/")[2]
    if kind == 0:
        return Event(url, seconds, status=404)
    if kind == 1:
        return Event(url, seconds, (qa(id_, answers=draw(ANSWERS)),))
    anchors = draw(st.sets(st.sampled_from(["x", "y", "z"]), min_size=1))
    pages = tuple(
        qa(f"{id_}#{anchor}", title=anchor, answers=draw(ANSWERS)) for anchor in sorted(anchors)
    )
    return Event(url, seconds, pages)


def told(order: Iterable[Event], commits: Iterable[int] = (), *, bulk: bool = False) -> Store:
    store = Store(open_archive(":memory:"), bulk=bulk)
    store.pending.add_crawl(CRAWL)
    store.pending.add_crawl(LATER)
    for at, event in enumerate(order):
        event.tell(store)
        if at in commits:
            store.commit()
    store.finish()
    return store


HISTORIES = st.lists(
    st.one_of(of_thread(), of_faq()), max_size=9, unique_by=lambda event: event.record_id
)


@st.composite
def with_revisits(draw: st.DrawFn) -> list[Event]:
    events = draw(HISTORIES)
    again = draw(st.lists(st.sampled_from(events), max_size=3, unique=True)) if events else []
    return events + [
        Event(each.url, draw(st.integers(0, 9)), kind="", status=304, revisit_of=each.record_id)
        for each in again
    ]


@given(with_revisits(), st.data())
def test_rows_are_a_function_of_the_set_of_captures(
    events: list[Event], data: st.DataObject
) -> None:
    one = told(events)
    order = data.draw(st.permutations(events))
    commits = data.draw(st.sets(st.integers(0, 12)))
    other = told(order, commits, bulk=data.draw(st.booleans()))
    assert table_digests(one.db) == table_digests(other.db)
    for store in (one, other):
        assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
        check_fts(store.db)
        store.db.close()


@given(HISTORIES, st.data())
def test_what_is_gone_and_shown_is_what_a_plain_reading_says(
    events: list[Event], data: st.DataObject
) -> None:
    """Against a model that looks at all captures at once."""
    store = told(data.draw(st.permutations(events)), data.draw(st.sets(st.integers(0, 9))))
    seen: dict[str, list[Event]] = {}
    for event in events:
        for page in event.pages:
            seen.setdefault(page.source_id, []).append(event)
    rows = {row["source_id"]: row for row in store.db["questions"].rows}
    assert rows.keys() == seen.keys()
    for source_id, sightings in seen.items():
        row = rows[source_id]
        parts: dict[int, list[tuple[Event, QAPage]]] = {}
        for event in sightings:
            (page,) = (page for page in event.pages if page.source_id == source_id)
            parts.setdefault(page.part, []).append((event, page))
        first = parts[min(parts)]
        last = max(moment(event.seconds) for event, _ in first)
        url = first[0][0].url
        news = [
            moment(event.seconds)
            for event in events
            if event.url == url
            and (
                event.status == 404
                or (event.kind == "text/html" and source_id not in ids(event) and event.pages)
            )
        ]
        assert row["gone_at"] == min((at for at in news if at > last), default=None)
        _, shown = max(first, key=lambda pair: (pair[0].kind == "text/html", *when(pair[0])))
        assert (row["title"], row["question"]) == (shown.title, shown.question)
        texts = store.db["versions"].count_where("question_id = ?", [row["id"]])
        assert row["versions"] == 1 + texts - len(parts)
    store.db.close()


def ids(event: Event) -> set[str]:
    return {page.source_id for page in event.pages}


def when(event: Event) -> tuple[str, str]:
    return moment(event.seconds), event.record_id


def moment(seconds: int) -> str:
    return f"2020-01-01T00:00:{seconds:02}.000000Z"


# -- threads, step by step ------------------------------------------------------------------

FIRST = qa("7", asker="Ada", answers=(answer("Rest.", "bob"), answer("Yes.", DOCTOR)))
SECOND = qa(
    "7", 2, question="", answers=(answer("Thanks, bob.", "ADA"), answer("Me too.", "Cleo")),
    confidence=0.6, warnings=("a post has no date",),
)  # fmt: skip


def question(store: Store, columns: str) -> Any:
    return store.db.execute(f"SELECT {columns} FROM questions").fetchone()


def answers(store: Store) -> list[Any]:
    query = "SELECT position, part, text, author FROM answers ORDER BY position"
    return store.db.execute(query).fetchall()


def test_the_pages_of_a_thread_are_one_question() -> None:
    store = told([Event(thread_url(1), 1, (FIRST,)), Event(thread_url(2), 2, (SECOND,))], {0})
    assert answers(store) == [
        (1, 1, "Rest.", "member 2"), (2, 1, "Yes.", None),
        (3, 2, "Thanks, bob.", "member 1"), (4, 2, "Me too.", "member 3"),
    ]  # fmt: skip
    assert question(store, "asker, parts, answers, versions, confidence, url") == (
        "member 1", 2, 4, 1, 0.6, thread_url(1),
    )  # fmt: skip
    assert question(store, "first_captured_at, last_changed_at") == (moment(1), moment(1))
    assert question(store, "answer") == ("Rest.\n\nYes.\n\nThanks, bob.\n\nMe too.",)
    assert question(store, "warnings") == ('["page 2: a post has no date"]',)
    assert store.counts["new"] == 1


def test_a_recrawl_brings_new_replies_and_no_more() -> None:
    store = told([Event(thread_url(1), 1, (FIRST,)), Event(thread_url(2), 2, (SECOND,))])
    more = replace(SECOND, answers=(*SECOND.answers, answer("Better now.", "Ada")))
    Event(thread_url(2), 5, (more,)).tell(store)
    store.commit()
    assert [text for _, _, text, _ in answers(store)][-1] == "Better now."
    assert question(store, "answers, versions, last_changed_at") == (5, 2, moment(5))
    assert store.db["versions"].count_where("part = 1") == 1


def test_a_page_that_a_later_run_brings_is_a_change_and_no_other_text() -> None:
    events = [Event(thread_url(1), 1, (FIRST,)), Event(thread_url(2), 4, (SECOND,))]
    store = told(events[:1], {0})
    replace(events[1], crawl=LATER.uid).tell(store)
    store.commit()
    assert question(store, "versions, last_changed_at") == (1, moment(4))
    assert question(told(reversed(events), {0}), "versions, last_changed_at") == (1, moment(1))


def test_a_file_that_comes_to_be_the_evidence_says_of_which_run_it_is() -> None:
    store = told([])
    for file in ("b.warc.gz", "a.warc.gz"):
        for part, page in ((1, FIRST), (2, SECOND)):
            crawl = LATER if (file, part) == ("b.warc.gz", 2) else CRAWL
            row = capture_row(f"urn:{part}", url=thread_url(part), seconds=part, crawl=crawl.uid)
            store.pending.add_capture(replace(row, warc_file=file))
            store.pending.add_page(replace(page, record_id=f"urn:{part}"))
        store.commit()
        changed = question(store, "last_changed_at")[0]
        assert changed == moment(2 if file == "b.warc.gz" else 1)


def test_a_page_that_is_gone_drops_out_of_its_thread() -> None:
    pages = [Event(thread_url(1), 1, (FIRST,)), Event(thread_url(2), 2, (SECOND,))]
    store = told([*pages, Event(thread_url(2), 5, status=404)], {1})
    assert question(store, "parts, answers, gone_at") == (1, 2, None)
    back = Event(thread_url(2), 6, (SECOND,))
    back.tell(store)
    store.commit()
    assert question(store, "parts, answers, gone_at") == (2, 4, None)


def test_a_thread_that_is_gone_is_shown_as_it_was() -> None:
    pages = [Event(thread_url(1), 1, (FIRST,)), Event(thread_url(2), 2, (SECOND,))]
    gone = [Event(thread_url(2), 4, status=404), Event(thread_url(1), 5, status=404)]
    store = told([*pages, *gone], {1, 2})
    assert question(store, "parts, answers, gone_at") == (2, 4, moment(5))


def test_a_thread_whose_first_page_is_not_there_says_so() -> None:
    store = told([Event(thread_url(2), 2, (SECOND,))])
    assert question(store, "question, parts, answers") == ("", 1, 2)
    assert json.loads(question(store, "warnings")[0]) == [
        "a post has no date", "the archive has no page of it before page 2",
    ]  # fmt: skip


def test_an_faq_that_is_dropped_is_gone_since_then() -> None:
    url = "https://forum.example/faq/a"
    both = (qa("a#x", title="X"), qa("a#y", title="Y"))
    store = told([Event(url, 1, both), Event(url, 3, both[:1]), Event(url, 4, both[:1])], {0, 1})
    rows = store.db.execute("SELECT source_id, url, gone_at FROM questions ORDER BY 1").fetchall()
    assert rows == [("a#x", f"{url}#x", None), ("a#y", f"{url}#y", moment(3))]
    assert (store.counts["new"], store.counts["gone"]) == (2, 1)
    Event(url, 5, both).tell(store)
    store.commit()
    assert store.db["questions"].count_where("gone_at IS NOT NULL") == 0


def test_an_archive_of_threads_and_faqs_is_sound(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.db")
    store.pending.add_crawl(CRAWL)
    url = "https://forum.example/faq/a"
    for event in (
        Event(thread_url(1), 1, (FIRST,)),
        Event(thread_url(2), 2, (SECOND,)),
        Event(url, 3, (qa("a#x", answers=(answer("Yes.", NURSE),)), qa("a#y", title="Y"))),
    ):
        event.tell(store)
    store.close()
    assert list(check_archive(tmp_path / "a.db")) == []
    db = open_archive(tmp_path / "a.db")
    db.execute("UPDATE answers SET author = 'Ada' WHERE id = 1")
    db.close()
    (finding,) = check_archive(tmp_path / "a.db")
    assert "its answers are not those of its texts" in finding.reason
