"""A site that is declared, from WARC to rows and back: threads, FAQs, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parsers import declare
from pipelines.capture.warc_extract import warc_files
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest
from pipelines.rebuild.engines import Processes
from pipelines.rebuild.extract import extract, inputs_of
from pipelines.rebuild.incremental import outdated
from pipelines.rebuild.load import load, shards_of
from pipelines.rebuild.rebuild import rebuild
from pipelines.reports.coverage import read_coverage
from pipelines.reports.provenance_chain import chain_of
from pipelines.store.store import Store
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import parse_withheld
from pipelines.verify.verify import verify_archive
from tests.pipelines.archive_makers import crawl_into
from tests.pipelines.forum import FORUM, NAMES, a_forum

NAME = re.compile("|".join(NAMES).encode(), re.I)


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


@pytest.fixture
def crawled(tmp_path: Path) -> Path:
    store = crawl_into(tmp_path, a_forum())
    assert store.db["failures"].count == 0
    store.close()
    return tmp_path


def digest_of(path: Path) -> str:
    db = open_archive(path, readonly=True)
    try:
        return content_digest(db)
    finally:
        db.close()


def test_the_crawl_has_a_thread_and_questions_of_a_page(crawled: Path) -> None:
    db = open_archive(crawled / "archive.db", readonly=True)
    query = "SELECT source_id, url, parts, answers, gone_at IS NOT NULL FROM questions ORDER BY 1"
    assert db.execute(query).fetchall() == [
        ("7", "https://forum.example/t/7", 2, 3, 0),
        ("a#cold", "https://forum.example/faq/a#cold", 1, 1, 0),
        ("a#fever", "https://forum.example/faq/a#fever", 1, 1, 1),
        ("a#sneeze", "https://forum.example/faq/a#sneeze", 1, 1, 0),
    ]
    authors = db.execute("SELECT author FROM answers WHERE part > 0 ORDER BY id LIMIT 9").fetchall()
    assert {author for (author,) in authors} == {None, "member 1", "member 2", "member 3"}
    assert db.execute("SELECT asker FROM questions WHERE asker <> ''").fetchall() == [("member 1",)]
    db.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_rebuild_gives_the_same_in_other_processes_too(crawled: Path, workers: int) -> None:
    digest = digest_of(crawled / "archive.db")
    assert rebuild(crawled / "warcs", crawled / "r.db", workers=workers).digest == digest
    found = verify_archive(crawled / "warcs", crawled / "r.db", workers=workers)
    assert [str(finding) for finding in found.findings] == []


def test_shards_have_no_names_and_give_the_same_rows(crawled: Path) -> None:
    engine = Processes(1)
    extract(inputs_of([str(crawled / "warcs")]), str(crawled / "out"), engine, workers=1)
    engine.close()
    files = [path for path in (crawled / "out").rglob("*") if path.is_file()]
    assert not [path for path in files if NAME.search(path.read_bytes())]
    store = Store.open(crawled / "loaded.db")
    load(store, *shards_of(str(crawled / "out")), lambda number: None)
    store.close()
    assert digest_of(crawled / "loaded.db") == digest_of(crawled / "archive.db")


def test_no_name_is_in_the_archive(crawled: Path) -> None:
    for path in crawled.glob("archive.db*"):
        assert not NAME.search(path.read_bytes())


def test_the_evidence_of_a_thread_and_of_an_faq_holds(crawled: Path) -> None:
    db = open_archive(crawled / "archive.db", readonly=True)
    for source_id in ("7", "a#cold", "a#fever"):
        chain = chain_of(db.conn, ("forum", source_id), crawled / "warcs")
        assert chain is not None
        assert chain.wrong == ()
        fields = {field.name: field for field in chain.fields}
        assert all(field.holds for field in chain.fields)
        if source_id == "7":
            assert fields["answer 3"].value["author"] == "member 1"
            assert [each.text for each in chain.captures] == [
                "page 1: same text", "page 2: another text (text 2)", "page 2: same text",
            ]  # fmt: skip
    db.close()


def test_another_word_in_a_declaration_is_read_with_all_files(crawled: Path) -> None:
    archive, files = crawled / "r.db", warc_files(crawled / "warcs")
    rebuild(crawled / "warcs", archive, workers=1)
    assert outdated(archive, files).sources == ()
    declare([replace(FORUM, answers="experts")])
    assert "it was read by" in outdated(archive, files).why_all


def test_a_page_with_several_questions_is_covered_as_one(crawled: Path) -> None:
    ((site,), _) = read_coverage(crawled / "archive.db")
    assert (site.site, site.known, site.readable, site.missing, site.gone) == ("forum", 2, 2, 0, 0)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("a#cold", ["7", "a#fever", "a#sneeze"]),
        ("a", ["7"]),
        ("7", ["a#cold", "a#fever", "a#sneeze"]),
    ],
)
def test_what_is_withheld_is_as_if_it_had_never_been_read(
    crawled: Path, question: str, left: list[str]
) -> None:
    text = f'[[withheld]]\nquestion = "forum/{question}"\nreason = "x"\non = 2026-01-01\n'
    entries = parse_withheld(text)
    archive = crawled / "archive.db"
    withhold(archive, entries)
    db = open_archive(archive, readonly=True)
    rows = [row["source_id"] for row in db["questions"].rows_where(order_by="source_id")]
    db.close()
    assert rows == left
    rebuilt = rebuild(crawled / "warcs", crawled / "r.db", workers=1, withheld=entries)
    assert rebuilt.digest == digest_of(archive)
