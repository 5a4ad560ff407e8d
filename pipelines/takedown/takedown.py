"""Takes withheld questions out of archive.db, rows first, then the last byte of their text.

A question that is withheld has rows in ``withheld`` and, for its captures, in ``captures``
(and ``failures``), which hold no text. What it is withheld from:

- new rows: the store asks the table ``withheld`` at every commit (:mod:`pipelines.store.store`);
- rows that are there: :func:`withhold` deletes them, in one transaction, so that the archive
  is equal to one that is rebuilt with the same file;
- pages of others that link to it or quote it: their words are blanked
  (:mod:`pipelines.db.blanks`), in the same transaction;
- the file's free pages, its full-text index and the write-ahead log, where SQLite keeps what
  was deleted: they are written anew (:mod:`pipelines.db.erasure`).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines.db.connection import named_errors, open_archive, open_read_only
from pipelines.db.erasure import erase, mark_for_erasure
from pipelines.db.rules import FAILURE_REASON, Key, key_of, page_of, withheld_keys
from pipelines.store import people
from pipelines.store.blanking import (
    blank_stored,
    is_blanked,
    learn,
    mark_unblanked,
)
from pipelines.store.loading import load_questions
from pipelines.store.questions import UNLINK, QuestionWriter
from pipelines.takedown.takedown_file import Takedown, TakedownError

logger = logging.getLogger(__name__)

_MOST_NAMED = 20
#: A question, and all questions of a page.
_OF_KEY = (
    "SELECT id, site, source_id, capture_id FROM questions WHERE site = ?1 AND (source_id = ?2 "
    "OR (source_id > ?2 || '#' AND source_id < ?2 || '$'))"
)
_DELETE = (
    "DELETE FROM sightings WHERE version_id IN (SELECT id FROM versions WHERE question_id = ?)",
    "DELETE FROM versions WHERE question_id = ?",
    "DELETE FROM questions WHERE id = ?",
)


@dataclass(frozen=True, slots=True)
class Withholding:
    """What applying a file did.

    ``new`` had not been withheld before; ``removed`` had rows, which are gone; of ``blanked``,
    which are not withheld, words that repeat a withheld one are gone; ``released``
    are in the archive's table and no longer in the file; of ``unknown`` the archive has no
    capture either (a slip of the pen?). ``left`` says why some bytes of what was deleted may
    still be on the disk ("" if none are).
    """

    entries: int
    new: tuple[Key, ...]
    removed: tuple[Key, ...]
    blanked: tuple[Key, ...]
    released: tuple[Key, ...]
    unknown: tuple[Key, ...]
    left: str = ""


def withhold(path: str | os.PathLike[str], entries: Sequence[Takedown]) -> Withholding:
    """Take questions out of an archive; cheap if they are out already.

    Those that are withheld already stay so, even if ``entries`` lacks them: only a rebuild
    can bring their rows back.

    :raises ArchiveError: the archive cannot be opened or written
    """
    path = Path(path)
    db = open_archive(path)
    with closing(db), named_errors(path):
        connection = db.conn
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        before = withheld_keys(connection)
        listed = {entry.key for entry in entries}
        connection.execute("BEGIN IMMEDIATE")
        try:
            write_table(connection, entries)
            removed, blanked = take_out(connection)
            if removed or blanked:
                mark_for_erasure(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        logger.info("%s: %d questions are withheld, %d taken out", path, len(listed), len(removed))
        return Withholding(
            entries=len(entries),
            new=tuple(sorted(listed - before)),
            removed=removed,
            blanked=blanked,
            released=tuple(sorted(before - listed)),
            unknown=tuple(sorted(listed.difference(removed) - _captured(connection))),
            left=erase(connection, path),
        )


def shown(connection: sqlite3.Connection, keys: Iterable[Key]) -> list[Key]:
    """Those of some questions, or pages with several, that have rows."""
    return [key for key in sorted(keys) if connection.execute(_OF_KEY, key).fetchone()]


def still_shown(path: Path, entries: Iterable[Takedown]) -> list[Key]:
    """Those of some entries that have rows in an archive, which is only read.

    :raises ArchiveError: it cannot be
    """
    with named_errors(path), closing(open_read_only(path)) as connection:
        return shown(connection, {entry.key for entry in entries})


def write_table(connection: sqlite3.Connection, entries: Iterable[Takedown]) -> None:
    """Write the rows of ``withheld``, within a transaction that is open."""
    entries = list(entries)
    mark_unblanked(connection, {entry.key for entry in entries} - withheld_keys(connection))
    connection.executemany(
        "INSERT INTO withheld (site, source_id, url, reason, withheld_on) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (site, source_id) DO UPDATE SET url = coalesce(excluded.url, url), "
        "reason = excluded.reason, withheld_on = excluded.withheld_on",
        [(*entry.key, entry.url, entry.reason, entry.on.isoformat()) for entry in entries],
    )


def require_listed(
    known: frozenset[str], file: Path, entries: Sequence[Takedown] | None, *, release: bool = True
) -> Sequence[Takedown]:
    """The entries of the file, unless what an archive withholds would come back though nobody
    had decided so.

    :param known: what the archive withholds, as ``site/id``
    :param release: what the file lacks may come back; a file that is missing lists nothing
    :raises TakedownError: the file is missing, or lacks something, and must not
    """
    if entries is None and known:
        raise TakedownError(
            f"the archive withholds {len(known)} questions, and the file that lists them is not "
            f"there ({file}; put it back, or name it with -s WITHHELD_FILE=PATH). To bring all of "
            "them back, write an empty one, and 'scrapy rebuild --release'"
        )
    listed = {entry.name for entry in entries or ()}
    lacking = sorted(name for name in known - listed if name.partition("#")[0] not in listed)
    if lacking and not release:
        more = f" and {len(lacking) - _MOST_NAMED} more" if len(lacking) > _MOST_NAMED else ""
        raise TakedownError(
            f"the archive withholds what {file} does not list: {', '.join(lacking[:_MOST_NAMED])}"
            f"{more}. Put the entries back; or bring these questions back with "
            "--release (scrapy rebuild, scrapy restore)"
        )
    return entries or ()


# -- rows ----------------------------------------------------------------------------------


def take_out(connection: sqlite3.Connection) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """Delete the rows of withheld questions, and blank what repeats them on the pages of others,
    within a transaction that is open.

    What is left is what the store would have written had it known of them before.

    :returns: those that had any, and the others of which something was blanked
    """
    keys = withheld_keys(connection)
    removed: dict[int, Key] = {}
    evidence: dict[int, set[int]] = {}
    for key in keys:
        for id_, site, source_id, capture_id in connection.execute(_OF_KEY, key):
            removed[id_] = (site, source_id)
            evidence[id_] = {capture_id}
    sought = learn(connection, removed)
    if removed:
        _delete(connection, removed, evidence)
    _redact_failures(connection, keys)
    blanked: tuple[Key, ...] = ()
    if removed or not is_blanked(connection):
        blanked = blank_stored(connection, sought)
    return tuple(sorted(removed.values())), blanked


def _delete(
    connection: sqlite3.Connection, removed: dict[int, Key], evidence: dict[int, set[int]]
) -> None:
    """Delete the rows of questions.

    :param evidence: by the id of each, the captures that it is shown from
    """
    for id_, captures in evidence.items():
        query = "SELECT capture_id FROM answers WHERE question_id = ?"
        captures.update(capture for (capture,) in connection.execute(query, (id_,)))
    shared = (people.responders_table(), people.topics_table())
    named = [table.named_by(connection, evidence) for table in shared]
    ids = [(id_,) for id_ in removed]
    for statement in (*UNLINK, *_DELETE):
        connection.executemany(statement, ids)
    for table, rows in zip(shared, named, strict=True):
        table.retract(connection, rows)
    # What else was on the same pages: a capture that had these alone no longer tells of it.
    QuestionWriter(connection).write([*load_questions(connection, removed.values()).values()])
    connection.execute("DELETE FROM sites WHERE name NOT IN (SELECT site FROM questions)")


def _redact_failures(connection: sqlite3.Connection, keys: frozenset[Key]) -> None:
    """Take the words of a parser out of failures: it may quote the page that it fails on."""
    pages = frozenset(map(page_of, keys))
    rows = connection.execute(
        "SELECT DISTINCT canonical_url FROM failures WHERE stage <> 'fetch' AND reason <> ?",
        (FAILURE_REASON,),
    ).fetchall()
    connection.executemany(
        "UPDATE failures SET reason = ?, field = NULL WHERE stage <> 'fetch' AND canonical_url = ?",
        [(FAILURE_REASON, url) for (url,) in rows if key_of(url) in pages],
    )


def _captured(connection: sqlite3.Connection) -> set[Key]:
    """Those withheld questions that some capture is of, as far as their address is known."""
    rows = connection.execute(
        "SELECT site, source_id FROM withheld w WHERE url IS NULL "
        "OR EXISTS (SELECT 1 FROM captures c WHERE c.canonical_url = w.url)"
    )
    return {(site, source_id) for site, source_id in rows}
