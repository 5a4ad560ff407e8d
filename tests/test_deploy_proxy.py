"""What nginx keeps of the archive, with deploy/nginx.conf as it is: nothing beyond its time."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import ROOT

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def proxied(folder: Path, archive: Archive) -> Iterator[int]:
    """nginx before an archive, with its configuration but for TLS, limits, folders and ports."""
    port = _free_port()
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    text = text.replace("server 127.0.0.1:8001", f"server 127.0.0.1:{archive.server_port}")
    text = text.replace("/var/cache/nginx", str(folder)).replace("/var/log/nginx", str(folder))
    text = re.sub(r"listen \[::\]:.*;|ssl_\w+ .*;|limit_(req zone=|conn housecall_).*;", "", text)
    text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{_free_port()}", text)
    text = re.sub(r"listen 443 ssl( http2)?", f"listen 127.0.0.1:{port}", text)
    (folder / "site.conf").write_text(text, "utf-8")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""  # else another, who may not write here
    main.write_text(
        f"{user}pid {folder}/pid;\nerror_log {folder}/error.log;\n"
        "daemon off;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{ {temporary} include {folder}/site.conf; }}\n"
    )
    nginx = subprocess.Popen(["nginx", "-c", str(main), "-p", str(folder)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        nginx.terminate()
        nginx.wait(timeout=30)


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
    with proxied(tmp_path, archive) as port:
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
