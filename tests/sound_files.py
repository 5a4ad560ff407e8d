"""Sound web archives of every kind that an import reads, the same bytes at every run."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import json
import zipfile
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from isal import igzip_lib

from pipelines.warc.reader import read_warc
from tests.pipelines.archive_makers import http_response, question_html, question_url

_START = datetime(2014, 5, 6, tzinfo=UTC)


@dataclass(frozen=True)
class SoundFile:
    """A sound file: its bytes, and its records (head, block) with their places in it.

    ``shared``: records share a compressed member, and a place ends where the last byte lies
    that is needed to decompress the record. ``untold_heads``: nothing guards the headers of
    records. ``untold_all``: nothing guards anything.
    """

    kind: str
    data: bytes
    records: tuple[tuple[bytes, bytes], ...]
    places: tuple[tuple[int, int], ...]
    shared: bool = False
    untold_heads: bool = False
    untold_all: bool = False


def sound_files(folder: Path, pages: int = 8) -> list[SoundFile]:
    """One of each kind.

    :param folder: where they may be written to be read
    """
    warc = [_warc_record(number) for number in range(pages)]
    arc = [_ARC_HEAD] + [_arc_record(number) for number in range(pages)]
    zstd = _zstd()
    words = zstd.ZstdDict(b"".join(warc)[:4000], is_raw=True)
    dictionary = b"\x5d\x2a\x4d\x18" + len(words.dict_content).to_bytes(4, "little")
    dictionary += words.dict_content
    checked = {zstd.CompressionParameter.checksum_flag: 1}
    frames = [zstd.compress(one, options=checked, zstd_dict=words) for one in warc]
    single = igzip_lib.compress(b"".join(warc), 1, igzip_lib.COMP_GZIP)
    one_frame = zstd.compress(b"".join(warc), options=checked)
    gz = [igzip_lib.compress(one, 1, igzip_lib.COMP_GZIP) for one in warc]
    arc_gz = [gzip.compress(one, 6, mtime=0) for one in arc]
    return [
        _file(folder, "warc", warc, untold_heads=True),
        _file(folder, "warc.gz", gz),
        _file(folder, "warc.gz, one", [single], shared=True),
        _file(folder, "warc.zst", frames, before=dictionary),
        _file(folder, "warc.zst, one", [one_frame], shared=True),
        _file(folder, "arc", arc, untold_all=True),
        _file(folder, "arc.gz", arc_gz),
        _wacz(folder, gz),
    ]


def _file(
    folder: Path, kind: str, parts: list[bytes], *, before: bytes = b"", **flags: Any
) -> SoundFile:
    data = before + b"".join(parts)
    path = folder / "sound"
    path.write_bytes(data)
    records = tuple((record.head, record.block) for record in read_warc(path))
    if flags.get("shared"):
        places = _ends(folder, data, records)
    else:
        places, at = [], len(before)
        for part in parts:
            places.append((0 if before and not places else at, at + len(part)))
            at += len(part)
        if before:  # without the dictionary there is nothing: each needs it too
            places = [(0, end) for _, end in places]
    return SoundFile(kind, data, records, tuple(places), **flags)


def _ends(
    folder: Path, data: bytes, records: tuple[tuple[bytes, bytes], ...]
) -> list[tuple[int, int]]:
    """How much of a file each record needs: found by cutting the file shorter and shorter."""
    path = folder / "cut"
    ends = [len(data)] * len(records)
    for size in range(len(data), 0, -16):
        path.write_bytes(data[:size])
        whole = sum(1 for _ in read_warc(path, lambda damage: None))
        for at in range(whole):
            ends[at] = size
    return [(0, end) for end in ends]


def _wacz(folder: Path, parts: list[bytes]) -> SoundFile:
    warc = b"".join(parts)
    buffer = io.BytesIO()
    resource = {"path": "archive/a.warc.gz", "hash": f"sha256:{hashlib.sha256(warc).hexdigest()}"}
    package = json.dumps({"profile": "data-package", "resources": [resource]}).encode()
    said = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (
            ("pages/pages.jsonl", b'{"format": "json-pages-1.0", "id": "pages"}\n'),
            ("archive/a.warc.gz", warc),
            ("datapackage.json", package),
            ("datapackage-digest.json", json.dumps(said).encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2014, 5, 6, 0, 0, 0)), content)
    data = buffer.getvalue()
    at = data.index(warc)
    inner = _file(folder, "wacz", parts)
    places = tuple((start + at, end + at) for start, end in inner.places)
    return SoundFile("wacz", data, inner.records, places)


def _zstd() -> Any:
    try:
        return importlib.import_module("compression.zstd")
    except ImportError:
        return importlib.import_module("backports.zstd")


def _warc_record(number: int) -> bytes:
    block = http_response(question_html(number, f"Answer {number}. " * (20 + 60 * (number % 3))))
    digest = b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    date = (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid5(NAMESPACE_URL, str(number))}>\r\n"
        f"WARC-Target-URI: {question_url(number)}\r\nWARC-Date: {date}\r\n"
        f"WARC-Block-Digest: sha1:{digest}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


_VERSION = b"1 0 A Writer\nURL IP-address Archive-date Content-type Archive-length\n"
_ARC_HEAD = b"filedesc://a.arc 0.0.0.0 20140506000000 text/plain %d\n%b\n" % (
    len(_VERSION), _VERSION,
)  # fmt: skip


def _arc_record(number: int) -> bytes:
    block = http_response(question_html(number, f"Answer {number}. " * 20))
    date = (_START + timedelta(minutes=number)).strftime("%Y%m%d%H%M%S")
    line = f"{question_url(number)} 192.0.2.1 {date} text/html {len(block)}\n"
    return line.encode() + block + b"\n"
