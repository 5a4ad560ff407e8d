"""Which questions the archive knows of, has, and lacks; and what could fill the gaps.

A question is known by its id once anything names it: a link on another page, a link in
a question, the index of a web archive, or an attempt to capture it. Those of a page with several
count once, as the page. Reads archive.db only.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from os.path import commonprefix
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from parsers.urls import is_question_url, question_url
from pipelines.db.connection import named_errors, open_archive
from pipelines.db.rules import key_of

#: Longer numbers are slips of the pen: a gap up to one would say nothing.
_MOST_DIGITS = 12


class NumberRange(NamedTuple):
    """Numbers without a gap, both ends included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Filling:
    """What one web archive lists of the missing questions and the archive has not captured.

    ``ids`` are the numbers; ``alone`` counts those that no other archive lists. ``prefix`` is
    the address that all of them begin with. ``place`` is where a capture that it lists can be
    had, ``index`` the address of the answer that lists it.
    """

    archive: str
    ids: tuple[str, ...]
    alone: int
    prefix: str
    place: str = ""
    index: str = ""


@dataclass(frozen=True, slots=True)
class SiteCoverage:
    """How far one site is covered. Ids are the site's own, in order; most sites number their
    questions.

    ``known_from`` counts the ids by what names them. ``captured`` counts those of which
    a good answer is held, ``readable`` those with a row in ``questions``, ``gone`` those that
    the site has withdrawn by its last word, readable or not. What is known, not withheld and
    not readable is missing, for one of three reasons: ``never`` captured; ``lost``, gone
    before it was captured; ``unread``, captured without a question that could be read.
    ``unlisted`` are the missing ones that no index of an archive has a good capture of.
    ``span`` and ``gaps`` are of the ids that are numbers.
    """

    site: str
    known: int
    known_from: Mapping[str, int]
    captured: int
    readable: int
    gone: int
    withheld: int
    never: tuple[str, ...]
    lost: tuple[str, ...]
    unread: tuple[str, ...]
    fillings: tuple[Filling, ...]
    unlisted: tuple[str, ...]
    span: NumberRange | None
    gaps: tuple[NumberRange, ...]
    #: an address under which the site's questions are, to ask archives for
    prefix: str

    @property
    def missing(self) -> int:
        """How many are known and cannot be read here."""
        return len(self.never) + len(self.lost) + len(self.unread)


@dataclass
class _Site:
    """What names each number of a site, and what is held of it, as it is gathered.

    ``by`` has the numbers by what names them, ``states`` by what is known of them, ``listed``
    by the archive that has a good capture which is not here yet.
    """

    by: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    listed: dict[str, set[str]] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def know(self, source_id: str, by: str, url: str) -> None:
        self.by.setdefault(by, set()).add(source_id)
        if url:
            self.urls.setdefault(source_id, url)


def read_coverage(
    path: str | os.PathLike[str],
) -> tuple[tuple[SiteCoverage, ...], dict[str, str]]:
    """Read the coverage of each site that an archive knows a question of, by name; and which
    answers of indexes were not whole.

    :raises ArchiveError: the archive cannot be opened or read
    """
    path = Path(path)
    with closing(open_archive(path, readonly=True)) as db, named_errors(path):
        return coverage(db.conn), index_failures(db.conn)


def coverage(connection: Connection) -> tuple[SiteCoverage, ...]:
    """Read the coverage of each site, by name, through a connection that is open."""
    sites: dict[str, _Site] = defaultdict(_Site)
    connection.execute("BEGIN")  # of one moment, while a crawl commits
    try:
        _gather(connection, sites)
        _gather_listings(connection, sites)
    finally:
        connection.execute("ROLLBACK")
    return tuple(_covered(name, site) for name, site in sorted(sites.items()))


# The last answer to each question that an index was asked, of one run or of all.
_INDEX_FAILURES = """
SELECT c.url, f.reason FROM captures c JOIN failures f ON f.record_id = c.record_id
WHERE c.source = 'index' AND (?1 = '' OR c.crawl_id = (SELECT id FROM crawls WHERE uid = ?1))
    AND NOT EXISTS (SELECT 1 FROM captures later WHERE later.canonical_url = c.canonical_url
        AND later.source = 'index' AND later.captured_at > c.captured_at)
ORDER BY c.url, f.stage DESC"""


def index_failures(connection: Connection, run: str = "") -> dict[str, str]:
    """Why the last answers of web archives' indexes were not whole, by their addresses.

    :param run: the uid of the run that asked; "" for all
    """
    return dict(connection.execute(_INDEX_FAILURES, (run,)).fetchall())


def runs(numbers: Iterable[int]) -> tuple[NumberRange, ...]:
    """Divide numbers into ranges without gaps, in order."""
    ranges: list[NumberRange] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1].last == number - 1:
            ranges[-1] = NumberRange(ranges[-1].first, number)
        else:
            ranges.append(NumberRange(number, number))
    return tuple(ranges)


def gaps(known: Iterable[NumberRange]) -> tuple[NumberRange, ...]:
    """The ranges of numbers between some ranges, which are in order."""
    return tuple(NumberRange(low.last + 1, high.first - 1) for low, high in pairwise(known))


# -- what names a question -----------------------------------------------------------------


# Where no site stands, the address tells the question. Of an address in captures, its last good
# answer and the last news that it is gone count.
_NAMED = """
SELECT site, substr(source_id, 1, instr(source_id || '#', '#') - 1),
    min(substr(url, 1, instr(url || '#', '#') - 1)), 'captures',
    iif(max(gone_at IS NULL), 'readable', 'readable gone')
FROM questions GROUP BY 1, 2
UNION ALL SELECT site, substr(source_id, 1, instr(source_id || '#', '#') - 1), NULL, 'withheld',
    'withheld' FROM withheld
UNION ALL SELECT NULL, NULL, canonical_url, 'captures',
    iif(good IS NULL, '', 'captured ') || iif(gone > coalesce(good, ''), 'withdrawn', '')
FROM (SELECT canonical_url,
        max(CASE WHEN gone = 0 AND truncated IS NULL AND (
            EXISTS (SELECT 1 FROM sightings WHERE capture_id = captures.id)
            OR (status BETWEEN 200 AND 299 AND status <> 206)) THEN captured_at END) AS good,
        max(CASE WHEN gone = 1 THEN captured_at END) AS gone
    FROM captures GROUP BY canonical_url)
UNION ALL SELECT DISTINCT NULL, NULL, canonical_url, 'captures', '' FROM failures
    WHERE capture_id IS NULL
UNION ALL SELECT site, source_id, min(url), 'pages', '' FROM mentions GROUP BY 1, 2
UNION ALL SELECT DISTINCT NULL, NULL, url, 'questions', '' FROM links"""


def _gather(connection: Connection, sites: dict[str, _Site]) -> None:
    """Gather what names questions, other than indexes of web archives, and what is held."""
    for name, source_id, url, by, states in connection.execute(_NAMED):
        if name is None:
            if not is_question_url(url):
                continue
            name, source_id = key_of(url)
        site = sites[name]
        site.know(source_id, by, url)
        for state in states.split():
            site.states[state].add(source_id)


# Listed at all; and with a good capture that is not here yet.
_LISTINGS = """
SELECT l.site, l.source_id, l.archive, min(l.canonical_url),
    max((l.status IS NULL OR l.status = 200) AND NOT EXISTS (
        SELECT 1 FROM captures c WHERE c.canonical_url = l.canonical_url
            AND c.captured_at = l.captured_at)
        AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.fetched_from = l.place))
FROM listings l WHERE l.source_id <> '' GROUP BY 1, 2, 3"""
# One capture that an archive lists, and the answer of its index.
_PLACES = """
SELECT l.site, l.archive, l.place, coalesce(c.url, '')
FROM (SELECT site, archive, min(place) AS place, min(record_id) AS record_id
    FROM listings WHERE source_id <> '' GROUP BY 1, 2) l
LEFT JOIN captures c ON c.record_id = l.record_id"""


def _gather_listings(connection: Connection, sites: dict[str, _Site]) -> None:
    for name, source_id, archive, url, good in connection.execute(_LISTINGS):
        site = sites[name]
        site.know(source_id, "listings", url)
        site.listed.setdefault(archive, set())
        if good:
            site.listed[archive].add(source_id)
    for name, archive, place, index in connection.execute(_PLACES):
        sites[name].places[archive] = (place, index)


# -- what is covered -----------------------------------------------------------------------


def _covered(name: str, site: _Site) -> SiteCoverage:
    known = set().union(*site.by.values())
    readable = site.states["readable"]
    withheld = site.states["withheld"] - readable  # of a page with several, others may be shown
    captured = site.states["captured"] | readable
    gone = site.states["gone"] | (site.states["withdrawn"] - readable)
    missing = known - readable - withheld
    unread = missing & captured
    lost = (missing & gone) - unread
    numbers = runs(int(id_) for id_ in known if id_.isdecimal() and len(id_) <= _MOST_DIGITS)
    listed = set().union(*site.listed.values())
    return SiteCoverage(
        site=name,
        known=len(known),
        known_from={by: len(ids) for by, ids in site.by.items() if by != "withheld"},
        captured=len(captured - withheld),
        readable=len(readable),
        gone=len(gone),
        withheld=len(withheld),
        never=in_order(missing - unread - lost),
        lost=in_order(lost),
        unread=in_order(unread),
        fillings=tuple(_fillings(site, missing)),
        unlisted=in_order(missing - listed),
        span=NumberRange(numbers[0].first, numbers[-1].last) if numbers else None,
        gaps=gaps(numbers),
        prefix=_prefix(site.urls.get(id_) or question_url(name, id_) or "" for id_ in known),
    )


def _fillings(site: _Site, missing: set[str]) -> Iterable[Filling]:
    """What archives list of the missing, most first; those that list nothing of it, too."""
    listed = {archive: ids & missing for archive, ids in site.listed.items()}
    for archive, ids in sorted(listed.items(), key=lambda item: (-len(item[1]), item[0])):
        others = set().union(*(listed[other] for other in listed if other != archive))
        urls = (site.urls[id_] for id_ in ids)
        alone, places = len(ids - others), site.places[archive]
        yield Filling(archive, in_order(ids), alone, _prefix(urls), *places)


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Numbers by value, and then other ids as texts."""

    def place(id_: str) -> tuple[int, int, str, str]:
        value = id_.lstrip("0")
        return (0, len(value), value, id_) if id_.isdecimal() else (1, 0, id_, id_)

    return tuple(sorted(ids, key=place))


def _prefix(urls: Iterable[str]) -> str:
    """The address itself of one page; of several, the folder that all of them are in."""
    unique = {url for url in urls if url}
    common = commonprefix([*unique])  # noqa: RUF071 - by characters is what is meant
    return common if len(unique) < 2 else common[: common.rfind("/") + 1]
