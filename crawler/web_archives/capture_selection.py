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


class CaptureSelection(StrEnum):
    """Which captures of each page are fetched: the newest, the first, all; or one of each
    text, and the first that says that the page is gone for good (``changes``)."""

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


def select_captures(
    captures: Iterable[ListedCapture], selection: CaptureSelection
) -> Iterator[ListedCapture]:
    """Yield the captures to fetch, page by page in order of address.

    Of a page that never had status 200, the last capture is fetched.
    """
    pages = sorted(
        (capture for capture in captures if capture.is_page),
        key=attrgetter("canonical_url", "captured_at", "url"),
    )
    for _, group in groupby(pages, attrgetter("canonical_url")):
        yield from _select_of_page(list(_unique(group)), selection)


def alternative_capture(
    page: Sequence[ListedCapture], tried: Container[str], fetched: Container[str], limit: int
) -> ListedCapture | None:
    """Return another capture of a page without a readable question; None if none is left.

    The newest of another text is taken; of the same text only if it could not be fetched.

    :param tried: places that were asked for
    :param fetched: those of them that gave a capture
    :param limit: how many captures beyond the first are tried
    """
    digests = {capture.digest for capture in page if capture.place in fetched}
    tries = sum(capture.place in tried for capture in page)
    if not tries or tries > limit:
        return None
    left = [
        capture
        for capture in _unique(page)
        if capture.is_page and capture.is_good
        if capture.place not in tried and capture.digest not in digests
    ]
    return max(left, key=attrgetter("captured_at", "url"), default=None)


def _unique(group: Iterable[ListedCapture]) -> Iterator[ListedCapture]:
    """Leave out what differs in the form of the address only: http and https, a port."""
    seen = set()
    for capture in group:
        if (key := (capture.captured_at, capture.status, capture.digest)) not in seen:
            seen.add(key)
            yield capture


def _select_of_page(group: list[ListedCapture], selection: CaptureSelection) -> list[ListedCapture]:
    if selection is CaptureSelection.ALL:
        return group
    good = [capture for capture in group if capture.is_good]
    if not good:
        return group[-1:]
    if selection is CaptureSelection.NEWEST:
        return good[-1:]
    if selection is CaptureSelection.FIRST:
        return good[:1]
    texts: dict[str, ListedCapture] = {}
    for capture in good:
        texts.setdefault(capture.digest or capture.place, capture)
    end = good[-1].captured_at
    gone = (capture for capture in group if capture.is_gone and capture.captured_at > end)
    return [*texts.values(), *islice(gone, 1)]
