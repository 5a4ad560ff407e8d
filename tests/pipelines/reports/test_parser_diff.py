"""Two archives of the same captures: what is read otherwise is counted, split and shown."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.records import Link, QAPage
from pipelines.db.connection import ArchiveError
from pipelines.db.models import Failure
from pipelines.reports.field_diff import SPLITS, ChangeKey, band
from pipelines.reports.parser_diff import (
    Compared,
    EraEvidence,
    LoneCaptures,
    OnlyInOne,
    compare_archives,
    eras_in,
)
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from tests.pipelines.archive_makers import capture_row, empty_store, qa_page, question_url

#: By the number of a question: what a parser reads in its page, an error, or nothing.
Readings = Mapping[int, QAPage | Failure | None]
OTHERWISE = {"gained": "lost", "lost": "gained", "changed": "changed"}


def no_era(_: EraEvidence) -> str:
    return ""


def read_as(number: int, **changes: object) -> QAPage:
    return qa_page(f"urn:{number}", number, **changes)


def failing(number: int, field: str | None = "answer", why: str = "no answer") -> Failure:
    return Failure(f"urn:{number}", "parse", why, field)


def archive(path: Path, readings: Readings) -> Path:
    store = empty_store(path)
    for number, found in readings.items():
        row = capture_row(f"urn:{number}", url=question_url(number), seconds=number)
        store.pending.add_capture(row)
        if isinstance(found, QAPage):
            store.pending.add_page(found)
        elif found is not None:
            store.pending.add_failure(found)
    store.close()
    return path


def compared(folder: Path, old: Readings, new: Readings, keep: int = 3) -> Compared:
    paths = archive(folder / "old.db", old), archive(folder / "new.db", new)
    return compare_archives(*paths, no_era, keep=keep)


def counts(found: Compared) -> dict[tuple[str, str], int]:
    return {(what.field, what.kind): found.tally.counts[what] for what in found.tally.change_keys()}


def test_each_field_is_counted_by_what_happened_to_it(tmp_path: Path) -> None:
    old = {n: read_as(n) for n in (1, 2, 3)} | {4: read_as(4, answered_on=None)}
    new = {
        1: read_as(1, responders=(), confidence=0.6, warnings=("who?",)),
        2: read_as(2, answer="It is not.", links=(Link("Less", "http://x/"),)),
        3: read_as(3),
        4: read_as(4, status="unanswered", answer="", confidence=1.0),
    }
    found = compared(tmp_path, old, new)
    assert counts(found) == {
        ("answer", "lost"): 1,
        ("answer", "changed"): 1,
        ("status", "changed"): 1,
        ("responders", "lost"): 2,
        ("links", "changed"): 1,
        ("confidence", "changed"): 2,
        ("warnings", "gained"): 1,
    }
    assert (found.tally.captures, found.pages, found.common, found.changed) == (3, 4, 4, 3)
    assert (found.tally.rose, found.tally.fell) == (1, 1)
    (place, change), _ = found.tally.examples(ChangeKey("field", "responders", "lost"))
    assert (place.url, place.era, place.confidence) == (
        question_url(1), "captured in 2020", "0.9 to 1",
    )  # fmt: skip
    assert change.old[0]["name"] == "Ann Smith"
    assert change.new == []


def test_what_cannot_be_read_any_more_is_said_with_the_field(tmp_path: Path) -> None:
    old: Readings = {
        1: read_as(1),
        2: failing(2),
        3: failing(3),
        4: failing(4),
        5: read_as(5),
        6: None,
    }
    new: Readings = {
        1: failing(1), 2: read_as(2), 3: failing(3, "question"), 4: failing(4, why="cut"),
        5: None, 6: None,
    }  # fmt: skip
    found = compared(tmp_path, old, new)
    assert counts(found) == {
        ("record", "gained"): 1,
        ("record", "lost"): 2,
        ("answer", "gained"): 1,
        ("answer", "lost"): 2,
        ("answer", "changed"): 1,
        ("question", "gained"): 1,
    }
    assert found.appeared == OnlyInOne(1, 0, (question_url(2),))
    assert found.disappeared == OnlyInOne(2, 0, (question_url(1), question_url(5)))
    assert found.pages == 5
    assert dict(found.totals["confidence"]) == {"0.9 to 1": 2, "not read": 3}
    assert found.tally.splits[ChangeKey("failure", "answer", "gained")]["site"] == {
        "netwellness": 1
    }


def test_captures_of_one_archive_alone_are_counted_and_no_difference(tmp_path: Path) -> None:
    old = {1: read_as(1), 2: read_as(2)}
    new = {1: read_as(1), 3: read_as(3), 4: None}
    found = compared(tmp_path, old, new)
    assert not found.differs
    assert found.lone == (LoneCaptures(1, 1), LoneCaptures(2, 1))
    assert (found.appeared, found.disappeared) == (OnlyInOne(0, 1, ()), OnlyInOne(0, 1, ()))


def test_a_revisit_is_no_reading_of_its_own(tmp_path: Path) -> None:
    for name, answer in (("old.db", "It is."), ("new.db", "It is not.")):
        store = empty_store(tmp_path / name)
        for row in (
            capture_row("urn:1"),
            capture_row("urn:again", seconds=9, status=304, revisit_of="urn:1"),
        ):
            store.pending.add_capture(row)
        store.pending.add_page(read_as(1, answer=answer))
        store.close()
    found = compare_archives(tmp_path / "old.db", tmp_path / "new.db", no_era)
    assert (found.pages, found.tally.captures, found.common) == (1, 1, 2)


def test_an_earlier_version_counts_too(tmp_path: Path) -> None:
    for name, answer in (("old.db", "First."), ("new.db", "Fist.")):
        store = empty_store(tmp_path / name)
        for at, text in enumerate((answer, "Second.")):
            store.pending.add_capture(capture_row(f"urn:{at}", seconds=at))
            store.pending.add_page(qa_page(f"urn:{at}", answer=text))
        store.close()
    found = compare_archives(tmp_path / "old.db", tmp_path / "new.db", no_era)
    assert counts(found) == {("answer", "changed"): 1}
    assert found.changed == 0  # the question shows the later one, which is as it was
    assert found.differs


def test_gone_and_another_question_are_differences(tmp_path: Path) -> None:
    old, new = archive(tmp_path / "old.db", {1: read_as(1), 2: None}), tmp_path / "new.db"
    store = empty_store(new)
    for number in (1, 2):
        store.pending.add_capture(
            capture_row(f"urn:{number}", url=question_url(number), seconds=number)
        )
    store.pending.add_page(replace(read_as(1), source_id="11"))
    store.pending.mark_gone("urn:2")
    store.close()
    found = compare_archives(old, new, no_era)
    assert counts(found) == {("source_id", "changed"): 1, ("gone", "gained"): 1}


def test_what_one_archive_withholds_is_not_shown(tmp_path: Path) -> None:
    old, new = {1: read_as(1), 2: read_as(2)}, {1: read_as(1, answer="x"), 2: read_as(2)}
    for name, readings in (("old.db", old), ("new.db", new)):
        archive(tmp_path / name, readings)
    entry = Takedown("netwellness", "1", "", "asked for", date(2026, 1, 1), "me")
    withhold(tmp_path / "new.db", (entry,))
    found = compare_archives(tmp_path / "old.db", tmp_path / "new.db", no_era)
    assert not found.differs
    assert (found.withheld, found.disappeared) == (1, OnlyInOne(0, 0, ()))


def test_examples_are_of_every_era_and_no_more_than_asked_for(tmp_path: Path) -> None:
    old = {n: read_as(n) for n in range(1, 10)}
    new = {n: read_as(n, responders=()) for n in range(1, 10)}
    paths = archive(tmp_path / "old.db", old), archive(tmp_path / "new.db", new)
    eras = iter("aaaaaaaab")
    found = compare_archives(*paths, lambda _: next(eras), keep=2)
    what = ChangeKey("field", "responders", "lost")
    assert [one.place.era for one in found.tally.examples(what)] == ["a", "b", "a"]
    assert found.tally.splits[what]["era"] == {"a": 8, "b": 1}


def test_bytes_that_are_not_there_have_no_template(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"no record")
    era_of = eras_in(tmp_path)
    assert [era_of(EraEvidence(name, 0, 9)) for name in ("a.warc.gz", "b.warc.gz")] == ["", ""]


def test_errors_name_the_file(tmp_path: Path) -> None:
    good = archive(tmp_path / "good.db", {1: None})
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"x" * 5000)
    for pair in ((good, bad), (bad, good), (good, tmp_path / "none.db")):
        wrong = next(path for path in pair if path != good)
        with pytest.raises(ArchiveError, match=wrong.name):
            compare_archives(*pair, no_era)


def test_neither_file_is_changed(tmp_path: Path) -> None:
    old, new = {1: read_as(1)}, {1: read_as(1, answer="x")}
    paths = archive(tmp_path / "old.db", old), archive(tmp_path / "new.db", new)
    before = [path.read_bytes() for path in paths]
    compare_archives(*paths, no_era)
    assert [path.read_bytes() for path in paths] == before


def test_bands() -> None:
    found = [band(one) for one in (1.0, 0.99, 0.9, 0.7, 0.5, 0.49, 0.0, None)]
    assert found == [
        "1.0", "0.9 to 1", "0.9 to 1", "0.7 to 0.9", "0.5 to 0.7", "below 0.5", "below 0.5",
        "not on record",
    ]  # fmt: skip


@st.composite
def readings(draw: st.DrawFn) -> dict[int, QAPage | Failure | None]:
    def one(number: int) -> st.SearchStrategy[QAPage | Failure | None]:
        page = st.builds(
            read_as,
            st.just(number),
            title=st.sampled_from(["One", "Two"]),
            answer=st.sampled_from(["", "It is.", "It is not."]),
            answered_on=st.sampled_from([None, date(2005, 3, 1)]),
            responders=st.sampled_from([(), qa_page("").responders]),
            confidence=st.sampled_from([0.4, 0.9, 1.0]),
            warnings=st.sampled_from([(), ("a",), ("a", "b")]),
        )
        failed = st.builds(failing, st.just(number), st.sampled_from(["answer", "question", None]))
        return st.none() | failed | page

    numbers = draw(st.sets(st.integers(1, 6)))
    return {number: draw(one(number)) for number in sorted(numbers)}


@given(readings(), readings())
def test_the_other_way_round_gained_is_lost(old: Readings, new: Readings) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = compared(folder, old, new)
        other = compare_archives(folder / "new.db", folder / "old.db", no_era)
        shutil.copy(folder / "old.db", folder / "copy.db")
        same = compare_archives(folder / "old.db", folder / "copy.db", no_era)
    turned = {(field, OTHERWISE[kind]): count for (field, kind), count in counts(one).items()}
    assert counts(other) == turned
    assert (other.lone, other.common, other.pages) == (one.lone[::-1], one.common, one.pages)
    assert (other.appeared[:2], other.changed) == (one.disappeared[:2], one.changed)
    assert (same.differs, same.tally.counts, same.common) == (False, {}, len(old))
    for what, count in one.tally.counts.items():
        splits = one.tally.splits[what]
        assert {splits[by].total() for by in SPLITS} == {count}
    both = {n for n in old.keys() & new.keys() if old[n] != new[n]}
    assert one.tally.captures == len(both)
