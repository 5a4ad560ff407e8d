"""Sound files give no false alarm; files that grow, revisits, folders, several processes."""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.verify.findings import VerifyResult
from pipelines.verify.records import http_fault
from pipelines.verify.verify import verify_archive, verify_files
from pipelines.warc.damage import FindingKind
from pipelines.warc.exchange import Original
from pipelines.warc.framing import NO_CHUNKS, OPEN_TRAILERS, SAME_END
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record, parsed, same_digest, sha1_digest
from tests.conftest import Crawled
from tests.pipelines.archive_makers import (
    SHARED_WARCS,
    crawl_into,
    exchange,
    http_response,
    needs_shared_warcs,
    question_html,
    question_url,
)
from tests.pipelines.ingest.odd_archives import members, record
from tests.pipelines.verify.damage import field, member

#: Files of ../shared that EXPECTED.json calls valid, or odd in a way that harms nothing.
SOUND = (
    "webrecorder+warcio/example.warc.gz",
    "webrecorder+warcio/example.warc",
    "webrecorder+warcio/example.arc",
    "webrecorder+warcio/example-bad.warc.gz.bad",
    "webrecorder+warcio/example-iana.org-chunked.warc",
    "webrecorder+warcio/example-wget-bad-target-uri.warc.gz",
    "internetarchive+gowarc/good.warc.gz.open",
    "internetarchive+gowarc/empty.warc.gz.open",
    "internetarchive+gowarc/skip-non-open.warc.gz",
    "chatnoir-eu+chatnoir-resiliparse/block-sized-records.warc.gz",
    "iipc+webarchive-commons/mutliple-headers.warc",
    "archivesunleashed+aut/issue-493.warc",
    "commoncrawl+whirlwind-python/whirlwind.warc.wet.gz",
    "commoncrawl+whirlwind-python/whirlwind.warc.wat.gz",
)
#: Broken ones: at which offset, and what.
BROKEN = {
    "webrecorder+warcio/example-trunc.warc": (1197, FindingKind.LENGTH),
    "webrecorder+warcio.js/example-bad-length.warc": (1197, FindingKind.LENGTH),
    "webrecorder+warcio/example-wrong-chunks.warc.gz": (0, FindingKind.LENGTH),
    "webrecorder+warcio/example-digest.warc": (0, FindingKind.PAYLOAD_DIGEST),
    "webrecorder+warcio/example-bad-non-chunked.warc.gz": (0, FindingKind.BLOCK_DIGEST),
    "internetarchive+gowarc/corrupted-mid-record.warc.gz.open": (1219, FindingKind.STRAY),
    "internetarchive+gowarc/corrupted-trailing-bytes.warc.gz.open": (2362, FindingKind.STRAY),
    "chatnoir-eu+chatnoir-resiliparse/clipped.warc.gz": (0, FindingKind.CUT),
    "chatnoir-eu+chatnoir-resiliparse/clueweb-quirk.warc.gz": (317, FindingKind.PAYLOAD_DIGEST),
    "chatnoir-eu+chatnoir-resiliparse/warcfile.warc.lz4": (0, FindingKind.FORMAT),
    "iipc+webarchive-commons/link-extraction-test.warc": (258, FindingKind.LENGTH),
    "oduwsdl+ipwb/broken.warc": (3058, FindingKind.LENGTH),
    "oduwsdl+ipwb/HTTP204.warc": (0, FindingKind.LENGTH),
    "oduwsdl+ipwb/variableSizedDates.warc": (478, FindingKind.PAYLOAD_DIGEST),
    "oduwsdl+ipwb/baconIpsum_chunked.warc": (1171, FindingKind.PAYLOAD_DIGEST),
    "oduwsdl+ipwb/baconIpsum_chunked_httpTrailors.warc": (1171, FindingKind.LENGTH),
    "webrecorder+cdxj-indexer/missing-http.warc.gz": (0, FindingKind.PAYLOAD_DIGEST),
    "webrecorder+warcio/bad.arc": (0, FindingKind.LENGTH),
    "archivesunleashed+aut/badexample.arc.gz": (0, FindingKind.LENGTH),
    "webrecorder+py-wacz/valid_example_1.wacz": (0, FindingKind.FORMAT),
}


def said(result: VerifyResult) -> list[str]:
    return [str(finding) for finding in result.findings]


@needs_shared_warcs
@pytest.mark.parametrize("name", SOUND)
def test_no_false_alarm_on_sound_files(name: str) -> None:
    assert said(verify_files([SHARED_WARCS / name])) == []


@needs_shared_warcs
@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name: str) -> None:
    offset, kind = BROKEN[name]
    result = verify_files([SHARED_WARCS / name])
    assert (offset, kind) in {(finding.offset, finding.kind) for finding in result.findings}, said(
        result
    )


@needs_shared_warcs
def test_each_shared_warc_is_expected_to_be_something() -> None:
    listed = json.loads((SHARED_WARCS / "EXPECTED.json").read_text())
    warcs = {entry["file"] for entry in listed if ".warc" in entry["file"]}
    assert warcs == {name for name in (*SOUND, *BROKEN) if ".warc" in name}


@needs_shared_warcs
def test_digest_mismatches_are_counted_right() -> None:
    name = "chatnoir-eu+chatnoir-resiliparse/clueweb-quirk.warc.gz"
    found = verify_files([SHARED_WARCS / name]).findings
    assert sum(finding.kind is FindingKind.PAYLOAD_DIGEST for finding in found) == 29
    found = verify_files([SHARED_WARCS / "webrecorder+warcio/example-digest.warc"]).findings
    assert [finding.kind for finding in found] == [FindingKind.PAYLOAD_DIGEST]


def test_digests_in_every_form() -> None:
    # Of b"abc": FIPS 180 and RFC 1321; base32 and base64 by RFC 4648.
    forms = (
        "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5",
        "SHA-1:a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha1:qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "Sha1:qZk-NkcGgWq6PiVxeFDCbJzQ2J0",
    )
    for form in forms:
        assert same_digest(form, forms[0]), form
    assert same_digest("md5:900150983cd24fb0d6963f7d28e17f72", forms[0]) is None
    assert parsed("md5:900150983cd24fb0d6963f7d28e17f72") is not None
    assert parsed("blake3:abc") is None
    assert parsed("sha1:1112H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ") is None


# -- our own files ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small archive with revisits of both kinds, in two files."""
    first = exchange(question_url(1), http_response(question_html(1), more="ETag: 1\r\n"))
    failed = exchange(question_url(2), b"", error="timed out")
    crawl_into(tmp_path, [first, failed]).close()
    (path,) = warcs(tmp_path)
    made = next(record for record in read_warc(path) if record.record_type == "response")
    assert made.date is not None
    original = Original(made.record_id, made.url, made.date, made.payload_digest)
    not_modified = exchange(question_url(1), b"HTTP/1.1 304 Not Modified\r\n\r\n", seconds=60)
    again = exchange(question_url(1), http_response(question_html(1)), seconds=90)
    repeats = [replace(one, repeats=original) for one in (not_modified, again)]
    crawl_into(tmp_path, repeats).close()
    return tmp_path


def warcs(folder: Path) -> list[Path]:
    return sorted((folder / "warcs").iterdir())


def verified(folder: Path) -> VerifyResult:
    return verify_archive(folder / "warcs", folder / "archive.db")


def test_revisits_resolve(folder: Path) -> None:
    result = verified(folder)
    assert said(result) == []
    assert result.rows == 3
    kinds = [record.record_type for path in warcs(folder) for record in read_warc(path)]
    assert kinds.count("revisit") == 2


def find(folder: Path, kind: str) -> tuple[Path, Record]:
    return next(
        (path, record)
        for path in warcs(folder)
        for record in read_warc(path)
        if record.record_type == kind
    )


def test_a_revisit_whose_original_is_lost(folder: Path) -> None:
    path, _ = find(folder, "response")
    path.unlink()
    result = verified(folder)
    assert {finding.kind for finding in result.findings} == {
        FindingKind.REVISIT, FindingKind.NO_FILE, FindingKind.NO_RECORD,
    }  # fmt: skip
    _, revisit = find(folder, "revisit")
    lost = [finding.offset for finding in result.findings if finding.kind is FindingKind.REVISIT]
    assert revisit.offset in lost
    assert len(lost) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WARC-Payload-Digest", f"sha1:{'A' * 32}"),
        ("WARC-Refers-To", "<urn:uuid:00000000-0000-4000-8000-000000000000>"),
        ("WARC-Refers-To-Date", "2001-01-01T00:00:00.000000Z"),
        ("WARC-Refers-To-Target-URI", "http://127.0.0.1/"),
    ],
)
def test_a_revisit_that_names_another_original(folder: Path, name: str, value: str) -> None:
    path, revisit = find(folder, "revisit")
    data = path.read_bytes()
    made = member(field(revisit.head, name, value) + revisit.block + b"\r\n\r\n")
    end = revisit.offset + revisit.length
    path.write_bytes(data[: revisit.offset] + made + data[end:])
    found = {(finding.file, finding.offset, finding.kind) for finding in verified(folder).findings}
    assert (path.name, revisit.offset, FindingKind.REVISIT) in found


def test_one_file_of_a_recrawl_by_itself_is_sound(folder: Path) -> None:
    path, _ = find(folder, "revisit")
    result = verify_files([path])
    assert said(result) == []
    assert [(finding.kind, finding.reason[0]) for finding in result.notes] == [
        (FindingKind.REVISIT, "2")
    ]


@pytest.mark.parametrize(("payload", "missing"), [(b"<p>", 0), (b"<b>", 1)])
def test_an_old_revisit_names_its_payload_only(
    tmp_path: Path, payload: bytes, missing: int
) -> None:
    original = http_response(b"<p>")
    repeats = record(
        2, b"", WARC_Type="revisit", WARC_Target_URI=question_url(1),
        WARC_Payload_Digest=sha1_digest(payload),
    )  # fmt: skip
    (tmp_path / "old.warc.gz").write_bytes(members(record(1, original), repeats))
    result = verify_files([tmp_path / "old.warc.gz"])
    assert said(result) == []
    assert [finding.kind for finding in result.notes] == [FindingKind.REVISIT] * missing


def test_an_unanswered_request_needs_its_row(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.execute("DELETE FROM failures")
    path, record = find(folder, "metadata")
    found = {(finding.file, finding.offset, finding.kind) for finding in verified(folder).findings}
    assert (path.name, record.offset, FindingKind.NO_ROW) in found


def test_a_file_being_written_is_not_damaged(folder: Path) -> None:
    path = warcs(folder)[1]
    last = list(read_warc(path))[-1]
    grown = path.rename(path.with_name(path.name + ".open"))
    grown.write_bytes(grown.read_bytes()[: last.offset + 9])
    with grown.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = verified(folder)
    assert said(result) == []
    assert [finding.kind for finding in result.notes] == [FindingKind.UNFINISHED]
    killed = verified(folder)
    assert [(finding.file, finding.offset, finding.kind) for finding in killed.findings] == [
        (path.name, last.offset, FindingKind.UNFINISHED)
    ]
    assert "9 bytes" in killed.findings[0].reason


def test_damage_before_the_end_of_a_killed_file_is_damage(folder: Path) -> None:
    path, response = find(folder, "response")
    data = bytearray(path.read_bytes())
    data[response.offset + response.length - 8] ^= 1
    path.with_name(path.name + ".open").write_bytes(data)
    path.unlink()
    found = {(finding.offset, finding.kind) for finding in verified(folder).findings}
    assert (response.offset, FindingKind.GZIP) in found
    assert FindingKind.UNFINISHED in {kind for _, kind in found}


def test_several_processes_find_the_same(crawled: Crawled, tmp_path: Path) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    path = min((tmp_path / "copy/warcs").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    one, two = (
        verify_archive(path.parent, tmp_path / "copy/archive.db", workers=workers)
        for workers in (1, 2)
    )
    assert one.findings
    assert one.findings == two.findings
    assert (one.records, one.rows, one.uncompressed) == (two.records, two.rows, two.uncompressed)


# -- any bit ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WARC of ours with one exchange."""
    folder = tmp_path_factory.mktemp("small")
    crawl_into(folder, [exchange(question_url(1), http_response(b"<p>Rest.</p>"))]).close()
    (path,) = warcs(folder)
    return path


def content(path: Path) -> list[tuple[bytes, bytes]]:
    return [(record.head, record.block) for record in read_warc(path)]


def test_every_flipped_bit_is_found(small: Path, tmp_path: Path, everything: bool) -> None:
    """Deflate leaves up to seven bits between its last block and the checksum unused: one
    flipped there changes nothing that any reader can see.

    ``pytest --all`` flips every bit of the file, else it is one in 31.
    """
    step = 1 if everything else 31
    sound = small.read_bytes()
    assert said(verify_files([small])) == []
    before = content(small)
    copy = tmp_path / small.name
    unseen = 0
    for place in range(0, 8 * len(sound), step):
        flipped = bytearray(sound)
        flipped[place // 8] ^= 1 << place % 8
        copy.write_bytes(flipped)
        if verify_files([copy]).sound:
            assert content(copy) == before, place
            unseen += 1
    assert unseen <= 7 * len(before)


@given(st.data())
def test_every_cut_and_every_changed_stretch_is_found(small: Path, data: st.DataObject) -> None:
    sound = small.read_bytes()
    start = data.draw(st.integers(0, len(sound) - 1))
    end = data.draw(st.integers(start, min(len(sound), start + 40)))
    changed = sound[:start] + data.draw(st.binary(max_size=40)) + sound[end:]
    if changed == sound:
        return
    copy = small.with_name("copies") / small.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(changed)
    result = verify_files([copy])
    if result.sound:
        borders = {record.offset for record in read_warc(small)}
        same = content(copy) == content(small)
        assert same or len(changed) in borders, (start, end, changed[start : start + 40])


def test_folders_and_paths(folder: Path, tmp_path: Path) -> None:
    result = verify_files([folder / "warcs", warcs(folder)[0]])
    assert (said(result), result.files) == ([], 2)
    with pytest.raises(FileNotFoundError, match="nothing"):
        verify_files([tmp_path / "nothing"])


def test_progress_reaches_the_end(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    verify_files([folder / "warcs"], progress=lambda done, total, name: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == sum(path.stat().st_size for path in warcs(folder))


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ("", True),
        ("line ends without CR; Content-Length more than once", True),
        (NO_CHUNKS, False),
        (f"line ends without CR; {SAME_END}", False),
        (OPEN_TRAILERS, False),
    ],
)
def test_only_what_is_said_of_the_end_of_a_body_excuses_it(odd: str, *, fault: bool) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
    headers = (
        ("WARC-Type", "response"),
        ("Content-Type", "application/http; msgtype=response"),
        ("Housecall-Odd", odd),
    )
    record = Record(headers, b"", block, 0, len(block), addressable=True)
    assert (http_fault(record) is not None) is fault
