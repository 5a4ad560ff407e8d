"""The server over a real socket."""

from __future__ import annotations

import gzip
import http.client
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from sample import Site, plan, serving
from sample.serving import ROOT

SITE = Site(pages=120, big=0, slow=0.3)


def path_of(number: int) -> str:
    return f"/question.cfm/{plan.page_id(number)}.htm"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(SITE) as base:
        yield urlsplit(base).port or 0


def ask(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Accept-Encoding": "identity", **named})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def raw(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(data)
        got = b""
        while more := client.recv(65536):
            got += more
        return got


def test_pages_come_as_the_generator_makes_them(port: int) -> None:
    status, headers, body = ask(port, path_of(2))
    assert (status, body) == (200, SITE.response(path_of(2))[2])
    assert int(headers["Content-Length"]) == len(body)
    assert f"http://127.0.0.1:{port}/sitemap.xml" in ask(port, "/robots.txt")[2].decode()


def test_conditional_requests(port: int) -> None:
    headers = ask(port, path_of(2))[1]
    for name, value in (
        ("If_None_Match", headers["ETag"]),
        ("If_Modified_Since", headers["Last-Modified"]),
    ):
        status, _, body = ask(port, path_of(2), **{name: value})
        assert (status, body) == (304, b"")
    assert ask(port, path_of(2), If_None_Match='"other"')[0] == 200
    assert ask(port, path_of(2), If_Modified_Since="Mon, 05 Jan 1998 00:00:00 GMT")[0] == 200


def test_gzip_for_a_share_of_the_pages(port: int) -> None:
    zipped = 0
    for number in range(20, 40):
        _, headers, body = ask(port, path_of(number), Accept_Encoding="gzip")
        if headers.get("Content-Encoding") == "gzip":
            zipped += 1
            body = gzip.decompress(body)
        assert body == SITE.response(path_of(number))[2]
    assert 3 <= zipped <= 17


def test_head_has_the_headers_and_no_body(port: int) -> None:
    status, headers, body = ask(port, path_of(2), "HEAD")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == ask(port, path_of(2))[1]["Content-Length"]


def test_fails_once(port: int) -> None:
    assert [ask(port, path_of(plan.ERROR_ONCE))[0] for _ in range(3)] == [500, 200, 200]


def test_cut_short_once_and_cut_short_always(port: int) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(port, path_of(plan.CUT_ONCE))
    assert ask(port, path_of(plan.CUT_ONCE))[0] == 200
    always = f"/question.cfm/{plan.odd_id(plan.FIRST_ODD.index('cut'))}.htm"
    for _ in range(2):
        with pytest.raises(http.client.IncompleteRead):
            ask(port, always)


def test_slow_page_holds_up_only_its_own_connection(port: int) -> None:
    """On a busy machine another answer can take longer than the slow page: then try again."""
    assert any(is_overtaken(port) for _ in range(20))


def is_overtaken(port: int) -> bool:
    """Whether another connection is answered while the slow page is still to come."""
    start = time.monotonic()
    slow = f"GET {path_of(plan.SLOW)} HTTP/1.1\r\nHost: x\r\n\r\n"
    then = "GET /robots.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall((slow + then).encode())
        assert ask(port, "/robots.txt")[0] == 200
        readable, _, _ = select.select([client], [], [], 0)
        answers = b""
        while more := client.recv(65536):
            answers += more
    assert time.monotonic() - start >= 0.3
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.rstrip().endswith(b"/sitemap.xml")  # the second answer comes second
    return not readable


def test_keeps_connections_open(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for number in (20, 21, 22):
        connection.request("GET", path_of(number))
        assert connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"400"),
        (b"GET nowhere HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST /cgi-bin/ask HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"405"),
        (b"GET /" + b"x" * 20_000, b"431"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /\xff\xfe%zz?page=\x00 HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_odd_requests(port: int, data: bytes, status: bytes) -> None:
    assert raw(port, data).startswith(b"HTTP/1.1 " + status)


def test_same_question_under_other_addresses(port: int) -> None:
    path, page = path_of(30), ask(port, path_of(30))[2]
    for other in (path.upper().replace("HTM", "htm"), "/" + path, path + "?CFID=1"):
        assert ask(port, other)[2] == page
    assert b"Printer Version" in ask(port, path + "?print=1")[2]
    status, headers, _ = ask(port, f"/ask/question.asp?id={plan.page_id(30)}")
    assert (status, headers["Location"]) == (301, path)


def test_only_loopback_listens(port: int) -> None:
    table = (line.split() for line in open("/proc/net/tcp"))  # noqa: PTH123, SIM115
    locals_ = [row[1] for row in table if row[3] == "0A"]
    listening = [row for row in locals_ if row.endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


def test_stops_by_itself_and_by_signal() -> None:
    command = [sys.executable, "-m", "sample", "serve", "--pages", "5", "--seconds"]
    timed = subprocess.run([*command, "0.2"], cwd=ROOT, capture_output=True, timeout=10)
    assert (timed.returncode, timed.stderr) == (0, b"")
    with subprocess.Popen([*command, "60"], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.terminate()
        assert process.wait(5) == 0


def test_bad_options_are_explained() -> None:
    for arguments in (["--pages", "x"], ["--pages", "0"], ["--gone", "2"], ["--port", "99999"]):
        command = [sys.executable, "-m", "sample", "serve", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
        assert done.returncode == 2
        assert arguments[0][2:] in done.stderr
        assert "Traceback" not in done.stderr
