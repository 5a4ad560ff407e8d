"""A rebuild equals the crawl, replaces safely, and leaves the old archive whole if it fails."""

from __future__ import annotations

import gzip
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import read
from pipelines.capture.collect import collect_exchange, collect_reading
from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.interpret import interpret, interpret_exchange
from pipelines.capture.warc_extract import WarcSource
from pipelines.db.connection import ArchiveLocked, check_fts, open_archive
from pipelines.db.content_digest import content_digest, table_digests
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.rebuild.rebuild import RebuildRunning, rebuild
from pipelines.store.store import Store, close_crawl, intake
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.reader import read_at, read_warc
from pipelines.warc.record import sha1_digest
from pipelines.warc.writer import WarcWriter
from tests.pipelines.archive_makers import (
    START,
    crawl_into,
    exchange,
    http_response,
    question_html,
    question_url,
)


def a_crawl() -> list[Exchange]:
    """All that a crawl meets."""
    gz = "Content-Encoding: gzip\r\n"
    zipped = gzip.compress(question_html(2), mtime=0)
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(zipped), zipped)
    cut = http_response(question_html(7))
    return [
        exchange("http://www.netwellness.org/robots.txt", http_response(b"", kind="text/plain")),
        exchange(question_url(1), http_response(question_html(1)), seconds=1),
        exchange(
            question_url(2),
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Encoding: gzip\r\n\r\n" + framed,
            seconds=2,
        ),
        exchange("http://127.0.0.1:8000/question.cfm/3.htm", http_response(question_html(3))),
        exchange(question_url(4), http_response(b"Not here", "404 Not Found"), seconds=4),
        exchange(question_url(5), http_response(b"", "500 Oops"), seconds=5),
        exchange(question_url(5), http_response(question_html(5)), seconds=6),
        exchange(question_url(6), b"", error="connection\nrefused", seconds=7),
        exchange(question_url(7), cut[:-200], truncated="disconnect", seconds=8),
        exchange(question_url(8), cut[:300], error="reset by peer", seconds=9),
        exchange(question_url(9), b"SSH-2.0 nonsense", error="not HTTP", seconds=10),
        exchange(question_url(10), http_response(zipped[:-9], more=gz), seconds=11),
        exchange(question_url(1), http_response(question_html(1, "Changed.")), seconds=12),
        exchange(question_url(3), http_response(b"", "410 Gone"), seconds=13),
        exchange("http://www.netwellness.org/x", http_response(b"", "301 M", more="Location: /y")),
    ]  # fmt: skip


def test_a_rebuild_equals_the_crawl(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl())
    assert live.counts["new"] == 5
    assert live.db["failures"].count == 8
    result = rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db")
    rebuilt = open_archive(tmp_path / "rebuilt.db", readonly=True)
    assert table_digests(rebuilt) == table_digests(live.db)
    assert result.digest == content_digest(live.db)
    assert table_digests(open_archive(tmp_path / "rebuilt.db")) == table_digests(live.db)
    assert (result.counts["new"], result.pages, result.damaged) == (5, 6, 0)
    schema = (
        "SELECT name, sql FROM sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
    )
    assert rebuilt.execute(schema).fetchall() == live.db.execute(schema).fetchall()
    check_fts(live.db)
    assert rebuilt.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    reasons = dict(
        rebuilt.execute(
            "SELECT url || ' ' || status, reason FROM failures f "
            "LEFT JOIN captures c USING (url, record_id)"
        ).fetchall()
    )
    assert reasons[f"{question_url(8)} 200"] == (
        "the response is not whole (unspecified): reset by peer"
    )  # fmt: skip
    live.close()
    rebuilt.close()


def test_several_processes_make_the_same_archive(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl() * 2)
    digest = content_digest(live.db)
    live.close()
    (path,) = (tmp_path / "warcs").iterdir()
    path.write_bytes(path.read_bytes() + b"garbage")
    seen: list[int] = []
    result = rebuild(
        tmp_path / "warcs",
        tmp_path / "r.db",
        workers=3,
        progress=lambda done, total, name: seen.append(total - done),
    )
    assert result.digest == digest
    assert (result.pages, result.damaged) == (12, 1)
    assert result.files[0].records == sum(1 for _ in read_warc(path, lambda damage: None))
    assert seen[-1] == len(b"garbage")


def a_history(directory: Path, dice: random.Random) -> Store:
    """Crawls in which pages change, go and come back; a server that knows ETags and repeats."""
    store = Store.open(directory / "archive.db")
    kept: list[tuple[Exchange, Original]] = []
    for run in range(4):
        crawl = Crawl(f"run-{run}", "test", {}, START)
        writer = WarcWriter(directory / "warcs", "t", warcinfo(crawl), max_bytes=9_000)
        store.pending.add_crawl(crawl)
        for number in [*range(1, 9), *range(1, 4)]:
            status = dice.choice(["200 OK"] * 5 + ["404 Not Found", "500 Oops"])
            html = question_html(number, dice.choice(["Rest.", "Move.", "Wait."]))
            html = dice.choice([html] * 5 + [b"<h2>Question:</h2><p>Unreadable</p>"])
            one = exchange(question_url(number), http_response(html, status, more="ETag: x\r\n"))
            earlier = [pair for pair in kept if pair[0].url == one.url]
            if earlier and dice.random() < 0.6:
                before, original = dice.choice(earlier)
                same = dice.choice([b"HTTP/1.1 304 N\r\nETag: y\r\n\r\n", before.response])
                one = replace(one, response=same, repeats=original)
            moment = START + timedelta(hours=run, seconds=dice.randrange(50))
            one = replace(one, started_at=moment)
            location = writer.write_exchange(one)
            if one.repeats is None:
                original = Original(location.record_id, one.url, moment, location.digest)
                kept.append((one, original))
            capture = collect_exchange(store.pending, one, location, crawl)
            collect_reading(
                store.pending, capture.record_id, read(capture, outlinks=True), capture.url
            )
            if dice.random() < 0.3:
                store.commit()
        close_crawl(store, writer, crawl.uid, CrawlEnd(START, "finished", {}, ("an alarm",)))
    return store


@pytest.mark.parametrize("seed", range(4))
def test_a_history_of_revisits_is_the_same_rebuilt_in_any_order(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    live = a_history(tmp_path, dice)
    expected = table_digests(live.db)
    revisits = (
        "SELECT count(*), count(version_id) FROM captures c "
        "LEFT JOIN sightings s ON s.capture_id = c.id WHERE revisit_of IS NOT NULL"
    )
    count, resolved = live.db.execute(revisits).fetchone()
    assert count > resolved > 5
    assert live.db.execute("SELECT DISTINCT alarms FROM crawls").fetchall() == [('["an alarm"]',)]
    live.close()
    monkeypatch.setattr("pipelines.store.store.BATCH", 3)
    digests = {rebuild(tmp_path / "warcs", tmp_path / "r.db", workers=n).digest for n in (1, 2)}
    rebuilt = open_archive(tmp_path / "r.db")
    assert table_digests(rebuilt) == expected
    assert digests == {content_digest(rebuilt)}
    rebuilt.close()
    store = Store.open(tmp_path / "imported.db")  # file by file, the last may come first
    files = [WarcSource(path, path.name) for path in (tmp_path / "warcs").iterdir()]
    dice.shuffle(files)
    for file in files:
        intake(store, [file])
    assert table_digests(store.db) == expected
    store.close()


def test_every_row_finds_its_evidence(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl())
    for row in live.db["captures"].rows:
        record = read_at(tmp_path / "warcs" / row["warc_file"], row["offset"], row["length"])
        assert record.record_id == row["record_id"]
        assert record.payload_digest == row["digest"]
        for sighting in live.db["sightings"].rows_where("capture_id = ?", [row["id"]]):
            capture = interpret(record, row["warc_file"]).capture()
            assert capture is not None
            (page,) = read(capture).pages
            shown = live.db.table("versions").get(sighting["version_id"])
            assert (page.title, page.answer) == (shown["title"], shown["answer"])
    live.close()


@given(
    head=st.sampled_from(
        [
            "",
            "Content-Encoding: gzip\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Type: a/b\r\n",
            "eTag: a\r\nLast-Modified:  yesterday \r\nETag: b\r\n",
        ]
    ),
    body=st.binary(max_size=300),
    raw=st.booleans(),
    status=st.sampled_from(["200 OK", "404 No", "301 M", "200", "304 N"]),
    truncated=st.sampled_from([None, "length"]),
    error=st.sampled_from([None, "a  b\nc"]),
    repeats=st.booleans(),
)
def test_an_exchange_and_its_record_are_the_same_capture(
    tmp_path_factory: pytest.TempPathFactory,
    head: str,
    body: bytes,
    raw: bool,
    status: str,
    truncated: str | None,
    error: str | None,
    repeats: bool,
) -> None:
    response = body if raw else http_response(body, status, more=head)
    one = Exchange(question_url(1), "GET", START, None, b"", response, truncated, error)
    if repeats:
        one = replace(one, repeats=Original("o", "http://o/", START, sha1_digest(one.payload)))
    directory = tmp_path_factory.mktemp("x")
    crawl = Crawl("c", "t")
    with WarcWriter(directory, "t", {}) as writer:
        location = writer.write_exchange(one)
    record = read_at(directory / location.warc_file, location.offset, location.length)
    if response:
        row = interpret(record, location.warc_file, crawl).row
        assert row == interpret_exchange(one, location, crawl).row
    stores = [Store(open_archive(":memory:")) for _ in range(2)]
    for store in stores:
        store.pending.add_crawl(crawl)
    live = collect_exchange(stores[0].pending, one, location, crawl)
    collect_reading(stores[0].pending, live.record_id, read(live), live.url)
    stores[0].commit()
    (path,) = writer.finished_files
    intake(stores[1], [WarcSource(path, path.name)])
    mine, theirs = (table_digests(store.db) for store in stores)
    for table in ("questions", "versions", "links", "topics", "question_topics"):
        assert mine[table] == theirs[table]
    query = "SELECT url, occurred_at, stage, field, reason, record_id FROM failures ORDER BY 6, 3"
    assert stores[0].db.execute(query).fetchall() == stores[1].db.execute(query).fetchall()
    for store in stores:
        store.db.close()


def test_a_crawl_that_was_killed_is_interrupted_in_both(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl(), close=False)
    (open_file,) = (tmp_path / "warcs").iterdir()
    assert open_file.name.endswith(".open")
    result = rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db")
    assert result.digest == content_digest(live.db)
    assert live.db.execute("SELECT outcome FROM crawls").fetchall() == [("interrupted",)]
    open_file.write_bytes(open_file.read_bytes()[:-20])
    result = rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db")
    assert result.damaged == 1
    assert result.files[0].damaged[0].why == "the gzip member is cut short"
    live.close()


def test_two_crawls_in_any_order_of_their_names(tmp_path: Path) -> None:
    crawl_into(tmp_path, a_crawl()).close()
    later = [exchange(question_url(1), http_response(question_html(1, "Third.")), seconds=99)]
    live = crawl_into(tmp_path, later, Crawl("2" * 8, "test", {}, START))
    first = rebuild(tmp_path / "warcs", tmp_path / "r.db").digest
    for number, path in enumerate(sorted((tmp_path / "warcs").iterdir(), reverse=True)):
        (tmp_path / "warcs" / str(number)).mkdir()
        path.rename(tmp_path / "warcs" / str(number) / path.name)
    moved = rebuild(tmp_path / "warcs", tmp_path / "r.db")
    assert first == content_digest(live.db)
    last = "crawl_id != (SELECT max(id) FROM crawls)"
    live.db.execute(f"UPDATE captures SET warc_file = ({last}) || '/' || warc_file")
    assert moved.digest == content_digest(live.db)
    live.close()


def test_an_empty_directory_gives_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "warcs").mkdir()
    assert rebuild(tmp_path / "warcs", tmp_path / "a.db").counts["new"] == 0
    db = open_archive(tmp_path / "a.db")
    assert db["questions"].count == 0
    db.close()


def test_progress_ends_at_the_end(tmp_path: Path) -> None:
    crawl_into(tmp_path, a_crawl()).close()
    seen: list[tuple[int, int, str]] = []
    rebuild(tmp_path / "warcs", tmp_path / "r.db", progress=lambda *state: seen.append(state))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert (
        seen[-1][0] == seen[-1][1] == sum(p.stat().st_size for p in (tmp_path / "warcs").iterdir())
    )


# -- replacing the old archive ---------------------------------------------------------


def fill(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: fill(path, "this is no database" * 100),
        lambda path: fill(path, ""),
        lambda path: path.unlink(),
        lambda path: fill(path.with_name("archive.db-wal"), "left over"),
        lambda path: fill(path.with_name("archive.db-journal"), "left over"),
        lambda path: fill(path.with_name("archive.db.rebuilding"), "of one that was killed" * 99),
    ],
)
def test_whatever_is_in_the_place_a_rebuild_mends(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    live = crawl_into(tmp_path, a_crawl())
    digest = content_digest(live.db)
    live.close()
    spoil(tmp_path / "archive.db")
    rebuild(tmp_path / "warcs", tmp_path / "archive.db")
    db = open_archive(tmp_path / "archive.db")
    assert content_digest(db) == digest
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.db", "warcs"]


def test_a_log_left_by_a_crash_is_not_played_into_the_new_file(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl())
    digest = content_digest(live.db)
    files = [tmp_path / f"archive.db{suffix}" for suffix in ("", "-wal", "-shm")]
    copies = [path.read_bytes() for path in files]
    live.close()
    for path, content in zip(files, copies, strict=True):
        path.write_bytes(content)  # as after a power cut: the rows are in the log only
    assert len(copies[1]) > 10_000
    rebuild(tmp_path / "warcs", tmp_path / "archive.db")
    db = open_archive(tmp_path / "archive.db")
    assert content_digest(db) == digest
    db.close()


def test_a_reader_that_has_it_open_sees_the_new_content(tmp_path: Path) -> None:
    crawl_into(tmp_path, a_crawl()[:2]).close()
    path = tmp_path / "archive.db"
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    assert reader.execute("SELECT count(*) FROM questions").fetchone() == (1,)
    inode = path.stat().st_ino
    crawl_into(tmp_path / "more", a_crawl()).close()
    digest = rebuild(tmp_path / "more" / "warcs", path).digest
    assert path.stat().st_ino == inode
    assert reader.execute("SELECT count(*) FROM questions").fetchone() == (5,)
    reader.close()
    db = open_archive(path)
    assert content_digest(db) == digest
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check_fts(db)
    db.close()


def test_a_writer_in_the_middle_of_something_is_waited_for_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.rebuild.rebuild.BUSY_SECONDS", 0.1)
    live = crawl_into(tmp_path, a_crawl())
    digest = content_digest(live.db)
    live.db.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveLocked, match="try again"):
        rebuild(tmp_path / "warcs", tmp_path / "archive.db")
    live.db.execute("ROLLBACK")
    assert content_digest(live.db) == digest
    live.close()


def test_two_rebuilds_at_once(tmp_path: Path) -> None:
    crawl_into(tmp_path, a_crawl()).close()
    refused: list[RebuildRunning] = []

    def second(*_: object) -> None:
        if not refused:
            with pytest.raises(RebuildRunning) as raised:
                rebuild(tmp_path / "warcs", tmp_path / "archive.db")
            refused.append(raised.value)

    rebuild(tmp_path / "warcs", tmp_path / "archive.db", progress=second)
    assert refused
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.db", "warcs"]


KILLED = """
import os, signal, sys, time
from pipelines.rebuild import rebuild as module
def slowly(*state):
    print("reading", flush=True)
    time.sleep(0.05)
if sys.argv[3] == "place":
    def wait(path):
        print("placing", flush=True); time.sleep(60)
    module._switch_to_wal = wait
module.rebuild(sys.argv[1], sys.argv[2], progress=None if sys.argv[3] == "place" else slowly)
"""


@pytest.mark.parametrize("when", ["load", "place"])
def test_killed_the_old_archive_is_whole_and_the_next_rebuild_works(
    tmp_path: Path, when: str
) -> None:
    live = crawl_into(tmp_path, a_crawl())
    digest = content_digest(live.db)
    live.close()
    places = [str(tmp_path / "warcs"), str(tmp_path / "archive.db")]
    command = [sys.executable, "-c", KILLED, *places, when]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline()
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    db = open_archive(tmp_path / "archive.db")
    assert content_digest(db) == digest
    db.close()
    assert rebuild(tmp_path / "warcs", tmp_path / "archive.db").digest == digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.db", "warcs"]


def test_an_error_on_the_way_leaves_the_old_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = crawl_into(tmp_path, a_crawl())
    digest = content_digest(live.db)
    live.close()

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        rebuild(tmp_path / "warcs", tmp_path / "archive.db", progress=fail)
    db = open_archive(tmp_path / "archive.db")
    assert content_digest(db) == digest
    db.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.db", "warcs"]


def test_the_digest_sees_every_column_of_every_table(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl())
    before = table_digests(live.db)
    live.db.execute("PRAGMA foreign_keys=OFF")
    # Joined, and so seen by natural keys.
    ids = {"id", "question_id", "crawl_id", "version_id", "answer_id"}
    for table in table_digests(live.db):
        for column in live.db[table].columns:
            if column.name in ids or live.db[table].count == 0:
                continue
            live.db.execute("SAVEPOINT change")
            value = f"{column.name} || '7'" if column.type == "TEXT" else f"{column.name} + 7"
            value = f"CASE WHEN {column.name} IS NULL THEN 7 ELSE {value} END"
            live.db.execute(f"UPDATE {table} SET {column.name} = {value}")
            assert table_digests(live.db) != before, f"{table}.{column.name}"
            live.db.execute("ROLLBACK TO change")
            live.db.execute("RELEASE change")
    assert table_digests(live.db) == before
    live.close()


def test_records_are_in_the_file_before_rows_are_in_the_archive(tmp_path: Path) -> None:
    live = crawl_into(tmp_path, a_crawl(), close=False)
    (path,) = (tmp_path / "warcs").iterdir()
    on_disk = {record.record_id for record in read_warc(path)}
    stored = {row["record_id"] for row in live.db["captures"].rows}
    assert stored <= on_disk
    live.close()
