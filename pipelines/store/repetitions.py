"""Looks in all stored versions for what repeats a withheld question."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import orjson

from parsers.records import QAPage
from pipelines.db.blanks import (
    Blanks,
    Fingerprint,
    Window,
    blank_page,
    fingerprint,
    fingerprints,
    leads_to,
    windows_in,
    words_of,
)
from pipelines.db.rules import Key, text_of

#: What so many questions say is in nobody's own words, such as "Thank you in advance for your
#: time and help"; one that is withheld is no secret by it.
COMMON = 10
#: The same for up to three words, as of a short title, wherever they stand.
COMMON_SHORT = 5
_SHORT = 4

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
    connection: sqlite3.Connection, blanks: Blanks, *, clean: Collection[str] = ()
) -> Iterator[Key]:
    """Yield the questions with a version that repeats what is withheld.

    :param clean: the digests of versions that do not
    """
    seen: set[Key] = set()
    for row in connection.execute(_VERSIONS) if blanks.keys else ():
        key = (row[5], row[6])
        if row[2] in clean or key in seen:
            continue
        page = _stored_version(row).page
        if blank_page(page, blanks) is not page:
            seen.add(key)
            yield key


class Sought:
    """What is looked for: words of questions that are withheld since, until they prove common.

    :param windows: the words; they are not kept anywhere
    :param bare: fingerprints of words that nobody knows any more: looking for these is slow
    """

    def __init__(self, windows: Iterable[Window], bare: Iterable[Fingerprint] = ()) -> None:
        #: by the first words of each
        self._windows: dict[Window, dict[Window, Fingerprint]] = defaultdict(dict)
        for window in windows:
            self._windows[window[:_SHORT]][window] = fingerprint(window)
        self._sizes = sorted({len(head) for head in self._windows})
        self._bare = set(bare)
        self.prints = {*self._bare}.union(*(each.values() for each in self._windows.values()))

    def hits(self, text: str) -> set[Fingerprint]:
        """What of it a text has, across the ends of its sentences too."""
        tokens = words_of(text)
        hits = {
            number
            for size in self._sizes
            for at, head in enumerate(windows_in(tokens, size))
            if head in self._windows
            for window, number in self._windows[head].items()
            if tuple(tokens[at : at + len(window)]) == window
        }
        for size in {size for size, _ in self._bare}:
            hits |= self._bare.intersection(map(fingerprint, windows_in(tokens, size)))
        return hits & self.prints


def search(
    connection: sqlite3.Connection, keys: frozenset[Key], sought: Sought
) -> tuple[set[Key], set[Fingerprint]]:
    """Look for words, and for links to withheld questions.

    How many questions say something is counted with those that are withheld and those that were
    blanked, whose fingerprints are on record: so that it does not matter what was withheld first.

    :param keys: all that is withheld
    :param sought: afterwards without what proved common
    :returns: the questions that may have any, and what of the words is common
    """
    every = frozenset(sought.prints)
    holders = _holders(connection, every)
    for each in [each for each, known in holders.items() if _is_common(each, known)]:
        sought.prints.discard(each)
    having: dict[Key, set[Fingerprint]] = defaultdict(set)
    linking: set[Key] = set()
    query = (
        "SELECT v.id, v.part, v.digest, v.record, v.members, q.site, q.source_id, "
        "v.title || char(10) || v.question || char(10) || v.answer FROM versions v "
        "JOIN questions q ON q.id = v.question_id"
    )
    # Most pages of a site have the same links.
    leads = lru_cache(maxsize=65_536)(lambda url: leads_to(url, keys))
    for *row, text in connection.execute(query):
        key = (row[5], row[6])
        record = orjson.loads(row[3])
        links, topics = record["links"], record["topics"]
        if any(leads(each["url"] or "") for each in (*links, *topics)):
            linking.add(key)
        hits = sought.hits(text)
        having[key] |= hits | sought.hits("\n".join(link["text"] for link in links))
        telling = fingerprints(_stored_version(tuple(row)).page) if hits else ()
        for each in hits:
            if each in telling or each[0] < _SHORT:
                holders[each].add(key)
                if _is_common(each, holders[each]):
                    sought.prints.discard(each)
    affected = {key for key, hits in having.items() if hits & sought.prints}
    return affected | linking, set(every - sought.prints)


def _is_common(words: Fingerprint, holders: Collection[Key]) -> bool:
    return len(holders) >= (COMMON_SHORT if words[0] < _SHORT else COMMON)


def _holders(
    connection: sqlite3.Connection, prints: frozenset[Fingerprint]
) -> dict[Fingerprint, set[Key]]:
    """The questions of which fingerprints are on record."""
    holders: dict[Fingerprint, set[Key]] = defaultdict(set)
    rows = connection.execute("SELECT site, source_id, size, fingerprint FROM _withheld_words")
    for site, source_id, size, number in rows:
        if (size, number) in prints and site:
            holders[size, number].add((site, source_id))
    return holders
