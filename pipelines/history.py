"""What many captures of one question say together. Pure, and blind to the order of arrival.

Captures reach the store in any order: a crawl's as they come, an import's of twenty years
ago after today's. Everything here is a function of the set of captures alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Rank(NamedTuple):
    """How captures compare: the greatest is the one that a question is shown from.

    A text rendering never replaces HTML, however new it is.
    """

    is_html: bool
    captured_at: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One capture in which a question was read, and which of its texts it had.

    ``evidence_id`` is the capture that holds the bytes: the same one, or what it is a
    revisit of. ``evidence_rank`` is how that compares.
    """

    rank: Rank
    capture_id: int
    version_id: int
    evidence_id: int
    evidence_rank: Rank


@dataclass(frozen=True, slots=True)
class Summary:
    """What the sightings of a question amount to; times as in rows."""

    current: Sighting
    first_captured_at: str
    last_captured_at: str
    last_changed_at: str
    versions: int
    #: by version id, the captures that it was first and last seen in
    spans: dict[int, tuple[int, int]]


def is_html(content_type: str) -> bool:
    """Whether a capture is a page, and not the plain text that someone made of it."""
    return not content_type.lstrip().lower().startswith("text/plain")


def summarise(sightings: Collection[Sighting]) -> Summary:
    """Put the sightings of one question together (there is at least one)."""
    in_time = sorted(sightings, key=lambda one: one.rank[1:])
    current = current_of(in_time)
    spans: dict[int, tuple[int, int]] = {}
    for one in in_time:
        first, _ = spans.get(one.version_id, (one.capture_id, 0))
        spans[one.version_id] = (first, one.capture_id)
    return Summary(
        current=current,
        first_captured_at=in_time[0].rank.captured_at,
        last_captured_at=in_time[-1].rank.captured_at,
        last_changed_at=_since(in_time, current),
        versions=len(spans),
        spans=spans,
    )


def current_of(sightings: Collection[Sighting]) -> Sighting:
    """The sighting that a question is shown from (there is at least one)."""
    return max(sightings, key=lambda one: one.rank)


def gone_at(last_captured_at: str, gone: Iterable[str]) -> str | None:
    """Since when a question is gone: the first such news after it was last there."""
    return min((when for when in gone if when > last_captured_at), default=None)


def _since(in_time: list[Sighting], current: Sighting) -> str:
    """Since when the current text stands, by captures of the same kind."""
    since = current.rank.captured_at
    for one in reversed(in_time):
        if one.rank.is_html != current.rank.is_html:
            continue
        if one.version_id != current.version_id:
            break
        since = one.rank.captured_at
    return since
