"""/export/questions.*: all rows that were asked for, counted, or an error that is seen."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import pyarrow.parquet
import pytest

from publish.export import stream
from publish.export.export_formats import FORMATS, JSONL
from publish.export.rows import ExportError
from publish.export.source import Export
from publish.pages import export_page
from publish.search.request import SearchRequest
from publish.serve import application
from tests.publish.archives import small
from tests.publish.conftest import Get
from tests.publish.export.conftest import ROWS, Serving
from tests.publish.export.test_formats import cells


def rows_in(name: str, content: bytes) -> int:
    """How many rows a file has, by another library than wrote it where there is one."""
    if name == "csv":
        return len(cells(content)) - 1
    if name == "jsonl":
        return sum(1 for line in io.BytesIO(content) if json.loads(line))
    return int(pyarrow.parquet.read_table(io.BytesIO(content)).num_rows)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 7),
        ("?q=sleep", None),
        ("?topic=sleep-disorders&status=answered", None),
        ("?status=unanswered", 1),
        ("?year=2007&year=2004", 6),
        ("?year=1800", 0),
        ("?q=zebra", 0),
    ],
)
def test_all_rows_are_there_and_counted(get: Get, name: str, query: str, count: int | None) -> None:
    answer = get(f"/export/questions.{name}{query}")
    assert answer.status_code == 200
    announced = int(answer.headers["x-row-count"])
    assert rows_in(name, answer.content) == announced
    assert count is None or announced == count
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(
        rf'attachment; filename="housecall-2026-03-\d\d-{announced}-questions\.{name}"',
        disposition,
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", FORMATS)
def test_the_receipt_says_what_was_delivered(get: Get, name: str) -> None:
    answer = get(f"/export/questions.{name}")
    receipt = answer.headers["link"].partition(">")[0].lstrip("<")
    assert get(receipt).json() == {
        "complete": True,
        "announced_rows": 7,
        "delivered_rows": 7,
        "bytes": len(answer.content),
        "sha256": hashlib.sha256(answer.content).hexdigest(),
    }
    assert get("/export/receipts/none").status_code == 404


def test_the_same_questions_as_the_search(get: Get) -> None:
    exported = [
        json.loads(line) for line in get("/export/questions.jsonl?q=sweat").text.splitlines()
    ]
    assert [record["source_id"] for record in exported] == ["102"]


def test_spreadsheets_get_a_csv_of_their_own(get: Get) -> None:
    assert get("/export/questions.csv?spreadsheet=1").content.startswith(b"\xef\xbb\xbf")
    assert not get("/export/questions.csv").content.startswith(b"\xef\xbb\xbf")


def test_other_formats_and_methods_are_told_so(get: Get, site: Any, loop: Any) -> None:
    assert get("/export/questions.xlsx").status_code == 404
    posted = loop.run_until_complete(site.client.post("/export/questions.csv"))
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    head = loop.run_until_complete(site.client.head("/export/questions.csv"))
    assert (head.status_code, head.headers["x-row-count"], head.content) == (200, "7", b"")


def test_the_page_names_formats_rows_and_fields(get: Get) -> None:
    text = get("/export?year=2007").text
    assert "1 question" in text
    for name in FORMATS:
        assert f'href="/export/questions.{name}?year=2007"' in text
    assert 'href="/export/questions.csv?year=2007&amp;spreadsheet=1"' in text
    assert "<script" not in text
    assert "<code>warc_file</code>" in text


def test_no_more_than_a_few_at_a_time(archive: Path) -> None:
    async def check() -> None:
        site = application(archive)
        exports = export_page.exports_of(site)
        taken = [exports.admit() for _ in range(stream.MAX_EXPORTS)]
        assert all(taken)
        busy = await site.client.get("/export/questions.csv")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, str(stream.RETRY_AFTER))
        exports.leave()
        # Given back each time, however the request ended.
        for path in ("questions.csv", "questions.jsonl?q=%22", "questions.parquet") * 3:
            assert (await site.client.get(f"/export/{path}")).status_code == 200
            await asyncio.sleep(0.05)

    asyncio.run(check())


def test_a_count_that_disagrees_is_an_error(archive: Path) -> None:
    made = Export(lambda: sqlite3.connect(archive, check_same_thread=False), SearchRequest(), JSONL)
    made.open()
    made.rows += 1
    assert made.next()
    with pytest.raises(ExportError, match="8 rows were announced, 7 were read"):
        made.next()
    made.close()


def test_an_export_is_of_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_still = small(path)
    made = Export(lambda: sqlite3.connect(path, check_same_thread=False), SearchRequest(), JSONL)
    made.open()
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("UPDATE questions SET answered_on = NULL")
        writer.commit()
    content = b""
    while (piece := made.next()) is not None:
        content += piece
    made.close()
    open_still.close()
    assert b'"answered_on":"2004-05-17"' in content


def test_what_is_cut_off_is_seen(large: Path, serving: Serving) -> None:
    """A server that ends an export leaves out the last chunk; clients say so."""
    with (
        serving(large, "MAX_SECONDS=0.3") as server,
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream("GET", f"{server.address}/export/questions.jsonl", timeout=30) as answer,
    ):
        for _ in answer.iter_raw():
            pass


def test_slow_and_lost_readers_hold_no_place(large: Path, serving: Serving) -> None:
    with serving(large, "PATIENCE=0.5") as server:
        clients = [
            httpx.Client(base_url=server.address, timeout=30) for _ in range(stream.MAX_EXPORTS)
        ]
        begun = [client.stream("GET", "/export/questions.jsonl") for client in clients]
        for export in begun:
            assert export.__enter__().status_code == 200  # and reads nothing
        assert httpx.get(f"{server.address}/export/questions.csv").status_code == 503
        # Pages are answered meanwhile.
        assert httpx.get(f"{server.address}/q/netwellness/101").status_code == 200
        for _ in range(100):
            answer = httpx.head(f"{server.address}/export/questions.csv")
            if answer.status_code == 200:
                break
            asyncio.run(asyncio.sleep(0.1))
        assert answer.headers["x-row-count"] == str(ROWS)
        for client in clients:
            client.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_the_rows(large: Path, serving: Serving, name: str) -> None:
    with serving(large) as server:
        assert httpx.get(f"{server.address}/q/netwellness/101").status_code == 200
        idle = server.megabytes("VmRSS")
        # Not httpx: it takes as long to read as the server to write.
        with urlopen(f"{server.address}/export/questions.{name}") as answer:
            assert int(answer.headers["x-row-count"]) == ROWS
            if name == "parquet":
                assert rows_in(name, answer.read()) == ROWS
            else:
                lines = sum(piece.count(b"\n") for piece in iter(lambda: answer.read(1 << 20), b""))
                assert lines >= ROWS
                assert name == "csv" or lines == ROWS
        assert server.megabytes("VmHWM") - idle < 200
