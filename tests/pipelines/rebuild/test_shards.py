"""Shards: notes come back as they were; what is half written does not count."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.db.changeset import ChangeSet
from pipelines.db.models import CrawlEnd, Failure, Fetched, Listing, Mention, Unanswered
from pipelines.rebuild.schemas import SCHEMAS
from pipelines.rebuild.shards import Shards, ShardWriter
from pipelines.rebuild.tables import TABLES, rows_of
from tests.pipelines.archive_makers import CRAWL, START, capture_row, qa_page, question_url

ROOT = Path(__file__).parents[3]


def all_kinds(count: int) -> ChangeSet:
    """Notes with every kind of thing in them, of so many captures."""
    notes = ChangeSet()
    notes.add_crawl(CRAWL)
    notes.add_crawl(replace(CRAWL, uid="no-start", started=None, arguments={}, software={}))
    notes.finish_crawl(CRAWL.uid, CrawlEnd(START, "finished", {"captures": 3}, ("an alarm",)))
    for number in range(count):
        url = question_url(number)
        row = capture_row(f"urn:{number}", url=url, seconds=number)
        notes.add_capture(replace(row, fetched_at="2026-01-01T00:00:00.000000Z", etag='"x"'))
        if number % 3 == 0:
            notes.add_page(qa_page(row.record_id, number))
        if number % 7 == 1:
            notes.mark_gone(row.record_id)
            notes.add_failure(Failure(row.record_id, "fetch", "HTTP 404 Not Found"))
        if number % 7 == 2:
            notes.add_failure(Failure(row.record_id, "parse", "no answer", "answer"))
        if number % 5 == 0:
            notes.add_mentions(row.record_id, (Mention("netwellness", "7", question_url(7)),) * 2)
    notes.add_unanswered(Unanswered("http://a/", "http://a/", START, "refused", "un", CRAWL.uid))
    for status in (200, None):
        later = START + timedelta(microseconds=status or 1)
        notes.add_listing(Listing("arc", "http://a/", later, status, "text/html", "", "p", "urn:1"))
    notes.add_fetched(Fetched("urn:1", START, "http://archive/"))
    return notes


def written(folder: Path, *some: ChangeSet) -> Shards:
    shards = Shards(folder / "out")
    scratch = folder / "scratch"
    scratch.mkdir()
    writer = ShardWriter(scratch)
    for notes in some:
        writer.add(notes)
    shards.put("one", writer.close(), {"shard": "one"})
    return shards


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 2345])
def test_notes_come_back(tmp_path: Path, count: int) -> None:
    notes = all_kinds(count)
    back = ChangeSet()
    for part in written(tmp_path, notes).changes("one"):
        # What a part says of captures comes with them, or after.
        assert {record_id for record_id, _ in part.pages} <= set(part.rows) | set(back.rows)
        back.merge(part)
    assert back == notes


def test_notes_told_in_parts_come_back(tmp_path: Path) -> None:
    whole, parts = all_kinds(1500), []
    for start in range(0, 1500, 200):
        part = ChangeSet()
        part.add_crawl(CRAWL)
        for number in range(start, min(start + 200, 1500)):
            name = f"urn:{number}"
            part.add_capture(whole.rows[name])
            for (record_id, _), text in whole.pages.items():
                if record_id == name:
                    part.add_page(text.page)
        parts.append(part)
    back = ChangeSet()
    for one in written(tmp_path, *parts).changes("one"):
        assert {record_id for record_id, _ in one.pages} <= set(one.rows)
        back.merge(one)
    assert (back.rows, back.pages) == (whole.rows, whole.pages)


def test_every_field_of_notes_has_a_table() -> None:
    rows = rows_of(all_kinds(10))
    assert tuple(rows) == tuple(SCHEMAS) == TABLES
    for table, some in rows.items():
        assert some
        for row in some:
            assert set(row) <= set(SCHEMAS[table].names)


def test_a_shard_without_a_receipt_does_not_count(tmp_path: Path) -> None:
    shards = written(tmp_path, all_kinds(3))
    assert shards.receipt("one") == {"shard": "one"}
    shards.drop("one")
    assert shards.receipt("one") is None
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    shards.drop("one")  # as after a kill in the middle of it


def test_workers_need_neither_scrapy_nor_a_database() -> None:
    script = (
        "import sys; import pipelines.rebuild.shards, pipelines.rebuild.engines; "
        "print(sorted({'scrapy', 'twisted', 'sqlite_utils', 'datasette', 'pandas'} "
        "& set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_duckdb_and_pandas_read_them(tmp_path: Path) -> None:
    """The examples of docs/shards.md, with a folder of this test's."""
    written(tmp_path, all_kinds(30))
    out = tmp_path / "out"
    with closing(duckdb.connect()) as connection:
        query = (ROOT / "docs/shards.md").read_text().split("```sql\n")[1].partition("```")[0]
        rows = connection.execute(query.replace("shards/", f"{out}/")).fetchall()
    assert rows == [("Ann Smith", 10)]
    names = {"pd": pd}
    code = (ROOT / "docs/shards.md").read_text().split("```python\n")[1].partition("```")[0]
    exec(code.replace("shards/", f"{out}/"), names)
    assert len(names["pages"]) == 10  # type: ignore[arg-type]
    assert list(names["per_topic"].index) == ["Eyes"]
