"""Blanks in stored pages what repeats a withheld question; see :mod:`pipelines.db.blanks`.

A rebuild blanks each page when it comes, and at its end what came before the question that it
repeats. :func:`blank_stored` does the same to an archive as it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from parsers.records import QAPage
from pipelines.db.blanks import (
    WARNING,
    Blanks,
    Fingerprint,
    blank_page,
    fingerprints,
    grams,
    leads_to,
    may_repeat,
    members_texts,
)
from pipelines.db.changeset import PageText
from pipelines.db.rules import Key, is_withheld, text_of, to_json, withheld_keys
from pipelines.store import people
from pipelines.store.loading import load_questions
from pipelines.store.questions import UNLINK, QuestionWriter

#: Four words in a row, of new texts; see :func:`pipelines.db.blanks.grams`.
Grams = frozenset[tuple[str, ...]]
_Place = TypeVar("_Place")
#: The fingerprint of no words; see the migration m012.
_UNBLANKED: Fingerprint = (0, 0)

_VERSIONS = (
    "SELECT v.id, v.part, v.digest, v.record, v.members, q.site, q.source_id FROM versions v "
    "JOIN questions q ON q.id = v.question_id "
)


class StoredVersion(NamedTuple):
    """A row of ``versions``, with its page: what it says, and nothing of how it was read."""

    id: int
    digest: str
    page: QAPage
    members: tuple[str, ...]


def load_blanks(connection: sqlite3.Connection) -> Blanks:
    """What an archive withholds, with the fingerprints of what that says."""
    keys = withheld_keys(connection)
    if not keys:
        return Blanks()
    rows = connection.execute(
        "SELECT site, source_id, size, fingerprint FROM _withheld_words WHERE size > 0"
    )
    prints = ((size, number) for site, id_, size, number in rows if is_withheld(keys, (site, id_)))
    return Blanks(keys).with_more(prints)


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


def versions_of(connection: sqlite3.Connection, question_id: int) -> list[StoredVersion]:
    """The versions of a question."""
    query = f"{_VERSIONS} WHERE q.id = ?"
    return [_stored_version(row) for row in connection.execute(query, (question_id,))]


def _stored_version(row: tuple[int, int, str, str, str, str, str]) -> StoredVersion:
    id_, part, digest, record, members, site, source_id = row
    page = QAPage(
        **text_of(record), url="", site=site, source_id=source_id, record_id="", parser="",
        confidence=1.0, warnings=(), part=part,
    )  # fmt: skip
    return StoredVersion(id_, digest, page, tuple(json.loads(members)))


def repeating(
    connection: sqlite3.Connection,
    blanks: Blanks,
    new: Grams | None = None,
    *,
    clean: Collection[str] = (),
) -> Iterator[Key]:
    """Yield the questions with a version that repeats what is withheld.

    :param clean: the digests of versions that do not
    :param new: of the texts whose fingerprints are new: only these, and links, are looked for
    """
    if not blanks.keys:
        return
    seen: set[Key] = set()
    for row in connection.execute(_VERSIONS):
        if row[2] in clean:
            continue
        version = _stored_version(row)
        key = (version.page.site, version.page.source_id)
        if key in seen or (new is not None and not _may_differ(version.page, blanks, new)):
            continue
        if blank_page(version.page, blanks) is not version.page:
            seen.add(key)
            yield key


def _may_differ(page: QAPage, blanks: Blanks, new: Grams) -> bool:
    addresses = (*(link.url for link in page.links), *(topic.url for topic in page.topics))
    if any(leads_to(address or "", blanks.keys) for address in addresses):
        return True
    texts = (page.title, page.question, page.answer, *(link.text for link in page.links))
    return may_repeat("\n".join(texts), new)


def blank_stored(
    connection: sqlite3.Connection, blanks: Blanks, new: Grams | None = None
) -> tuple[Key, ...]:
    """Blank what repeats withheld questions, within a transaction that is open.

    :param new: see :func:`repeating`
    :returns: the questions of which something was blanked
    """
    # Their rows go and come back, while those of their versions stay.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    keys = sorted(repeating(connection, blanks, new))
    for key in keys:
        _blank_question(connection, key, blanks)
    mark_blanked(connection)
    return tuple(keys)


def _blank_question(connection: sqlite3.Connection, key: Key, blanks: Blanks) -> None:
    query = "SELECT id FROM questions WHERE site = ? AND source_id = ?"
    (id_,) = connection.execute(query, key).fetchone()
    _blank_versions(connection, key, versions_of(connection, id_), blanks)
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


def _blank_versions(
    connection: sqlite3.Connection, key: Key, versions: list[StoredVersion], blanks: Blanks
) -> None:
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


def learn(connection: sqlite3.Connection, removed: Mapping[int, Key]) -> Grams | None:
    """Keep the fingerprints of questions that are about to be deleted.

    :param removed: their keys, by id
    :returns: their words, for :func:`blank_stored`; None if those of a question that is withheld
        since are known by fingerprints alone, as it has been blanked itself
    """
    query = "SELECT DISTINCT site, source_id FROM _withheld_words WHERE size {} 0"
    unblanked = {(site, id_) for site, id_ in connection.execute(query.format("="))}
    known = connection.execute(query.format(">")).fetchall() if unblanked else ()
    is_whole = not any(is_withheld(unblanked, (site, id_)) for site, id_ in known)
    new: set[tuple[str, ...]] = set()
    for id_, key in removed.items():
        for version in versions_of(connection, id_):
            add_fingerprints(connection, key, fingerprints(version.page))
            new |= grams((version.page.title, *members_texts(version.page)))
    return frozenset(new) if is_whole else None


class Blanking:
    """Blanks the pages that a writer gets, and learns from those that are withheld.

    :param connection: the archive's; nothing is done where it withholds nothing
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._grams: Grams = frozenset()
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
        """Blank what came before the text that it repeats; whether there is any."""
        new, self._grams = self._grams, frozenset()
        return bool(new) and bool(blank_stored(self._connection, self.blanks, new))

    def _learn(self, text: PageText) -> None:
        prints, words = fingerprints(text.page), self.blanks.words
        new = [each for each in prints if each[1] not in words.get(each[0], ())]
        add_fingerprints(self._connection, _key_of(text), prints)
        if new:
            self.blanks = self.blanks.with_more(new)
            self._grams |= grams((text.page.title, *members_texts(text.page)))

    def _blanked(self, text: PageText) -> PageText:
        blanked = text.blanked(self.blanks)
        if blanked is not text:
            add_fingerprints(self._connection, _key_of(text), fingerprints(text.page))
        return blanked


def _key_of(text: PageText) -> Key:
    return text.page.site, text.page.source_id
