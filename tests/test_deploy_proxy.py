"""What nginx keeps of the archive, with deploy/nginx.conf as it is: nothing beyond its time."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.nginx import proxied

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]
ACCEPTED = ("", "text/html", "application/json", "text/html,*/*;q=0.8", "x/y")
#: Seconds that a page may be kept; the archive's own, 30, would make a test long.
KEPT = 1


class Archive(ThreadingHTTPServer):
    """Says what it is told to say, by whatever address it is asked."""

    daemon_threads = True
    page, status, delay = b"zebrafinch quagmire", 200, 0.0


class _Handler(BaseHTTPRequestHandler):
    server: Archive

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Cache-Control", f"max-age={KEPT}")
        self.send_header("Content-Length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, format: str, *args: object) -> None:
        pass


def ask(port: int, path: str, accept: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": "archive.example.org", "Accept-Encoding": "identity"}
    connection.request("GET", path, headers=headers | ({"Accept": accept} if accept else {}))
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.mark.parametrize("path", ["/q/netwellness/1", "/search?q=zebrafinch", "/archive/questions"])
@pytest.mark.parametrize("case", ["withheld", "withheld and slow", "down"])
def test_nothing_is_shown_beyond_its_time(tmp_path: Path, path: str, case: str) -> None:
    """Whatever type is asked for, by the first who asks as by those who ask meanwhile."""
    archive = Archive(("127.0.0.1", 0), _Handler)
    serving = threading.Thread(target=archive.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    with proxied(tmp_path, archive.server_port) as port:
        for accept in ACCEPTED:
            assert ask(port, path, accept) == (200, archive.page)
        time.sleep(2.1 * KEPT)
        archive.page, archive.status = b"Withheld.", 451
        archive.delay = 0.5 if case == "withheld and slow" else 0.0
        if case == "down":
            archive.shutdown()
            archive.server_close()
        answers: list[tuple[int, bytes]] = []
        threads = [
            threading.Thread(target=lambda a=accept: answers.append(ask(port, path, a)))
            for accept in ACCEPTED * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {status for status, _ in answers} == ({502} if case == "down" else {451})
    assert not [body for _, body in answers if b"zebrafinch" in body]
    archive.shutdown()
    archive.server_close()


@pytest.mark.parametrize(
    ("head", "answered"),
    [
        (b"GET / HTTP/1.1\r\nHost: archive.example.org\r\n", True),
        (b"GET / HTTP/1.0\r\nHost: archive.example.org\r\n", True),
        (b"GET / HTTP/1.0\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", False),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: archive.example.org\r\n", False),
    ],
)
def test_other_names_get_nothing(tmp_path: Path, head: bytes, answered: bool) -> None:
    archive = Archive(("127.0.0.1", 0), _Handler)
    threading.Thread(target=archive.serve_forever, args=(0.05,), daemon=True).start()
    with (
        proxied(tmp_path, archive.server_port) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as asking,
    ):
        asking.sendall(head + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: asking.recv(4096), b""))
    archive.shutdown()
    archive.server_close()
    assert (archive.page in answer) is answered
    assert answered or answer == b""
