"""A small web archive whose every answer is laid down: an index in parts, and captures.

It keeps a log with the time of each request, answers an address in turn (the last answer for
ever), and stops with the block that it serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

DATE = "Tue, 01 Jun 2004 08:00:01 GMT"
STAMP = "20040601080001"


@dataclass(frozen=True)
class Answer:
    """What is sent. ``length`` is what Content-Length says, if not how long the body is."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    length: int | None = None


@dataclass(frozen=True)
class Asked:
    """A request: its target, and when it had come (monotonic seconds)."""

    target: str
    at: float

    @property
    def is_index(self) -> bool:
        """Whether the index was asked."""
        return self.target.startswith("/cdx")


#: Gives the index's answer to a query, by its parameters, each once decoded.
Index = Callable[[dict[str, str]], Answer]


@dataclass
class Archive:
    """An archive that is running; ``index`` and ``captures`` may be changed meanwhile.

    :param captures: by "TIMESTAMPid_/URL": answers in turn, the last one for ever
    :param any: what is given for all others; if None, a page that says that there is none
    """

    base: str
    index: Index
    captures: dict[str, list[Answer]] = field(default_factory=dict)
    any: Answer | None = None
    log: list[Asked] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def words(self) -> list[str]:
        """The arguments of the spider by which it asks this archive."""
        return ["-a", f"cdx={self.base}cdx", "-a", f"replay={self.base}web/"]

    def index_queries(self) -> list[dict[str, str]]:
        """What the index was asked, in order."""
        return [_query(one.target) for one in self.log if one.is_index]

    def pages(self) -> list[str]:
        """The captures that were asked for, in order."""
        return [one.target.removeprefix("/web/") for one in self.log if not one.is_index]

    def answer(self, target: str) -> Answer:
        """What is sent to a request, which is counted."""
        with self.lock:
            asked = Asked(target, time.monotonic())
            self.log.append(asked)
            if asked.is_index:
                return self.index(_query(target))
            key = target.removeprefix("/web/")
            answers = self.captures.get(key) or self.captures.get(unquote(key))
            answers = answers or [self.any or missing()]
            turn = self.turns.get(key, 0)
            self.turns[key] = turn + 1
            return answers[min(turn, len(answers) - 1)]


def memento(url: str, body: bytes, status: int = 200, date: str = DATE, **more: str) -> Answer:
    """What replay gives for a capture."""
    headers = (
        ("Content-Type", "text/html"),
        ("Memento-Datetime", date),
        ("Link", f'<{url}>; rel="original"'),
        *((name.replace("_", "-"), value) for name, value in more.items()),
    )
    return Answer(status, body, headers)


def missing() -> Answer:
    """What an archive says of a capture that it has not."""
    return Answer(404, b"<html><title>The page is not archived</title></html>")


def text(body: str | bytes, status: int = 200, **more: str) -> Answer:
    """An answer of the index."""
    raw = body.encode() if isinstance(body, str) else body
    kind = ("Content-Type", "text/plain;charset=UTF-8")
    return Answer(status, raw, (kind, *((k.replace("_", "-"), v) for k, v in more.items())))


def row(url: str, stamp: str = STAMP, status: str = "200", digest: str = "A" * 32) -> str:
    """A line of the index."""
    return f"org,example)/ {stamp} {url} text/html {status} {digest} 1234"


def in_turn(*answers: Answer) -> Index:
    """An index that gives one answer after the other, the last one for ever."""
    left = list(answers)
    return lambda query: left.pop(0) if len(left) > 1 else left[0]


def paged(
    parts: Sequence[tuple[str, str]], decode: Callable[[str], str] = lambda key: key
) -> Index:
    """An index in parts, each a text and the key (as it is sent) that leads to it; the first ""."""

    def index(query: dict[str, str]) -> Answer:
        key = query.get("resumeKey", "")
        for number, (sent, body) in enumerate(parts):
            if key in (sent, decode(sent)):
                after = parts[number + 1][0] if number + 1 < len(parts) else ""
                return text(body + (f"\n{after}\n" if after else ""))
        return text(f"no such key: {key}", 400)

    return index


@contextmanager
def serving(index: Index, captures: dict[str, list[Answer]] | None = None) -> Iterator[Archive]:
    """Runs an archive on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    base = f"http://127.0.0.1:{server.server_address[1]}/"
    server.archive = Archive(base, index, captures if captures is not None else {})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    archive: Archive


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.archive.answer(self.path)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        length = len(answer.body) if answer.length is None else answer.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(answer.body)
        if length != len(answer.body):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the log is the archive's."""


def _query(target: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
