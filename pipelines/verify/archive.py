"""Checks archive.db by itself, its rows about files and runs, and what is withheld.

The archive is opened for reading only and nothing in it changes. What SQLite checks by a
statement that writes (the full-text index) is checked on a temporary copy, so that a crawl
that is writing never waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pipelines.capture.crawl_records import foreign_crawl
from pipelines.db.blanks import MARK, leads_to
from pipelines.db.connection import ArchiveError, ArchiveMissing, open_archive
from pipelines.db.rules import version_digest, words_digest
from pipelines.store.blanking import is_blanked, load_blanks
from pipelines.store.repetitions import repeating
from pipelines.takedown.takedown import shown
from pipelines.takedown.takedown_file import Takedown
from pipelines.verify.answers import differing_answers
from pipelines.verify.findings import Finding
from pipelines.warc.damage import FindingKind

_MOST = 100
#: Whether a version was read in a page, and not only in texts that were made of pages.
_READ_IN_PAGE = """EXISTS (SELECT 1 FROM sightings s JOIN captures c ON c.id = s.capture_id
    LEFT JOIN captures o ON o.record_id = c.revisit_of WHERE s.version_id = {}.id
    AND ltrim(coalesce(o.content_type, c.content_type)) NOT LIKE 'text/plain%')"""
_SEEN = "EXISTS (SELECT 1 FROM sightings WHERE version_id = v.id AND capture_id = v.{})"
#: (table, what is wrong with the row, query that gives its id)
_MEANINGS = (
    (
        "questions",
        "its capture is not one that this text was read from",
        """SELECT q.id FROM questions q WHERE NOT EXISTS (
            SELECT 1 FROM sightings s JOIN versions v ON v.id = s.version_id
            WHERE s.capture_id = q.capture_id AND v.question_id = q.id AND v.title = q.title
                AND v.question = q.question AND (q.parts > 1 OR v.answer = q.answer))""",
    ),
    (
        "questions",
        "the capture that it names holds no bytes: it is a revisit, or not there",
        """SELECT q.id FROM questions q LEFT JOIN captures c ON c.id = q.capture_id
        LEFT JOIN captures o ON o.record_id = c.revisit_of
        WHERE c.id IS NULL OR (c.revisit_of IS NOT NULL AND o.id IS NULL)""",
    ),
    (
        "questions",
        "its answer is not the texts of its answers; run 'scrapy rebuild'",
        """SELECT q.id FROM questions q WHERE q.answer <> coalesce((
            SELECT group_concat(text, char(10, 10)) FROM (SELECT text FROM answers
                WHERE question_id = q.id AND text <> '' ORDER BY position)), '')""",
    ),
    (
        "questions",
        "it has another number of answers; run 'scrapy rebuild'",
        """SELECT q.id FROM questions q LEFT JOIN answers a ON a.question_id = q.id
        GROUP BY q.id
        HAVING q.answers <> count(a.id) OR coalesce(max(a.position), 0) <> count(a.id)""",
    ),
    (
        "questions",
        "its pages have had another number of texts; run 'scrapy rebuild'",
        """SELECT q.id FROM questions q WHERE q.versions <> 1 + (
            SELECT count(*) - count(DISTINCT part) FROM versions WHERE question_id = q.id)""",
    ),
    (
        "answers",
        "its capture is not one that its page was read from",
        """SELECT a.id FROM answers a WHERE NOT EXISTS (
            SELECT 1 FROM sightings s JOIN versions v ON v.id = s.version_id
            WHERE s.capture_id = a.capture_id AND v.question_id = a.question_id
                AND v.part = a.part)""",
    ),
    (
        "versions",
        "a capture that it names is not there, or had another text",
        f"""SELECT v.id FROM versions v WHERE NOT {_SEEN.format("first_capture_id")}
            OR NOT {_SEEN.format("last_capture_id")}""",
    ),
    (
        "versions",
        "only text renderings have it, and a version of the page says the same",
        f"""SELECT v.id FROM versions v WHERE v.words <> '' AND NOT {_READ_IN_PAGE.format("v")}
            AND EXISTS (SELECT 1 FROM versions w WHERE w.question_id = v.question_id
                AND w.part = v.part AND w.words = v.words AND {_READ_IN_PAGE.format("w")})""",
    ),
    (
        "questions",
        "its sources are not those of the captures that say the same; run 'scrapy rebuild'",
        """SELECT q.id FROM questions q JOIN sightings t ON t.capture_id = q.capture_id
        JOIN versions shown ON shown.id = t.version_id AND shown.question_id = q.id
        WHERE q.sources IS NOT (SELECT json_group_array(source) FROM (
            SELECT DISTINCT c.source FROM versions v JOIN sightings s ON s.version_id = v.id
            JOIN captures c ON c.id = s.capture_id WHERE v.question_id = q.id
                AND v.part = shown.part AND v.words = shown.words ORDER BY 1))""",
    ),
    (
        "captures",
        "its crawl is not there",
        "SELECT id FROM captures WHERE crawl_id NOT IN (SELECT id FROM crawls)",
    ),
    (
        "failures",
        "its capture is not the record that it names",
        """SELECT f.id FROM failures f LEFT JOIN captures c ON c.id = f.capture_id
        WHERE f.capture_id IS NOT NULL AND c.record_id IS NOT f.record_id""",
    ),
)


def check_archive(path: Path) -> Iterator[Finding]:
    """Yield what is wrong inside an archive: pages, keys, full-text index, texts, digests."""
    name = path.name
    try:
        db = open_archive(path, readonly=True)
    except ArchiveMissing:
        reason = "it is not there; 'scrapy rebuild' makes it from the WARC files"
        yield Finding(name, None, FindingKind.DATABASE, reason)
        return
    except ArchiveError as error:
        yield Finding(name, None, FindingKind.DATABASE, str(error))
        return
    with closing(db):
        for check in (_pages, _keys, _index, _meanings, _versions, _answers, _sites, _mentions):
            yield from _guarded(check, db.conn, name)


def _guarded(
    check: Callable[[sqlite3.Connection, str], Iterator[Finding]],
    connection: sqlite3.Connection,
    name: str,
) -> Iterator[Finding]:
    try:
        yield from check(connection, name)
    except (sqlite3.Error, UnicodeError) as error:
        yield Finding(name, None, FindingKind.DATABASE, f"it cannot be read: {error}")


def _pages(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    for (report,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        for line in report.splitlines() if report != "ok" else ():
            yield Finding(name, None, FindingKind.DATABASE, line)


def _keys(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        reason = f"row {row} of {table} points to a row of {parent} that is not there"
        yield Finding(name, None, FindingKind.DATABASE, reason)


def _index(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        try:
            connection.backup(copy)
            copy.execute(
                "INSERT INTO questions_fts(questions_fts, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.DatabaseError as error:
            full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
            reason = f"the full-text index does not match the text ({error})"
            if full:
                reason = "no room for the temporary copy that the index is checked on; see TMPDIR"
            yield Finding(name, None, FindingKind.INDEX, reason)


def _meanings(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    for table, reason, query in _MEANINGS:
        for (row,) in connection.execute(f"{query} LIMIT {_MOST}"):
            yield Finding(name, None, FindingKind.DATABASE, f"row {row} of {table}: {reason}")


def _versions(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    query = "SELECT id, digest, record, words, title, question, answer FROM versions"
    for row, digest, record, words, *text in connection.execute(query):
        if version_digest(record) != digest:
            reason = f"row {row} of versions: its digest is not that of its text"
            yield Finding(name, None, FindingKind.DATABASE, reason)
        if words_digest(*text) != words:
            reason = f"row {row} of versions: its words are not those of its text"
            yield Finding(name, None, FindingKind.DATABASE, f"{reason}; run 'scrapy rebuild'")


def _answers(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    """Answers that are not as the texts say that their pages had."""
    for question_id in differing_answers(connection):
        reason = f"row {question_id} of questions: its answers are not those of its texts"
        yield Finding(name, None, FindingKind.DATABASE, f"{reason}; run 'scrapy rebuild'")


def _sites(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    query = (
        "SELECT name FROM sites WHERE name NOT IN (SELECT site FROM questions) "
        "UNION SELECT site FROM questions WHERE site NOT IN (SELECT name FROM sites)"
    )
    for (site,) in connection.execute(query):
        reason = f"sites and questions do not name the same sites ({site}); run 'scrapy rebuild'"
        yield Finding(name, None, FindingKind.DATABASE, reason)


def _mentions(connection: sqlite3.Connection, name: str) -> Iterator[Finding]:
    query = (
        "SELECT DISTINCT m.record_id FROM mentions m "
        "LEFT JOIN captures c ON c.record_id = m.record_id "
        f"WHERE c.id IS NULL OR c.revisit_of IS NOT NULL LIMIT {_MOST}"
    )
    for (record_id,) in connection.execute(query):
        reason = "mentions name a record that is no capture of a page"
        yield Finding(name, None, FindingKind.DATABASE, reason, record_id)


# -- the archive and the files -------------------------------------------------------------


def check_files(
    connection: sqlite3.Connection, warc_dir: Path, known: Collection[str]
) -> Iterator[Finding]:
    """Yield the WARC files that rows name and that are not there.

    :param known: the names of the files that were checked
    """
    query = "SELECT warc_file, count(*) FROM captures GROUP BY 1 ORDER BY 1"
    for name, rows in connection.execute(query).fetchall():
        if name in known or (warc_dir / name).is_file():
            continue  # one that was begun, or finished, while we read the others
        yield Finding(
            name, None, FindingKind.NO_FILE, f"{rows} rows name this file; it is not there"
        )


def check_crawls(
    connection: sqlite3.Connection,
    archive: str,
    files: Collection[str],
    begun: Collection[str],
    ended: Collection[str],
) -> Iterator[Finding]:
    """Yield the runs without the records that begin and end them.

    :param begun: uids that warcinfo records name, or files of runs that may still go on
    :param ended: uids that closing records name, or the same
    """
    foreign = {foreign_crawl(name, None).uid for name in files}
    rows = connection.execute("SELECT id, uid, finished FROM crawls ORDER BY id").fetchall()
    for id_, uid, finished in rows:
        if uid in foreign:
            continue
        last = connection.execute(
            "SELECT max(warc_file) FROM captures WHERE crawl_id = ?", (id_,)
        ).fetchone()[0]
        if uid not in begun:
            reason = f"no warcinfo record tells of the crawl {uid} that is in the rows"
            yield Finding(last or archive, None, FindingKind.NO_RECORD, reason)
        elif finished and uid not in ended:
            reason = f"the crawl {uid} has finished, but the record that says so is not there"
            yield Finding(last or archive, None, FindingKind.CRAWL_END, reason)


def check_unanswered(
    connection: sqlite3.Connection, archive: str, has: Callable[[str], bool]
) -> Iterator[Finding]:
    """Yield the rows of failures without a capture whose record is in no file.

    :param has: whether a record id is in one of the files
    """
    query = "SELECT id, record_id FROM failures WHERE capture_id IS NULL"
    for row, record_id in connection.execute(query):
        if not has(record_id):
            reason = f"row {row} of failures names the record {record_id}, which is in no file"
            yield Finding(archive, None, FindingKind.NO_RECORD, reason, record_id)


# -- what is withheld -----------------------------------------------------------------------


def check_withheld(
    connection: sqlite3.Connection, archive: str, entries: Sequence[Takedown] | None
) -> Iterator[Finding]:
    """Yield what is shown though it is withheld, and where file and archive disagree.

    :param entries: of the curators' file; None if there is none: then only the archive counts
    """
    for reason in _reasons(connection, entries):
        yield Finding(archive, None, FindingKind.WITHHELD, reason)


def _reasons(connection: sqlite3.Connection, entries: Sequence[Takedown] | None) -> Iterator[str]:
    rows = connection.execute("SELECT site, source_id, reason, withheld_on FROM withheld")
    table = {(site, number): (reason, on) for site, number, reason, on in rows}
    listed = {entry.key: (entry.reason, entry.on.isoformat()) for entry in entries or ()}
    for site, number in shown(connection, table.keys() | listed.keys()):
        yield f"{site}/{number} is withheld, and has rows; run 'scrapy withhold'"
    for site, number in sorted(listed.keys() - table.keys()):
        if not shown(connection, [(site, number)]):
            yield f"{site}/{number} is withheld by the file alone; run 'scrapy withhold'"
    for site, number in sorted(table.keys() & listed.keys()):
        if table[site, number] != listed[site, number]:
            yield f"{site}/{number}: the file has another reason or day; run 'scrapy withhold'"
    if table:
        yield from _repetitions(connection)
    if entries is None:
        return
    for site, number in sorted(table.keys() - listed.keys()):
        yield f"{site}/{number} is no longer withheld by the file; run 'scrapy rebuild --release'"


def _repetitions(connection: sqlite3.Connection) -> Iterator[str]:
    """What is in the pages of others; that of the archive's own list, as the file's is not out."""
    blanks = load_blanks(connection)
    command = "rebuild" if is_blanked(connection) else "withhold"
    for site, number in repeating(connection, blanks):
        yield f"{site}/{number} repeats what is withheld; run 'scrapy {command}'"
    query = (
        "SELECT q.site, q.source_id, l.url, l.text FROM links l "
        "JOIN questions q ON q.id = l.question_id"
    )
    for site, number, url, text in connection.execute(query):
        if text not in ("", MARK) and leads_to(url, blanks.keys):
            yield f"{site}/{number} names a withheld question in a link; run 'scrapy rebuild'"
