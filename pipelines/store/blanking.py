"""Blanks in stored pages what repeats a withheld question; see :mod:`pipelines.db.blanks`.

Each page is blanked when it comes, of what is known by then. When a question is withheld, or a
new text of it comes, all that is stored is searched (:mod:`pipelines.store.repetitions`); a
rebuild does that once, at its end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pipelines.db.blanks import (
    WARNING,
    Blanks,
    Fingerprint,
    Window,
    blank_page,
    fingerprint,
    fingerprints,
    windows_of,
)
from pipelines.db.changeset import PageText
from pipelines.db.rules import Key, is_withheld, to_json, withheld_keys
from pipelines.store import people
from pipelines.store.loading import load_questions
from pipelines.store.questions import UNLINK, QuestionWriter
from pipelines.store.repetitions import Sought, StoredVersion, search, versions_of

_Place = TypeVar("_Place")
#: The fingerprint of no words; see the migration m012.
_UNBLANKED: Fingerprint = (0, 0)
#: Who has the fingerprints of what many say.
_NOBODY: Key = ("", "")


def load_blanks(connection: sqlite3.Connection) -> Blanks:
    """What an archive withholds, with the fingerprints of what that says."""
    keys = withheld_keys(connection)
    if not keys:
        return Blanks()
    rows = connection.execute(
        "SELECT site, source_id, size, fingerprint FROM _withheld_words WHERE size > 0"
    )
    prints, common = set(), set()
    for site, source_id, *each in rows:
        if (site, source_id) == _NOBODY:
            common.add((each[0], each[1]))
        elif is_withheld(keys, (site, source_id)):
            prints.add((each[0], each[1]))
    return Blanks(keys).with_more(prints - common)


def add_fingerprints(
    connection: sqlite3.Connection, key: Key, prints: Iterable[Fingerprint]
) -> None:
    """Keep what tells a repetition of a question, within a transaction that is open."""
    connection.executemany(
        "INSERT OR IGNORE INTO _withheld_words VALUES (?, ?, ?, ?)",
        [(*key, *each) for each in prints],
    )


def mark_unblanked(connection: sqlite3.Connection, keys: Iterable[Key]) -> None:
    """Note of questions, as they are withheld, that what repeats them is to be blanked."""
    for key in keys:
        add_fingerprints(connection, key, [_UNBLANKED])


def is_blanked(connection: sqlite3.Connection) -> bool:
    """Whether nothing is noted that is to be blanked."""
    query = "SELECT 1 FROM _withheld_words WHERE size = 0"
    return connection.execute(query).fetchone() is None


def mark_blanked(connection: sqlite3.Connection) -> None:
    """Note that all has been blanked."""
    connection.execute("DELETE FROM _withheld_words WHERE size = 0")


def blank_stored(connection: sqlite3.Connection, sought: Sought) -> tuple[Key, ...]:
    """Blank links to withheld questions, and what repeats those that are withheld since, within a
    transaction that is open.

    :param sought: what these say
    :returns: the questions of which something was blanked
    """
    # Their rows go and come back, while those of their versions stay.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    affected, common = search(connection, withheld_keys(connection), sought)
    add_fingerprints(connection, _NOBODY, common)
    blanks = load_blanks(connection)
    blanked = [key for key in sorted(affected) if _blank_question(connection, key, blanks)]
    mark_blanked(connection)
    return tuple(blanked)


def _blank_question(connection: sqlite3.Connection, key: Key, blanks: Blanks) -> bool:
    query = "SELECT id FROM questions WHERE site = ? AND source_id = ?"
    (id_,) = connection.execute(query, key).fetchone()
    if not _blank_versions(connection, key, versions_of(connection, id_), blanks):
        return False
    # Its rows are made again from its versions, as if they came now.
    questions = load_questions(connection, [key])
    question = questions[key]
    question.stored = ()
    connection.executemany(
        "UPDATE sightings SET version_id = ?3 WHERE capture_id = ?1 AND version_id = ?2",
        question.match_text_versions(),
    )
    topics = people.topics_table()
    named = topics.named_by(connection, {id_: {each.evidence_id for each in question.sightings}})
    for statement in (*UNLINK, "DELETE FROM questions WHERE id = ?"):
        connection.execute(statement, (id_,))
    QuestionWriter(connection).write([*questions.values()])
    topics.retract(connection, named)
    return True


def _blank_versions(
    connection: sqlite3.Connection, key: Key, versions: list[StoredVersion], blanks: Blanks
) -> bool:
    blanked = {each.id: blank_page(each.page, blanks) for each in versions}
    kept = [each for each in versions if blanked[each.id] is each.page]
    targets = {(each.page.part, each.digest): each for each in kept}
    for version in versions:
        page = blanked[version.id]
        if page is version.page:
            continue
        add_fingerprints(connection, key, fingerprints(version.page))
        text = PageText.of_stored(page, version.members)
        _warn(connection, version.id)
        same = targets.setdefault((page.part, text.digest), version)
        if same is version:
            _rewrite(connection, version.id, text)
        else:
            _merge(connection, version, same.id)
    return len(kept) < len(versions)


def _rewrite(connection: sqlite3.Connection, id_: int, text: PageText) -> None:
    page = text.page
    connection.execute(
        "UPDATE versions SET digest = ?, words = ?, title = ?, question = ?, answer = ?, "
        "record = ? WHERE id = ?",
        (text.digest, text.words, page.title, page.question, page.answer, text.record, id_),
    )


def _merge(connection: sqlite3.Connection, version: StoredVersion, target: int) -> None:
    """Two texts differed in what is withheld alone."""
    query = "SELECT members FROM versions WHERE id = ?"
    (members,) = connection.execute(query, (target,)).fetchone()
    least = min(tuple(json.loads(members)), version.members)  # as Question.add_text has it
    statements = (
        ("UPDATE versions SET members = ? WHERE id = ?", (to_json(least), target)),
        ("UPDATE sightings SET version_id = ? WHERE version_id = ?", (target, version.id)),
        ("DELETE FROM versions WHERE id = ?", (version.id,)),
    )
    for statement, values in statements:
        connection.execute(statement, values)


def _warn(connection: sqlite3.Connection, version_id: int) -> None:
    rows = connection.execute(
        "SELECT capture_id, warnings FROM sightings WHERE version_id = ? AND warnings IS NOT NULL",
        (version_id,),
    ).fetchall()
    connection.executemany(
        "UPDATE sightings SET warnings = ? WHERE capture_id = ? AND version_id = ?",
        [
            (to_json([*dict.fromkeys((*json.loads(warnings), WARNING))]), capture, version_id)
            for capture, warnings in rows
        ],
    )


def learn(connection: sqlite3.Connection, removed: Mapping[int, Key]) -> Sought:
    """Keep the fingerprints of questions that are about to be deleted.

    :param removed: their keys, by id
    :returns: what they say, for :func:`blank_stored`; of those that were blanked themselves, as
        they repeated another one, some is known by fingerprints alone
    """
    query = "SELECT site, source_id, size, fingerprint FROM _withheld_words"
    rows = connection.execute(query).fetchall()
    unblanked = {(site, source_id) for site, source_id, size, _ in rows if not size}
    bare = {
        (size, number)
        for site, source_id, size, number in (rows if unblanked else ())
        if size and is_withheld(unblanked, (site, source_id))
    }
    windows: set[Window] = set()
    for id_, key in removed.items():
        for version in versions_of(connection, id_):
            add_fingerprints(connection, key, fingerprints(version.page))
            windows |= windows_of(version.page)
    return Sought(windows, bare - set(map(fingerprint, windows)))


class Blanking:
    """Blanks the pages that a writer gets, and learns from those that are withheld.

    :param connection: the archive's; nothing is done where it withholds nothing
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._windows: set[Window] = set()
        self.blanks = load_blanks(connection)

    def reload(self) -> None:
        """Read anew what is withheld."""
        self.blanks = load_blanks(self._connection)

    def admit(self, texts: Mapping[_Place, PageText]) -> dict[_Place, PageText]:
        """Texts as they are stored, without those of withheld questions.

        Within a transaction that is open: fingerprints are written.
        """
        if not self.blanks.keys:
            return dict(texts)
        kept = {}
        for place, text in texts.items():
            if is_withheld(self.blanks.keys, _key_of(text)):
                self._learn(text)
            else:
                kept[place] = text
        return {place: self._blanked(text) for place, text in kept.items()}

    def blank_earlier(self) -> bool:
        """Blank what repeats the texts that it has learnt of; whether there is any."""
        windows, self._windows = self._windows, set()
        if not windows:
            return False
        blanked = blank_stored(self._connection, Sought(windows))
        self.reload()
        return bool(blanked)

    def _learn(self, text: PageText) -> None:
        key, prints = _key_of(text), fingerprints(text.page)
        query = "SELECT size, fingerprint FROM _withheld_words WHERE site = ? AND source_id = ?"
        if prints - set(self._connection.execute(query, key)):
            add_fingerprints(self._connection, key, prints)
            self._windows |= windows_of(text.page)

    def _blanked(self, text: PageText) -> PageText:
        blanked = text.blanked(self.blanks)
        if blanked is not text:
            add_fingerprints(self._connection, _key_of(text), fingerprints(text.page))
        return blanked


def _key_of(text: PageText) -> Key:
    return text.page.site, text.page.source_id
