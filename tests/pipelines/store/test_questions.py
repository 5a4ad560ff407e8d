"""Questions: which text is shown, what a batch is said to change, when one is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parsers.records import QAPage, TopicLink
from pipelines.db.models import CaptureRow
from pipelines.files.timestamps import stamp
from pipelines.store.history import EvidenceRank, Sighting
from pipelines.store.question import Question
from pipelines.store.store import Store
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page, question_url


def sighting(capture_id: int, version_id: int, *, html: bool = True) -> Sighting:
    rank = EvidenceRank(html, f"2020-01-{capture_id:02}", f"urn:{capture_id}")
    return Sighting(rank, capture_id, version_id, capture_id, rank, "live", "run", question_url(1))


def question(*sightings: Sighting, words: dict[int, str]) -> Question:
    versions = {(1, f"digest of {version}"): version for version in words}
    return Question(1, ("netwellness", "1"), sightings=[*sightings], versions=versions, words=words)


def test_a_text_rendering_moves_to_the_version_with_its_words() -> None:
    touched = question(
        sighting(1, 10), sighting(2, 11, html=False), sighting(3, 12, html=False),
        words={10: "same", 11: "same", 12: "others"},
    )  # fmt: skip
    assert touched.match_text_versions() == [(2, 11, 10)]
    assert [each.version_id for each in touched.sightings] == [10, 10, 12]
    assert touched.replaced == {11: 10}
    assert set(touched.versions.values()) == {10, 12}


@pytest.mark.parametrize("html", [True, False])
def test_versions_of_one_kind_are_left_as_they_are(html: bool) -> None:
    touched = question(
        sighting(1, 10, html=html), sighting(2, 11, html=html), words={10: "same", 11: "same"}
    )
    assert touched.match_text_versions() == []
    assert touched.replaced == {}


def test_words_that_are_not_on_record_match_nothing() -> None:
    touched = question(sighting(1, 10), sighting(2, 11, html=False), words={10: "", 11: ""})
    assert touched.match_text_versions() == []


def add(store: Store, row: CaptureRow, page: QAPage | None = None, *, gone: bool = False) -> None:
    store.pending.add_capture(row)
    if page is not None:
        store.pending.add_page(replace(page, record_id=row.record_id))
    if gone:
        store.pending.mark_gone(row.record_id)
    store.commit()


def shown(store: Store) -> dict[str, object]:
    cursor = store.db.execute("SELECT * FROM questions")
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def test_a_question_is_gone_and_back_by_the_order_of_capture() -> None:
    store = empty_store()
    first, gone, back = (capture_row(f"urn:{n}", seconds=n) for n in (1, 2, 3))
    add(store, gone, gone=True)
    add(store, first, qa_page(""))
    assert shown(store)["gone_at"] == stamp(gone.captured_at)
    add(store, back, qa_page(""))
    assert shown(store)["gone_at"] is None
    assert store.counts == {"new": 1, "changed": 0, "unchanged": 0, "gone": 0, "back": 0}


def test_each_question_is_counted_once_however_often_it_is_seen() -> None:
    store = empty_store()
    add(store, capture_row("urn:1", seconds=1), qa_page(""))
    counts = []
    with_store = Store(store.db)
    for seconds, answer in ((2, "It is."), (3, "It is not."), (4, "It is not.")):
        add(with_store, capture_row(f"urn:{seconds}", seconds=seconds), qa_page("", answer=answer))
        counts.append((with_store.counts["changed"], with_store.counts["unchanged"]))
    assert counts == [(0, 1), (1, 0), (1, 0)]
    assert shown(store)["versions"] == 2


def test_an_earlier_capture_changes_the_dates_and_not_the_text() -> None:
    store = empty_store()
    add(store, capture_row("urn:2", seconds=2), qa_page("", answer="Now."))
    add(store, capture_row("urn:1", seconds=1), qa_page("", answer="Then."))
    row = shown(store)
    assert (row["answer"], row["versions"]) == ("Now.", 2)
    assert (row["first_captured_at"], row["last_captured_at"]) == (
        stamp(capture_row("", seconds=1).captured_at),
        stamp(capture_row("", seconds=2).captured_at),
    )


def test_a_topic_that_no_question_names_any_more_has_no_row() -> None:
    store = empty_store()
    add(store, capture_row("urn:1", seconds=1), qa_page(""))
    other = (TopicLink("Ears", None),)
    add(store, capture_row("urn:2", seconds=2), qa_page("", topics=other))
    assert store.db.execute("SELECT name FROM topics").fetchall() == [("Ears",)]
    # A question that still names it, in a capture of long ago, brings it back.
    add(store, capture_row("urn:3", url=question_url(2)), qa_page("", 2))
    names = store.db.execute("SELECT name FROM topics ORDER BY name").fetchall()
    assert names == [("Ears",), ("Eyes",)]
