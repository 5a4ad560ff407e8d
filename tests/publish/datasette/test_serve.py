"""Starting: settings, profiles, clear errors, and a real server on a real socket."""

from __future__ import annotations

import asyncio
import pickle
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import httpx
import pytest
from datasette.app import DEFAULT_SETTINGS

from pipelines.takedown.takedown_file import Takedown
from publish.serve import PortTaken, Profile, ServeError, application, prepare, serve, settings
from tests.conftest import ROOT
from tests.publish.archives import small


def test_no_archive_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match=r"Run a crawl first"):
        application(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_another_database_or_file_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE cats (name TEXT)")
    with pytest.raises(ServeError, match="something else"):
        application(tmp_path / "other.db")
    (tmp_path / "page.db").write_text("<html>" * 1000)
    with pytest.raises(ServeError):
        application(tmp_path / "page.db")


def test_a_taken_port_is_named(archive: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"{port}.*--free-port"):
            serve(archive, port)
        with _server(archive, f"port={port}, free_port=True") as address:
            assert str(port) not in address
            assert httpx.get(address).status_code == 200


def test_an_archive_is_put_into_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    small(path).close()
    with closing(sqlite3.connect(path)) as archive:
        assert archive.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
    prepare(path)
    with closing(sqlite3.connect(path)) as archive:
        assert archive.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_settings_are_such_as_datasette_knows(archive: Path) -> None:
    for profile in get_args(Profile):
        assert set(settings(profile)) <= set(DEFAULT_SETTINGS)
    assert settings()["suggest_facets"] is False
    assert settings()["max_csv_mb"] == 0
    assert list(application(archive).databases) == ["_internal", "archive"]


def test_the_public_profile_runs_canned_queries_only(archive: Path) -> None:
    async def check() -> None:
        site = application(archive, "public")
        for path, status in {
            "/": 200,
            "/search?q=sleep": 200,
            "/archive/questions": 200,
            "/archive/coverage_by_site": 200,
            "/archive.json?sql=select+1": 403,
            "/archive/questions?_where=1=1": 403,
            "/-/settings.json": 404,
            "/-/threads": 404,
            "/-/databases.json": 404,
            "/%2D/threads": 404,
        }.items():
            response = await site.client.get(path)
            assert response.status_code == status, path
        assert "Your own query" not in (await site.client.get("/archive")).text

    asyncio.run(check())


def test_a_real_server_answers_and_stops(archive: Path) -> None:
    with _server(archive, "port=0") as address:
        assert address.startswith("http://127.0.0.1:")
        front = httpx.get(address, timeout=20)
        assert front.status_code == 200
        assert "Housecall" in front.text
        assert httpx.get(f"{address}q/netwellness/101").status_code == 200


@contextmanager
def _server(archive: Path, arguments: str) -> Iterator[str]:
    """A server in a process of its own; its address, which it prints."""
    code = "import sys; from pathlib import Path; from publish.serve import serve; "
    server = subprocess.Popen(
        [sys.executable, "-c", f"{code}serve(Path(sys.argv[1]), {arguments})", str(archive)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait(timeout=15)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="locks are looked up in /proc")
def test_a_server_keeps_its_locks_and_sees_every_writer(tmp_path: Path) -> None:
    """A process that closes the file by itself drops the locks of all its connections; the next
    writer then takes the log away from under it."""
    path = tmp_path / "a.db"
    made = small(path)
    made.close()
    entries = []
    with _server(path, "port=0") as base:
        for page_of in ("", "q/netwellness/101", "search?q=sleep", "export/questions.csv"):
            assert httpx.get(base + page_of).status_code == 200
        inode = f":{path.stat().st_ino} "
        assert inode in Path("/proc/locks").read_text("ascii")
        for number in (102, 103):
            entries.append(
                Takedown("netwellness", str(number), None, "asked for", date(2026, 11, 22))
            )
            code = (
                "import sys, pickle, pathlib; from pipelines.takedown.takedown import withhold; "
                "withhold(pathlib.Path(sys.argv[1]), pickle.loads(bytes.fromhex(sys.argv[2])))"
            )
            data = pickle.dumps(entries).hex()
            subprocess.run([sys.executable, "-c", code, str(path), data], check=True, cwd=ROOT)
            assert httpx.get(f"{base}q/netwellness/{number}").status_code == 451
            assert httpx.get(f"{base}q/netwellness/101").status_code == 200


def test_a_long_query_gets_a_page_too(archive: Path) -> None:
    with _server(archive, "port=0") as base:
        parts = urlsplit(base)
        for length, status in ((1_000, 200), (100_000, 400), (250_000, 400), (300_000, 414)):
            with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as client:
                client.request("GET", f"/search?q={'a' * length}")
                assert client.getresponse().status == status
