"""The lane says "sound" of what the careful checks find sound, and of nothing else."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.capture.interpret import interpret
from pipelines.db.models import Crawl
from pipelines.files.timestamps import stamp
from pipelines.verify.fast_pairs import Answer, Pair, sound_answer, sound_pair
from pipelines.verify.fast_reader import Accept, Reader
from pipelines.verify.record_index import entry_of, entry_of_answer, revisit_of, revisit_of_answer
from pipelines.verify.records import check_record, http_fault
from pipelines.verify.verify import verify_archive, verify_files
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.reader import DamagedWarc, Record, read_warc
from pipelines.warc.writer import WarcWriter, sha1_digest
from tests.conftest import Crawled
from tests.pipelines.archive_makers import (
    START,
    crawl_into,
    exchange,
    http_response,
    question_html,
    question_url,
)
from tests.pipelines.verify.damage import digests, field

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


#: Exchanges that must go by the lane.
ORDINARY = {
    "plain": exchange(URL, PLAIN),
    "no length": exchange(URL, b"HTTP/1.0 200 OK\r\n\r\nabc"),
    "no body": exchange(URL, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    "missing": exchange(URL, http_response(b"", "404 Not Found")),
    "chunked": exchange(URL, CHUNKED),
    "tls": replace(exchange(URL, PLAIN), extra=TLS),
    "redacted": replace(exchange(URL, PLAIN), request_extra=(("Housecall-Redacted", "Cookie"),)),
    "no address": replace(exchange(URL, PLAIN), ip_address=None),
    "not modified": repeated(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", f"sha1:{'A' * 32}"),
    "identical": repeated(PLAIN, sha1_digest(b"<p>Rest.</p>")),
}
#: Exchanges that only the careful checks can judge.
UNUSUAL = {
    "cut": exchange(URL, PLAIN[:-1], truncated="disconnect"),
    "cut unsaid": exchange(URL, PLAIN[:-1]),
    "chunks cut": exchange(URL, CHUNKED[:-1]),
    "trailers": exchange(URL, CHUNKED[:-2] + b"A: 1\r\n\r\n"),
    "chunk too long": exchange(URL, CHUNKED.replace(b"A\r\n0", b"F\r\n0")),
    "not chunked": exchange(URL, CHUNKED.replace(b"chunked", b"identity, chunked")),
    "two lengths": exchange(URL, http_response(b"abc", more="content-length: 4\r\n")),
    "not HTTP": exchange(URL, b"ICY 200 OK\r\n\r\nabc"),
    "interim": exchange(URL, b"HTTP/1.1 103 Early Hints\r\n\r\n" + PLAIN),
    "folded": exchange(URL, http_response(b"", more="X: 1\r\n Content-Length: 7\r\n")),
    "bare line end": exchange(URL, http_response(b"", more="X: 1\nETag: 7\r\n")),
    "odd name": exchange(URL, http_response(b"", more="Transfer-Encoding : chunked\r\n")),
    "latin-1": exchange(URL, PLAIN.replace(b"today", b"heute fr\xfch\x85")),
}


def members(folder: Path, *exchanges: Exchange) -> Iterator[tuple[Record, bytes]]:
    """The records of exchanges as they are written, each with what its gzip member holds."""
    with WarcWriter(folder, "test", {}) as writer:
        for one in exchanges:
            writer.write_exchange(one)
    for path in writer.finished_files:
        for record in read_warc(path):
            yield record, record.head + record.block + record.tail


def same(answer: Answer, record: Record) -> bool:
    """Whether the lane and the careful way make the same of a record."""
    row = interpret(record, "a", Crawl("c", "", source="live")).row
    assert row is not None
    assert entry_of_answer(answer) == entry_of(record)
    if answer.refers is not None:
        assert revisit_of_answer(answer, answer.refers) == revisit_of(record)
    return (
        *(answer.record_id, answer.url, answer.date, answer.status, answer.content_type),
        *(answer.payload_digest, answer.etag, answer.last_modified),
        answer.refers and answer.refers.record_id,
    ) == (
        *(row.record_id, row.url, stamp(row.captured_at), row.status, row.content_type),
        *(row.digest, row.etag, row.last_modified, row.revisit_of),
    )


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_pairs_go_by_the_lane(name: str, tmp_path: Path) -> None:
    _, (record, data), (request, asked) = members(tmp_path, ORDINARY[name])
    answer = sound_answer(data, record.offset, record.length)
    assert answer is not None
    assert same(answer, record)
    pair = sound_pair(answer, asked, request.offset, request.length)
    end = request.offset + request.length
    assert pair == Pair(answer, request.record_id, len(data) + len(asked), end)


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_ones_do_not(name: str, tmp_path: Path) -> None:
    _, (record, data), _ = members(tmp_path, UNUSUAL[name])
    assert sound_answer(data, record.offset, record.length) is None


def test_a_request_must_be_that_of_its_answer(tmp_path: Path) -> None:
    others = (replace(ORDINARY["plain"], ip_address="127.0.0.2"), exchange(URL, PLAIN, seconds=1))
    _, first, request, *rest = members(tmp_path, ORDINARY["plain"], ORDINARY["plain"], *others)
    answer = sound_answer(first[1], 0, 1)
    assert answer is not None
    assert sound_pair(answer, request[1], 1, 1) is not None
    for _, data in rest:
        assert sound_pair(answer, data, 1, 1) is None
    moved = replace_in(request[1], b"WARC-Date: 2020", b"WARC-Date: 2021")
    assert sound_pair(answer, moved, 1, 1) is None


def replace_in(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    return data.replace(old, new)


@pytest.mark.parametrize("name", ["plain", "chunked", "tls", "identical"])
def test_no_changed_byte_is_called_sound(name: str, tmp_path: Path) -> None:
    """Every byte of a record, in several ways; those in the header that it may say are facts."""
    _, (record, data), _ = members(tmp_path, ORDINARY[name])
    for at, byte in enumerate(data):
        for other in {byte ^ 1, byte ^ 32, ord(" "), ord("\n"), ord("a"), ord("9"), 0xFF} - {byte}:
            changed = data[:at] + bytes([other]) + data[at + 1 :]
            answer = sound_answer(changed, record.offset, record.length)
            if answer is None:
                continue
            assert at < len(record.head)
            end = len(record.head)
            headers = tuple(
                (line.partition(": ")[0], line.partition(": ")[2])
                for line in changed[:end].decode().split("\r\n")[1:-2]
            )
            again = replace(record, headers=headers, head=changed[:end])
            assert list(check_record(again, ours=True)) == [], (at, other)
            assert http_fault(again) is None
            assert same(answer, again), (at, other)


def test_a_month_that_is_none(tmp_path: Path) -> None:
    _, (_, data), _ = members(tmp_path, ORDINARY["plain"])
    assert sound_answer(data.replace(b"Date: 2020-01", b"Date: 2020-13"), 0, 1) is None


def test_framing_is_checked_where_digests_are_right(tmp_path: Path) -> None:
    _, (record, _), _ = members(tmp_path, ORDINARY["plain"])
    block = replace_in(record.block, b"Content-Length: 12", b"Content-Length: 13")
    head = digests(field(record.head, "Content-Length", str(len(block))), block, b"<p>Rest.</p>")
    assert sound_answer(head + block + b"\r\n\r\n", 0, 1) is None
    sound = replace_in(record.block, b"Rest.", b"REST.")
    head = digests(record.head, sound, b"<p>REST.</p>")
    assert sound_answer(head + sound + b"\r\n\r\n", 0, 1) is not None


# -- in its place ----------------------------------------------------------------------------


def stop(damage: DamagedWarc) -> None:
    raise damage


def keeping(pairs: list[Pair]) -> Accept:
    """Accepts all pairs, and keeps them."""

    def accept(pair: Pair) -> bool:
        pairs.append(pair)
        return True

    return accept


def test_all_whole_pairs_of_a_crawl_go_by_the_lane(crawled: Crawled) -> None:
    for path in crawled.warcs.iterdir():
        pairs: list[Pair] = []
        rest = list(Reader(path, stop, keeping(pairs)))
        records = {one.record_id: one for one in read_warc(path)}
        assert len(records) == len(rest) + 2 * len(pairs)
        assert len(pairs) > 20
        answers = [one for one in rest if one.record_type in ("response", "revisit")]
        assert {one.get("WARC-Truncated") for one in answers} == {"disconnect"}
        for pair in pairs:
            record = records[pair.answer.record_id]
            assert same(pair.answer, record)
            assert (pair.answer.offset, pair.answer.length) == (record.offset, record.length)


def test_what_is_not_accepted_is_handed_out_in_order(crawled: Crawled) -> None:
    path = min(crawled.warcs.iterdir())
    seen = iter(range(10_000))
    dropped: list[str] = []

    def every_second(pair: Pair) -> bool:
        if next(seen) % 2:
            dropped.extend((pair.answer.record_id, pair.request_id))
            return True
        return False

    rest = list(Reader(path, stop, every_second))
    assert dropped
    assert rest == [one for one in read_warc(path) if one.record_id not in dropped]


def test_members_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    """With what looks like the beginnings of members in them, stored as they are."""
    mark = gzip.compress(b"")[:3] + b"\0\0\0\0\0\0\xff"
    bodies = [os.urandom(size) + mark for size in (10, 1 << 20, 3_000_000, 1 << 20, 5)]
    bodies += [mark * 200_000, b"\0" * 5_000_000, os.urandom((1 << 20) - 700)]
    exchanges = [
        exchange(question_url(number), http_response(body, kind="application/pdf"))
        for number, body in enumerate(bodies)
    ]
    crawl_into(tmp_path, exchanges).close()
    (path,) = (tmp_path / "warcs").iterdir()
    assert list(Reader(path, stop)) == list(read_warc(path))
    pairs: list[Pair] = []
    rest = list(Reader(path, stop, keeping(pairs)))
    assert [len(pairs), len(rest)] == [len(bodies), 2]
    result = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert (result.findings, result.records, result.rows) == ([], 18, 8)
    data = path.read_bytes()
    for size in (len(data) - 1, len(data) - 30, len(data) // 2):
        path.write_bytes(data[:size])
        assert not verify_files([path]).sound


def test_tls_captures_are_sound(tmp_path: Path) -> None:
    page = http_response(question_html(1))
    cut = replace(exchange(question_url(2), page, seconds=1, truncated="time"), extra=TLS)
    crawl_into(tmp_path, [replace(exchange(URL, page), extra=TLS), cut]).close()
    result = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert [str(one) for one in result.findings] == []
    assert result.rows == 2
