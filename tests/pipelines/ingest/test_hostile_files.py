"""Files made to hurt: lengths, bombs, and headers without end. None costs memory or time."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.input_files import ImportOptions
from pipelines.ingest.result import IngestResult
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc
from tests.sound_files import _zstd, sound_files

HEAD = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x:1>\r\nContent-Length: %d\r\n\r\n"
LIMIT = 300 << 20


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    sound = sound_files(tmp_path_factory.mktemp("sound"))[0]
    return sound.data[slice(*sound.places[0])]


@pytest.fixture
def watched() -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < LIMIT


def packed(data: bytes, how: str) -> bytes:
    if how == "plain":
        return data
    return gzip.compress(data) if how == "gzip" else bytes(_zstd().compress(data))


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("size", [10**18 - 1, 10**18, 10**12, 10**9, 10**6])
@pytest.mark.usefixtures("watched")
def test_a_length_that_cannot_be(record: bytes, tmp_path: Path, how: str, size: int) -> None:
    path = tmp_path / "f"
    path.write_bytes(packed(record + HEAD % size + b"short\r\n\r\n" + record * 2, how))
    damaged: list[DamagedWarc] = []
    assert len(list(read_warc(path, damaged.append))) == 3
    assert len(damaged) == 1


@pytest.mark.parametrize("how", ["gzip", "zstd"])
@pytest.mark.usefixtures("watched")
def test_a_bomb_is_passed_over(record: bytes, tmp_path: Path, how: str) -> None:
    size = 400_000_000
    bomb = HEAD % size + bytes(size) + b"\r\n\r\n"
    path = tmp_path / "f"
    path.write_bytes(packed(record + bomb + record, how))
    del bomb
    tracemalloc.reset_peak()
    damaged: list[DamagedWarc] = []
    assert len(list(read_warc(path, damaged.append))) == 2
    assert [one.kind.value for one in damaged] == ["size"]


def test_a_head_without_end_and_zeros(record: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f"
    for junk in (
        b"WARC/1.0\r\n" + b"x: y\r\n" * 500_000,
        b"WARC/1.0\r\nContent-Length: 3\r\n" * 20_000,
        b"\x1f\x8b\x08\x00" * 200_000,
        b"filedesc://x 0.0.0.0 20140506000000 text/plain 5\n" * 2000,
    ):
        path.write_bytes(record + junk + record)
        damaged: list[DamagedWarc] = []
        found = list(read_warc(path, damaged.append))
        assert sum(one.record_type == "response" for one in found) == 2
        assert damaged
    path.write_bytes(record + bytes(3_000_000) + record)  # as what fills a tape
    assert len(list(read_warc(path))) == 2


def test_zip_bombs_and_torn_directories(record: bytes, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/a.warc", bytes(300_000_000))
    path = tmp_path / "f.wacz"
    path.write_bytes(buffer.getvalue())
    (result,) = dry_run([path])
    assert "unpacks to more" in str([one.why for one in result.damaged])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/a.warc.gz", gzip.compress(record) * 3)
    for cut in (1, 30, 60, 80):
        path.write_bytes(buffer.getvalue()[:-cut])
        (result,) = dry_run([path])
        assert (result.records, result.error) == (3, None)
        assert result.damaged


@given(
    st.lists(
        st.sampled_from(
            [b"WARC/1.0\r\n", b"WARC-Type: response\r\n", b"Content-Length: ", b"5", b"0", b"-1",
             b"\r\n", b"\n", b"http://x.org/ 1.2.3.4 20140506000000 text/html 5\n", b"hello",
             b"filedesc://x 0.0.0.0 20140506000000 text/plain 5\n", b"\x1f\x8b\x08\x00", b"\0",
             b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"{\"url\": \"x\"}\n", b"<html>",
             gzip.compress(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n")]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_bytes_are_read_without_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("any") / "f"
    path.write_bytes(b"".join(parts))
    (result,) = dry_run([path], ImportOptions(url="http://x.org/"))
    assert isinstance(result, IngestResult)
    list(read_warc(path, lambda damage: None))
