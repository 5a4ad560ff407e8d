"""The captures of one batch: which are loaded, what a revisit is linked to, what is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.db.changeset import ChangeSet
from pipelines.db.models import CaptureRow
from pipelines.files.timestamps import stamp
from pipelines.store.captures import (
    BatchCapture,
    UnknownCapture,
    inherit_readings,
    load_captures,
)
from pipelines.store.store import Store
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page, question_url

ORIGINAL = capture_row("urn:a", seconds=5)
REVISIT = capture_row("urn:b", seconds=9, status=304, kind="", revisit_of="urn:a")
COLUMNS = "record_id, revisit_of, version_id IS NOT NULL, parser, gone"
READ = "captures c LEFT JOIN sightings s ON s.capture_id = c.id"


def changes(*rows: CaptureRow) -> ChangeSet:
    pending = ChangeSet()
    for row in rows:
        pending.add_capture(row)
    return pending


def load(store: Store, pending: ChangeSet) -> dict[str, BatchCapture]:
    return load_captures(store.db.conn, pending, next_id=100)


def stored(*batches: ChangeSet) -> Store:
    store = empty_store()
    for batch in batches:
        store.pending.merge(batch)
        store.commit()
    return store


def rows_of(store: Store) -> list[tuple[object, ...]]:
    return store.db.execute(f"SELECT {COLUMNS} FROM {READ} ORDER BY record_id").fetchall()


def test_new_captures_get_ids_in_their_order() -> None:
    captures = load(empty_store(), changes(ORIGINAL, capture_row("urn:c")))
    assert [(each.id, each.stored) for each in captures.values()] == [(100, False), (101, False)]


def test_what_is_about_no_capture_is_an_error() -> None:
    about = ChangeSet()
    about.mark_gone("urn:nowhere")
    with pytest.raises(UnknownCapture, match="urn:nowhere"):
        load(empty_store(), about)


def test_a_revisit_is_linked_to_its_original_in_either_order() -> None:
    for first, second in itertools.permutations([ORIGINAL, REVISIT]):
        captures = load(stored(changes(first)), changes(second))
        assert captures["urn:b"].original is captures["urn:a"]
    captures = load(empty_store(), changes(REVISIT))
    assert captures["urn:b"].original is None


@pytest.mark.parametrize(
    "name",
    [
        f"{ORIGINAL.url} {stamp(ORIGINAL.captured_at)}",
        f"{ORIGINAL.url} {stamp(ORIGINAL.captured_at)[:19]}",
        f"{ORIGINAL.url} {ORIGINAL.digest}",
    ],
)
def test_other_names_of_an_original_are_replaced_by_its_id(name: str) -> None:
    named = replace(REVISIT, revisit_of=name)
    for first, second in itertools.permutations([ORIGINAL, named]):
        captures = load(stored(changes(first)), changes(second))
        assert captures["urn:b"].revisit_of == "urn:a"


def test_of_several_originals_with_one_name_the_earliest_counts() -> None:
    later = replace(capture_row("urn:0", seconds=7), digest=ORIGINAL.digest)
    named = replace(REVISIT, revisit_of=f"{ORIGINAL.url} {ORIGINAL.digest}")
    captures = load(stored(changes(later, ORIGINAL)), changes(named))
    assert captures["urn:b"].revisit_of == "urn:a"


@pytest.mark.parametrize(
    "original",
    [
        replace(ORIGINAL, status=404),
        replace(ORIGINAL, truncated="length"),
        replace(ORIGINAL, url=question_url(2), canonical_url=question_url(2)),
    ],
)
def test_a_revisit_repeats_nothing_but_a_whole_success_of_its_url(original: CaptureRow) -> None:
    captures = load(empty_store(), changes(original, REVISIT))
    assert captures["urn:b"].original is None


@pytest.mark.parametrize("status", [304, 200, 0])
def test_a_revisit_inherits_the_text_and_the_news_that_a_page_is_gone(status: int) -> None:
    captures = load(empty_store(), changes(ORIGINAL, replace(REVISIT, status=status)))
    captures["urn:a"].attach_version(7, 1, ("p@1", 0.5, "[]"))
    captures["urn:a"].gone = True
    (heir,) = inherit_readings(captures.values())
    assert (heir.record_id, heir.gone) == ("urn:b", True)
    heir.attach_version(7, 1, ("p@1", 0.5, "[]"))
    assert inherit_readings(captures.values()) == []


@pytest.mark.parametrize(
    ("row", "gone"),
    [
        (capture_row("urn:a", status=404), True),
        (capture_row("urn:a", status=200), True),
        (capture_row("urn:a", status=500), False),
        (capture_row("urn:a", truncated="length"), False),
        (replace(REVISIT, record_id="urn:a"), False),
        (replace(REVISIT, record_id="urn:a", status=410), True),
    ],
)
def test_which_captures_can_be_the_news_that_a_page_is_gone(row: CaptureRow, gone: bool) -> None:
    pending = changes(row)
    pending.mark_gone("urn:a")
    assert load(empty_store(), pending)["urn:a"].gone is gone


def test_of_one_record_in_two_files_the_file_that_sorts_first_is_the_evidence() -> None:
    other = replace(ORIGINAL, warc_file="0.warc.gz", source="wayback")
    for first, second in itertools.permutations([ORIGINAL, other]):
        store = stored(changes(first), changes(second))
        query = "SELECT warc_file, source FROM captures"
        assert store.db.execute(query).fetchall() == [("0.warc.gz", "wayback")]


def _batches() -> Iterable[ChangeSet]:
    """An original, what was read in it, that it is gone; two revisits; a second original."""
    read = changes(ORIGINAL)
    read.add_page(qa_page("urn:a"))
    gone = changes(ORIGINAL)
    gone.mark_gone("urn:a")
    named = replace(REVISIT, record_id="urn:c", revisit_of=f"{ORIGINAL.url} {ORIGINAL.digest}")
    other = changes(replace(ORIGINAL, record_id="urn:d", captured_at=REVISIT.captured_at))
    return (changes(ORIGINAL), read, gone, changes(REVISIT), changes(named), other)


@given(st.permutations(list(_batches())), st.sets(st.integers(0, 5)))
def test_rows_do_not_depend_on_the_order_of_captures(
    batches: list[ChangeSet], commits: set[int]
) -> None:
    store = empty_store()
    for at, batch in enumerate(batches):
        store.pending.merge(batch)
        if at in commits and ORIGINAL.record_id in {*store.pending.rows, *_known(store)}:
            store.commit()
    store.commit()
    assert rows_of(store) == [
        ("urn:a", None, 1, "labelled@1", 1),
        ("urn:b", "urn:a", 1, "labelled@1", 1),
        ("urn:c", "urn:a", 1, "labelled@1", 1),
        ("urn:d", None, 0, None, 0),
    ]


def _known(store: Store) -> set[str]:
    return {record_id for (record_id,) in store.db.execute("SELECT record_id FROM captures")}
