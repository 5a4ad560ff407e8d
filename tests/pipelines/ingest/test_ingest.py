"""Imports: what a file is, where its address comes from, and that twice is once."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.db.content_digest import content_digest
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.ingest.result import IngestResult
from pipelines.ingest.saved_pages import captures_in
from pipelines.ingest.sniff import FileError, format_of
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from pipelines.warc.reader import read_at, read_warc
from tests.pipelines.archive_makers import (
    SHARED_WARCS,
    crawl_into,
    exchange,
    http_response,
    needs_shared_warcs,
    question_html,
    question_url,
)

SEED = SHARED_WARCS.parents[1] / "seeds" / "000_3912d6a6a9b56b54.txt"
PAGE = question_html(5).decode()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "archive.db")


def one(results: list[IngestResult]) -> IngestResult:
    (result,) = results
    return result


def equals_its_rebuild(store: Store, tmp_path: Path) -> bool:
    return rebuild(tmp_path / "warcs", tmp_path / "r.db").digest == content_digest(store.db)


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- saved from url=(0049){question_url(5)} -->\r\n{PAGE}",
        f"{PAGE}<!-- Mirrored from www.netwellness.org/question.cfm/5.htm by HTTrack Website -->",
        PAGE.replace("<head>", f"<head><LINK href='{question_url(5)}' REL=canonical>"),
        PAGE.replace("<head>", f'<head><meta content="{question_url(5)}" property="og:url"/>'),
        PAGE.replace("<head>", f"<head><base href={question_url(5)}>"),
    ],
)
def test_a_page_says_itself_where_it_is_from(store: Store, tmp_path: Path, text: str) -> None:
    file = tmp_path / "saved page.bin"
    file.write_text(text)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    result = one(ingest([file], tmp_path / "warcs", store))
    assert (result.kind, result.pages, result.new, result.sound) == ("html", 1, 1, True)
    row = next(iter(store.db["captures"].rows))
    assert row["canonical_url"] == question_url(5)
    assert (row["source"], row["captured_at"]) == ("file", "2001-09-09T01:46:40.000000Z")
    record = read_at(tmp_path / "warcs" / row["warc_file"], row["offset"], row["length"])
    assert record.block == text.encode()
    assert equals_its_rebuild(store, tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.htm", f"{PAGE}<!-- Mirrored from www.netwellness.org/question.cfm/5.htm by HTTrack "
         "Website Copier/3.x [XR&CO'2014], Thu, 06 May 2004 09:08:09 +0200 -->"),
        ("a.htm", f"{PAGE}<!-- Mirrored from www.netwellness.org/question.cfm/5.htm by HTTrack "
         "Website Copier/3.x [XR&CO'2014], 2004/05/06 07:08:09 -->"),
        ("a.htm", f"<!--\n Page saved with SingleFile \n url: {question_url(5)} \n saved date: "
         f"Thu May 06 2004 09:08:09 GMT+0200 (Central European Summer Time)\n-->{PAGE}"),
        *(("a.jsonl", json.dumps({"url": question_url(5), "html": PAGE, "date": date}) + "\n")
          for date in (1083827289, 1083827289000, "1083827289.0", "2004/05/06 07:08:09",
                       "20040506070809", "Thu, 06 May 2004 07:08:09 +0000")),
    ],
)  # fmt: skip
def test_the_date_that_a_file_says_is_read_in_any_form(
    store: Store, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    assert one(ingest([tmp_path / name], tmp_path / "warcs", store)).new == 1
    (row,) = store.db["captures"].rows
    assert row["captured_at"] == "2004-05-06T07:08:09.000000Z"


def test_a_page_that_does_not_say_needs_an_address(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "29280.htm").write_text(PAGE)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / ".hidden").write_text("x")
    page, picture = ingest([folder], tmp_path / "warcs", store)
    assert page.error is not None
    assert "--url" in page.error
    assert picture.skipped is not None
    assert not list((tmp_path / "warcs").iterdir())
    base = "http://www.netwellness.org/question.cfm"
    page, _ = ingest([folder], tmp_path / "warcs", store, ImportOptions(base=base))
    assert page.sound
    assert next(iter(store.db["questions"].rows))["source_id"] == "29280"
    with pytest.raises(FileError, match="for one file"):
        ingest([folder], tmp_path / "warcs", store, ImportOptions(url=question_url(1)))
    with pytest.raises(FileError, match="there is no"):
        ingest([tmp_path / "none"], tmp_path / "warcs", store)
    lone = folder / "29280.htm"
    assert "no web address" in str(
        one(ingest([lone], tmp_path, store, ImportOptions(url="ftp://x/y"))).error
    )


@needs_shared_warcs
def test_the_text_rendering_of_a_real_page(store: Store, tmp_path: Path) -> None:
    date = datetime(2014, 5, 6, tzinfo=UTC)
    results = [
        one(
            ingest(
                [SEED], tmp_path / "warcs", store, ImportOptions(url=question_url(29280), date=date)
            )
        )
        for _ in range(2)
    ]
    assert [(r.pages, r.new, r.note) for r in results] == [(1, 1, None), (0, 0, "already imported")]
    row = next(iter(store.db["questions"].rows))
    assert (row["title"], row["status"]) == ("Spotting after intercourse", "answered")
    assert row["last_captured_at"] == "2014-05-06T00:00:00.000000Z"
    assert len(list((tmp_path / "warcs").iterdir())) == 1
    assert equals_its_rebuild(store, tmp_path)


def test_a_text_never_replaces_the_page(store: Store, tmp_path: Path) -> None:
    html, text = tmp_path / "a.htm", tmp_path / "b.txt"
    html.write_bytes(question_html(5))
    text.write_text(
        "Home HealthTopics\n\n\nTitle of 5\n\n\nQuestion:\n\nWhat?\n\n\nAnswer:\n\nOther words.\n\n"
        "Response by:\n\nAnn B Smith, MD\n"
    )
    for file, year in ((html, 2010), (text, 2020)):
        date = datetime(year, 1, 1, tzinfo=UTC)
        assert one(
            ingest([file], tmp_path / "warcs", store, ImportOptions(url=question_url(5), date=date))
        ).pages
    row = next(iter(store.db["questions"].rows))
    assert row["answer"] == "Rest and drink water."
    assert row["versions"] == 2
    assert row["last_captured_at"].startswith("2020")


def a_warc(directory: Path) -> Path:
    exchanges = [exchange(question_url(n), http_response(question_html(n))) for n in range(1, 5)]
    crawl_into(directory, exchanges).close()
    (path,) = (directory / "warcs").iterdir()
    return path


def test_a_warc_is_copied_whole_and_twice_is_once(store: Store, tmp_path: Path) -> None:
    source = a_warc(tmp_path / "elsewhere")
    renamed = tmp_path / "other name.gz"
    renamed.write_bytes(source.read_bytes())
    results = ingest([source, renamed], tmp_path / "warcs", store)
    assert [(r.records, r.pages, r.new) for r in results] == [(10, 4, 4), (10, 4, 0)]
    (copy,) = (tmp_path / "warcs").iterdir()
    assert copy.read_bytes() == source.read_bytes()
    assert results[1].note == f"already imported as {copy.name}"
    assert store.db["captures"].count == 4
    assert store.db.execute("SELECT DISTINCT source, spider FROM captures, crawls").fetchall() == [
        ("live", "test")
    ]
    assert equals_its_rebuild(store, tmp_path)


def test_a_warc_in_one_member_is_divided_so_that_rows_can_point_into_it(
    store: Store, tmp_path: Path
) -> None:
    plain = gzip.decompress(a_warc(tmp_path / "elsewhere").read_bytes())
    single = tmp_path / "single.warc.gz"
    single.write_bytes(gzip.compress(plain))
    result = one(ingest([single], tmp_path / "warcs", store))
    assert (result.pages, result.sound) == (4, True)
    assert result.note is not None
    (copy,) = (tmp_path / "warcs").iterdir()
    assert gzip.decompress(copy.read_bytes()) == plain
    for row in store.db["captures"].rows:
        record = read_at(copy, row["offset"], row["length"])
        assert record.record_id == row["record_id"]
    assert equals_its_rebuild(store, tmp_path)


def test_a_damaged_warc_gives_what_is_sound_and_says_the_rest(store: Store, tmp_path: Path) -> None:
    source = a_warc(tmp_path / "elsewhere")
    content = bytearray(source.read_bytes())
    hit = [record for record in read_warc(source) if record.record_type == "response"][1]
    content[hit.offset + hit.length // 2] ^= 0x55
    source.write_bytes(content)
    result = one(ingest([source], tmp_path / "warcs", store))
    assert (result.pages, result.sound) == (3, False)
    assert [damage.offset for damage in result.damaged] == [hit.offset]


def test_a_warc_that_lies_in_the_directory_is_read_where_it_is(
    store: Store, tmp_path: Path
) -> None:
    path = a_warc(tmp_path)
    result = one(ingest([path], tmp_path / "warcs", store))
    assert result.pages == 4
    assert list((tmp_path / "warcs").iterdir()) == [path]


@needs_shared_warcs
def test_warcs_of_other_software(store: Store, tmp_path: Path) -> None:
    names = ["webrecorder+warcio/example.warc.gz", "archivesunleashed+aut/issue-493.warc",
             "commoncrawl+whirlwind-python/whirlwind.warc.wet.gz"]  # fmt: skip
    results = ingest([SHARED_WARCS / name for name in names], tmp_path / "warcs", store)
    assert [result.records for result in results] == [6, 32, 2]
    assert all(result.error is None for result in results)
    sources = "SELECT DISTINCT source FROM captures ORDER BY 1"
    assert store.db.execute(sources).fetchall() == [("warc",), ("wet",)]
    assert equals_its_rebuild(store, tmp_path)


@needs_shared_warcs
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("webrecorder+py-wacz/invalid_example_1.wacz", "without a WARC file"),
        ("chatnoir-eu+chatnoir-resiliparse/warcfile.warc.lz4", "LZ4"),
        ("internetarchive+gowarc/good.warc.gz.open", "still being written"),
    ],
)
def test_what_is_refused_is_named(store: Store, tmp_path: Path, name: str, why: str) -> None:
    result = one(ingest([SHARED_WARCS / name], tmp_path / "warcs", store))
    assert result.error is not None
    assert why in result.error
    assert not list((tmp_path / "warcs").iterdir())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08\x00garbage", "gzip"),
        (gzip.compress(b"hello, this is no web archive", mtime=0), "no web archive"),
        (b"\x7fELF\0\0", "a program"),
        (b"%PDF-1.4", "PDF"),
    ],
)
def test_what_is_nothing_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "f"
    file.write_bytes(content)
    with pytest.raises(FileError, match=why):
        format_of(file)


def test_captures_can_be_read_without_storing(tmp_path: Path) -> None:
    page = tmp_path / "p.htm"
    page.write_bytes(question_html(5))
    (capture,) = captures_in(page, url=question_url(5))
    assert (capture.url, capture.body, capture.source) == (
        question_url(5), question_html(5), "file",
    )  # fmt: skip
    warc = a_warc(tmp_path)
    assert len(list(captures_in(warc))) == 4
    secure = "https://netwellness.org/question.cfm/3.htm?x=1"
    (capture,) = captures_in(warc, url=secure)
    assert capture.url == question_url(3)
    with pytest.raises(FileError, match="--url"):
        list(captures_in(page))


def test_an_import_that_is_interrupted_can_be_repeated(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for number in range(1, 4):
        files.append(tmp_path / f"{number}.htm")
        files[-1].write_bytes(question_html(number))

    def stop(path: Path) -> None:
        if path == files[2]:
            raise KeyboardInterrupt

    base = "http://www.netwellness.org/question.cfm/"
    with pytest.raises(KeyboardInterrupt):
        ingest(files, tmp_path / "warcs", store, ImportOptions(base=base), progress=stop)
    assert store.db["captures"].count == 0
    ingest(files, tmp_path / "warcs", store, ImportOptions(base=base))
    assert store.db["questions"].count == 3
    rebuilt = rebuild(tmp_path / "warcs", tmp_path / "r.db")
    assert rebuilt.counts["new"] == 3
