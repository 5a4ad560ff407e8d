"""What strangers may ask: hostile requests over a real server, and fuzz. No 5xx, ever.

One server for each profile runs in a process of its own, as people start it. Requests are
written byte for byte where a client library would refuse to send them.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.datasette.headers import (
    HEADERS,
    LONGEST_ADDRESS,
    POLICY,
    Message,
    Receive,
    Send,
    facet_refused,
    may_view,
)  # fmt: skip
from publish.datasette.headers import guarded as guarded_app
from publish.serve import Profile, application
from tests.conftest import ROOT

Q = "/archive/questions"
BUSY = 503
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "MERGE")

#: Addresses and the status that each must have in the public profile.
PUBLIC = {
    "/": 200,
    "/search?q=sleep": 200,
    Q: 200,
    f"{Q}?_facet_size=max": 200,
    f"{Q}?_facet=year": 200,
    f"{Q}.csv?_stream=1": 200,
    "/archive/coverage_by_site": 200,
    "/archive/withheld": 200,
    # SQL of one's own, in every disguise.
    "/archive?sql=select+1": 403,
    "/archive.json?sql=select+1": 403,
    "/archive.csv?sql=select+1": 403,
    f"{Q}?_where=1=1": 403,
    f"{Q}.json?_where=id+in+(select+id+from+captures)": 403,
    # The server's own pages.
    "/-/threads": 404,
    "/-/threads.json": 404,
    "/-/databases": 404,
    "/-/plugins.json": 404,
    "/-/settings": 404,
    "/-/versions.json": 404,
    "/-/metadata.json": 404,
    "/-/config.json": 404,
    "/-/config": 404,
    "/-/actor.json": 404,
    "/-/auth-token?token=x": 404,
    "/-/logout": 404,
    "/-/permissions": 404,
    "/-/messages": 404,
    "/-/allow-debug": 404,
    "/-/patterns": 404,
    "/-/static/app.css": 404,
    "/%2D/threads": 404,
    "/%2d/../-/threads": 404,
    "//-/threads": 404,
    # Files, and databases that are not the archive.
    "/archive.db": 403,
    "/_internal": 403,
    "/_internal.json": 403,
    "/_internal/databases.json": 403,
    "/_internal.db": 403,
    "/_memory": 404,
    "/fixtures.db": 404,
    # Tables that SQLite keeps for itself.
    "/archive/sqlite_master": 404,
    "/archive/sqlite_stat1": 403,
    "/archive/questions_fts": 403,
    "/archive/questions_fts_data.json": 403,
    "/archive/_sqlite_migrations": 403,
    "/archive/_warc_files": 403,
    "/archive/_withheld_words": 403,
    "/archive/_declarations": 403,
    # Facets of a stranger's choice.
    f"{Q}?_facet=title": 403,
    f"{Q}?_facet_array=warnings": 403,
    f"{Q}.json?_facet_date=answered_on": 403,
    f"{Q}?_facet_m2m=topics": 403,
    f"{Q}?_facet=%7B": 403,
    # Parameters taken at their word.
    f"{Q}?_sort=answer": 400,
    f"{Q}?_sort=id&_sort_desc=id": 400,
    f"{Q}?_timelimit=abc": 400,
    f"{Q}.json?_size=999999": 400,
    f"{Q}.json?_size=-1": 400,
    f"{Q}.json?_json_infinity=x": 400,
    f"{Q}?_through=zzz": 400,
    f"{Q}?_through=%5B1%5D": 400,
    f"{Q}?id__in=%5B1": 400,
    f"{Q}?id__in=%5B1,%5B2%5D%5D": 400,
    f"{Q}?_searchmode=raw&_search=%22": 403,
    f"{Q}?_searchmode=raw&_search=title:*": 403,
    f"{Q}?_next=garbage": 200,
    f"{Q}?_trace=1": 200,
    "/archive/answer_responders/1": 400,
    f"{Q}/99999999999999999999999": 404,
    # Out of the folder of static files.
    "/static/../serve.py": 404,
    "/static/..%2fserve.py": 404,
    "/static/..%2f..%2f..%2fetc%2fpasswd": 404,
    "/static/%2e%2e/serve.py": 404,
    "/static/....//serve.py": 404,
    "/static//etc/passwd": 404,
    "/static/%00": 404,
    "/static/": 403,
    "/static/housecall.css/x": 404,
    "/static/" + "a" * 3000: 404,
    "/static/x.css?v=1": 404,
}
PRIVATE = {
    "/archive.json?sql=select+1": 200,
    f"{Q}?_where=1=1": 200,
    "/archive.json?sql=delete+from+questions": 400,
    "/archive.json?sql=attach+%27/tmp/x%27+as+x": 400,
    "/archive.json?sql=pragma+journal_mode=delete": 400,
    "/archive.json?sql=select+load_extension(%27x%27)": 400,
    "/archive.json?sql=" + quote("with recursive n(i) as (select 1 union all select i+1 from n) "
                                 "select sum(i) from n"): 400,
    "/-/threads": 200,
    f"{Q}?_facet=title": 200,
    "/_internal": 403,
    "/-/auth-token?token=x": 403,
}  # fmt: skip


@contextmanager
def _server(archive: Path, profile: Profile) -> Iterator[str]:
    """A server in a process of its own; its address, and whatever it logged is shown."""
    code = "import sys; from pathlib import Path; from publish.serve import serve; "
    server = subprocess.Popen(
        [sys.executable, "-c", f"{code}serve(Path(sys.argv[1]), 0, profile=sys.argv[2])",
         str(archive), profile],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    with server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait(timeout=15)


@pytest.fixture(scope="module")
def public(archive: Path) -> Iterator[str]:
    with _server(archive, "public") as address:
        yield address


@pytest.fixture(scope="module")
def private(archive: Path) -> Iterator[str]:
    with _server(archive, "private") as address:
        yield address


def raw(address: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, and read the whole answer: its status, headers and body."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def asked(address: str, target: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    line = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return raw(address, line.encode("latin-1"))


def guarded(headers: dict[str, str]) -> bool:
    return all(headers.get(name.decode()) == value.decode().lower() for name, value in HEADERS)


@pytest.mark.parametrize(("target", "status"), PUBLIC.items(), ids=lambda value: str(value)[:60])
def test_what_the_public_profile_answers(public: str, target: str, status: int) -> None:
    found, headers, body = asked(public, target)
    assert found == status, body[:300]
    assert guarded(headers)
    assert "server" not in headers
    assert "set-cookie" not in headers
    for inside in (b"Traceback", b"/site-packages/", b"publish/", b"_traces", b"passwd"):
        assert inside not in body.replace(target.encode(), b""), inside


@pytest.mark.parametrize(("target", "status"), PRIVATE.items(), ids=lambda value: str(value)[:60])
def test_what_the_private_profile_answers(private: str, target: str, status: int) -> None:
    found, headers, body = asked(private, target)
    assert found == status, body[:300]
    assert guarded(headers)


def test_sql_has_a_limit_of_rows(private: str) -> None:
    sql = quote("with recursive n(i) as (select 1 union all select i+1 from n where i < 20000) "
                "select i from n")  # fmt: skip
    found = httpx.get(f"{private}archive.json?sql={sql}&_shape=objects", timeout=20).json()
    assert (len(found["rows"]), found["truncated"]) == (5000, True)


@pytest.mark.parametrize(
    "sql",
    ["select zeroblob(300000000)", "select hex(zeroblob(100000000))",
     "select printf('%.*c', 100000000, 'x')", "select replace(hex(zeroblob(9000000)), '0', 'xyz')",
     "with recursive n(i) as (select 1 union all select i + 1 from n limit 900) "
     "select hex(zeroblob(1000000)) from n"],
)  # fmt: skip
def test_sql_has_a_limit_of_bytes(private: str, sql: str) -> None:
    status, _, body = asked(private, "/archive.json?_shape=array&sql=" + quote(sql))
    assert status in (200, 400)  # printf() gives nothing
    assert len(body) < 10_000


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", ["/", Q, "/search", "/static/housecall.css", "/nothing"])
def test_only_reading_is_allowed(public: str, method: str, target: str) -> None:
    status, headers, _ = asked(public, target, method)
    assert status in (400, 405)  # 400 where the HTTP parser does not know the method
    if status == 405:
        assert headers["allow"] == "get, head"
        assert guarded(headers)


@pytest.mark.parametrize(
    "target",
    ["/", f"{Q}.json", "/q/netwellness/101", f"{Q}.csv?_stream=1", "/nothing", "/archive?sql=1"],
)
def test_head_is_get_without_a_body(public: str, target: str) -> None:
    status, headers, body = asked(public, target, "HEAD")
    assert (status, body) == (asked(public, target)[0], b"")
    assert guarded(headers)


@pytest.mark.parametrize("target", [f"{Q}.csv", f"{Q}.csv?_stream=1", f"{Q}.csv?_dl=1"])
def test_csv_that_is_verbatim_says_where_there_is_one_without_formulas(
    public: str, target: str
) -> None:
    _, headers, _ = asked(public, target)
    assert headers["link"].startswith("</export>; rel=alternate")
    _, headers, _ = asked(public, "/export/questions.csv?spreadsheet=1")
    assert "rel=alternate" not in headers.get("link", "")


def test_long_addresses(public: str) -> None:
    for length in (1_000, 8_000, 60_000):
        for start in ("/search?q=", "/", f"{Q}?_search=", "/q/netwellness/", "/topic/"):
            status, headers, _ = asked(public, start + "a" * (length - len(start)))
            assert status < 500, (start, length)
            assert guarded(headers)
    for count, status in ((400, 200), (401, 400), (6000, 400)):
        many = "&".join(f"a{number}=1" for number in range(count))
        assert asked(public, f"{Q}?{many}")[0] == status
    assert asked(public, "/search?q=" + "a" * 300_000)[0] == 414


def test_what_strangers_are_refused_before_it_is_looked_at(public: str, private: str) -> None:
    assert asked(public, f"{Q}?_search=sleep&_searchmode=raw")[0] == 403
    assert asked(public, f"{Q}?_search=sleep&%5Fsearch%6Dode=ra%77")[0] == 403
    assert asked(private, f"{Q}?_search=sleep&_searchmode=raw")[0] == 200
    assert asked(public, "/q\\netwellness")[0] == 400
    rebound = b"GET /archive.json?sql=select+1 HTTP/1.1\r\nHost: rebound.example\r\n"
    status, headers, _ = raw(private, rebound + b"Connection: close\r\n\r\n")
    assert status == 421
    assert guarded(headers)


def test_under_another_server_addresses_have_a_limit_too() -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        raise AssertionError("it was passed on")

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Message = {"type": "http", "method": "GET", "path": "/search"}
    scope["query_string"] = b"a" * LONGEST_ADDRESS

    async def ask() -> None:
        await guarded_app(app, public=True, static="/static/")(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 414
    assert set(HEADERS) <= set(sent[0]["headers"])


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\"><script>\r\nConnection: close\r\n\r\n",
        b"GET /search?q=\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://other.example/archive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /archive/questions HTTP/1.1\r\nHost: x\r\nCookie: ds_actor=x; ds_csrftoken=y; "
        b"ds_messages=z\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer dstok_x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAccept: " + b"a/b;q=0.1," * 900
        + b"\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: zzz\r\n"
        b"Connection: close\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=lambda value: repr(value[:40]),
)  # fmt: skip
def test_odd_requests_are_answered_or_refused(public: str, request_: bytes) -> None:
    parts = urlsplit(public)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert not answer.startswith(b"HTTP/1.1 5")
    assert b"<script>" not in answer.partition(b"\r\n\r\n")[2]


def test_nobody_can_have_a_page_kept_for_long(public: str, private: str) -> None:
    for query in ("_ttl=99999999", "_ttl=0", "%5Fttl=99999999", "_ttl=abc", ""):
        _, headers, _ = asked(public, f"{Q}.json?{query}")
        kept = headers.get("cache-control", "")
        assert kept in ("max-age=30", "max-age=0", "no-cache"), (query, kept)
    _, headers, _ = asked(public, "/static/nothing.css?v=1")
    assert "immutable" not in headers.get("cache-control", "")


def test_an_error_inside_is_told_without_the_inside(
    archive: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = application(archive, "public")

    def broken(*arguments: object) -> None:
        raise RuntimeError("/secret/path and a password")

    monkeypatch.setattr("publish.pages.question_page.records.question", broken)

    async def fetch() -> httpx.Response:
        return await site.client.get("/q/netwellness/101")  # type: ignore[no-any-return]

    response = asyncio.run(fetch())
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["content-security-policy"] == POLICY
    assert "/secret/path" in caplog.text  # for whoever keeps the server


def test_tables_of_the_dictionary_are_public() -> None:
    assert all(may_view(name) for name in ("questions", "withheld", "coverage", "captures"))
    for name in ("questions_fts", "sqlite_stat1", "sqlite_master", "_sqlite_migrations", "x"):
        assert not may_view(name)


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"_facet": ["year"], "_facet_size": ["max"], "q": ["_facet"]}, None),
        ({"_facet": ["year", "title"]}, "title"),
        ({"_facet_array": ["year"]}, "year"),
        ({"_facetx": ["1"]}, "1"),
        ({}, None),
    ],
)
def test_facets_are_those_of_the_table(arguments: dict[str, list[str]], refused: str) -> None:
    assert facet_refused(arguments, ("year", "status")) == refused


# -- fuzz ----------------------------------------------------------------------------------

STEMS = (
    "/", Q, f"{Q}.json", f"{Q}.csv", f"{Q}/1", f"{Q}/1.json", "/archive", "/archive.json",
    "/archive/captures", "/archive/question_responders", "/archive/withheld",
    "/archive/answers", "/archive/answer_responders", "/archive/sightings", "/archive/sites",
    "/archive/coverage_by_site", "/search", "/search.json", "/q", "/q/netwellness/101",
    "/q/netwellness/106/compare", "/q/netwellness/106/versions", "/q/netwellness/101/cite.bib",
    "/topic/sleep-disorders", "/topics", "/responders", "/institutions", "/charts", "/about",
    "/export", "/export/questions.csv", "/export/questions.jsonl", "/export/questions.bib",
    "/sitemap.xml", "/robots.txt", "/static/housecall.css", "/:memory:", "/_internal",
)  # fmt: skip
NAMES = (
    "_sort", "_sort_desc", "_next", "_size", "_search", "_searchmode", "_search_title", "_facet",
    "_facet_size", "_facet_array", "_shape", "_json", "_json_infinity", "_labels", "_label",
    "_col", "_nocol", "_where", "_through", "_timelimit", "_ttl", "_trace", "_stream", "_dl",
    "_extra", "_extras", "_format", "_filter_column", "_filter_op", "_filter_value", "_nl",
    "_header", "_blob_column", "_blob_hash", "_nofacet", "_nocount", "_hide_sql", "sql", "id",
    "id__in", "id__gt", "year", "year__isnull", "title__contains", "title__glob", "title__like",
    "warnings__arraycontains", "answered_on__date", "topic_id", "q", "topic", "responder",
    "institution", "status", "sort", "meaning", "page", "a", "b", "url", "download", "from", "to",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["", "1", "-1", "0", "on", "off", "max", "zzz", "title", "id", "raw", "object", "array",
         "99999999999999999999", "1e400", "nan", "[1]", "[[1]]", "{}", "null", '{"table":1}',
         '"', "'", "*", "NEAR(", "a OR", "title:", "%", "\x00", "\ud800", "é", "../..", "~", "1,2",
         "csv", "json", "blob", "<script>", "2004-05-17", "--", ";", "\r\nX: y", "a" * 3000]
    ),
    st.text(max_size=40),
)  # fmt: skip
PARTS = st.one_of(
    st.sampled_from(["..", ".", "~", "~2F", "%2F", "%00", "%ff", "-", "1", "1,2", ".json", ".csv"]),
    st.text(max_size=12).map(lambda text: quote(text, safe="", errors="replace")),
)


def _query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in pairs)


@given(
    st.sampled_from(STEMS),
    st.lists(PARTS, max_size=2),
    st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4),
    st.sampled_from(
        ["", "", "", "application/json", "text/html", "*/*;q=x", "application/x-bibtex"]
    ),
)
def test_no_address_breaks_the_server(
    public: str, stem: str, parts: list[str], pairs: list[tuple[str, str]], accept: str
) -> None:
    target = "/".join([stem.rstrip("/"), *parts]) or "/"
    target += f"?{_query(pairs)}" if pairs else ""
    head = (
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    )
    status, headers, body = raw(public, head.encode("ascii"))
    assert status < 500 or status == BUSY, (target, body[:400])
    assert guarded(headers), target
    assert not headers.get("x"), target
