"""The captures that a run is to fetch: of those that archive.db lists, what is not here yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from crawler.web_archives.capture_selection import (
    CaptureSelection,
    ListedCapture,
    alternative_capture,
    select_captures,
)
from crawler.web_archives.target import Target
from parsers import is_question_url
from parsers.urls import canonical_url, question_of, site_of
from pipelines.db.connection import select_in
from pipelines.store.store import Store

MAX_ALTERNATIVES = 3
"""Other captures of a page that are tried where the chosen one cannot be fetched or read."""

#: What a page's own questions are called begins with its id and "#", which "$" follows.
_HAS_QUESTION = """
SELECT 1 FROM questions q JOIN versions v ON v.question_id = q.id
WHERE q.site = ?1 AND v.part = ?3
AND (q.source_id = ?2 OR (q.source_id > ?2 || '#' AND q.source_id < ?2 || '$'))
UNION ALL SELECT 1 FROM withheld WHERE site = ?1 AND source_id = ?2
"""
_COLUMNS = "canonical_url, captured_at, url, status, content_type, digest, place, record_id"


@dataclass(frozen=True, slots=True)
class MissingCaptures:
    """The captures that a run wants of an archive.

    ``names`` is an SQL condition on ``listings.archive``, ``answers`` are the record ids of
    the index answers that the run has. ``site`` is the declared site whose question pages alone
    are wanted; "" wants all pages.
    """

    connection: sqlite3.Connection
    names: str
    targets: Sequence[Target]
    answers: set[str]
    only_missing: bool = False
    site: str = ""

    def chosen(
        self, selection: CaptureSelection
    ) -> tuple[list[ListedCapture], list[ListedCapture], int]:
        """Return the listed captures of the targets, those of them to be fetched, and how
        many more would be and are here already."""
        known = list(self._listed())
        selected = list(select_captures(known, selection))
        fetched = fetched_places(self.connection, (capture.place for capture in selected))
        new = [capture for capture in selected if capture.place not in fetched]
        return known, new, len(fetched)

    def others(self, asked_for: Callable[[str], bool]) -> list[ListedCapture]:
        """Return another capture of each page in which no question could be read so far.

        :param asked_for: whether the run has asked for a place
        """
        by_url = groupby(self._listed(), attrgetter("canonical_url"))
        pages = [
            list(page)
            for url, page in by_url
            if is_question_url(url) and not has_question(self.connection, url)
        ]
        tried = {capture.place for page in pages for capture in page if asked_for(capture.place)}
        fetched = fetched_places(self.connection, tried)
        captures = (alternative_capture(page, tried, fetched, MAX_ALTERNATIVES) for page in pages)
        return [capture for capture in captures if capture is not None]

    def _listed(self) -> Iterator[ListedCapture]:
        listed = listed_captures(self.connection, self.names)
        return (capture for capture in listed if self._is_wanted(capture))

    def _is_wanted(self, capture: ListedCapture) -> bool:
        """Whether an index answer of this run lists a capture, or an earlier one, for a
        wider target: an index knows best which addresses are the same page."""
        if self.site and (site_of(capture.url) != self.site or not is_question_url(capture.url)):
            return False
        if capture.record_id not in self.answers and not _is_of(capture, self.targets):
            return False
        return not self.only_missing or not has_question(self.connection, capture.url)


def listed_captures(
    connection: sqlite3.Connection, where: str, *values: str
) -> Iterator[ListedCapture]:
    """Yield the listings that fulfil an SQL condition, in order of address and time."""
    query = (
        f"SELECT {_COLUMNS} FROM listings WHERE {where} ORDER BY canonical_url, captured_at, url"
    )
    for row in connection.execute(query, values):
        yield ListedCapture(*row)


def _is_of(capture: ListedCapture, targets: Iterable[Target]) -> bool:
    digits = "".join(c for c in capture.captured_at[:19] if c.isdigit())
    return any(target.holds(capture.url, digits) for target in targets)


def count_listed(connection: sqlite3.Connection, archive: str, targets: Sequence[Target]) -> int:
    """Return how many captures of some targets the index of an archive has listed so far."""
    listed = listed_captures(connection, "archive = ?", archive)
    return sum(_is_of(capture, targets) for capture in listed)


def failure_of(store: Store, record_id: str) -> str:
    """Return why a capture that was had could not be read; "" if it could."""
    pending = store.pending.failures.get((record_id, "read"))
    query = "SELECT reason FROM failures WHERE record_id = ? AND stage = 'read'"
    row = store.db.conn.execute(query, (record_id,)).fetchone()
    return pending.reason if pending else str(row[0]) if row else ""


def fetched_places(connection: sqlite3.Connection, places: Iterable[str]) -> set[str]:
    """Return those places that a capture was fetched from."""
    query = "SELECT fetched_from FROM captures WHERE fetched_from IN ({})"
    return {place for (place,) in select_in(connection, query, places)}


def has_question(connection: sqlite3.Connection, url: str) -> bool:
    """Return whether a question at an address has been read; or is withheld, and not to be read.

    Of a thread it is this page of it that counts, of a page with several questions any of them.
    """
    canonical = canonical_url(url)
    address = question_of(canonical)
    if address is None:
        return False
    key = (site_of(canonical), address.source_id, address.part)
    return connection.execute(_HAS_QUESTION, key).fetchone() is not None


def index_answers(connection: sqlite3.Connection, run: str) -> set[str]:
    """Return the record ids of the index answers that a run has.

    :param run: its uid
    """
    query = (
        "SELECT record_id FROM captures WHERE source = 'index' "
        "AND crawl_id = (SELECT id FROM crawls WHERE uid = ?)"
    )
    return {record_id for (record_id,) in connection.execute(query, (run,))}
