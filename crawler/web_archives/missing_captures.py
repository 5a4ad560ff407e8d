"""Which of the captures that archive.db knows to be listed a run wants."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crawler.web_archives.capture_selection import ListedCapture, Pick, another, by_page, choose
from crawler.web_archives.held_captures import fetched, has_question, listed
from crawler.web_archives.target import Target
from parsers import is_question_url

MOST_INSTEAD = 3
"""Other captures of a page that are tried where the chosen one cannot be had or read."""


@dataclass(frozen=True, slots=True)
class MissingCaptures:
    """What a run wants of an archive.

    ``names`` is a condition on ``listings.archive``, ``answers`` are the record ids of the
    index's answers that the run has.
    """

    rows: sqlite3.Connection
    names: str
    targets: Sequence[Target]
    answers: frozenset[str]
    only_missing: bool = False

    def chosen(self, pick: Pick) -> tuple[list[ListedCapture], list[ListedCapture], int]:
        """What is listed of what is wanted; what of it is to be fetched; and how many more
        would be, and are here already."""
        known = list(self._known())
        picked = list(choose(known, pick))
        have = fetched(self.rows, (one.place for one in picked))
        return known, [one for one in picked if one.place not in have], len(have)

    def others(self, asked_for: Callable[[str], bool]) -> list[ListedCapture]:
        """Another capture of each page in which no question could be read so far.

        :param asked_for: whether the run has asked for a place
        """
        pages = by_page(one for one in self._known() if is_question_url(one.canonical_url))
        lacking = [page for url, page in pages.items() if not has_question(self.rows, url)]
        tried = {one.place for page in lacking for one in page if asked_for(one.place)}
        had = fetched(self.rows, tried)
        found = (another(page, tried, had, MOST_INSTEAD) for page in lacking)
        return [one for one in found if one is not None]

    def _known(self) -> Iterator[ListedCapture]:
        return (one for one in listed(self.rows, self.names) if self._holds(one))

    def _holds(self, one: ListedCapture) -> bool:
        """Whether the index listed it when it was asked by this run, or by another, for a
        wider target: an index knows best which addresses are the same page."""
        if one.record_id not in self.answers:
            stamp = "".join(c for c in one.captured_at[:19] if c.isdigit())
            if not any(target.holds(one.url, stamp) for target in self.targets):
                return False
        return not self.only_missing or not has_question(self.rows, one.url)
