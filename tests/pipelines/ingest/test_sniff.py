"""Every kind of web archive, corpus and mirror goes in, and a rebuild gives the same rows."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from parsers import canonical_url
from pipelines.db.content_digest import content_digest
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.ingest.saved_pages import mirrored_from, placed_in_mirror
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from pipelines.verify.verify import verify_archive
from pipelines.warc.reader import read_at, read_warc
from tests.pipelines.archive_makers import question_html, question_url
from tests.sound_files import SoundFile, _zstd, sound_files

KINDS = ("warc", "warc.gz", "warc.gz, one", "warc.zst", "warc.zst, one", "arc", "arc.gz", "wacz")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SoundFile]:
    return {one.kind: one for one in sound_files(tmp_path_factory.mktemp("sound"))}


def rows_of(store: Store) -> list[tuple[object, ...]]:
    query = (
        "SELECT record_id, revisit_of, version_id IS NOT NULL FROM captures c "
        "LEFT JOIN sightings s ON s.capture_id = c.id ORDER BY 1"
    )
    return list(store.db.execute(query).fetchall())


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind(sound: dict[str, SoundFile], tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a file"
    file.write_bytes(sound[kind].data)
    (looked,) = dry_run([file])
    assert (looked.records, looked.pages, looked.sound) == (len(sound[kind].records), 8, True)
    store = Store.open(tmp_path / "archive.db")
    for new in (8, 0):
        (result,) = ingest([file], tmp_path / "warcs", store)
        assert (result.pages, result.new, result.sound) == (8, new, True)
    for row in store.db["captures"].rows:
        record = read_at(tmp_path / "warcs" / row["warc_file"], row["offset"], row["length"])
        assert record.record_id == row["record_id"]
        assert (record.head, record.block) in sound[kind].records
    assert rebuild(tmp_path / "warcs", tmp_path / "r.db").digest == content_digest(store.db)
    store.close()
    verified = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert [str(one) for one in verified.findings] == []


def test_a_corpus(tmp_path: Path) -> None:
    lines = [
        {"url": question_url(1), "text": question_html(1).decode(), "date": "20140506101112"},
        {"url": "http://www.netwellness.org/about/", "text": "About"},
        {"no": "address"},
        {"url": question_url(2), "text": question_html(2).decode()},
    ]
    data = b"".join(json.dumps(one).encode() + b"\n" for one in lines)
    data = data.replace(b'{"no"', b'{"no') + b'{"url": '
    for name, packed in (("a", data), ("b", gzip.compress(data)), ("c", _zstd().compress(data))):
        (tmp_path / name).write_bytes(packed)
        (result,) = dry_run([tmp_path / name])
        assert (result.records, result.pages) == (2, 2)
        assert [one.why.split(":")[0] for one in result.damaged] == ["line 3", "line 5"]
        assert result.notes == ["1 rows are no question pages: not kept"]
    store = Store.open(tmp_path / "archive.db")
    ingest([tmp_path / "a"], tmp_path / "warcs", store)
    (first, _) = store.db.execute("SELECT captured_at, url FROM captures ORDER BY url").fetchall()
    assert first == ("2014-05-06T10:11:12.000000Z", question_url(1))
    (tmp_path / "d").write_text(json.dumps({"where": {"a": question_url(3)}, "what": "Question:"}))
    (result,) = dry_run([tmp_path / "d"], ImportOptions(url_field="where.a", text_field="what"))
    assert (result.records, result.damaged) == (1, [])


def test_mirrors(tmp_path: Path) -> None:
    page = (
        b"<html><!-- Mirrored from www.netwellness.org/question.cfm/5.htm by HTTrack Website "
        b"Copier/3.x [XR&CO'2014], Tue, 06 May 2014 10:11:12 GMT -->"
    )
    found = mirrored_from(page)
    assert found is not None
    assert (found[0], str(found[1])) == (
        "http://www.netwellness.org/question.cfm/5.htm", "2014-05-06 10:11:12+00:00",
    )  # fmt: skip
    for name in ("5.htm", "5.htm.html", "5.html"):
        file = tmp_path / "www.netwellness.org" / "question.cfm" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(question_html(5))
        assert canonical_url(placed_in_mirror(file) or "") == question_url(5)
    assert placed_in_mirror(tmp_path / "question.cfm" / "5.htm") is None
    store = Store.open(tmp_path / "archive.db")
    results = ingest([tmp_path / "www.netwellness.org"], tmp_path / "warcs", store)
    assert [one.error for one in results] == [None, None, None]
    assert store.db["questions"].count == 1


def revisit(number: int, fields: str, minutes: int) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    return (
        (
            f"WARC/1.0\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:uuid:revisit-{number}>\r\n"
            f"WARC-Target-URI: {question_url(number)}\r\n"
            f"WARC-Date: 2015-01-01T00:{minutes:02}:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\n{fields}"
            f"Content-Length: {len(block)}\r\n\r\n"
        ).encode()
        + block
        + b"\r\n\r\n"
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_revisits_resolve_across_files_in_any_order(
    sound: dict[str, SoundFile], tmp_path: Path, order: tuple[int, int]
) -> None:
    originals, revisits = tmp_path / "a.warc", tmp_path / "b.warc"
    originals.write_bytes(sound["warc"].data)
    digest = [one.payload_digest for one in read_warc(originals)][2]
    by_date = (
        f"WARC-Refers-To-Target-URI: {question_url(1).replace('http:', 'https:')}\r\n"
        "WARC-Refers-To-Date: 2014-05-06T00:01:00Z\r\n"
    )
    revisits.write_bytes(
        revisit(1, by_date, 1)
        + revisit(2, f"WARC-Payload-Digest: {digest}\r\n", 2)
        + revisit(3, "WARC-Payload-Digest: sha1:AAAA\r\n", 3)
    )
    (alone,) = dry_run([revisits])
    assert alone.unresolved == 3
    store = Store.open(tmp_path / "archive.db")
    files = [(originals, revisits)[at] for at in order]
    for file in files:
        ingest([file], tmp_path / "warcs", store)
    (again,) = ingest([revisits], tmp_path / "warcs", store)
    assert again.unresolved == 1
    found = {str(row[0]): row[1:] for row in rows_of(store) if "revisit" in str(row[0])}
    assert [read for _, read in found.values()] == [1, 1, 0]
    assert rebuild(tmp_path / "warcs", tmp_path / "r.db").digest == content_digest(store.db)
    store.close()
    assert [
        str(one) for one in verify_archive(tmp_path / "warcs", tmp_path / "archive.db").findings
    ] == []


def test_a_body_that_is_not_what_its_digest_says(
    sound: dict[str, SoundFile], tmp_path: Path
) -> None:
    data = bytearray(sound["warc"].data)
    at = data.index(b"Rest and") if b"Rest and" in data else data.index(b"Answer 0. ")
    data[at] ^= 1
    (tmp_path / "f").write_bytes(data)
    store = Store.open(tmp_path / "archive.db")
    (result,) = ingest([tmp_path / "f"], tmp_path / "warcs", store)
    assert (result.records, result.pages) == (8, 7)
    assert [one.kind.value for one in result.damaged] == ["digest"]
    rows = store.db.execute("SELECT stage, reason FROM failures").fetchall()
    assert [stage for stage, _ in rows] == ["read"]
    assert "block's sha1" in rows[0][1]
    assert (store.db["captures"].count, store.db["questions"].count) == (8, 7)
    assert rebuild(tmp_path / "warcs", tmp_path / "r.db").digest == content_digest(store.db)


def test_records_in_doubt_are_kept_apart(sound: dict[str, SoundFile], tmp_path: Path) -> None:
    data = bytearray(sound["warc.gz, one"].data)
    data[-6] ^= 1  # in the checksum: all bytes are whole, and nobody can know
    (tmp_path / "f").write_bytes(data)
    store = Store.open(tmp_path / "archive.db")
    (result,) = ingest([tmp_path / "f"], tmp_path / "warcs", store)
    assert result.pages == 8  # proven by the digests of their blocks
    assert not result.sound
    names = sorted(path.name.split("-", 2)[-1] for path in (tmp_path / "warcs").iterdir())
    assert names == ["doubtful.warc.gz", "members.warc.gz"]
    assert store.db.execute("SELECT count(*) FROM failures WHERE stage = 'read'").fetchone() == (8,)
    assert rebuild(tmp_path / "warcs", tmp_path / "r.db").digest == content_digest(store.db)


def test_the_command_looks_and_stores_nothing(sound: dict[str, SoundFile], tmp_path: Path) -> None:
    def run(name: str, data: bytes) -> tuple[int, dict[str, object]]:
        file = tmp_path / name
        file.write_bytes(data)
        command = [sys.executable, "-m", "scrapy", "ingest", "--dry-run", "--json", str(file)]
        for name, place in (("WARC_DIR", "w"), ("ARCHIVE_DB", "a.db")):
            command += ["-s", f"{name}={tmp_path / place}"]
        root = Path(__file__).parents[3]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
        assert done.stdout.count("\n") == 1, done.stderr
        return done.returncode, json.loads(done.stdout)

    status, found = run("a", sound["arc.gz"].data)
    assert (status, found["format"], found["records"], found["pages"]) == (0, "arc.gz", 9, 8)
    assert found["damaged"] == []
    status, found = run("b", sound["warc.gz"].data[:-9])
    assert (status, found["records"]) == (1, 8)
    assert found["damaged"] == [
        {"offset": 4178, "kind": "cut", "reason": "the gzip member is cut short"}
    ]
    status, found = run("c", b"\x04\x22\x4d\x18rest")
    assert status == 2
    assert "LZ4" in str(found["error"])
    assert not (tmp_path / "w").exists()
    assert not (tmp_path / "a.db").exists()
