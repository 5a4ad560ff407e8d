"""Byte for byte: what a real crawl stores is what a raw server received and sent."""

from __future__ import annotations

import gzip
import sqlite3
import ssl
import subprocess
from pathlib import Path

import pytest
from scrapy import Request

from crawler.net.connections import iana_name, tls_context, tls_fields
from crawler.net.handler import condition_fields, header_lines, repeated, request_message
from pipelines.db.models import Validators
from pipelines.files.timestamps import stamp
from pipelines.verify.verify import verify_archive
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.framing import SAME_END
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record, sha1_digest
from tests.conftest import Scrapy, settings_for
from tests.crawler.net.raw_server import Answer, RawServer, self_signed
from tests.crawler.net.test_pace import NOW

HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def whole(body: bytes, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + HTML + headers + length + b"\r\n" + body


LINKS = (
    b'<a href="/mixed">1</a> <a href="/odd">2</a> <a href="/chunked">3</a> <a href="/gzip">4</a>'
    b'<a href="/gzip-chunked">5</a> <a href="/hints">6</a> <a href="/short">7</a>'
    b'<a href="/short-chunked">8</a> <a href="/old">9</a> <a href="/same">10</a> <a href="/x">x</a>'
)
PACKED = gzip.compress(b"<p>packed</p>" * 50, mtime=0)
CHUNKS = (
    b"HTTP/1.1 200 OK\r\n" + HTML + b"TRANSFER-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b'5;name="v;x"\r\nhello\r\n006;a\r\n world\r\n0\r\nX-Sum: 11\r\nx-more: 1\r\n\r\n'
)
PACKED_CHUNKS = (
    b"HTTP/1.1 200 OK\r\n" + HTML + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"%x\r\n%b\r\n%X\r\n%b\r\n0\r\n\r\n" % (7, PACKED[:7], len(PACKED) - 7, PACKED[7:])
)  # fmt: skip
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
LAST = whole(b"last")

ANSWERS = {
    "/robots.txt": [Answer(b"HTTP/1.1 404 no robots here, sorry\r\nContent-Length: 0\r\n\r\n")],
    "/": [Answer(whole(LINKS, b"ETag: W/\"1\"\r\n")), Answer(b"HTTP/1.1 304 Same\r\n\r\n")],
    "/mixed": [
        Answer(
            whole(b"ok", b"sErVeR: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-A:  two  \r\n")
        )
    ],
    "/odd": [Answer(whole(b"odd", status=b"200 Fine; (really) \xe9\t"))],
    "/chunked": [Answer(CHUNKS)],
    "/gzip": [Answer(whole(PACKED, b"Content-Encoding: gzip\r\n"))],
    "/gzip-chunked": [Answer(PACKED_CHUNKS)],
    "/hints": [Answer(HINTS + LAST)],
    "/short": [Answer(whole(b"x" * 500)[:-100], close=True)],
    "/short-chunked": [Answer(CHUNKS[:-40], close=True)],
    "/old": [Answer(b"HTTP/1.0 200 OK\r\n" + HTML + b"\r\nuntil the end", close=True)],
    "/same": [Answer(whole(b"the same"))],
}  # fmt: skip


@pytest.fixture(scope="module", params=["plain", "tls"])
def exchanged(
    request: pytest.FixtureRequest, scrapy: Scrapy, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RawServer, list[Record], Path]:
    """A site crawled twice: what the server saw, and what the WARCs hold."""
    folder = tmp_path_factory.mktemp(request.param)
    certificate = self_signed(folder) if request.param == "tls" else None
    with RawServer({path: list(answers) for path, answers in ANSWERS.items()}, certificate) as raw:
        base = raw.base.replace("//", "//archivist:secret@")
        words = ["crawl", "netwellness", "-a", f"base={base}", *settings_for(folder)]
        # One at a time, so that the order is the server's; a header that must not be stored.
        slots = '{"127.0.0.1": {"delay": 0.01, "concurrency": 1, "backoff": 0, "throttle": false}}'
        headers = '{"Accept": "text/html", "COOKIE": "a=hidden", "Authorization": "Basic aGlkZGVu"}'
        words += ["-s", f"DOWNLOAD_SLOTS={slots}", "-s", f"DEFAULT_REQUEST_HEADERS={headers}"]
        words += ["-s", "RETRY_TIMES=1"]
        for more in ([], ["-a", "revisit=all"]):
            run = scrapy(*words, *more)
            assert run.returncode == 1, run.stdout + run.stderr  # a site without a question
    records: list[Record] = []
    for path in sorted((folder / "warcs").iterdir()):
        records += read_warc(path)
    return raw, records, folder


def path_of(record: Record) -> str:
    return "/" + record.url.split("/", 3)[3]


def responses(records: list[Record]) -> list[Record]:
    found = [record for record in records if record.record_type in ("response", "revisit")]
    return sorted(found, key=lambda record: record.get("WARC-Date"))


def test_the_responses_are_what_was_sent(
    exchanged: tuple[RawServer, list[Record], Path],
) -> None:
    server, records, _ = exchanged
    stored = responses(records)
    assert [path_of(record) for record in stored] == server.paths()
    for entry, record in zip(server.log, stored, strict=True):
        sent = entry.sent.removeprefix(HINTS)
        if record.record_type == "revisit":  # the head alone: the body is in the original
            sent = sent[: sent.index(b"\r\n\r\n") + 4]
        assert record.block == sent, entry.path
    assert {path_of(record) for record in stored} >= set(ANSWERS)


def test_the_requests_are_what_was_received_but_for_secrets(
    exchanged: tuple[RawServer, list[Record], Path],
) -> None:
    server, records, _ = exchanged
    requests = {
        record.get("WARC-Concurrent-To").strip("<>"): record
        for record in records
        if record.record_type == "request"
    }
    stored = [requests[record.record_id] for record in responses(records)]
    for entry, record in zip(server.log, stored, strict=True):
        secret = entry.request
        assert b"COOKIE: a=hidden\r\n" in secret
        assert b"Authorization: Basic aGlkZGVu\r\n" in secret
        assert record.block == secret.replace(b"a=hidden", b"[redacted]").replace(
            b"Basic aGlkZGVu", b"[redacted]"
        )
        assert record.get("Housecall-Redacted") == "COOKIE, Authorization"


def test_no_secret_is_in_any_record_or_row(
    exchanged: tuple[RawServer, list[Record], Path],
) -> None:
    _, records, folder = exchanged
    for record in records:
        if record.record_type == "warcinfo":
            continue  # the arguments of the command are the command's part
        assert "secret" not in record.url
        assert b"hidden" not in record.block, record.record_type
        assert b"aGlkZGVu" not in record.block
    with sqlite3.connect(folder / "archive.db") as connection:
        for table, column in (("captures", "url"), ("failures", "url")):
            rows = connection.execute(f"SELECT {column} FROM {table}").fetchall()
            assert rows
            assert not [url for (url,) in rows if "secret" in url]


def test_interim_responses_are_noted(exchanged: tuple[RawServer, list[Record], Path]) -> None:
    _, records, _ = exchanged
    noted = {path_of(r): r.get("Housecall-Interim") for r in responses(records)}
    assert noted["/hints"] == "103"
    assert noted["/mixed"] == ""


def test_bodies_cut_short_are_marked(exchanged: tuple[RawServer, list[Record], Path]) -> None:
    _, records, _ = exchanged
    marked = {path_of(r) for r in responses(records) if r.get("WARC-Truncated") == "disconnect"}
    assert marked == {"/short", "/short-chunked"}


def test_what_is_known_is_asked_for_conditionally(
    exchanged: tuple[RawServer, list[Record], Path],
) -> None:
    server, records, _ = exchanged
    first, second = (entry for entry in server.log if entry.path == "/")
    assert b"If-None-Match" not in first.request
    assert b'If-None-Match: W/"1"\r\n' in second.request
    revisits = [r for r in responses(records) if r.record_type == "revisit"]
    profiles = {path_of(r): r.get("WARC-Profile").rpartition("/")[2] for r in revisits}
    assert profiles["/"] == "server-not-modified"
    assert profiles["/same"] == "identical-payload-digest"


def test_one_connection_serves_many(exchanged: tuple[RawServer, list[Record], Path]) -> None:
    server, _, _ = exchanged
    closing = ("/short", "/short-chunked", "/old")
    closed = sum(entry.path in closing for entry in server.log)
    # A new one after each that was closed, and one for each of the two crawls.
    assert len({entry.connection for entry in server.log}) <= closed + 2 < len(server.log)


def test_tls_is_noted(exchanged: tuple[RawServer, list[Record], Path]) -> None:
    server, records, _ = exchanged
    for record in responses(records):
        named = [value for name, value in record.headers if name.lower() == "warc-protocol"]
        extra = ["tls/1.3"] if server.certificate else []
        assert named == [record.block[:8].decode().lower(), *extra]
        suite = record.get("WARC-Cipher-Suite")
        assert suite.startswith("TLS_") if server.certificate else suite == ""
        peer = "not verified" if server.certificate else ""
        assert record.get("Housecall-TLS-Peer") == peer


# -- the limits -------------------------------------------------------------------------------


def test_limits_cut_and_mark(scrapy: Scrapy, tmp_path: Path) -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
    late = whole(b"x" * 10)
    answers = {
        "/": [Answer(whole(b'<a href="/big">1</a> <a href="/slow">2</a> <a href="/never">3</a>'))],
        "/big": [Answer(big)],
        "/slow": [Answer(late[:-5], after=0.0)],  # and then nothing more
        "/never": [Answer(b"", after=0.0)],
    }
    with RawServer(answers) as server:
        run = scrapy(
            "crawl", "netwellness", "-a", f"base={server.base}", *settings_for(tmp_path),
            "-s", "DOWNLOAD_MAXSIZE=1000000", "-s", "DOWNLOAD_TIMEOUT=5", "-s", "RETRY_TIMES=0",
        )  # fmt: skip
    records = [r for path in (tmp_path / "warcs").iterdir() for r in read_warc(path)]
    cut = {path_of(r): r for r in responses(records) if r.get("WARC-Truncated")}
    assert {path: r.get("WARC-Truncated") for path, r in cut.items()} == {
        "/big": "length",
        "/slow": "time",
    }, run.stderr
    assert big.startswith(cut["/big"].block)
    assert len(cut["/big"].block) > 1_000_000
    assert cut["/slow"].block == late[:-5]
    failed = [r for r in records if r.record_type == "metadata" and r.url.endswith("/never")]
    assert b"no answer in 5 seconds" in failed[0].block


def test_a_stale_connection_is_replaced_without_a_trace(scrapy: Scrapy, tmp_path: Path) -> None:
    """The server closes after its answer without saying so: the next request meets the end."""
    page = Answer(whole(b'<a href="/a">a</a> <a href="/b">b</a>'), close=True)
    answers = {"/": [page], "/a": [page], "/b": [page]}
    with RawServer(answers) as server:
        run = scrapy("crawl", "netwellness", "-a", f"base={server.base}", *settings_for(tmp_path))
    assert run.returncode == 1, run.stderr  # a site without a question
    records = [r for path in (tmp_path / "warcs").iterdir() for r in read_warc(path)]
    assert {"/", "/a", "/b"} <= {path_of(r) for r in responses(records)}
    assert not [r for r in responses(records) if r.get("WARC-Truncated")]


def test_what_is_odd_is_said_and_all_bytes_are_kept(scrapy: Scrapy, tmp_path: Path) -> None:
    cut, bare = whole(b"x" * 50), b"<html>This page has no head.</html>"
    links = "".join(
        f'<a href="/{name}">x</a>' for name in ("short", "half", "passing", "more", "bare")
    )
    answers = {
        "/": [Answer(whole(links.encode()))],
        "/short": [Answer(whole(b"<html>all of it</html>" + b" " * 30).rstrip(), close=True)],
        "/half": [Answer(cut[:-20], close=True)],
        "/passing": [Answer(cut[:-30], close=True), Answer(cut[:-9], close=True), Answer(cut)],
        "/more": [Answer(whole(b"more") + b"HTTP/1.1 404 No\r\n\r\n")],
        "/bare": [Answer(bare, close=True)],
    }
    with RawServer(answers) as server:
        scrapy("crawl", "netwellness", "-a", f"base={server.base}", *settings_for(tmp_path))
    records = [r for path in (tmp_path / "warcs").iterdir() for r in read_warc(path)]
    stored = responses(records)
    marked = [(path_of(r), r.get("WARC-Truncated"), r.get("Housecall-Odd")) for r in stored]
    assert sorted(mark for mark in marked if any(mark[1:])) == [
        ("/bare", "", "no head, as in HTTP/0.9"),
        *[("/half", "disconnect", "")] * 4,  # as often as it was asked for
        ("/more", "", "19 bytes behind the response"),
        ("/passing", "disconnect", ""),
        ("/passing", "disconnect", ""),
        ("/short", "", SAME_END),
        ("/short", "disconnect", ""),
    ]
    (more,) = (r for r in stored if path_of(r) == "/more")
    (surplus,) = (r for r in records if r.get("WARC-Refers-To"))
    assert surplus.get("WARC-Refers-To") == more.get("WARC-Record-ID")
    assert more.block + surplus.block == answers["/more"][0].data
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        rows = connection.execute("SELECT status, content_type FROM captures WHERE url LIKE ?",
                                  ["%/bare"]).fetchall()  # fmt: skip
    assert rows == [(200, "text/html")]
    assert not verify_archive(tmp_path / "warcs", tmp_path / "archive.db").findings


# -- conditions, pure -------------------------------------------------------------------------

BODY = b"body"
ORIGINAL = Original("urn:uuid:1", "http://example.org/", NOW, sha1_digest(BODY))


def known(etag: str = '"1"', last_modified: str = "") -> Validators:
    return Validators(ORIGINAL, etag, last_modified, NOW)


def exchange(block: bytes, truncated: str | None = None) -> Exchange:
    return Exchange("http://example.org/", "GET", NOW, response=block, truncated=truncated)


def test_validators_go_back_as_they_came() -> None:
    date = "Sun, 01 Mar 2026 12:00:00 GMT"
    assert condition_fields(known('W/"a"', date)) == (
        f'If-None-Match: W/"a"\r\nIf-Modified-Since: {date}\r\n'.encode()
    )
    assert condition_fields(known("", date)) == f"If-Modified-Since: {date}\r\n".encode()
    assert condition_fields(known("", "")) == condition_fields(None) == b""


def test_a_validator_cannot_smuggle_a_header() -> None:
    assert condition_fields(known('"a"\r\nX-Evil: 1', "b\nc")) == b""


@pytest.mark.parametrize(
    ("made", "asked", "repeats"),
    [
        (exchange(b"HTTP/1.1 304 Same\r\n\r\n"), known(), True),
        (exchange(b"HTTP/1.1 304 Same\r\n\r\n"), None, False),
        (exchange(b"HTTP/1.1 304 Same\r\n\r\n"), known(etag=""), False),
        (exchange(whole(BODY)), known(), True),
        (exchange(whole(BODY)), known(etag=""), True),
        (exchange(whole(BODY)), None, False),
        (exchange(whole(b"other")), known(), False),
        (exchange(whole(BODY), "disconnect"), known(), False),
        (exchange(whole(BODY, status=b"404 No")), known(), False),
    ],
)
def test_what_repeats_what_is_known(
    made: Exchange, asked: Validators | None, *, repeats: bool
) -> None:
    assert repeated(made, asked) == (ORIGINAL if repeats else None)
    assert stamp(ORIGINAL.captured_at)


def test_a_request_has_its_condition_once() -> None:
    fields = header_lines({"Accept": "*/*"}) + condition_fields(known())
    message = request_message(Request("http://example.org/a"), "example.org", "/a", "", fields)
    assert message == (
        b'GET /a HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nIf-None-Match: "1"\r\n\r\n'
    )


# -- names of cipher suites -------------------------------------------------------------------


def test_cipher_suites_have_their_iana_names() -> None:
    listed = subprocess.run(
        ["openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL"], capture_output=True, text=True
    ).stdout.splitlines()
    names = {line.split()[2]: line.split()[0] for line in listed}
    assert len(names) > 20
    wrong = {n: iana_name(n) for n, iana in names.items() if iana_name(n) not in (iana, None)}
    assert wrong == {}
    # Those that need no key shared beforehand, which is what a crawler can use, all have one.
    ours = [c["name"] for c in tls_context(verify=True).get_ciphers()]
    usable = [name for name in ours if "PSK" not in name and "SRP" not in name]
    assert usable
    assert [name for name in usable if iana_name(name) != names[name]] == []


def test_without_tls_there_is_nothing_to_note() -> None:
    assert tls_fields(None) == ()
    assert tls_context(verify=False).verify_mode == ssl.CERT_NONE
    assert tls_context(verify=True).check_hostname
