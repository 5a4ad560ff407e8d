"""Spans joined: whatever they are and whoever reads them, the archive is as read by one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.warc_extract import FileStats, source_in
from pipelines.db.content_digest import table_digests
from pipelines.db.models import Crawl
from pipelines.rebuild.engines import Outcome
from pipelines.rebuild.extract import FailedSpan, extract_spans, warc_input
from pipelines.rebuild.load import load_shard
from pipelines.rebuild.shards import ExtractTask, Receipt, Shards, extract_span
from pipelines.store.store import intake
from pipelines.warc.writer import WarcWriter
from tests.mutations import joined, mutated
from tests.pipelines.archive_makers import (
    START,
    empty_store,
    exchange,
    http_response,
    question_html,
    question_url,
)
from tests.sound_files import sound_files


class Here:
    """Does tasks in this process, in an order that dice give."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._left: list[ExtractTask] = []
        self.done: list[ExtractTask] = []

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        self._left += tasks

    def outcomes(self) -> Iterator[Outcome]:
        while self._left:
            task = self._left.pop(self._dice.randrange(len(self._left)))
            self.done.append(task)
            try:
                yield task, extract_span(task)
            except OSError as error:
                yield task, error

    def close(self) -> None:
        """Nothing."""


def read_at_once(path: Path) -> tuple[dict[str, str], FileStats]:
    """What one process makes of a file: the digests of the tables, and what was found."""
    with closing(empty_store()) as store:
        (found,) = intake(store, [source_in(path.parent, path)])
        return table_digests(store.db), found


def read_in_spans(path: Path, out: Path, span: int, dice: random.Random) -> tuple[object, ...]:
    """The same in spans, and the tasks that it took."""
    engine = Here(dice)
    found = FileStats(path.name)
    shards = Shards(out)
    with closing(empty_store()) as store:
        for step in extract_spans([warc_input(str(path), path.name)], str(out), engine, span=span):
            assert isinstance(step, Receipt)
            found.add(step.stats)
            load_shard(store, shards, step.shard)
        store.commit()
        return table_digests(store.db), found, engine.done


def assert_equal(path: Path, out: Path, span: int, dice: random.Random) -> list[ExtractTask]:
    tables, found = read_at_once(path)
    theirs, their_found, tasks = read_in_spans(path, out, span, dice)
    assert theirs == tables
    assert isinstance(their_found, FileStats)
    assert said(their_found) == said(found)
    assert isinstance(tasks, list)
    return tasks


def said(found: FileStats) -> object:
    damaged = sorted({(one.offset, one.why) for one in found.damaged})
    counts = [found.records, found.captures, found.pages, found.errors, found.size]
    return counts, damaged


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs in one file, as by ``cat``; pages that hold what looks like records."""
    folder = tmp_path_factory.mktemp("crawled")
    parts = []
    for run_number in range(2):
        crawl = Crawl(f"run-{run_number}", "test", {"n": str(run_number)}, START, {"a": "1"})
        with WarcWriter(folder, f"t{run_number}", warcinfo(crawl)) as writer:
            for number in range(12):
                one = exchange(question_url(number), http_response(_html(number)))
                moment = START + timedelta(hours=run_number, seconds=number)
                writer.write_exchange(replace(one, started_at=moment))
        parts += [path.read_bytes() for path in writer.finished_files]
    path = folder / "both.warc.gz"
    path.write_bytes(b"".join(parts))
    return path


def _html(number: int) -> bytes:
    inner = (
        b"<!--\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n-->"
    )
    return question_html(number, "Rest. " * number * 20).replace(
        b"<h1>", b"<!--\r\n" + inner + b"--><h1>"
    )


@pytest.mark.parametrize("span", [97, 700, 1500, 5000, 1 << 20])
def test_any_span_gives_the_same(crawled: Path, tmp_path: Path, span: int) -> None:
    tasks = assert_equal(crawled, tmp_path / "out", span, random.Random(span))
    if span == 1500:
        again = [task for task in tasks if task.span.exact and task.span.begin]
        # The second run begins in the middle: spans after it had assumed the first one's.
        assert again
        assert all(task.span.crawl is not None for task in again)


@pytest.mark.parametrize(
    "kind", ["warc", "warc.gz", "warc.gz, one", "warc.zst", "warc.zst, one", "arc", "arc.gz"]
)
def test_damaged_files_are_read_the_same(tmp_path: Path, kind: str) -> None:
    (data,) = [one.data for one in sound_files(tmp_path) if one.kind == kind]
    for seed in range(12):
        dice = random.Random(seed)
        path = tmp_path / f"{seed}.warc"
        path.write_bytes(joined(data, mutated(len(data), dice)))
        assert_equal(path, tmp_path / f"out{seed}", dice.choice((200, 1000, 4000)), dice)


def test_what_is_done_is_not_done_again(crawled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = read_in_spans(crawled, out, 2000, random.Random(1))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    second = read_in_spans(crawled, out, 2000, random.Random(2))
    assert second[:1] == first[:1]
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {path: when for path, when in after.items() if before.get(path) == when} == before
    # A file that has grown is another file.
    crawled_more = tmp_path / crawled.name
    crawled_more.write_bytes(crawled.read_bytes() * 2)
    assert_equal(crawled_more, out, 2000, random.Random(3))


def test_a_file_that_cannot_be_read_is_told(crawled: Path, tmp_path: Path) -> None:
    lost = tmp_path / "lost.warc.gz"
    lost.write_bytes(crawled.read_bytes())
    inputs = [warc_input(str(one), one.name) for one in (lost, crawled)]
    lost.unlink()
    steps = list(extract_spans(inputs, str(tmp_path / "out"), Here(random.Random(1)), span=1 << 20))
    failed = [one for one in steps if isinstance(one, FailedSpan)]
    assert [one.span.name for one in failed] == ["lost.warc.gz"]
    assert "No such file" in failed[0].why
    assert [one.span.name for one in steps if isinstance(one, Receipt)] == ["both.warc.gz"]
