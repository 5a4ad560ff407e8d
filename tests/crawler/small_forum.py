"""A small forum on loopback, whose threads grow: lists, threads of several pages, a feed.

Every response carries links with a session id of its own, as old forum software does.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

POSTS_A_PAGE = 5
THREADS_A_PAGE = 6
_BEGINNING = datetime(2019, 5, 6, 8, 0, tzinfo=UTC)
_NAMES = ("walnut", "tulip77", "old_hare", "Marguerite", "sparrow")
_SIGHS = (
    "Mine did that for a month, and then it stopped by itself one morning.",
    "Have you asked a pharmacist? They were of more help to me than the leaflet.",
    "I keep a diary of when it happens; that showed me it was the late coffee.",
    "Warm water in the evening, and no screens, did more than anything else.",
    "My aunt swears by walking before breakfast, whatever the weather is.",
)


@dataclass(frozen=True)
class Post:
    """What somebody wrote, and when."""

    author: str
    moment: datetime
    text: str


@dataclass
class SmallForum:
    """The forum: threads by number, each a title and its posts.

    ``requests`` are the paths that were asked for. ``robots`` is its robots.txt. Where it
    ``has_sessions``, all links have one; where it ``has_permalinks``, each post has one that leads
    on to its thread. Its board is empty unless it ``is_listed``.
    """

    threads: dict[int, tuple[str, list[Post]]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    robots: str = ""
    has_sessions: bool = True
    has_permalinks: bool = False
    is_listed: bool = True
    address: str = ""
    _clock: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, title: str, replies: int) -> int:
        """Begin a thread, with some replies; returns its number."""
        number = len(self.threads) + 1
        self.threads[number] = (title, [])
        self.reply(number, replies + 1)
        return number

    def reply(self, number: int, replies: int = 1) -> None:
        """Add replies to a thread."""
        posts = self.threads[number][1]
        for _ in range(replies):
            tick = next(self._clock)
            text = f"{_SIGHS[tick % len(_SIGHS)]} That was day {tick} of it for me."
            moment = _BEGINNING + timedelta(hours=7 * tick)
            posts.append(Post(_NAMES[tick % len(_NAMES)], moment, text))

    def pages(self, number: int) -> int:
        """How many pages a thread has."""
        return -(-len(self.threads[number][1]) // POSTS_A_PAGE)

    def answer(self, path: str) -> tuple[int, str, str]:
        """The status, media type and body (or Location) of a path with its query."""
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        page = int(query.get("page", ["1"])[0])
        session = f"sid={secrets.token_hex(16)}" if self.has_sessions else "utm_medium=link"
        if parts.path == "/feed.xml":
            return 200, "application/rss+xml", self._feed()
        if parts.path == "/robots.txt" and self.robots:
            return 200, "text/plain", self.robots
        if parts.path == "/board/":
            return 200, "text/html; charset=utf-8", self._board(page, session)
        if self.has_permalinks and parts.path.startswith("/post/"):
            return 302, "text/html", self.topic(int(parts.path.split("/")[2]))
        number = parts.path.removeprefix("/topic/").strip("/").rpartition("-")[2]
        known = number.isdigit() and int(number) in self.threads
        if parts.path.startswith("/topic/") and known and 1 <= page <= self.pages(int(number)):
            return 200, "text/html; charset=utf-8", self._thread(int(number), page, session)
        return 404, "text/html", "<title>Not found</title><p>There is no such page.</p>"

    def topic(self, number: int) -> str:
        """The path of a thread's first page."""
        slug = self.threads[number][0].lower().replace(" ", "-")
        return f"/topic/{slug}-{number}/"

    def _board(self, page: int, session: str) -> str:
        newest = sorted(self.threads, key=lambda n: self.threads[n][1][-1].moment, reverse=True)
        shown = newest[(page - 1) * THREADS_A_PAGE : page * THREADS_A_PAGE]
        shown = shown if self.is_listed else []
        rows = "".join(
            f'<tr><td><a href="{self.topic(n)}?{session}">{self.threads[n][0]}</a></td>'
            f"<td>{len(self.threads[n][1])} posts</td></tr>"
            for n in shown
        )
        last = -(-len(newest) // THREADS_A_PAGE)
        pages = "".join(
            f'<a href="/board/?page={n}&amp;{session}">{n}</a> ' for n in range(1, last + 1)
        )
        return _document("The board", f"<table>{rows}</table><p>Pages: {pages}</p>", session)

    def _thread(self, number: int, page: int, session: str) -> str:
        title, posts = self.threads[number]
        first = (page - 1) * POSTS_A_PAGE
        permalink = ' <a href="/post/{}/{}/">#</a>' if self.has_permalinks else ""
        shown = "".join(
            f'<div class="post" id="p{n}"><div class="head"><b class="author">{post.author}</b> '
            f'<span class="date">{post.moment:%Y-%m-%d %H:%M}</span>'
            f"{permalink.format(number, n)}</div>"
            f'<div class="body"><p>{post.text}</p></div></div>'
            for n, post in enumerate(posts[first : first + POSTS_A_PAGE], first + 1)
        )
        pages = "".join(
            f'<a href="{self.topic(number)}?page={n}&amp;{session}">{n}</a> '
            for n in range(1, self.pages(number) + 1)
            if n != page
        )
        pages = f'<p class="pages">Page {page} {pages}</p>' if pages else ""
        return _document(title, f"<h1>{title}</h1>{shown}{pages}", session)

    def _feed(self) -> str:
        newest = sorted(self.threads, key=lambda n: self.threads[n][1][-1].moment, reverse=True)
        items = "".join(
            f"<item><title>{self.threads[n][0]}</title><link>{self.address}{self.topic(n)}</link>"
            f"<pubDate>{format_datetime(self.threads[n][1][-1].moment)}</pubDate></item>"
            for n in newest[:4]
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def _document(title: str, body: str, session: str) -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title} - Kitchen Table</title>"
        "<link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body>"
        f"<p><a href='/board/?{session}'>The board</a> "
        f"<a href='/login?{session}'>Log in</a></p>{body}</body></html>"
    )


@contextmanager
def serving(forum: SmallForum, port: int = 0) -> Iterator[str]:
    """Serve a forum until the block ends; its address, without a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            forum.requests.append(self.path)
            status, media_type, body = forum.answer(self.path)
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            if status == 302:
                self.send_header("Location", body)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        forum.address = f"http://127.0.0.1:{server.server_port}"
        yield forum.address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def declare(folder: Path, address: str, *more: str) -> None:
    """Write the declaration of a forum that is served at an address."""
    host = address.removeprefix("http://")
    lines = (
        'name = "kitchen"', f'hosts = ["{host}"]', f'start = ["{address}/board/"]',
        'questions = ["/topic/{slug}-{id:digits}/[?page={page}]"]', *more,
    )  # fmt: skip
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites/kitchen.toml").write_text("\n".join(lines) + "\n")
