"""``scrapy why``: every field to its bytes; tampered, missing, revisits, texts, withheld."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.command import CommandError
from crawler.cli.provenance_text import as_json, lines
from crawler.commands.why import named
from pipelines.db.connection import open_archive
from pipelines.db.validators import RevisitLookup
from pipelines.ingest.ingest import ingest
from pipelines.reports.provenance_chain import ProvenanceChain, chain_of
from pipelines.store.store import Store
from tests.conftest import Crawled, Scrapy
from tests.pipelines.archive_makers import (
    crawl_into,
    exchange,
    http_response,
    question_html,
    question_url,
)

TEXT = """Title of 1

Question:

Is number 1 something
to worry about?

Answer:

Rest and drink water.

Response by:

Ann B Smith, MD
Professor of Medicine
College of Medicine
University of Cincinnati
"""


def wet(folder: Path) -> Path:
    """A text rendering of question 1, as Common Crawl writes them."""
    body = TEXT.encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {question_url(1)}\r\n"
        "WARC-Date: 2019-05-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:5>\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    path = folder / "crawl.warc.wet.gz"
    path.write_bytes(gzip.compress(head.encode() + body + b"\r\n\r\n"))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Question 1 from a crawl, a revisit and a text; then changed; 2 failed, then came."""
    first = exchange(question_url(1), http_response(question_html(1)), seconds=1)
    store = crawl_into(tmp_path, [first])
    known = RevisitLookup(store.db.conn).known(question_url(1))
    store.close()
    assert known is not None
    again = exchange(question_url(1), b"HTTP/1.1 304 Not Modified\r\n\r\n", seconds=5)
    more = [
        replace(again, repeats=known.original),
        exchange(question_url(2), http_response(b"", "500 Oops"), seconds=6),
        exchange(question_url(2), http_response(question_html(2)), seconds=7),
        exchange(question_url(4), http_response(b"<h2>Question:</h2>"), seconds=8),
    ]
    crawl_into(tmp_path, more).close()
    store = Store.open(tmp_path / "archive.db")
    ingest([wet(tmp_path)], tmp_path / "warcs", store)
    store.close()
    return tmp_path


def why(folder: Path, number: int = 1) -> ProvenanceChain:
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        chain = chain_of(db.conn, ("netwellness", str(number)), folder / "warcs")
    assert chain is not None
    for line in lines(chain):
        assert len(line) <= 100, line
    json.dumps(as_json(chain))
    return chain


def sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def text_of(chain: ProvenanceChain) -> str:
    return "\n".join(lines(chain))


def test_every_field_leads_to_bytes_that_hold(folder: Path) -> None:
    chain = why(folder)
    assert chain.wrong == ()
    assert [one.name for one in chain.fields] == [
        "title", "question", "answer", "answered_on", "status", "responder 1", "topics", "links",
    ]  # fmt: skip
    assert all(one.holds for one in chain.fields)
    values = {one.name: one.value for one in chain.fields}
    assert values["answer"] == "Rest and drink water."
    assert values["responder 1"]["credentials"] == "MD"
    assert values["topics"][0]["name"] == "Pregnancy"
    landmarks = {one.name: one.landmark for one in chain.fields}
    assert landmarks["topics"] == "Go to the ... health topic"
    assert landmarks["question"]
    facts = chain.evidence.facts
    assert (facts.url, facts.source, facts.revisit_of) == (question_url(1), "live", None)
    assert chain.evidence.now.block_digest.startswith("sha256:")


def test_captures_are_in_order_of_time_with_what_they_have(folder: Path) -> None:
    chain = why(folder)
    assert [(one.facts.source, one.facts.status, one.text) for one in chain.captures] == [
        ("wet", 200, "same words, as plain text"),
        ("live", 200, "same text"),
        ("live", 304, "same text, by a revisit"),
    ]
    assert chain.sources == ("live", "wet")
    assert not any(one.now.wrong for one in chain.captures)
    text = text_of(chain)
    assert "The same text was captured by: live crawl, text rendering of a crawl (WET)" in text
    assert "netwellness/1: everything holds" in text


def test_failures_of_the_address_are_told(folder: Path) -> None:
    chain = why(folder, 2)
    (failure,) = chain.failures
    assert [failure[name] for name in ("stage", "reason", "resolved")] == [
        "fetch",
        "HTTP 500 Oops",
        True,
    ]
    assert [one.text for one in chain.captures] == ["no question read", "same text"]


def tampered(folder: Path, chain: ProvenanceChain, old: bytes, new: bytes) -> None:
    """Change bytes of the record that a question is shown from, and pack it again."""
    facts = chain.evidence.facts
    path = folder / "warcs" / facts.warc_file
    data = path.read_bytes()
    end = facts.offset + facts.length
    member = gzip.decompress(data[facts.offset : end])
    assert old in member
    again = gzip.compress(member.replace(old, new))
    path.write_bytes(data[: facts.offset] + again + data[end:])
    sql(
        folder,
        f"UPDATE captures SET length = {len(again)} WHERE record_id = '{facts.record_id}'",
    )


def test_tampered_bytes_are_found(folder: Path) -> None:
    tampered(folder, why(folder), b"Rest and drink water.", b"Rest and drink whisky")
    chain = why(folder)
    reasons = "\n".join(chain.wrong)
    assert "the block's sha256 is not" in reasons
    assert "the payload's sha1 is not" in reasons
    assert "its payload digest is sha1:" in reasons
    assert "answer: another value is read now" in reasons
    assert [one.name for one in chain.fields if not one.holds] == ["answer"]
    text = text_of(chain)
    assert "READS OTHERWISE NOW" in text
    assert "now: Rest and drink whisky" in text


def test_a_tampered_row_is_found(folder: Path) -> None:
    sql(folder, "UPDATE questions SET title = 'Another' WHERE source_id = '1'")
    chain = why(folder)
    assert chain.wrong == ("title: another value is read now",)


@pytest.mark.parametrize(
    ("people", "holds"), [("DELETE FROM answer_responders", False), ("SELECT 1", True)]
)
def test_a_responder_that_is_missing_is_found(folder: Path, people: str, holds: bool) -> None:
    sql(folder, people)
    field = next(one for one in why(folder).fields if one.name == "responder 1")
    assert field.holds is holds


def test_a_broken_record_and_a_missing_file(folder: Path) -> None:
    facts = why(folder).evidence.facts
    path = folder / "warcs" / facts.warc_file
    data = bytearray(path.read_bytes())
    data[facts.offset + 40] ^= 0xFF
    path.write_bytes(data)
    chain = why(folder)
    assert any("the record cannot be read" in reason for reason in chain.wrong)
    assert {one.holds for one in chain.fields} == {None}
    path.unlink()
    chain = why(folder)
    assert any(f"the WARC file {path.name} is not there" in reason for reason in chain.wrong)
    assert "it cannot be read now" in text_of(chain)


def test_a_broken_capture_of_another_source_is_found(folder: Path) -> None:
    (path,) = (folder / "warcs").glob("import-*")
    data = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(data.replace(b"drink water", b"drink whisk")))
    size = path.stat().st_size
    sql(folder, f"UPDATE captures SET length = {size} WHERE source = 'wet'")
    reasons = why(folder).wrong
    assert any("what is read in it now is not the text" in reason for reason in reasons), reasons
    assert all("(wet)" in reason for reason in reasons)


def test_sources_that_are_not_so_are_found(folder: Path) -> None:
    sql(folder, """UPDATE questions SET sources = '["live","wayback"]' WHERE source_id = '1'""")
    assert "the sources that confirm it are ['live', 'wet']" in why(folder).wrong[0]


def test_another_parser_is_said_and_is_no_fault(folder: Path) -> None:
    sql(folder, "UPDATE questions SET parser = 'netwellness@0' WHERE source_id = '1'")
    chain = why(folder)
    assert chain.wrong == ()
    assert "the parser has changed: the record was read by netwellness@0" in chain.notes[0]


def test_times_and_places_of_web_archives_are_told(folder: Path) -> None:
    sql(
        folder,
        "UPDATE captures SET fetched_at = '2026-01-02T03:04:05.000000Z', "
        "fetched_from = 'https://web.archive.org/web/2020id_/x' WHERE status = 200",
    )
    text = text_of(why(folder))
    assert "from https://web.archive.org/web/2020id_/x at 2026-01-02 03:04:05 UTC" in text


@pytest.fixture
def connection(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_archive(folder / "archive.db")) as db:
        db.conn.row_factory = sqlite3.Row
        yield db.conn


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "001",
        "netwellness/1",
        question_url(1),
        "https://netwellness.org/question.cfm/1.html?print=1",
        "www.netwellness.org/question.cfm/1.htm",
        "https://web.archive.org/web/2005/http://www.netwellness.org/question.cfm/1.htm",
    ],
)
def test_a_question_has_many_names(connection: sqlite3.Connection, text: str) -> None:
    assert named(connection, text) == ("netwellness", "1")


def test_a_number_of_two_sites_must_be_named_in_full(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO withheld VALUES ('other.example', '1', NULL, 'r', 'd')")
    with pytest.raises(CommandError, match=r"netwellness/1, other\.example/1") as error:
        named(connection, "1")
    assert error.value.status == 2
    with pytest.raises(CommandError, match="no id"):
        named(connection, "sleep")


def test_the_command(folder: Path, scrapy: Scrapy) -> None:
    place = (
        "-s", f"ARCHIVE_DB={folder / 'archive.db'}", "-s", f"WARC_DIR={folder / 'warcs'}",
    )  # fmt: skip
    found: dict[str, Any] = json.loads(scrapy("why", "1", "--json", *place).stdout)
    assert (found["holds"], found["confirmed_by"]) == (True, ["live", "wet"])
    assert found["evidence"]["record_id"] in {one["record_id"] for one in found["captures"]}
    gone = scrapy("why", "99", *place)
    assert (gone.returncode, gone.stdout) == (3, "")
    assert "the archive has no question 99" in gone.stderr
    unread = scrapy("why", "4", *place)
    assert unread.returncode == 3
    assert "1 capture of http://www.netwellness.org/question.cfm/4.htm" in unread.stderr
    sql(folder, "UPDATE questions SET answer = 'x' WHERE source_id = '1'")
    broken = scrapy("why", question_url(1), *place)
    assert broken.returncode == 1
    assert "netwellness/1: 1 thing does not hold" in broken.stdout
    file = folder / "withheld.toml"
    file.write_text(
        '[[withheld]]\nquestion = "netwellness/1"\nreason = "Asked."\non = 2026-01-02\n'
    )
    hidden = scrapy("why", "1", *place, "-s", f"WITHHELD_FILE={file}")
    assert hidden.returncode == 3
    assert hidden.stdout == "netwellness/1 is withheld since 2026-01-02: Asked.\n"
    assert scrapy("why", *place).returncode == 2


def test_every_question_of_a_real_crawl_holds(crawled: Crawled) -> None:
    with closing(open_archive(crawled.database, readonly=True)) as db:
        keys = db.conn.execute("SELECT site, source_id FROM questions ORDER BY id").fetchall()
        for site, source_id in keys[::7]:
            chain = chain_of(db.conn, (site, source_id), crawled.warcs)
            assert chain is not None
            assert chain.wrong == ()
