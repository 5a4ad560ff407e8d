"""What many captures of one question say together. Pure, and blind to the order of arrival.

A question of a forum may have several pages. Each has captures and texts of its own; together
they are the question.

Captures reach the store in any order: a crawl's as they come, an import's of twenty years
ago after today's. Everything here is a function of the set of captures alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
    itself came from (live, wayback ...), ``crawl`` the uid of the run that brought it. ``url``
    is the canonical one of the page, ``part`` which page of its thread it is.
    """

    rank: EvidenceRank
    capture_id: int
    version_id: int
    evidence_id: int
    evidence_rank: EvidenceRank
    source: str
    crawl: str
    url: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """What the sightings of a question say together; times as in rows.

    ``shown`` are the current sightings of the pages that it is shown from, in their order: the
    first has the question itself. ``sources`` are the sources, sorted, of all sightings that
    say what that one says. ``gone_at`` is since when it is gone, None if it is not.
    ``versions`` is 1 and, for each page, the texts that it has had after its first.
    """

    shown: tuple[Sighting, ...]
    first_captured_at: str
    last_captured_at: str
    last_changed_at: str
    versions: int
    sources: tuple[str, ...]
    gone_at: str | None
    #: by version id, the captures that it was first and last seen in
    spans: dict[int, tuple[int, int]]

    @property
    def current(self) -> Sighting:
        """The sighting that the question itself is shown from."""
        return self.shown[0]


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


def summarise(
    sightings: Collection[Sighting],
    words: Mapping[int, str],
    news: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Summary:
    """Put the sightings of one question together (there is at least one).

    :param words: the digest of the words of each version, by id ("" if not on record)
    :param news: by the canonical URL of a page, when captures said that it has the question no
        more
    """
    in_time = sorted(sightings, key=lambda sighting: sighting.rank[1:])
    pages = [_page_summary(page, news) for page in _pages_of(in_time)]
    first, *others = pages
    lost = [page for page in others if _has_dropped_out(page, first)]
    kept = [first, *(page for page in others if not _has_dropped_out(page, first))]
    changes = [in_time[0].rank.captured_at]
    changes += [page.changed_at for page in kept if not _came_first(page, in_time[0])]
    changes += [page.gone_at or "" for page in lost]
    spans: dict[int, tuple[int, int]] = {}
    for sighting in in_time:
        begin, _ = spans.get(sighting.version_id, (sighting.capture_id, 0))
        spans[sighting.version_id] = (begin, sighting.capture_id)
    return Summary(
        shown=tuple(page.current for page in kept),
        first_captured_at=in_time[0].rank.captured_at,
        last_captured_at=in_time[-1].rank.captured_at,
        last_changed_at=max(changes),
        versions=1 + len(spans) - len(pages),
        sources=_agreeing(first.sightings, first.current, words),
        gone_at=first.gone_at,
        spans=spans,
    )


class _PageSummary(NamedTuple):
    """One page of a thread, most questions having one only."""

    sightings: list[Sighting]
    current: Sighting
    changed_at: str
    gone_at: str | None


def _pages_of(in_time: list[Sighting]) -> list[list[Sighting]]:
    """The sightings of each page, in order of time, page by page."""
    pages: dict[int, list[Sighting]] = {}
    for sighting in in_time:
        pages.setdefault(sighting.part, []).append(sighting)
    return [pages[part] for part in sorted(pages)]


def _page_summary(in_time: list[Sighting], news: Mapping[str, Collection[str]]) -> _PageSummary:
    current = current_of(in_time)
    gone = gone_at(in_time[-1].rank.captured_at, news.get(current.url, ()))
    return _PageSummary(in_time, current, _since(in_time, current), gone)


def _has_dropped_out(page: _PageSummary, first: _PageSummary) -> bool:
    """Whether a thread goes on without a page: it is gone, and the thread was there after that.

    A thread that is gone as a whole is shown as it was.
    """
    if page.gone_at is None:
        return False
    return first.gone_at is None or first.sightings[-1].rank.captured_at > page.gone_at


def _came_first(page: _PageSummary, first: Sighting) -> bool:
    """Whether a page is as it was in the run that saw the question first. A page that a later
    run brings is a change: new replies.

    :param first: the first sighting of the question
    """
    begin = page.sightings[0]
    return page.changed_at == begin.rank.captured_at and begin.crawl == first.crawl


def current_of(sightings: Collection[Sighting]) -> Sighting:
    """The sighting that a question is shown from (there is at least one)."""
    return max(sightings, key=lambda sighting: sighting.rank)


def gone_at(last_captured_at: str, gone: Iterable[str]) -> str | None:
    """Since when a question is gone: the first such news after it was last there.

    :param gone: when captures said that it is gone
    """
    return min((moment for moment in gone if moment > last_captured_at), default=None)


def absences(siblings: Mapping[int, Collection[Sighting]]) -> dict[int, dict[str, list[str]]]:
    """When each of a page's questions was no longer there, by its id and the page's URL: the
    page was read, and had others of them. A text that was made of it says nothing of that.

    :param siblings: by their ids, the sightings of the questions that the page has ever had
    """
    present: dict[tuple[str, int, str], set[int]] = {}
    for id_, sightings in siblings.items():
        for sighting in sightings:
            if sighting.evidence_rank.is_html:
                capture = (sighting.url, sighting.capture_id, sighting.rank.captured_at)
                present.setdefault(capture, set()).add(id_)
    absent: dict[int, dict[str, list[str]]] = {id_: {} for id_ in siblings}
    for (url, _, at), ids in present.items():
        for id_ in siblings.keys() - ids:
            absent[id_].setdefault(url, []).append(at)
    return absent


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
