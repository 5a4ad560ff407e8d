"""A withheld question leaves no row, no byte and no trace but the reason; and never comes back."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from parsers import read
from pipelines.capture.collect import collect_exchange, collect_reading
from pipelines.db.connection import ArchiveLocked, check_fts, open_archive
from pipelines.db.content_digest import content_digest, table_digests
from pipelines.db.identity import known_withheld
from pipelines.db.models import Failure
from pipelines.db.rules import FAILURE_REASON
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from pipelines.takedown.takedown import require_listed, shown, withhold
from pipelines.takedown.takedown_file import Takedown, TakedownError
from pipelines.verify.verify import verify_archive
from pipelines.warc.damage import FindingKind
from pipelines.warc.exchange import Exchange
from pipelines.warc.writer import WarcWriter
from tests.pipelines.archive_makers import (
    CRAWL,
    capture_row,
    crawl_into,
    empty_store,
    exchange,
    http_response,
    qa_page,
    question_html,
    question_url,
)
from tests.pipelines.rebuild.test_rebuild import a_history

SECRET = "zebrafinch quagmire"
ROWS = ("questions", "versions", "answers", "question_responders", "question_topics", "links")


def entry(number: int, reason: str = "Asked for.") -> Takedown:
    return Takedown(
        "netwellness", str(number), question_url(number), reason, date(2026, 11, 22), "me"
    )


def html(number: int, who: str, topic: str, *, link: bool = False, text: str = "Rest.") -> bytes:
    """A page of its own responder and topic."""
    slug = topic.lower()
    name = f'<a href="/experts/{slug}.cfm">{who}, MD</a>' if link else f"{who}, MD"
    return (
        question_html(number, text)
        .replace(b"/healthtopics/pregnancy/", f"/healthtopics/{slug}/".encode())
        .replace(b"Pregnancy", topic.encode())
        .replace(b"Ann B Smith, MD", name.encode())
    )


def pages() -> list[Exchange]:
    """Three questions: the second alone names a topic, and prints a shared name best."""
    bodies = [
        (1, html(1, "Ann Smith", "Eyes")),
        (2, html(2, "Ann Smith", "Teeth", text=SECRET)),
        (2, html(2, "Bea Jones", "Eyes", text=f"{SECRET} again")),
        (3, html(3, "Cat Moore", "Eyes", link=True)),
        (3, html(3, "Cat Moore", "Eyes", text="Changed.")),
    ]
    made = [
        exchange(question_url(number), http_response(body), seconds=at)
        for at, (number, body) in enumerate(bodies, 1)
    ]
    return [*made, exchange(question_url(2), http_response(b"", "404 Not Found"), seconds=9)]


def everywhere(folder: Path) -> bytes:
    """Every byte of the database and of the files beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("archive.db*")))


def index_bytes(connection: sqlite3.Connection) -> bytes:
    """The content of the full-text index's own tables."""
    blobs = connection.execute("SELECT block FROM questions_fts_data").fetchall()
    terms = connection.execute("SELECT term FROM questions_fts_idx").fetchall()
    return b"".join(bytes(one[0]) for one in [*blobs, *terms] if one[0] is not None)


@pytest.mark.parametrize("numbers", [(2,), (1,), (1, 3), (1, 2, 3), (99,)])
def test_applied_is_equal_to_rebuilt(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    crawl_into(tmp_path, pages()).close()
    entries = [entry(number) for number in numbers]
    done = withhold(tmp_path / "archive.db", entries)
    assert len(done.removed) == len([number for number in numbers if number != 99])
    assert done.left == ""
    result = rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db", withheld=entries)
    assert result.withheld == len(done.removed)
    with closing(open_archive(tmp_path / "archive.db")) as applied:
        rebuilt = open_archive(tmp_path / "rebuilt.db")
        assert table_digests(applied) == table_digests(rebuilt)
        assert content_digest(applied) == result.digest
        assert [row[0] for row in applied.execute("SELECT source_id FROM withheld")] == [
            str(number) for number in numbers
        ]
        check_fts(applied)
        rebuilt.close()


@pytest.mark.parametrize("seed", range(6))
def test_applied_is_equal_to_rebuilt_after_a_history_of_revisits(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    a_history(tmp_path, dice).close()
    entries = [entry(number) for number in dice.sample(range(1, 9), 4)]
    withhold(tmp_path / "archive.db", entries[:2])
    withhold(tmp_path / "archive.db", entries)
    rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db", withheld=entries)
    with closing(open_archive(tmp_path / "archive.db")) as applied:
        rebuilt = open_archive(tmp_path / "rebuilt.db")
        assert table_digests(applied) == table_digests(rebuilt)
        rebuilt.close()
    found = verify_archive(tmp_path / "warcs", tmp_path / "archive.db", withheld=entries)
    assert found.findings == []


def test_no_byte_of_it_is_left(tmp_path: Path) -> None:
    store = crawl_into(tmp_path, pages())
    store.tidy()
    path = tmp_path / "archive.db"
    assert b"zebrafinch" in everywhere(tmp_path)
    assert b"zebrafinch" in index_bytes(store.db.conn)
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    assert reader.execute("SELECT count(*) FROM questions").fetchone() == (3,)
    done = withhold(path, [entry(2, "Because.")])
    assert (done.new, done.removed, done.left) == ((("netwellness", "2"),),) * 2 + ("",)
    left = everywhere(tmp_path).lower()
    for word in (b"zebrafinch", b"quagmire", b"title of 2", b"bea jones", b"teeth"):
        assert word not in left, word
    assert b"because." in left
    # Whoever had it open sees it at once; what is withheld has captures, and nothing else.
    assert reader.execute("SELECT count(*) FROM questions").fetchone() == (2,)
    assert b"quagmir" not in index_bytes(reader)
    for table in ROWS:
        column = "id" if table == "questions" else "question_id"
        ids = f"SELECT count(DISTINCT {column}) FROM {table}"
        assert reader.execute(ids).fetchone()[0] <= 2
    row = "captures c LEFT JOIN sightings s ON s.capture_id = c.id WHERE canonical_url = ?"
    query = f"SELECT count(*), count(version_id) FROM {row}"
    assert reader.execute(query, (question_url(2),)).fetchone() == (3, 0)
    reader.close()
    store.close()


def test_a_crawl_that_runs_meanwhile_does_not_bring_it_back(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "archive.db")
    store.pending.add_capture(capture_row("urn:1"))
    store.pending.add_page(qa_page("urn:1"))
    store.commit()
    store.pending.add_capture(capture_row("urn:2", seconds=5))
    store.pending.add_page(qa_page("urn:2", answer=SECRET))
    store.pending.add_capture(capture_row("urn:3", seconds=6, url=question_url(3)))
    store.pending.add_page(qa_page("urn:3", 3))
    assert withhold(tmp_path / "archive.db", [entry(1)]).removed == (("netwellness", "1"),)
    store.commit()
    assert [row["source_id"] for row in store.db["questions"].rows] == ["3"]
    assert store.db["captures"].count == 3
    assert (store.passed_over, store.withholds("netwellness", "1")) == (1, True)
    assert b"zebrafinch" not in everywhere(tmp_path)
    # A revisit of what is withheld has no text either.
    store.pending.add_capture(capture_row("urn:4", seconds=9, status=304, revisit_of="urn:2"))
    store.commit()
    assert store.db.execute("SELECT count(*) FROM sightings").fetchone() == (1,)
    store.close()


def test_an_import_does_not_bring_it_back(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    withhold(path, [entry(7)])
    page = tmp_path / "7.htm"
    page.write_bytes(question_html(7, SECRET))
    store = Store.open(path)
    (result,) = ingest([page], tmp_path / "warcs", store, ImportOptions(url=question_url(7)))
    assert (result.pages, result.new, store.db["questions"].count) == (1, 0, 0)
    store.close()
    assert b"zebrafinch" not in everywhere(tmp_path)


def test_what_a_parser_says_of_it_is_hushed(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "archive.db")
    for number in (1, 2):
        store.pending.add_capture(capture_row(f"urn:{number}", url=question_url(number)))
        store.pending.add_failure(Failure(f"urn:{number}", "parse", f"found '{SECRET}'", "answer"))
    store.commit()
    withhold(tmp_path / "archive.db", [entry(1)])
    store.pending.add_capture(capture_row("urn:9", seconds=3))
    store.pending.add_failure(Failure("urn:9", "parse", SECRET, "title"))
    store.commit()
    rows = store.db.execute("SELECT record_id, field, reason FROM failures ORDER BY 1").fetchall()
    assert rows == [
        ("urn:1", None, FAILURE_REASON),
        ("urn:2", "answer", f"found '{SECRET}'"),
        ("urn:9", None, FAILURE_REASON),
    ]
    store.close()


def test_what_was_released_comes_back_with_a_rebuild(tmp_path: Path) -> None:
    crawl_into(tmp_path, pages()).close()
    path = tmp_path / "archive.db"
    before = content_digest(open_archive(path))
    withhold(path, [entry(2), entry(3)])
    done = withhold(path, [entry(3, "Another reason."), entry(500)])
    assert done.released == (("netwellness", "2"),)
    assert done.unknown == (("netwellness", "500"),)
    assert done.removed == ()
    with closing(open_archive(path)) as db:
        reasons = dict(db.execute("SELECT source_id, reason FROM withheld").fetchall())
    assert reasons == {"2": "Asked for.", "3": "Another reason.", "500": "Asked for."}
    assert rebuild(tmp_path / "warcs", path).digest == before


def test_a_rebuild_leaves_nothing_in_the_log_of_an_open_archive(tmp_path: Path) -> None:
    store = crawl_into(tmp_path, pages())  # stays open, so that the content is copied in
    rebuild(tmp_path / "warcs", tmp_path / "archive.db", withheld=[entry(2)])
    assert shown(store.db.conn, [("netwellness", "2")]) == []
    assert b"zebrafinch" not in everywhere(tmp_path)
    store.close()


def test_a_file_that_is_missing_or_lacks_something_does_not_release_anything(
    tmp_path: Path,
) -> None:
    path = tmp_path / "archive.db"
    missing = tmp_path / "withheld.toml"
    assert require_listed(known_withheld(path, ()), missing, None) == ()
    withhold(path, [])
    assert require_listed(known_withheld(path, ()), missing, None) == ()
    withhold(path, [entry(1), entry(2)])
    known = known_withheld(path, ())
    with pytest.raises(TakedownError, match="withholds 2 questions"):
        require_listed(known, missing, None)
    with pytest.raises(TakedownError, match="does not list: netwellness/1"):
        require_listed(known, missing, [entry(2)], release=False)
    assert require_listed(known, missing, ()) == ()
    of_pages = frozenset({"netwellness/1#a", "netwellness/2"})  # now the whole page of the first
    assert require_listed(of_pages, missing, [entry(1), entry(2)], release=False)
    with closing(sqlite3.connect(path)) as db:  # of an earlier version: it cannot be opened
        db.execute("DELETE FROM _sqlite_migrations WHERE name > 'm010'")
        db.commit()
    assert known_withheld(path, ()) == known


def test_bytes_that_a_reader_holds_are_reported_and_erased_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl_into(tmp_path, pages()).close()
    path = tmp_path / "archive.db"
    monkeypatch.setattr("pipelines.db.connection.BUSY_SECONDS", 0.1)
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM questions").fetchone()
    done = withhold(path, [entry(2)])
    assert "scrapy withhold" in done.left
    reader.execute("ROLLBACK")
    assert reader.execute("SELECT count(*) FROM questions").fetchone() == (2,)
    assert withhold(path, [entry(2)]).left == ""
    assert b"zebrafinch" not in everywhere(tmp_path)
    reader.close()


def test_nothing_happens_while_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl_into(tmp_path, pages()).close()
    monkeypatch.setattr("pipelines.db.connection.BUSY_SECONDS", 0.1)
    writer = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveLocked):
        withhold(tmp_path / "archive.db", [entry(2)])
    writer.execute("ROLLBACK")
    assert writer.execute("SELECT count(*) FROM questions").fetchone() == (3,)
    writer.close()


def disagreements(tmp_path: Path, entries: list[Takedown]) -> Iterator[str]:
    found = verify_archive(tmp_path / "warcs", tmp_path / "archive.db", withheld=entries)
    for one in found.findings:
        assert one.kind is FindingKind.WITHHELD, one
        yield one.reason


def test_verify_finds_what_is_shown_though_withheld(tmp_path: Path) -> None:
    crawl_into(tmp_path, pages()).close()
    path = tmp_path / "archive.db"
    assert list(disagreements(tmp_path, [])) == []
    (said,) = disagreements(tmp_path, [entry(2)])
    assert "netwellness/2" in said
    assert "scrapy withhold" in said
    withhold(path, [entry(2)])
    assert list(disagreements(tmp_path, [entry(2)])) == []
    (said,) = disagreements(tmp_path, [entry(2, "Another reason.")])
    assert "reason" in said
    (said,) = disagreements(tmp_path, [])
    assert "scrapy rebuild" in said
    # Rows that are there although the table says that they must not be.
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO withheld SELECT site, source_id, url, 'x', 'y' FROM questions")
    assert len([said for said in disagreements(tmp_path, [entry(2)]) if "has rows" in said]) == 2


def test_many_at_once(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "archive.db")
    store.pending.add_crawl(CRAWL)
    for number in range(1, 601):
        store.pending.add_capture(
            capture_row(f"urn:{number}", url=question_url(number), seconds=number)
        )
        store.pending.add_page(qa_page(f"urn:{number}", number))
    store.close()
    done = withhold(tmp_path / "archive.db", [entry(number) for number in range(1, 600)])
    assert len(done.removed) == 599
    with closing(open_archive(tmp_path / "archive.db")) as db:
        assert [row["source_id"] for row in db["questions"].rows] == ["600"]
        assert (db["topics"].count, db["responders"].count) == (1, 1)


def test_a_reading_that_gives_no_page_is_as_before(tmp_path: Path) -> None:
    """A withheld page that is found gone is gone, whatever was read of it."""
    store = empty_store(tmp_path / "archive.db")
    store.commit()
    withhold(tmp_path / "archive.db", [entry(1)])
    writer = WarcWriter(tmp_path / "warcs", "t", {})
    writer.open()
    for one in (pages()[0], exchange(question_url(1), http_response(b"", "410 Gone"), seconds=5)):
        location = writer.write_exchange(one)
        capture = collect_exchange(store.pending, one, location, CRAWL)
        collect_reading(store.pending, capture.record_id, read(capture, outlinks=True), capture.url)
    store.commit()
    gone = store.db.execute("SELECT status, gone FROM captures ORDER BY 1").fetchall()
    assert gone == [(200, 0), (410, 1)]
    assert store.db["sightings"].count == 0
    writer.close()
    store.close()
