"""WACZ and ZIP files as people's programs write them: what an import reads, and what it says.

Whatever is read is stored so that ``verify`` and ``rebuild`` find it sound ever after.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from pipelines.db.content_digest import content_digest
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.ingest.result import IngestResult
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from pipelines.verify.verify import verify_archive
from tests.pipelines.archive_makers import (
    SHARED_WARCS,
    http_response,
    question_html,
    question_url,
)

CASES = SHARED_WARCS.parent / "cases"
PACKAGE, DIGEST = "datapackage.json", "datapackage-digest.json"
Files = dict[str, bytes]


def warc(number: int) -> bytes:
    """A WARC file with one question page."""
    block = http_response(question_html(number))
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:{number}>\r\n"
        f"WARC-Target-URI: {question_url(number)}\r\nWARC-Date: 2014-05-06T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def listed(files: Files, hash_of: Any = sha256, **more: Any) -> bytes:
    """A datapackage.json."""
    resources = [{"path": name, "hash": hash_of(data)} for name, data in files.items()]
    return json.dumps({"profile": "data-package", "resources": resources, **more}).encode()


def contents(number: int, hash_of: Any = sha256, digest: str | None = None) -> Files:
    """The files of a WACZ."""
    files = {
        "archive/data.warc.gz": warc(number),
        "pages/pages.jsonl": b'{"format":"json-pages-1.0","id":"pages"}\n',
    }
    package = listed(files, hash_of)
    said = json.dumps({"path": PACKAGE, "hash": digest or sha256(package)}).encode()
    return {**files, PACKAGE: package, DIGEST: said}


def zipped(files: Files | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP file; names go into it as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, data in files.items() if isinstance(files, dict) else files:
            info = zipfile.ZipInfo("x", (2004, 5, 6, 0, 0, 0))
            info.filename, info.compress_type = name, method
            archive.writestr(info, data)
    return out.getvalue()


def renamed(before: str, number: int, slash: str = "/") -> bytes:
    return zipped({before + name.replace("/", slash): b for name, b in contents(number).items()})


def without_directory(data: bytes) -> bytes:
    return data[: data.index(b"PK\1\2")]


def streamed(number: int, *, long_sizes: bool) -> bytes:
    """As written to a pipe: sizes stand behind the entries."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in contents(number).items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=long_sizes) as out:
                out.write(data)
    return pipe.data


def changed(data: bytes, at: bytes, offset: int, byte: int) -> bytes:
    place = data.index(at) + offset
    return data[:place] + bytes([data[place] ^ byte]) + data[place + 1 :]


SECRET = bytes(255 - byte for byte in warc(1))
MAC = {"__MACOSX/c/archive/._data.warc.gz": b"\0\5\x16\7" + bytes(60), "c/.DS_Store": b"\0\0\0\1"}
BOTH = {"a.wacz": zipped(contents(1)), "b/b.wacz": zipped(contents(2))}
MULTI = {PACKAGE: listed(BOTH, profile="multi-wacz-package"), **BOTH}
#: name -> (file, questions, what its notes say)
SOUND: dict[str, tuple[bytes, int, str]] = {
    "plain": (zipped(contents(1)), 1, "2 of 2 hashes"),
    "deflated": (zipped(contents(1), zipfile.ZIP_DEFLATED), 1, "2 of 2"),
    "bzip2": (zipped(contents(1), zipfile.ZIP_BZIP2), 1, "2 of 2"),
    "folder": (renamed("My Crawl/", 1), 1, "2 of 2 hashes of My Crawl/datapackage.json"),
    "backslashes": (renamed("", 1, "\\"), 1, "2 of 2"),
    "drive": (renamed("C:\\crawl\\", 1, "\\"), 1, "2 of 2"),
    "climbs": (renamed("../../", 1), 1, "2 of 2"),
    "absolute": (renamed("/etc/", 1), 1, "2 of 2"),
    "capitals": (zipped({k.upper(): v for k, v in contents(1).items()}), 1, "2 of 2"),
    "macOS": (zipped({**{f"c/{k}": v for k, v in contents(1).items()}, **MAC}), 1, "2 of 2"),
    "folders listed": (zipped([("archive/", b""), *contents(1).items()]), 1, "2 of 2"),
    "within a ZIP": (zipped({"sub/in.wacz": zipped(contents(1))}), 1, "sub/in.wacz: 2 of 2"),
    "within, deflated": (zipped({"in.wacz": zipped(contents(1))}, 8), 1, "in.wacz: 2 of 2"),
    "several": (zipped(BOTH), 2, "b/b.wacz: 2 of 2"),
    "multi-wacz-package": (zipped(MULTI), 2, "2 of 2 hashes of datapackage.json"),
    "one name twice": (zipped([*contents(1).items(), ("archive/data.warc.gz", warc(2))]), 2, ""),
    "behind a program": (b"MZ" + b"\x90\0" * 3000 + zipped(contents(1)), 1, "2 of 2"),
    "bytes behind": (zipped(contents(1)) + b"behind\n" * 300, 1, "2 of 2"),
    "to a pipe": (streamed(1, long_sizes=False), 1, "2 of 2"),
    "ZIP64": (streamed(1, long_sizes=True), 1, "2 of 2"),
    "md5": (zipped(contents(1, lambda b: "md5:" + hashlib.md5(b).hexdigest())), 1, "2 of 2"),
    "hash of no kind": (zipped(contents(1, lambda b: "sha`256:00")), 1, "(sha`256) is not checked"),
    "no package": (zipped({"archive/data.warc.gz": warc(1)}), 1, "no hashes to check"),
    "its name says nothing": (zipped({"archive/rec-1": warc(1)}), 1, ""),
    "ZIP of WARC files": (zipped({"x/a.warc.gz": warc(1), "b.warc.gz": warc(2)}, 8), 2, ""),
    "saved pages": (
        zipped({"www.netwellness.org/question.cfm/7.htm": question_html(7), "x.gif": b"G\0"}),
        1, "",
    ),
}  # fmt: skip

#: name -> (file, questions, what is said to be wrong)
UNSOUND: dict[str, tuple[bytes, int, str]] = {
    "no directory": (without_directory(zipped(contents(1))), 1, "directory cannot be read"),
    "no directory, deflated": (without_directory(zipped(contents(1), 8)), 1, "cannot be read"),
    "no directory, to a pipe": (without_directory(streamed(1, long_sizes=True)), 1, "directory"),
    "no directory within": (
        zipped({"a.wacz": without_directory(zipped(contents(1)))}), 1, "a.wacz: the ZIP directory",
    ),
    "head of an entry": (changed(zipped(contents(1)), b"PK\3\4", 26, 1), 1, "its head is damaged"),
    "checksum": (
        changed(changed(zipped(contents(1)), b"PK\1\2", 16, 9), b"PK\3\4", 14, 9), 1, "checksum",
    ),
    "name no UTF-8": (
        zipped({"archive/é.warc.gz": warc(1)}).replace("é".encode(), b"\xe9x"), 1, "directory",
    ),
    "hash": (zipped(contents(1, lambda b: "sha256:" + 64 * "0")), 1, "sha256 is not what"),
    "hash of another kind": (zipped(contents(1, lambda b: "md5:" + 32 * "0")), 1, "md5 is not"),
    "hash of the package": (zipped(contents(1, digest="sha256:" + 64 * "1")), 1, f"{DIGEST} says"),
    "a file is missing": (zipped({**contents(1), PACKAGE: listed({"x": b""})}), 1, "not there"),
    "encrypted": (
        changed(changed(zipped({"a.warc.gz": SECRET}), b"PK\1\2", 8, 1), b"PK\3\4", 6, 1),
        0, "it is encrypted",
    ),
    "unknown compression": (
        changed(zipped({"a.warc.gz": SECRET}, 8), b"PK\1\2", 10, 1), 0, "Deflate64",
    ),
    "nothing": (zipped({}), 0, "without a WARC file"),
    "no page": (zipped({"readme.txt": b"hello"}), 0, "readme.txt does not say which page"),
    "in gzip": (gzip.compress(zipped(contents(1))), 0, "unpack it once"),
}  # fmt: skip


def imported(path: Path, folder: Path) -> tuple[IngestResult, int]:
    """The result, and how many questions there are; checks the archive that came of it."""
    store = Store.open(folder / "archive.db")
    (result,) = ingest([path], folder / "warcs", store)
    questions = store.db["questions"].count
    digest = content_digest(store.db)
    store.close()
    findings = verify_archive(folder / "warcs", folder / "archive.db").findings
    assert [str(finding) for finding in findings] == []
    assert rebuild(folder / "warcs", folder / "again.db").digest == digest
    assert not list((folder / "warcs").glob(".*"))
    (looked,) = dry_run([path])
    assert (looked.records, looked.sound) == (result.records, result.sound)
    return result, questions


def wrong_with(result: IngestResult) -> str:
    return "; ".join([result.error or "", *(each.why for each in result.damaged)])


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_zip_file_is_read_whole(tmp_path: Path, kind: str) -> None:
    data, questions, note = SOUND[kind]
    path = tmp_path / "f.wacz"
    path.write_bytes(data)
    result, count = imported(path, tmp_path)
    assert (wrong_with(result), result.failures) == ("", [])
    assert (count, result.new) == (questions, questions)
    assert note in (result.note or "")


@pytest.mark.parametrize("kind", UNSOUND)
def test_what_is_wrong_is_said_and_the_rest_is_read(tmp_path: Path, kind: str) -> None:
    data, questions, why = UNSOUND[kind]
    path = tmp_path / "f.wacz"
    path.write_bytes(data)
    result, count = imported(path, tmp_path)
    assert why in wrong_with(result)
    assert (count, result.new) == (questions, questions)


def test_the_date_of_a_saved_page_is_that_of_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    path.write_bytes(SOUND["saved pages"][0])
    store = Store.open(tmp_path / "archive.db")
    ingest([path], tmp_path / "warcs", store)
    (row,) = store.db["captures"].rows
    assert row["captured_at"] == "2004-05-06T00:00:00.000000Z"


def test_zip_files_in_each_other_have_an_end_and_share_their_room(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    data = zipped({"a.warc.gz": warc(1)})
    for depth in range(6):
        data = zipped({f"{depth}.zip": data}, zipfile.ZIP_DEFLATED)
    path.write_bytes(data)
    (result,) = dry_run([path])
    assert "so many ZIP files" in wrong_with(result)
    bomb = zipped({"archive/a.warc": bytes(40_000_000)}, zipfile.ZIP_DEFLATED)
    path.write_bytes(zipped({f"{n}.zip": bomb for n in range(4)}, zipfile.ZIP_DEFLATED))
    (result,) = dry_run([path])
    assert "unpacks to more than" in wrong_with(result)


def entry(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2004, 5, 6, 0, 0, 0))
    info.create_system, info.external_attr = 3, (kind | 0o644) << 16
    return info


def test_entries_with_names_of_other_places_stay_in_the_file(tmp_path: Path) -> None:
    """No entry becomes a file outside, or a page that it only points to; each is named."""
    page = question_html(1)
    entries = [
        (entry("../../up.htm"), page, "../../up.htm: a name that leads out of the file"),
        (entry("/etc/absolute.htm"), page, "/etc/absolute.htm: a name that leads out"),
        (entry("C:\\drive.htm"), page, "a name that leads out of the file, read as drive.htm"),
        (entry("a\\..\\..\\back.htm"), page, "a name that leads out of the file, read as a/back"),
        (entry("link.htm", stat.S_IFLNK), b"/etc/passwd", "link.htm: a symbolic link"),
        (entry("folder", stat.S_IFLNK), b"/tmp", "folder: a symbolic link"),
        (entry("folder/below.htm"), page, ""),
        (entry("disk.htm", stat.S_IFBLK), b"", "disk.htm: a device"),
        (entry("pipe.htm", stat.S_IFIFO), b"", "pipe.htm: a named pipe"),
        (entry("CON.htm"), page, ""),
        (entry("twice.htm"), page, ""),
        (entry("twice.htm"), page, "twice.htm: there is another of this name"),
        (entry("Twice.HTM"), page, ""),
    ]
    path = tmp_path / "in" / "f.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for info, data, _ in entries:
            archive.writestr(info, data)
    store = Store.open(tmp_path / "archive.db")
    options = ImportOptions(base="http://www.netwellness.org/saved/")
    (result,) = ingest([path], tmp_path / "warcs", store, options)
    for _, _, why in entries:
        assert why in f"{wrong_with(result)} {result.note}"
    read = {row["url"].partition("/saved/")[2] for row in store.db["captures"].rows}
    assert read == {
        "up.htm", "etc/absolute.htm", "drive.htm", "a/back.htm", "folder/below.htm", "CON.htm",
        "twice.htm", "Twice.HTM",
    }  # fmt: skip
    files = {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*")}
    assert files <= {"in", "warcs", "archive.db", "archive.db-wal", "archive.db-shm"}
    assert [file.suffix for file in (tmp_path / "warcs").iterdir()] == [".gz"]


@pytest.mark.parametrize("name", ["../a.warc.gz", "/a.warc.gz", "a.warc.gz"])
@pytest.mark.parametrize("kind", [stat.S_IFREG, stat.S_IFLNK])
def test_web_archives_by_names_of_other_places(tmp_path: Path, name: str, kind: int) -> None:
    path = tmp_path / "f.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry(f"archive/{name}", kind), warc(1))
        archive.writestr(entry("archive/b.warc.gz"), warc(2))
    result, count = imported(path, tmp_path)
    assert count == (2 if kind == stat.S_IFREG else 1)
    assert ("a symbolic link" in wrong_with(result)) == (kind == stat.S_IFLNK)


# -- signatures


def signed_by(key: ec.EllipticCurvePrivateKey, text: str, *, raw: bool) -> str:
    signature = key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    if raw:
        size = (key.key_size + 7) // 8
        signature = b"".join(n.to_bytes(size) for n in decode_dss_signature(signature))
    return b64encode(signature).decode()


def signed_wacz(path: Path, **changes: Any) -> IngestResult:
    """What an import says of a WACZ that a browser signed."""
    key = ec.generate_private_key(ec.SECP384R1())
    files = contents(1)
    digest = sha256(files[PACKAGE])
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signed = {
        "hash": digest,
        "signature": signed_by(key, digest, raw=True),
        "publicKey": b64encode(public).decode(),
        "created": "2014-05-06T00:00:00Z",
        **changes,
    }
    files[DIGEST] = json.dumps({"path": PACKAGE, "hash": digest, "signedData": signed}).encode()
    path.write_bytes(zipped(files))
    (result,) = dry_run([path])
    assert result.records == 1
    return result


def certificate(key: ec.EllipticCurvePrivateKey, host: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    begun = datetime(2014, 5, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begun).not_valid_after(begun + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(Encoding.PEM).decode()


def test_the_signature_of_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "f.wacz"
    result = signed_wacz(path)
    assert result.sound
    assert "names nobody: the signature holds" in str(result.note)
    for changes, why in (
        ({"hash": "sha256:" + 64 * "0"}, "another hash|not that of its key"),
        ({"signature": b64encode(bytes(96)).decode()}, "not that of its key"),
        ({"signature": "no base64"}, "cannot be checked"),
        ({"publicKey": "QUJD"}, "cannot be checked"),
        ({"publicKey": None}, "cannot be checked"),
        ({"domain": "x.org"}, "cannot be checked"),
    ):
        assert re.search(why, wrong_with(signed_wacz(path, **changes))), changes


@pytest.mark.parametrize(
    ("host", "created", "why"),
    [
        ("sign.x.org", "2014-05-06T00:00:00Z", ""),
        ("*.x.org", "2014-05-06T00:00:00Z", ""),
        ("other.org", "2014-05-06T00:00:00Z", "not of sign.x.org"),
        ("sign.x.org", "2020-05-06T00:00:00Z", "not within that of the certificate"),
    ],
)
def test_the_signature_of_a_domain(tmp_path: Path, host: str, created: str, why: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    digest = sha256(contents(1)[PACKAGE])
    result = signed_wacz(
        tmp_path / "f.wacz",
        domain="sign.x.org",
        domainCert=certificate(key, host),
        signature=signed_by(key, digest, raw=False),
        created=created,
    )
    assert why in wrong_with(result)
    assert result.sound == (not why)


@pytest.mark.skipif(not (CASES / "c08").is_dir(), reason=f"the sample cases are not at {CASES}")
def test_cases_of_other_archives(tmp_path: Path) -> None:
    made = tmp_path / "made"
    subprocess.run(
        [sys.executable, CASES / "c08" / "make.py"], env={"OUT_DIR": str(made)}, check=True
    )
    empty = {"716-collection-json.wacz"}
    for path in sorted(made.iterdir()):
        folder = tmp_path / path.stem
        folder.mkdir()
        result, questions = imported(path, folder)
        assert (result.sound, questions > 0) == (path.name not in empty,) * 2, path.name


def test_the_sizes_of_zip64_are_read_in_heads_too(tmp_path: Path) -> None:
    """Where the directory is gone, a head says its sizes in an extra field."""
    data = warc(1)
    extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
    head = struct.pack(
        "<4sHHHHHLLLHH", b"PK\3\4", 45, 0, 0, 0, 33, 0, 0xFFFFFFFF, 0xFFFFFFFF, 9, len(extra)
    )
    path = tmp_path / "f.wacz"
    path.write_bytes(head + b"a.warc.gz" + extra + data)
    (result,) = dry_run([path])
    assert (result.records, result.pages) == (1, 1)
