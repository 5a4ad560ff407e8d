"""Strangers who take much, or who do not take what they asked for, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from publish.datasette import doors
from publish.datasette.doors import Doors
from publish.datasette.headers import Message, Receive, Send
from tests.conftest import ROOT
from tests.publish.archives import Archive, page

#: Seconds in the place of the 10 of a server: a test need not last as long.
PATIENCE = 1.0
_SERVER = f"""
import sys
from pathlib import Path
from publish.datasette import connections
from publish.serve import serve
connections.PATIENCE = connections.REQUEST_SECONDS = {PATIENCE}
connections.MOST_CONNECTIONS = 20
serve(Path(sys.argv[1]), 0, profile="public")
"""
STREAM = "/archive/questions.csv?_stream=1&_size=40"


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose exports are larger than what sockets hold of them."""
    archive = Archive(tmp_path_factory.mktemp("wide") / "a.db")
    for number in range(1, 121):
        archive.add(page(number, title=f"Snoring {number}", question="breath " * 6_000))
    archive.commit()
    archive.close()
    return archive.path


@pytest.fixture(scope="module")
def server(wide: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-c", _SERVER, str(wide)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        parts = urlsplit(process.stdout.readline().strip())
        yield parts.hostname or "", parts.port or 0
        process.terminate()


def connect(server: tuple[str, int], target: str = "", *, window: int = 0) -> socket.socket:
    made = socket.socket()
    if window:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    made.settimeout(30)
    made.connect(server)
    if target:
        made.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return made


def status(server: tuple[str, int], target: str) -> int:
    with closing(connect(server, target)) as asking:
        return int(asking.recv(40).split()[1])


def wait_for_a_place(server: tuple[str, int], target: str) -> None:
    for _ in range(200):
        if status(server, target) == 200:
            return
        time.sleep(0.1)
    raise AssertionError("no place was free for 20 seconds")


def taken_place(server: tuple[str, int], target: str) -> socket.socket:
    """A connection that has a place; whoever had it before may only just have gone."""
    for _ in range(200):
        made = connect(server, target, window=4096)
        if made.recv(20).split()[1] == b"200":
            return made
        made.close()
        time.sleep(0.1)
    raise AssertionError("no place was free for 20 seconds")


@pytest.mark.parametrize("target", ["/export/questions.csv", STREAM])
@pytest.mark.parametrize("rate", [0, 2_000])
def test_who_does_not_read_loses_the_place(server: tuple[str, int], target: str, rate: int) -> None:
    """Exports and tables as CSV have three places together; pages are had all the while."""
    with ExitStack() as stack:
        held = [stack.enter_context(closing(taken_place(server, target))) for _ in range(3)]
        assert status(server, "/export/questions.csv") == 503
        assert status(server, STREAM) == 503
        assert status(server, "/q/netwellness/1") in (200, 404)
        ends = time.monotonic() + 3 * PATIENCE
        while rate and time.monotonic() < ends:
            for each in held:
                with suppress(ConnectionError):
                    each.recv(rate // 10)
            time.sleep(0.1)
        wait_for_a_place(server, STREAM)


def test_a_stream_of_somebody_who_has_gone_ends(server: tuple[str, int]) -> None:
    for _ in range(4):
        connect(server, STREAM, window=4096).close()
    wait_for_a_place(server, "/export/questions.csv")


def test_a_stream_is_whole(server: tuple[str, int]) -> None:
    for _ in range(100):
        answer = httpx.get(f"http://{server[0]}:{server[1]}{STREAM}", timeout=60)
        if answer.status_code == 200:
            break
        time.sleep(0.1)
    text = answer.text
    assert text.count("\r\n") == 121


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"],
)
def test_a_request_that_is_never_whole_is_ended(server: tuple[str, int], begun: bytes) -> None:
    with closing(connect(server)) as slow:
        slow.sendall(begun)
        slow.settimeout(8 * PATIENCE)
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of them meets it
            for _ in range(100):
                slow.sendall(b"x")
                time.sleep(PATIENCE / 10)


def test_connections_that_wait_make_room(server: tuple[str, int]) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(closing(connect(server)))
        assert status(server, "/") == 200


def test_without_a_name_and_with_a_strange_name(server: tuple[str, int]) -> None:
    """HTTP/1.0 need not name a host; whoever names one must name this archive."""
    for head, expected in (
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
        (b"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    ):
        with closing(connect(server)) as asking:
            asking.sendall(head)
            assert asking.recv(40).split()[1] == expected


class _Free:
    def admit(self) -> bool:
        return True

    def leave(self) -> None:
        pass


def test_large_answers_that_wait_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not taken yet is counted; pages are answered nevertheless."""
    monkeypatch.setattr(doors, "MOST_WAITING", 1_000_000)
    statuses: list[int] = []

    async def ask(app: Doors, size: int, taken: asyncio.Event) -> int:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)
            if message.get("more_body"):
                await taken.wait()

        scope: Message = {"type": "http", "path": "/x", "query_string": b"%d" % size}
        await app(scope, _nothing, send)
        statuses.append(sent[0]["status"])
        return sum(len(message.get("body", b"")) for message in sent)

    async def check() -> None:
        app = Doors(_answer_of_a_size, tables="/archive", streams=_Free())
        taken = asyncio.Event()
        waiting = [asyncio.ensure_future(ask(app, 300_000, taken)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert statuses == [503, 503]
        assert await ask(app, 100_000, taken) == 100_000
        taken.set()
        await asyncio.gather(*waiting)
        assert await ask(app, 900_000, taken) == 900_000

    asyncio.run(check())


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _answer_of_a_size(scope: Message, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * int(scope["query_string"])})
