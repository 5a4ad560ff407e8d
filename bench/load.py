"""``scrapy load``, beside plain ``executemany`` of the very rows that it makes."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from bench.archive import capture_of, pages
from bench.bulk import ROOT
from bench.exchanges import START
from bench.measure import Result, interleaved, medians, run
from parsers.readers.best import PARSERS
from parsers.records import QAPage
from pipelines.db.changeset import ChangeSet
from pipelines.db.connection import open_archive, restore_fts
from pipelines.db.models import Crawl
from pipelines.rebuild.shards import FORMAT, RESULT, Shards, ShardWriter
from pipelines.store.store import Store

_RUN = Crawl("11111111-1111-4111-8111-111111111111", "netwellness", {}, START)
_SHARD = 20_000  # captures a shard
_TABLES = (
    "crawls", "captures", "questions", "versions", "sightings", "sites", "answers",
    "responders", "answer_responders", "topics",
    "question_topics", "links",
)  # fmt: skip


def load(work: Path, records: int, rounds: int) -> dict[str, Result]:
    """Measure rows a second into archive.db, of so many question pages, one capture each.

    Ours is the whole process ``scrapy load``: shards are read, rows made, indices, full-text
    index, integrity checks. The peers have the rows ready, in another database, and check
    nothing. The plain one writes them with executemany to the tables as they are, with their
    indices and triggers; the other one makes these at the end, as ours does.
    """
    shards = make(work, records)
    loaded, copied = work / "loaded.db", work / "copied.db"
    measures = (  # ours first: its rows are what the peers copy
        partial(_ours, shards, loaded),
        partial(_peer, loaded, copied, put_off=False),
        partial(_peer, loaded, copied, put_off=True),
    )
    ours, *peers = (medians(figures) for figures in interleaved(rounds, *measures))
    name = f"load_{records // 1000}k"
    rows = "sqlite3 executemany of ready rows, the same tables"
    return {
        name: _result(records, ours, peers[0], rows),
        f"{name}_put_off": _result(
            records, ours, peers[1], f"{rows}, indices and full-text index at the end, as ours"
        ),
    }


def _result(records: int, ours: dict[str, float], peer: dict[str, float], peer_is: str) -> Result:
    more = {
        "records": records,
        "rows": round(ours["rows"]),
        "seconds": [round(ours["wall"], 1), round(peer["wall"], 1)],
    }
    return Result(ours["speed"], peer["speed"], "rows/s", peer_is, more, less_is_better=False)


def make(work: Path, records: int) -> Path:
    """A folder of shards with so many pages; made once, and kept."""
    folder = work / f"records-{records}"
    shards = Shards(folder)
    if shards.read(RESULT) is not None:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    names: list[str] = []
    found = enumerate(pages(records), 1)
    while some := list(islice(found, _SHARD)):
        name = f"part-{len(names):06d}"
        scratch = folder / "scratch"
        scratch.mkdir(parents=True)
        writer = ShardWriter(scratch)
        for part in _notes(some):
            writer.add(part)
        shards.put(name, writer.close(), {"shard": name})
        scratch.rmdir()
        names.append(name)
    shards.write(RESULT, {"format": FORMAT, "parsers": PARSERS, "failed": [], "shards": names})
    return folder


def _notes(some: Sequence[tuple[int, QAPage]]) -> Iterator[ChangeSet]:
    for start in range(0, len(some), 1000):
        notes = ChangeSet()
        notes.add_crawl(_RUN)
        for number, page in some[start : start + 1000]:
            record_id = f"urn:uuid:{number:08x}-0000-4000-8000-000000000000"
            notes.add_capture(capture_of(record_id, page.url, number))
            notes.add_page(replace(page, record_id=record_id))
        yield notes


def _ours(shards: Path, target: Path) -> dict[str, float]:
    _remove(target)
    words = ["-m", "scrapy", "load", str(shards), "-s", f"ARCHIVE_DB={target}"]
    done = run([sys.executable, *words], ROOT)
    return _figures(target, done.wall)


def _peer(source: Path, target: Path, *, put_off: bool) -> dict[str, float]:
    _remove(target)
    started = time.perf_counter()
    db = open_archive(target)
    made = (
        Store(db, bulk=True).deferred_indexes if put_off else []
    )  # drops what is made again at the end
    with closing(sqlite3.connect(source)) as rows:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA foreign_keys=OFF")  # tables point to each other
        for table in _TABLES:
            cursor = rows.execute(f"SELECT * FROM {table}")
            marks = ", ".join("?" * len(cursor.description))
            db.conn.execute("BEGIN")
            db.conn.executemany(f"INSERT INTO {table} VALUES ({marks})", cursor)
            db.conn.execute("COMMIT")
    for statement in made:
        db.execute(statement)
    if put_off:
        restore_fts(db)
    db.execute("ANALYZE")
    db.close()
    return _figures(target, time.perf_counter() - started)


def _figures(target: Path, wall: float) -> dict[str, float]:
    with closing(sqlite3.connect(target)) as rows:
        counts = [rows.execute(f"SELECT count(*) FROM {table}").fetchone() for table in _TABLES]
    total = sum(count for (count,) in counts)
    return {"rows": total, "speed": total / wall, "wall": wall}


def _remove(target: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
