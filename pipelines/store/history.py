"""What many captures of one question say together. Pure, and blind to the order of arrival.

Captures reach the store in any order: a crawl's as they come, an import's of twenty years
ago after today's. Everything here is a function of the set of captures alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class EvidenceRank(NamedTuple):
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
    revisit of. ``evidence_rank`` is how that compares. ``source`` is where the sighting
    itself came from (live, wayback ...).
    """

    rank: EvidenceRank
    capture_id: int
    version_id: int
    evidence_id: int
    evidence_rank: EvidenceRank
    source: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the sightings of a question say together; times as in rows.

    ``sources`` are the sources, sorted, of all sightings that say what the current one says.
    """

    current: Sighting
    first_captured_at: str
    last_captured_at: str
    last_changed_at: str
    versions: int
    sources: tuple[str, ...]
    #: by version id, the captures that it was first and last seen in
    spans: dict[int, tuple[int, int]]


def is_html(content_type: str) -> bool:
    """Whether a capture is a page, and not the plain text that someone made of it."""
    return not content_type.lstrip().lower().startswith("text/plain")


def match_text_versions(
    versions: Mapping[str, int], words: Mapping[int, str], html: Collection[int]
) -> dict[int, int]:
    """Return, by version id, the version of the page that a text rendering of it attests.

    Who makes a text of a page drops its links and addresses, so the text differs from the
    page though it says the same. It belongs to the version of the page that has its words:
    to the one with the least digest, should links have changed between two.

    :param versions: ids by digest
    :param words: the digest of the words of each, by id ("" if that is not on record)
    :param html: the ids of those that were read in pages
    """
    of_words = {words[id_]: id_ for _, id_ in sorted(versions.items(), reverse=True) if id_ in html}
    of_words.pop("", None)
    return {id_: of_words.get(words[id_], id_) for id_ in versions.values()}


def summarise(sightings: Collection[Sighting], words: Mapping[int, str]) -> Summary:
    """Put the sightings of one question together (there is at least one).

    :param words: the digest of the words of each version, by id ("" if not on record)
    """
    in_time = sorted(sightings, key=lambda sighting: sighting.rank[1:])
    current = current_of(in_time)
    spans: dict[int, tuple[int, int]] = {}
    for sighting in in_time:
        first, _ = spans.get(sighting.version_id, (sighting.capture_id, 0))
        spans[sighting.version_id] = (first, sighting.capture_id)
    return Summary(
        current=current,
        first_captured_at=in_time[0].rank.captured_at,
        last_captured_at=in_time[-1].rank.captured_at,
        last_changed_at=_since(in_time, current),
        versions=len(spans),
        sources=_agreeing(in_time, current, words),
        spans=spans,
    )


def current_of(sightings: Collection[Sighting]) -> Sighting:
    """The sighting that a question is shown from (there is at least one)."""
    return max(sightings, key=lambda sighting: sighting.rank)


def gone_at(last_captured_at: str, gone: Iterable[str]) -> str | None:
    """Since when a question is gone: the first such news after it was last there.

    :param gone: when captures said that it is gone
    """
    return min((moment for moment in gone if moment > last_captured_at), default=None)


def _since(in_time: list[Sighting], current: Sighting) -> str:
    """Since when the current text stands; a capture of another kind can attest it, not end it."""
    since = current.rank.captured_at
    for sighting in reversed(in_time):
        if sighting.version_id == current.version_id:
            since = sighting.rank.captured_at
        elif sighting.rank.is_html == current.rank.is_html:
            break
    return since


def _agreeing(
    sightings: Iterable[Sighting], current: Sighting, words: Mapping[int, str]
) -> tuple[str, ...]:
    shown = words[current.version_id]
    same = {id_ for id_, digest in words.items() if digest == shown and shown}
    same.add(current.version_id)
    return tuple(sorted({each.source for each in sightings if each.version_id in same}))
