"""Odd links, as chromium and as a crawl ask for them; and those of the shared case."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from tests.conftest import ROOT, Scrapy
from tests.crawler.net.raw_server import Answer, RawServer
from tests.crawler.spiders.test_odd_sites import crawl, held
from tests.odd_links import compare
from tools.browser import NO_CHROMIUM, chromium

CASE = ROOT.parent / "shared" / "data" / "cases" / "c03" / "routes.py"
#: A form to send and a script to run, which a crawl does not.
NOT_ASKED = {"334"}


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason=NO_CHROMIUM)
def test_a_crawl_asks_for_what_chromium_asks_for(tmp_path: Path) -> None:
    links = compare(tmp_path)
    assert len(links) > 400
    assert [each for each in links if each.reason is None] == []
    assert sum(each.reason == "" for each in links) > 400


@pytest.mark.skipif(not CASE.is_file(), reason=f"{CASE} is not here")
def test_the_links_of_the_shared_case(
    scrapy: Scrapy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = tmp_path / "port"
    monkeypatch.setenv("PORT_FILE", os.fspath(port))
    routes = runpy.run_path(os.fspath(CASE))["ROUTES"]
    with RawServer({}) as server:
        port.write_text(str(server.port))
        for path in routes:
            wall = routes.get(path)
            answers = [wall(path, b""), wall(path, b"Cookie: seen=1")] if callable(wall) else [wall]
            server.answers[path] = list(map(Answer, answers))
        crawl(scrapy, tmp_path / "archive", server.base)
    questions = {path[14:-4] for path in routes if path.startswith("/question.cfm/")}
    assert held(tmp_path / "archive") == questions - NOT_ASKED
