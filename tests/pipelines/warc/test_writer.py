"""The writer, judged by readers that are not ours: warcio and FastWARC."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from pipelines.capture.crawl_records import warcinfo
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.reader import read_at, read_warc
from pipelines.warc.record import Record
from pipelines.warc.writer import IDENTICAL, NOT_MODIFIED, WarcWriter
from tests.pipelines.archive_makers import CRAWL, START, exchange, http_response, question_url

EXCHANGES = [
    exchange(question_url(1), http_response(b"<p>page</p>")),
    exchange(question_url(2), http_response(os.urandom(70_000), kind="image/png")),
    exchange(question_url(3), http_response(b"", "404 Not Found")),
    exchange(question_url(4), b"", error="connection refused"),
    exchange(question_url(5), http_response(b"12345")[:-3], truncated="disconnect"),
    exchange(question_url(6), b"\x16\x03\x01 not HTTP", error="not HTTP: \n two lines"),
    exchange("http://www.netwellness.org/caf\u00e9", http_response(b"x")),
]


def written(directory: Path, exchanges: list[Exchange], **more: int) -> list[Path]:
    with WarcWriter(directory, "t", warcinfo(CRAWL), **more) as writer:
        for one in exchanges:
            writer.write_exchange(one)
    return writer.finished_files


def test_warcio_finds_nothing_wrong(tmp_path: Path) -> None:
    files = written(tmp_path, EXCHANGES)
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("digest pass") == 1 + 7 + 7


def test_fastwarc_verifies_every_block(tmp_path: Path) -> None:
    (file,) = written(tmp_path, EXCHANGES)
    with file.open("rb") as stream:
        records = [r.verify_block_digest() for r in ArchiveIterator(stream, parse_http=False)]
    assert records == [True] * 15


def test_what_warcio_reads_is_what_was_sent_and_received(tmp_path: Path) -> None:
    (file,) = written(tmp_path, EXCHANGES[:1])
    with file.open("rb") as stream:
        blocks = {
            record.rec_type: record.raw_stream.read()
            for record in WarcioIterator(stream, no_record_parse=True)
        }
    assert blocks["response"] == EXCHANGES[0].response
    assert blocks["request"] == EXCHANGES[0].request
    assert b"housecall-crawl: {" in blocks["warcinfo"]


def test_headers_of_the_pair(tmp_path: Path) -> None:
    (file,) = written(tmp_path, EXCHANGES[:1])
    info, response, request = read_warc(file)
    assert request.get("WARC-Concurrent-To") == f"<{response.record_id}>"
    assert response.get("WARC-Warcinfo-ID") == f"<{info.record_id}>"
    assert response.get("WARC-IP-Address") == "127.0.0.1"
    assert response.get("WARC-Date") == "2020-01-01T00:00:00.000000Z"
    assert response.get("WARC-Protocol") == "http/1.1"
    payload = base64.b32encode(hashlib.sha1(b"<p>page</p>").digest()).decode()
    assert response.get("WARC-Payload-Digest") == f"sha1:{payload}"
    assert request.get("WARC-Payload-Digest") == ""
    assert info.get("WARC-Filename") == file.name


def test_the_payload_digest_is_over_the_entity_not_its_chunks(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    (file,) = written(tmp_path, [exchange(question_url(1), block)])
    _, response, _ = read_warc(file)
    assert response.block == block
    expected = base64.b32encode(hashlib.sha1(b"hello").digest()).decode()
    assert response.get("WARC-Payload-Digest") == f"sha1:{expected}"


def test_an_exchange_without_a_response_is_on_record(tmp_path: Path) -> None:
    (file,) = written(tmp_path, [EXCHANGES[3]])
    _, metadata, request = read_warc(file)
    assert metadata.record_type == "metadata"
    assert b"connection refused" in metadata.block
    assert request.get("WARC-Concurrent-To") == f"<{metadata.record_id}>"


def test_truncation_and_errors_are_on_record(tmp_path: Path) -> None:
    (file,) = written(tmp_path, EXCHANGES[4:6])
    responses = [record for record in read_warc(file) if record.record_type == "response"]
    assert [response.get("WARC-Truncated") for response in responses] == [
        "disconnect",
        "unspecified",
    ]
    assert responses[1].get("Housecall-Error") == "not HTTP: two lines"


NEWER = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\netag: b\r\n\r\n'


def a_repeat(directory: Path, response: bytes) -> tuple[Record, list[Record]]:
    """An exchange, one that says it repeats it, and what is in the file: first and second."""
    page = exchange(question_url(1), http_response(b"<p>page</p>"))
    with WarcWriter(directory, "t", warcinfo(CRAWL)) as writer:
        location = writer.write_exchange(page)
        original = Original(location.record_id, page.url, page.started_at, location.digest)
        again = exchange("http://netwellness.org/question.cfm/1.htm", response, seconds=60)
        again = replace(again, repeats=original)
        place = writer.write_exchange(again)
    _, first, _, *rest = read_warc(writer.finished_files[0])
    assert place.digest == rest[0].get("WARC-Payload-Digest")
    assert rest[1].block == again.request
    assert rest[1].get("WARC-Concurrent-To") == f"<{rest[0].record_id}>"
    return first, rest


def test_a_304_is_a_revisit_record(tmp_path: Path) -> None:
    original, (revisit, _) = a_repeat(tmp_path, NEWER)
    assert revisit.record_type == "revisit"
    assert revisit.get("WARC-Profile") == NOT_MODIFIED
    assert revisit.block == NEWER
    assert revisit.get("Content-Type") == "application/http; msgtype=response"
    assert revisit.get("WARC-Refers-To") == f"<{original.record_id}>"
    assert revisit.get("WARC-Refers-To-Target-URI") == original.url
    assert revisit.get("WARC-Refers-To-Date") == original.get("WARC-Date")
    assert revisit.get("WARC-Payload-Digest") == original.get("WARC-Payload-Digest")
    assert revisit.get("WARC-Truncated") == ""
    assert revisit.date == START + timedelta(seconds=60)


@pytest.mark.parametrize(
    "body", [b"Content-Length: 11\r\n\r\n<p>page</p>",
             b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>pa\r\n6\r\nge</p>\r\n0\r\n\r\n"]
)  # fmt: skip
def test_the_same_payload_is_a_revisit_record_of_the_head(tmp_path: Path, body: bytes) -> None:
    response = b"HTTP/1.1 200 Fine\r\nx-ODD:  1\r\n" + body
    original, (revisit, _) = a_repeat(tmp_path, response)
    assert revisit.get("WARC-Profile") == IDENTICAL
    assert revisit.block == response[: response.index(b"\r\n\r\n") + 4]
    assert revisit.get("WARC-Payload-Digest") == original.payload_digest
    assert revisit.get("WARC-Truncated") == ""


@pytest.mark.parametrize(
    ("response", "changes"),
    [
        (http_response(b"<p>page</p>"), {"truncated": "length"}),
        (http_response(b"<p>page</p>"), {"error": "reset"}),
        (http_response(b"<p>another</p>"), {}),  # nothing may be lost, whatever the caller says
        (NEWER[:-2], {}),
        (b"\x16\x03 not HTTP", {}),
    ],
)
def test_what_is_no_whole_repeat_is_kept_as_it_came(
    tmp_path: Path, response: bytes, changes: dict[str, Any]
) -> None:
    with WarcWriter(tmp_path, "t", {}) as writer:
        original = Original("urn:uuid:1", question_url(1), START, "sha1:AAAA")
        one = exchange(question_url(1), response, **changes)
        one = replace(one, repeats=original)
        writer.write_exchange(one)
    (_, record, _) = read_warc(writer.finished_files[0])
    assert (record.record_type, record.block) == ("response", response)


def test_other_readers_take_revisits(tmp_path: Path) -> None:
    for name, response in (("a", NEWER), ("b", http_response(b"<p>page</p>"))):
        a_repeat(tmp_path / name, response)
    files = sorted(tmp_path.glob("*/*.warc.gz"))
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    for file in files:
        with file.open("rb") as stream:
            sound = [one.verify_block_digest() for one in ArchiveIterator(stream, parse_http=False)]
        assert sound == [True] * 5
        with file.open("rb") as stream:
            revisit = next(one for one in WarcioIterator(stream) if one.rec_type == "revisit")
            assert revisit.http_headers.get_statuscode() in ("200", "304")
            assert revisit.content_stream().read() == b""


def test_locations_are_where_records_are(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "t", {}, max_bytes=40_000) as writer:
        places = [(one, writer.write_exchange(one)) for one in EXCHANGES * 2]
        writer.flush()
        last, place = places[-1]
        open_file = tmp_path / place.warc_file
        assert not open_file.exists()
        assert read_at(open_file, place.offset, place.length).block == last.response
    assert len(writer.finished_files) > 1
    for one, place in places:
        record = read_at(tmp_path / place.warc_file, place.offset, place.length)
        assert record.record_id == place.record_id
        assert record.block == one.response or record.record_type == "metadata"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in writer.finished_files)
    for path in writer.finished_files:
        assert next(read_warc(path)).record_type == "warcinfo"


def test_two_writers_with_one_prefix_do_not_collide(tmp_path: Path) -> None:
    writers = [WarcWriter(tmp_path, "t", {}) for _ in range(20)]
    for writer in writers:
        writer.open()
    assert len({writer.path for writer in writers}) == 20
    for writer in writers:
        writer.close()
    assert len(list(tmp_path.glob("*.warc.gz"))) == 20


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = WarcWriter(tmp_path, "t", {})
    first = writer.write_exchange(EXCHANGES[0])
    writer.flush()
    second = writer.write_exchange(EXCHANGES[1])
    write = os.write

    def half(fd: int, data: memoryview) -> int:
        if len(data) < 30_000:
            raise OSError(28, "No space left on device")
        return write(fd, data[:20_000])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        writer.flush()
    assert writer.path is not None
    assert [r.record_id for r in read_warc(writer.path)][1] == first.record_id
    monkeypatch.undo()
    writer.close()
    found = {record.record_id: record for record in read_warc(writer.finished_files[0])}
    assert found[second.record_id].block == EXCHANGES[1].response
    assert len(found) == 5


def test_a_line_break_in_an_address_cannot_forge_a_header(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "t", {}) as writer, pytest.raises(ValueError, match="line break"):
        writer.write_exchange(exchange("http://x/\r\nWARC-Type: resource", http_response(b"")))
    with pytest.raises(ValueError, match="line break"):
        WarcWriter(tmp_path, "t", {"operator": "a\nb"}).open()


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    naive = Exchange("http://x/", "GET", START.replace(tzinfo=None), response=http_response(b""))
    with WarcWriter(tmp_path, "t", {}) as writer, pytest.raises(ValueError, match="zone"):
        writer.write_exchange(naive)


@given(
    st.lists(
        st.tuples(st.binary(max_size=2000), st.binary(max_size=200), st.integers(0, 10**11)),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[bytes, bytes, int]]
) -> None:
    directory = tmp_path_factory.mktemp("w")
    exchanges = [
        Exchange(f"http://x/{n}", "GET", START.fromtimestamp(time / 100, START.tzinfo), None, q, r)
        for n, (r, q, time) in enumerate(cases)
    ]
    (file,) = written(directory, exchanges)
    records = [r for r in read_warc(file) if r.record_type in ("response", "request")]
    expected = [
        block for exchange in exchanges for block in (exchange.response, exchange.request) if block
    ]
    assert [record.block for record in records] == expected
    for record in records:
        assert record.addressable
        assert read_at(file, record.offset, record.length).block == record.block
    dates = [record.date for record in records if record.record_type == "response"]
    assert dates == [exchange.started_at for exchange in exchanges if exchange.response]
