"""The reader: whole records, or an error with its offset; nothing in between."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isal import igzip_lib

from parsers.records import Capture
from pipelines.capture.interpret import interpret
from pipelines.db.models import CaptureRow
from pipelines.files.timestamps import parse_stamp, stamp
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_at, read_warc
from pipelines.warc.record import Record
from pipelines.warc.writer import WarcWriter
from tests.pipelines.archive_makers import (
    SHARED_WARCS,
    exchange,
    http_response,
    needs_shared_warcs,
    question_url,
)

# What each sound file holds, and each broken one still gives: records, damaged offsets.
SHARED = {
    "webrecorder+warcio/example.warc.gz": (6, []),
    "webrecorder+warcio/example.warc": (6, []),
    "webrecorder+warcio/example-trunc.warc": (3, [1197]),
    "webrecorder+warcio.js/example-bad-length.warc": (5, [1197]),
    "webrecorder+warcio/example-bad-non-chunked.warc.gz": (6, []),
    "webrecorder+warcio/example-bad.warc.gz.bad": (6, []),
    "webrecorder+warcio/example-wrong-chunks.warc.gz": (1, [0]),
    "webrecorder+warcio/example-iana.org-chunked.warc": (3, []),
    "webrecorder+warcio/example-wget-bad-target-uri.warc.gz": (6, []),
    "webrecorder+warcio/example-digest.warc": (4, []),
    "internetarchive+gowarc/good.warc.gz.open": (50, []),
    "internetarchive+gowarc/corrupted-mid-record.warc.gz.open": (12, [1219]),
    "internetarchive+gowarc/corrupted-trailing-bytes.warc.gz.open": (30, [2362]),
    "internetarchive+gowarc/empty.warc.gz.open": (0, []),
    "internetarchive+gowarc/skip-non-open.warc.gz": (10, []),
    "chatnoir-eu+chatnoir-resiliparse/clipped.warc.gz": (0, [0]),
    "chatnoir-eu+chatnoir-resiliparse/clueweb-quirk.warc.gz": (30, []),
    "chatnoir-eu+chatnoir-resiliparse/block-sized-records.warc.gz": (3, []),
    "iipc+webarchive-commons/mutliple-headers.warc": (1, []),
    "oduwsdl+ipwb/broken.warc": (5, [3058]),
    "oduwsdl+ipwb/variableSizedDates.warc": (5, []),
    "oduwsdl+ipwb/baconIpsum_chunked.warc": (6, []),
    "webrecorder+cdxj-indexer/missing-http.warc.gz": (2, []),
    "archivesunleashed+aut/issue-493.warc": (32, []),
    "commoncrawl+whirlwind-python/whirlwind.warc.wet.gz": (2, []),
    "commoncrawl+whirlwind-python/whirlwind.warc.wat.gz": (2, []),
}


@needs_shared_warcs
@pytest.mark.parametrize("name", SHARED)
def test_real_files(name: str) -> None:
    path = SHARED_WARCS / name
    damages: list[DamagedWarc] = []
    records = list(read_warc(path, damages.append))
    assert (len(records), [damage.offset for damage in damages]) == SHARED[name]
    for record in records:
        assert len(record.block) == int(record.get("Content-Length"))
        if record.addressable:
            assert read_at(path, record.offset, record.length).block == record.block
    if damages:
        with pytest.raises(DamagedWarc):
            list(read_warc(path))


def by_type(path: Path, kind: str) -> Record:
    return next(record for record in read_warc(path) if record.record_type == kind)


def capture_of(name: str, kind: str) -> Capture | None:
    return interpret(by_type(SHARED_WARCS / name, kind), name).capture()


@needs_shared_warcs
def test_captures_of_real_files() -> None:
    gzipped = capture_of("webrecorder+warcio/example.warc.gz", "response")
    assert gzipped is not None
    assert gzipped.body.startswith(b"<!doctype html>")
    bacon = capture_of("oduwsdl+ipwb/baconIpsum_chunked.warc", "response")
    assert bacon is not None
    assert bacon.body.lstrip()[:1] == b"<"
    assert bacon.body.rstrip().endswith(b">")
    wet = capture_of("commoncrawl+whirlwind-python/whirlwind.warc.wet.gz", "conversion")
    assert wet is not None
    assert (wet.source, wet.content_type, wet.status) == ("wet", "text/plain", 200)
    wget = by_type(
        SHARED_WARCS / "webrecorder+warcio/example-wget-bad-target-uri.warc.gz", "response"
    )
    assert wget.url.startswith("http://")
    assert capture_of("commoncrawl+whirlwind-python/whirlwind.warc.wat.gz", "metadata") is None


@needs_shared_warcs
def test_no_record_of_a_real_file_makes_the_capture_code_fail() -> None:
    for name in SHARED:
        for record in read_warc(SHARED_WARCS / name, lambda damage: None):
            row = interpret(record, name).row
            capture = interpret(record, name).capture()
            assert capture is None or row is not None


def test_a_revisit_that_says_it_is_cut_to_its_head_is_not_damaged() -> None:
    def row(kind: str, reason: str) -> CaptureRow | None:
        headers = {
            "WARC-Type": kind, "WARC-Record-ID": "<urn:r>", "WARC-Target-URI": "http://x/",
            "WARC-Date": "2020-01-01T00:00:00Z", "Content-Type": "application/http",
            "WARC-Truncated": reason,
        }  # fmt: skip
        block = b'HTTP/1.1 200 OK\r\nETag: "e"\r\n\r\n'
        record = Record(tuple(headers.items()), b"", block, 0, 1, True)
        return interpret(record, "f").row

    cut = {
        (kind, why): row(kind, why)
        for kind in ("revisit", "response")
        for why in ("length", "disconnect")
    }
    assert {key: one and one.truncated for key, one in cut.items()} == {
        ("revisit", "length"): None,
        ("revisit", "disconnect"): "disconnect",
        ("response", "length"): "length",
        ("response", "disconnect"): "disconnect",
    }
    assert all(validator is not None and validator.etag == '"e"' for validator in cut.values())


@needs_shared_warcs
def test_a_revisit_is_a_row_and_no_page() -> None:
    revisit = by_type(SHARED_WARCS / "webrecorder+warcio/example.warc.gz", "revisit")
    row = interpret(revisit, "f").row
    assert row is not None
    assert row.revisit_of == "http://example.com/ 2017-03-06T04:02:06"
    assert row.digest == "sha1:G7HRM7BGOKSKMSXZAHMUQTTV53QOFSMK"
    assert interpret(revisit, "f").capture() is None


# -- our own files, damaged ------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with WarcWriter(tmp_path_factory.mktemp("sound"), "t", {"software": "x"}) as writer:
        for number in range(6):
            body = b"<p>%d</p>" % number * 40
            writer.write_exchange(exchange(question_url(number), http_response(body)))
    return writer.finished_files[0]


@pytest.mark.parametrize("plain", [False, True])
def test_a_file_cut_anywhere_never_gives_a_short_record(
    sound: Path, tmp_path: Path, plain: bool
) -> None:
    data = gzip.decompress(sound.read_bytes()) if plain else sound.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(data)
    records = list(read_warc(cut))
    # In a plain file, the two empty lines after the last record may be cut: it is whole.
    borders = [(0, 0)]
    for record in records:
        end = record.offset + record.length
        borders.append((end - 4 * plain, end))
    for size in range(0, len(data), 7):
        cut.write_bytes(data[:size])
        damages: list[DamagedWarc] = []
        found = list(read_warc(cut, damages.append))
        whole = sum(least <= size for least, _ in borders) - 1
        assert [record.block for record in found] == [record.block for record in records[:whole]]
        assert bool(damages) == (size > borders[whole][1])
        if damages:
            assert damages[0].offset == borders[whole][1]


@given(st.data())
def test_a_flipped_byte_never_passes_and_spoils_one_record(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(sound.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flip") / "f.warc.gz"
    path.write_bytes(content)
    records = list(read_warc(sound))
    damages: list[DamagedWarc] = []
    found = {record.record_id: record.block for record in read_warc(path, damages.append)}
    hit = next(record for record in records if record.offset <= at < record.offset + record.length)
    assert found.pop(hit.record_id, hit.block) == hit.block  # gzip's header has idle bits
    others = {record.record_id: record.block for record in records if record is not hit}
    assert found == others


def test_reading_goes_on_after_damage_and_says_where(sound: Path, tmp_path: Path) -> None:
    records = list(read_warc(sound))
    content = bytearray(sound.read_bytes())
    third = records[3]
    content[third.offset + third.length // 2] ^= 0xFF
    path = tmp_path / "f.warc.gz"
    path.write_bytes(content + b"garbage")
    damages: list[DamagedWarc] = []
    found = list(read_warc(path, damages.append))
    assert [record.record_id for record in found] == [
        record.record_id for record in records if record is not third
    ]
    assert [damage.offset for damage in damages] == [third.offset, len(content)]
    with pytest.raises(DamagedWarc) as raised:
        read_at(path, third.offset, third.length)
    assert raised.value.offset == third.offset


@pytest.mark.parametrize("members", ["one", "by halves", "plain"])
def test_any_division_into_members_is_read(sound: Path, tmp_path: Path, members: str) -> None:
    plain = gzip.decompress(sound.read_bytes())
    path = tmp_path / "f"
    if members == "plain":
        path.write_bytes(plain)
    elif members == "one":
        path.write_bytes(gzip.compress(plain))
    else:
        half = len(plain) // 2
        path.write_bytes(gzip.compress(plain[:half]) + gzip.compress(plain[half:]))
    records = list(read_warc(path))
    assert [record.block for record in records] == [record.block for record in read_warc(sound)]
    assert {record.addressable for record in records} == {members == "plain"}


def test_a_wrong_place_is_no_record(sound: Path) -> None:
    first, second, *_ = read_warc(sound)
    for offset, length in (
        (second.offset + 1, second.length),
        (second.offset, second.length - 1),
        (first.offset, first.length + second.length),
        (second.offset, 10**9),
    ):
        with pytest.raises(DamagedWarc):
            read_at(sound, offset, length)


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    with WarcWriter(tmp_path, "t", {}) as writer:
        for number in range(300):
            response = http_response(bytes([number % 251]) * 300_000)
            writer.write_exchange(exchange(question_url(number), response))
    single = tmp_path / "single.warc.gz"
    data = gzip.decompress(writer.finished_files[0].read_bytes())
    single.write_bytes(igzip_lib.compress(data, 1, igzip_lib.COMP_GZIP))
    size = len(data)
    del data
    for path in (writer.finished_files[0], single):
        tracemalloc.start()
        assert sum(1 for _ in read_warc(path)) == 601
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < size / 2


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_times_survive(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_stamp(stamp(aware)) == aware
    assert stamp(aware) < stamp(aware + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-01", "2014-01-01T00:00:00.000000Z"),
        ("2014-01-02T03:04:05Z", "2014-01-02T03:04:05.000000Z"),
        ("2014-01-02T03:04:05.01Z", "2014-01-02T03:04:05.010000Z"),
        ("2014-01-02T03:04:05.123456789Z", "2014-01-02T03:04:05.123456Z"),
        ("2014-01-02T03:04:05+02:00", "2014-01-02T01:04:05.000000Z"),
        ("2014-01-02t03:04:05z", "2014-01-02T03:04:05.000000Z"),
        ("2014-01-02 03:04:05", "2014-01-02T03:04:05.000000Z"),
        ("2014-01-02T03:04:05,5 UTC", "2014-01-02T03:04:05.500000Z"),
        ("2014-01-02T03:04:05-05", "2014-01-02T08:04:05.000000Z"),
        ("20140102", "2014-01-02T00:00:00.000000Z"),
        ("2014010203", "2014-01-02T03:00:00.000000Z"),
        ("201401020304", "2014-01-02T03:04:00.000000Z"),
        ("20140102030405", "2014-01-02T03:04:05.000000Z"),
        ("20140102030405678", "2014-01-02T03:04:05.678000Z"),
        ("2014-01-02T24:00:00Z", "2014-01-03T00:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
    ],
)
def test_dates_of_every_precision(text: str, expected: str) -> None:
    moment = parse_stamp(text)
    assert moment is not None
    assert stamp(moment) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2014-13-01", "2014-02-30", "20141301000000"])
def test_what_is_no_date(text: str) -> None:
    assert parse_stamp(text) is None
