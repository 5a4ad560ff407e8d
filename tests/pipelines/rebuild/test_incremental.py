"""A rebuild that reads only what is new gives the archive that a full one gives."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.warc_extract import source_in
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import table_digests
from pipelines.db.models import Crawl
from pipelines.rebuild import incremental
from pipelines.rebuild.rebuild import RebuildResult, rebuild
from pipelines.store.store import Store, intake
from pipelines.takedown.takedown_file import Takedown
from pipelines.warc.writer import WarcWriter
from tests.pipelines.archive_makers import (
    START,
    exchange,
    http_response,
    question_html,
    question_url,
)


def crawl(folder: Path, number: int, answer: str, pages: range) -> Path:
    """A run's WARC file: some question pages, one of which is gone."""
    run = Crawl(f"run-{number}", "test", {}, START + timedelta(days=number))
    with WarcWriter(folder / "warcs", f"t{number}", warcinfo(run)) as writer:
        for place, page in enumerate(pages):
            response = http_response(question_html(page, answer))
            if place == 1:
                response = http_response(b"no", "404 Not Found")
            moment = START + timedelta(days=number, seconds=place)
            writer.write_exchange(
                replace(exchange(question_url(page), response), started_at=moment)
            )
    (path,) = writer.finished_files
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with two runs and an archive that a full rebuild made of them."""
    crawl(tmp_path, 1, "Rest.", range(1, 9))
    crawl(tmp_path, 2, "Move.", range(3, 11))
    assert rebuild(tmp_path / "warcs", tmp_path / "archive.db").why_all == "as was asked"
    return tmp_path


def again(folder: Path, **more: object) -> RebuildResult:
    """Rebuild what is outdated; it must be as a full rebuild elsewhere."""
    withheld = more.get("withheld", ())
    found = rebuild(folder / "warcs", folder / "archive.db", full=False, **more)  # type: ignore[arg-type]
    rebuild(folder / "warcs", folder / "full.db", withheld=withheld)  # type: ignore[arg-type]
    assert digest(folder / "archive.db") == digest(folder / "full.db")
    return found


def digest(path: Path) -> dict[str, str]:
    with closing(open_archive(path, readonly=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return table_digests(db)


def words_found(path: Path, word: str) -> int:
    with closing(open_archive(path, readonly=True)) as db:
        query = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH ?"
        return int(db.execute(query, [word]).fetchone()[0])


def test_nothing_new_is_nothing_read(archive: Path) -> None:
    found = again(archive)
    assert (found.why_all, found.files, found.unchanged) == ("", [], 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_only_what_is_new_is_read(archive: Path, workers: int) -> None:
    path = crawl(archive, 3, "Sleep well.", range(5, 20))
    found = again(archive, workers=workers)
    assert [one.file for one in found.files] == [path.name]
    assert (found.why_all, found.unchanged) == ("", 2)
    assert words_found(archive / "archive.db", "sleep") == 14
    assert again(archive).files == []


def test_what_is_in_the_archive_already_may_be_read_once_more(archive: Path) -> None:
    path = crawl(archive, 3, "Sleep.", range(5, 9))
    with closing(Store.open(archive / "archive.db")) as store:
        intake(store, [source_in(archive / "warcs", path)])  # as a crawl leaves it
    found = again(archive)
    assert [one.pages for one in found.files] == [3]
    assert found.counts["new"] == found.counts["changed"] == 0


def test_a_file_that_has_grown_is_read_again(archive: Path) -> None:
    first = sorted((archive / "warcs").iterdir())[0]
    other = crawl(archive, 3, "Sleep.", range(30, 34))
    first.write_bytes(first.read_bytes() + other.read_bytes())
    other.unlink()
    found = again(archive)
    assert [one.file for one in found.files] == [first.name]


def test_a_file_that_was_only_touched_is_not(archive: Path) -> None:
    for path in (archive / "warcs").iterdir():
        os.utime(path, (1, 1))
    assert again(archive).files == []


def test_what_cannot_be_taken_over_is_read_and_why_is_said(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted((archive / "warcs").iterdir())
    data = second.read_bytes()
    second.write_bytes(crawl(archive, 2, "Otherwise.", range(3, 11)).read_bytes())
    for path in sorted((archive / "warcs").iterdir())[2:]:
        path.unlink()
    assert again(archive).why_all == f"{second.name} has changed"
    second.write_bytes(data[:-100])
    assert again(archive).why_all == f"{second.name} has changed"
    second.unlink()
    assert again(archive).why_all == f"{second.name} is no longer there"
    assert again(archive).why_all == ""
    entry = Takedown("netwellness", "3", question_url(3), "asked for", date(2026, 1, 1))
    assert again(archive, withheld=[entry]).why_all == "other questions are withheld now"
    assert again(archive, withheld=[entry]).why_all == ""
    assert again(archive).why_all == "other questions are withheld now"
    (archive / "archive.db").unlink()
    assert again(archive).why_all == "there was no archive"
    monkeypatch.setattr(incremental, "PARSERS", ("labelled@999",))
    found = again(archive)
    assert "it was read by structured@" in found.why_all
    assert [one.file for one in found.files] == [first.name]


def test_an_archive_that_no_rebuild_has_made(tmp_path: Path) -> None:
    crawl(tmp_path, 1, "Rest.", range(1, 4))
    Store.open(tmp_path / "archive.db").close()
    assert again(tmp_path).why_all == "this is its first rebuild"
