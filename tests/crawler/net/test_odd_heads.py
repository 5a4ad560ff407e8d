"""Odd HTTP responses: as chromium reads them, however they come, and those of the shared case."""

from __future__ import annotations

import asyncio
import runpy
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.net.wire import WireError, WireResponse
from pipelines.verify.verify import verify_archive
from pipelines.warc.reader import read_warc
from tests.conftest import ROOT, Scrapy, settings_for
from tests.crawler.net.odd_heads import OddResponse, odd_responses
from tests.crawler.net.raw_server import Answer, RawServer
from tests.crawler.net.wire_driver import receive
from tests.http_heads import (
    as_a_crawl_reads,
    as_chromium_reads,
    as_the_wire_reads,
    compare,
    recorded,
)
from tools.browser import NO_CHROMIUM, chromium

CASE = ROOT.parent / "shared" / "data" / "cases" / "c01" / "routes.py"
#: Sub-cases whose page is not read: different lengths, a status that is no success, a length of 0.
NOT_READ = {208, 232, 243}


def test_what_chromium_reads_is_read() -> None:
    readings = compare(odd_responses(), recorded(), as_the_wire_reads(odd_responses()))
    assert [each for each in readings if each.reason is None] == []
    assert len(readings) >= 500
    assert sum(each.reason == "" for each in readings) > 500


@pytest.mark.slow
def test_a_crawl_reads_the_same_and_keeps_all_bytes(tmp_path: Path) -> None:
    crawled = as_a_crawl_reads(odd_responses(), tmp_path)
    assert {number: each[0] for number, each in crawled.items()} == {
        number: read for number, (read, _) in as_the_wire_reads(odd_responses()).items()
    }
    assert [number for number, each in crawled.items() if not each[2]] == []
    verified = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert [str(finding) for finding in verified.findings] == []


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason=NO_CHROMIUM)
def test_chromium_reads_nothing_more() -> None:
    responses = odd_responses()
    readings = compare(responses, as_chromium_reads(responses), as_the_wire_reads(responses))
    assert [each for each in readings if each.reason is None] == []


@given(st.sampled_from(odd_responses()), st.lists(st.integers(0, 700), max_size=12))
def test_however_bytes_come_the_response_is_the_same(odd: OddResponse, cuts: list[int]) -> None:
    places = sorted({0, *cuts, len(odd.sent)})
    pieces = [odd.sent[start:end] for start, end in pairwise(places)]

    async def all_ways() -> list[WireResponse | WireError]:
        bytewise = [odd.sent[at : at + 1] for at in range(min(len(odd.sent), 2_000))]
        ways = ([odd.sent], pieces, [*bytewise, odd.sent[2_000:]])
        return [await receive(each) for each in ways]

    assert len({_without_times(each) for each in asyncio.run(all_ways())}) == 1


def _without_times(received: WireResponse | WireError) -> object:
    if isinstance(received, WireError):
        return str(received), received.received
    # What came behind a response is known only if it came with it.
    odd = tuple(what for what in received.odd if "behind the response" not in what)
    return replace(received, latency=0.0, odd=odd, surplus=b"")


@pytest.mark.skipif(not CASE.is_file(), reason=f"{CASE} is not here")
def test_the_responses_of_the_shared_case(scrapy: Scrapy, tmp_path: Path) -> None:
    routes = runpy.run_path(str(CASE))["ROUTES"]
    answers = {path: [_answer(sent)] for path, sent in routes.items()}
    with RawServer(answers) as server:
        scrapy("crawl", "netwellness", "-a", f"base={server.base}", *settings_for(tmp_path))
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        held = {int(number) for (number,) in connection.execute("SELECT source_id FROM questions")}
    asked = {int(path[14:-4]) for path in routes if path.startswith("/question.cfm/")}
    assert asked - held == NOT_READ
    kept: dict[str, bytes] = {}
    for path in (tmp_path / "warcs").iterdir():
        for record in read_warc(path):
            if record.record_type in ("response", "metadata") and record.url.endswith(".htm"):
                target = "/" + record.url.split("/", 3)[3]
                kept[target] = kept.get(target, b"") + record.block
    for target, (answer,) in answers.items():
        assert target not in kept or answer.data[-300:] in kept[target], target
    assert not verify_archive(tmp_path / "warcs", tmp_path / "archive.db").findings


def _answer(route: bytes | list[bytes | None]) -> Answer:
    """Bytes, or pieces of them; None at the end closes the connection."""
    pieces = route if isinstance(route, list) else [route]
    return Answer(b"".join(filter(None, pieces)), close=pieces[-1] is None)
