"""The captures that a run is to fetch, of those that archive.db knows to be listed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crawler.web_archives.capture_selection import (
    CaptureSelection,
    ListedCapture,
    alternative_capture,
    by_page,
    select_captures,
)
from crawler.web_archives.held_captures import fetched_places, has_question, listed_captures
from crawler.web_archives.target import Target
from parsers import is_question_url

MAX_ALTERNATIVES = 3
"""Other captures of a page that are tried where the chosen one cannot be fetched or read."""


@dataclass(frozen=True, slots=True)
class MissingCaptures:
    """The captures that a run wants of an archive.

    ``names`` is an SQL condition on ``listings.archive``, ``answers`` are the record ids of
    the index answers that the run has.
    """

    connection: sqlite3.Connection
    names: str
    targets: Sequence[Target]
    answers: frozenset[str]
    only_missing: bool = False

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
        listed = (capture for capture in self._listed() if is_question_url(capture.canonical_url))
        pages = [
            page for url, page in by_page(listed).items() if not has_question(self.connection, url)
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
        if capture.record_id not in self.answers:
            digits = "".join(c for c in capture.captured_at[:19] if c.isdigit())
            if not any(target.holds(capture.url, digits) for target in self.targets):
                return False
        return not self.only_missing or not has_question(self.connection, capture.url)
