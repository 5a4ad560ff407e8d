"""Exchanges of every kind that a server may send: which are sound, and what is wrong else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.verify.verify import verify_archive, verify_files
from pipelines.warc.damage import FindingKind
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.reader import read_warc
from pipelines.warc.record import sha1_digest
from pipelines.warc.writer import WarcWriter
from tests.pipelines.archive_makers import (
    START,
    crawl_into,
    exchange,
    http_response,
    question_html,
    question_url,
)
from tests.pipelines.verify.damage import digests, field, member

URL = question_url(1)
PLAIN = http_response(b"<p>Rest.</p>", more='ETag: "1"\r\nLast-Modified: today \r\n')
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-ENCODING: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
)
TLS = (
    ("WARC-Protocol", "tls/1.3"),
    ("WARC-Cipher-Suite", "TLS_AES_256_GCM_SHA384"),
    ("Housecall-TLS-Peer", "not verified"),
    ("Housecall-Interim", "103"),
)
ORIGINAL = Original("urn:uuid:00000000-0000-4000-8000-000000000000", URL, START, "")


def repeated(response: bytes, digest: str) -> Exchange:
    return replace(exchange(URL, response), repeats=replace(ORIGINAL, digest=digest))


SOUND = {
    "plain": exchange(URL, PLAIN),
    "no length": exchange(URL, b"HTTP/1.0 200 OK\r\n\r\nabc"),
    "no body": exchange(URL, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    "missing": exchange(URL, http_response(b"", "404 Not Found")),
    "chunked": exchange(URL, CHUNKED),
    "trailers": exchange(URL, CHUNKED[:-2] + b"A: 1\r\n\r\n"),
    "tls": replace(exchange(URL, PLAIN), extra=TLS),
    "redacted": replace(exchange(URL, PLAIN), request_extra=(("Housecall-Redacted", "Cookie"),)),
    "no address": replace(exchange(URL, PLAIN), ip_address=None),
    "not modified": repeated(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", f"sha1:{'A' * 32}"),
    "identical": repeated(PLAIN, sha1_digest(b"<p>Rest.</p>")),
    "cut, and said to be": exchange(URL, PLAIN[:-1], truncated="disconnect"),
    "two lengths": exchange(URL, http_response(b"abc", more="content-length: 4\r\n")),
    "not HTTP": exchange(URL, b"ICY 200 OK\r\n\r\nabc"),
    "interim": exchange(URL, b"HTTP/1.1 103 Early Hints\r\n\r\n" + PLAIN),
    "folded": exchange(URL, http_response(b"", more="X: 1\r\n Content-Length: 7\r\n")),
    "bare line end": exchange(URL, http_response(b"", more="X: 1\nETag: 7\r\n")),
    "latin-1": exchange(URL, PLAIN.replace(b"today", b"heute fr\xfch\x85")),
}
BADLY_FRAMED = {
    "cut": exchange(URL, PLAIN[:-1]),
    "chunks cut": exchange(URL, CHUNKED[:-1]),
    "chunk too long": exchange(URL, CHUNKED.replace(b"A\r\n0", b"F\r\n0")),
    "two codings": exchange(URL, CHUNKED.replace(b"chunked", b"identity, chunked")[:-1]),
    "space before the colon": exchange(
        URL, http_response(b"", more="Transfer-Encoding : chunked\r\n")
    ),
}


def only_file(folder: Path, *exchanges: Exchange) -> Path:
    """The WARC file of some exchanges. Named as ours are, so that all is demanded."""
    with WarcWriter(folder, "test", {}) as writer:
        for each in exchanges:
            writer.write_exchange(each)
    (path,) = writer.finished_files
    return path


def findings(path: Path) -> list[FindingKind]:
    return [finding.kind for finding in verify_files([path]).findings]


@pytest.mark.parametrize("name", SOUND)
def test_sound_exchanges(name: str, tmp_path: Path) -> None:
    assert findings(only_file(tmp_path, SOUND[name])) == []


@pytest.mark.parametrize("name", BADLY_FRAMED)
def test_responses_that_are_not_framed_to_their_end(name: str, tmp_path: Path) -> None:
    assert findings(only_file(tmp_path, BADLY_FRAMED[name])) == [FindingKind.HTTP]


@pytest.mark.parametrize("name", ["plain", "chunked", "tls", "identical"])
def test_each_changed_byte_of_a_block_is_found(name: str, tmp_path: Path) -> None:
    path = only_file(tmp_path, SOUND[name])
    _, record, request = read_warc(path)
    before, after = path.read_bytes()[: record.offset], path.read_bytes()[request.offset :]
    for at, byte in enumerate(record.block):
        for other in {byte ^ 1, ord(" "), 0xFF} - {byte}:
            block = record.block[:at] + bytes([other]) + record.block[at + 1 :]
            path.write_bytes(before + member(record.head + block + record.tail) + after)
            assert FindingKind.BLOCK_DIGEST in findings(path), (at, other)


def test_framing_is_checked_where_digests_are_right(tmp_path: Path) -> None:
    path = only_file(tmp_path, SOUND["plain"])
    _, record, request = read_warc(path)
    before, after = path.read_bytes()[: record.offset], path.read_bytes()[request.offset :]
    for old, new, payload, kinds in (
        (b"Content-Length: 12", b"Content-Length: 13", b"<p>Rest.</p>", [FindingKind.HTTP]),
        (b"Rest.", b"REST.", b"<p>REST.</p>", []),
    ):
        block = record.block.replace(old, new)
        assert block != record.block
        head = field(record.head, "Content-Length", str(len(block)))
        forged = member(digests(head, block, payload) + block + record.tail)
        path.write_bytes(before + forged + after)
        assert findings(path) == kinds


def test_a_request_must_be_that_of_its_response(tmp_path: Path) -> None:
    path = only_file(tmp_path, SOUND["plain"])
    *_, request = read_warc(path)
    before = path.read_bytes()[: request.offset]
    for name, value in (
        ("WARC-IP-Address", "127.0.0.2"),
        ("WARC-Date", "2021-01-01T00:00:00.000000Z"),
        ("WARC-Target-URI", question_url(2)),
        ("WARC-Concurrent-To", f"<{ORIGINAL.record_id}>"),
    ):
        head = field(request.head, name, value)
        path.write_bytes(before + member(head + request.block + request.tail))
        assert set(findings(path)) == {FindingKind.PAIR}, name


def test_members_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    """With what looks like the beginnings of members in them, stored as they are."""
    mark = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    bodies = [os.urandom(size) + mark for size in (10, 1 << 20, 3_000_000, 1 << 20, 5)]
    bodies += [mark * 200_000, b"\0" * 5_000_000, os.urandom((1 << 20) - 700)]
    exchanges = [
        exchange(question_url(number), http_response(body, kind="application/pdf"))
        for number, body in enumerate(bodies)
    ]
    crawl_into(tmp_path, exchanges).close()
    (path,) = (tmp_path / "warcs").iterdir()
    result = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert (result.findings, result.records, result.rows) == ([], 18, 8)
    data = path.read_bytes()
    for size in (len(data) - 1, len(data) - 30, len(data) // 2):
        path.write_bytes(data[:size])
        assert findings(path)


def test_tls_captures_agree_with_their_rows(tmp_path: Path) -> None:
    page = http_response(question_html(1))
    cut = replace(exchange(question_url(2), page, seconds=1, truncated="time"), extra=TLS)
    crawl_into(tmp_path, [replace(exchange(URL, page), extra=TLS), cut]).close()
    result = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert [str(finding) for finding in result.findings] == []
    assert result.rows == 2
