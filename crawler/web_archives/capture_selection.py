"""Which of the captures that an archive lists are fetched. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, islice
from operator import attrgetter

_NO_PAGES = ("image/", "audio/", "video/", "font/")
_NOT_READ = frozenset(
    {"text/css", "application/javascript", "text/javascript", "application/x-javascript"}
)


class Pick(StrEnum):
    """Which captures of each page: the newest, the first, all; or one of each text, and the
    first that says that the page is gone for good."""

    NEWEST = "newest"
    FIRST = "first"
    CHANGES = "changes"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ListedCapture:
    """A listed capture; the fields as in the table ``listings``."""

    canonical_url: str
    captured_at: str
    url: str
    status: int | None
    content_type: str
    digest: str
    place: str
    record_id: str = ""

    @property
    def is_page(self) -> bool:
        """Whether it may be something that people read."""
        kind = self.content_type
        return not kind.startswith(_NO_PAGES) and kind not in _NOT_READ

    @property
    def is_good(self) -> bool:
        """Whether the site gave the page: with 200, or as it was before (a revisit)."""
        return self.status in (200, None)

    @property
    def is_gone(self) -> bool:
        """Whether the site said that the page is no longer there."""
        return self.status in (404, 410)


def choose(listed: Iterable[ListedCapture], pick: Pick) -> Iterator[ListedCapture]:
    """The captures to fetch, page by page in order of address.

    Where a page was never given with status 200, what was last said of it is fetched.
    """
    pages = sorted(
        (one for one in listed if one.is_page),
        key=attrgetter("canonical_url", "captured_at", "url"),
    )
    for _, group in groupby(pages, attrgetter("canonical_url")):
        yield from _of_page(list(_once(group)), pick)


def by_page(listed: Iterable[ListedCapture]) -> dict[str, list[ListedCapture]]:
    """Listed captures by the canonical address of their page."""
    pages: dict[str, list[ListedCapture]] = {}
    for one in listed:
        pages.setdefault(one.canonical_url, []).append(one)
    return pages


def another(
    page: Sequence[ListedCapture], tried: Container[str], had: Container[str], most: int
) -> ListedCapture | None:
    """Another capture of a page in which no question could be read; None if none is left.

    The newest of another text is taken; of the same text only if it could not be had.

    :param tried: places that were asked for, ``had`` those of them that gave a capture
    :param most: captures beyond the first that are tried
    """
    digests = {one.digest for one in page if one.place in had}
    asked = [one for one in page if one.place in tried]
    if not asked or len(asked) > most:
        return None
    left = [
        one
        for one in _once(page)
        if one.is_page and one.is_good and one.place not in tried and one.digest not in digests
    ]
    return max(left, key=attrgetter("captured_at", "url"), default=None)


def _once(group: Iterable[ListedCapture]) -> Iterator[ListedCapture]:
    """Without what differs in the form of the address only: http and https, a port."""
    seen = set()
    for one in group:
        if (key := (one.captured_at, one.status, one.digest)) not in seen:
            seen.add(key)
            yield one


def _of_page(group: list[ListedCapture], pick: Pick) -> list[ListedCapture]:
    if pick is Pick.ALL:
        return group
    good = [one for one in group if one.is_good]
    if not good:
        return group[-1:]
    if pick is Pick.NEWEST:
        return good[-1:]
    if pick is Pick.FIRST:
        return good[:1]
    texts: dict[str, ListedCapture] = {}
    for one in good:
        texts.setdefault(one.digest or one.place, one)
    ended = (one for one in group if one.is_gone and one.captured_at > good[-1].captured_at)
    return [*texts.values(), *islice(ended, 1)]
