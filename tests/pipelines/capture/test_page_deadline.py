"""A page that takes too long is a failure with a name, whoever reads it, and the next is read."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import process_time, sleep

import pytest

import parsers
from parsers import declare, read_declaration
from parsers.records import Capture, Reading
from pipelines.capture import page_deadline
from pipelines.capture.page_deadline import FIELD, read, set_deadline
from pipelines.capture.worker_process import ProcessDied, WorkerProcess
from pipelines.db.connection import open_archive
from pipelines.ingest.dry_run import dry_run
from pipelines.rebuild.engines import Processes
from pipelines.rebuild.extract import extract, inputs_of
from pipelines.rebuild.load import load, shards_of
from pipelines.rebuild.rebuild import rebuild
from pipelines.reports.provenance_chain import chain_of
from pipelines.store.store import Store
from tests.pipelines.archive_makers import START, crawl_into, exchange, http_response

# A deadline that comes while a destructor runs is lost there, and comes again (page_deadline.py).
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SECONDS = 0.3
SITE = """
name = "clinic"
hosts = ["clinic.example"]
questions = ["/ask/{id}/"]
[selectors]
question = "p:nth-child(odd)"
"""
QUICK = b"<title>t</title><h2>Question</h2><p>What helps?</p><h2>Answer</h2><p>Rest.</p>"
SLOW = QUICK + b"<p>It is so, <b>or</b> not.</p>" * 20_000
#: libxml2 counts the siblings of each, and looks for no signal in these seconds.
SLOW_IN_C = b"<title>t</title>" + b"<p>x" * 30_000


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    read(capture(QUICK))  # what is loaded at the first page is not the page's
    set_deadline(SECONDS)
    yield
    set_deadline(page_deadline.DEADLINE)
    declare(())


def capture(body: bytes, number: int = 1) -> Capture:
    url = f"https://clinic.example/ask/{number}/"
    return Capture(url, START, body, "text/html", 200, "live", f"urn:uuid:{number}")


def in_main_thread(work: Callable[[], Reading]) -> Reading:
    return work()


def in_another_thread(work: Callable[[], Reading]) -> Reading:
    results: list[Reading] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


def loop() -> None:
    while True:
        with suppress(Exception):
            for _ in range(1000):
                pass


def loop_in_a_destructor() -> None:
    class Late:
        def __del__(self) -> None:
            loop()

    Late()
    loop()


def backtrack() -> None:
    re.match(r"(?:a+)+$", "a" * 60 + "b")


EVERYWHERE = (in_main_thread, in_another_thread)


@pytest.mark.parametrize(
    ("runs", "work"),
    [
        *((runs, work) for runs in EVERYWHERE for work in (loop, loop_in_a_destructor)),
        (in_main_thread, backtrack),
    ],
)
def test_what_does_not_end_is_ended(
    runs: Callable[[Callable[[], Reading]], Reading],
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parsers, "read", lambda capture, **options: work())
    set_deadline(0.05)
    began = process_time()
    reading = runs(partial(read, capture(b"")))
    assert 0.03 <= process_time() - began < 5  # the kernel counts in ticks of some milliseconds
    assert reading.error is not None
    assert (reading.error.field, reading.error.url) == (FIELD, "https://clinic.example/ask/1/")
    assert "PARSE_DEADLINE_SECONDS" in reading.error.why


PROFILED = """
import sys, threading
import parsers
from parsers.records import Capture, Reading
from pipelines.capture.page_deadline import read, set_deadline

parsers.read = lambda capture, **options: [None for _ in iter(int, 1)]
set_deadline(0.05)
page = Capture("https://clinic.example/1", None, b"", "text/html", 200, "live", "urn:uuid:1")
thread = threading.Thread(target=read, args=(page,))
thread.start()
thread.join()
sys.setprofile(lambda *event: None)
(lambda: None)()
sys.setprofile(None)
print("went on")
"""


def test_a_profiler_goes_on_after_a_page_was_ended_in_a_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROFILED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "went on\n", done.stderr


@pytest.mark.parametrize("runs", EVERYWHERE)
def test_nothing_is_ended_once_a_page_is_read(
    runs: Callable[[Callable[[], Reading]], Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_deadline(0.05)
    monkeypatch.setattr(parsers, "read", lambda capture, **options: Reading())

    def read_and_go_on() -> Reading:
        reading = read(capture(b""))
        until = process_time() + 0.3
        while process_time() < until:
            pass
        return reading

    assert runs(read_and_go_on) == Reading()


def test_the_kernel_ends_a_process_that_hears_nothing() -> None:
    declare([read_declaration(SITE, "clinic.toml")])
    process = WorkerProcess()
    assert process.run(partial(read, capture(QUICK))).error is None
    with pytest.raises(ProcessDied) as death:
        process.run(partial(read, capture(SLOW_IN_C, 2)))
    assert (death.value.page, death.value.past_deadline) == ("urn:uuid:2", True)


def test_a_process_that_sleeps_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.capture.worker_process._LOOK", 0.3)
    process = WorkerProcess(computes=True)
    process.run(tuple)  # it has begun
    with pytest.raises(ProcessDied) as death:
        process.run(partial(sleep, 1e6))
    assert not death.value.past_deadline


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A crawl of three pages, the second of which takes too long."""
    declare([read_declaration(SITE.partition("[selectors]")[0], "clinic.toml")])
    bodies = (QUICK, SLOW, QUICK)
    pages = [
        exchange(capture(body, number).url, http_response(body), seconds=number)
        for number, body in enumerate(bodies, 1)
    ]
    crawl_into(tmp_path, pages).close()
    return tmp_path


def failures_in(database: Path) -> list[tuple[str, str]]:
    db = open_archive(database, readonly=True)
    try:
        query = (
            "SELECT c.url, f.stage || ' ' || f.field FROM failures f "
            "JOIN captures c ON c.id = f.capture_id"
        )
        assert db.execute("SELECT count(*) FROM questions").fetchone() == (2,)
        return db.execute(query).fetchall()
    finally:
        db.close()


def test_it_is_the_same_failure_whoever_reads_the_page(archive: Path) -> None:
    expected = [(capture(b"", 2).url, f"parse {FIELD}")]
    assert failures_in(archive / "archive.db") == expected
    for workers in (1, 2):
        rebuild(archive / "warcs", archive / f"{workers}.db", workers=workers)
        assert failures_in(archive / f"{workers}.db") == expected
    (result,) = dry_run([archive / "warcs"])
    assert [f"{capture(b'', 2).url}: {FIELD}:" in failure for failure in result.failures] == [True]


def test_a_longer_deadline_reads_it(archive: Path) -> None:
    set_deadline(0)
    rebuild(archive / "warcs", archive / "again.db", workers=1)
    db = open_archive(archive / "again.db", readonly=True)
    assert db.execute("SELECT count(*) FROM failures").fetchone() == (0,)
    chain = chain_of(db.conn, ("clinic", "2"), archive / "warcs")
    assert chain is not None
    db.close()


def test_where_a_process_is_ended_the_other_pages_of_its_span_are_read(tmp_path: Path) -> None:
    declare([read_declaration(SITE.partition("[selectors]")[0], "clinic.toml")])
    pages = [
        exchange(capture(b"", number).url, http_response(body), seconds=number)
        for number, body in enumerate((QUICK, SLOW_IN_C, QUICK), 1)
    ]
    crawl_into(tmp_path, pages).close()
    declare([read_declaration(SITE, "clinic.toml")])
    engine = Processes(1)
    result = extract(inputs_of([str(tmp_path / "warcs")]), str(tmp_path / "out"), engine, workers=1)
    engine.close()
    assert result.failed == []
    store = Store.open(tmp_path / "loaded.db")
    load(store, *shards_of(str(tmp_path / "out")), lambda number: None)
    store.close()
    assert failures_in(tmp_path / "loaded.db") == [(capture(b"", 2).url, f"parse {FIELD}")]
