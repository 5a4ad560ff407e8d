"""What readers ask for in the benchmark: new each time, the same for the same seed, and real."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.archive import make_archive, pages
from bench.clients import ask
from bench.request_mix import page_requests, queries, sample_archive
from sample import options


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "questions-60.db"
    make_archive(path, 60)
    return path


def test_an_archive_is_made_once_and_whole(archive: Path, tmp_path: Path) -> None:
    before = archive.stat().st_mtime_ns
    make_archive(archive, 60)
    assert archive.stat().st_mtime_ns == before
    # What a killed run left behind is begun again.
    left = tmp_path / "questions-7.db"
    left.with_suffix(".partial").write_bytes(b"half")
    make_archive(left, 7)
    with closing(sqlite3.connect(left)) as db:
        assert db.execute("SELECT count(*) FROM questions").fetchone() == (7,)
    assert list(tmp_path.glob("*.partial*")) == []


def test_more_pages_than_one_site_has_are_all_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.archive.MOST_PAGES", 50)
    assert options.MOST_PAGES > 50
    made = list(pages(120))
    assert len({page.source_id for page in made}) == 120
    assert len({page.url for page in made}) == 120
    assert len({page.question for page in made}) > 100
    assert all(page.source_id in page.url for page in made)


def test_queries_are_new_each_time_and_the_same_for_a_seed(archive: Path) -> None:
    texts = sample_archive(archive, 60).texts
    typed = list(queries(texts))
    assert len(typed) > 40
    assert len(set(typed)) == len(typed)
    assert typed == list(queries(texts)) != list(queries(texts, seed=2))
    assert {1, 2, 3, 4} <= {len(query.split()) for query in typed}
    assert any(len(query.split()) > 6 for query in typed)


def test_both_servers_are_asked_for_the_same(archive: Path) -> None:
    requests = page_requests(sample_archive(archive, 60), "plain")
    ours, peers = zip(*requests["search"], strict=True)
    assert len(set(ours)) == len(ours)
    for mine, theirs in zip(ours, peers, strict=True):
        words = mine.partition("q=")[2]
        assert f"_search={words}&" in theirs
        assert "_fts_table=questions_fts" in theirs
    assert all(mine.startswith("/q/netwellness/") for mine, _ in requests["question"])
    assert all(theirs.startswith("/plain/questions/") for _, theirs in requests["question"])
    for name in ("table", "table_json"):
        assert len(set(requests[name])) == len(requests[name])


_seen: set[str] = set()


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        _seen.add(self.path)
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_clients_ask_for_each_path_once_and_tell_the_status(address: str) -> None:
    paths = [f"/{n}" for n in range(20)] + ["/none"]
    timings = ask(address, paths, clients=3, seconds=30)
    assert sorted(status for _, status in timings) == [200] * 20 + [404]
    assert all(0 < taken < 30_000 for taken, _ in timings)
    assert _seen >= set(paths)
    assert ask(address, paths, clients=2, seconds=0) == []


def test_clients_that_fail_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="the clients failed"):
        ask("http://127.0.0.1:1", ["/"], clients=1, seconds=1)
