"""Questions that grow: which page of each is the newest that the archive has. Pure.

New replies come at a thread's end. So its newest page is asked for again when what a list says
of the thread has changed, and the full pages before it are left to their intervals.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from crawler.frontier.revisit import Bounds, SitemapListing
from parsers.urls import question_of

UNLISTED = SitemapListing({}, complete=False)


class Threads:
    """The question pages that an archive had when a run began.

    :param urls: canonical URLs; those that are of no question page are passed over
    """

    def __init__(self, urls: Iterable[str] = ()) -> None:
        self._questions: dict[str, str] = {}
        self._newest: dict[str, tuple[int, str]] = {}
        for url in urls:
            address = question_of(url)
            if address is not None:
                self._questions[url] = address.source_id
                newest = (address.part, url)
                self._newest[address.source_id] = max(
                    newest, self._newest.get(address.source_id, newest)
                )

    def __contains__(self, url: str) -> bool:
        """Whether the archive had a page of a question."""
        return url in self._questions

    def newest(self, url: str) -> str:
        """The newest page of the question that a page is of; the page itself if none is known."""
        question = self._questions.get(url)
        return url if question is None else self._newest[question][1]

    def is_full(self, url: str) -> bool:
        """Whether a later page of the same question is known."""
        return self.newest(url) != url

    def of_newest(self, lastmods: Mapping[str, str | None]) -> dict[str, str | None]:
        """What sitemaps say, under the newest page of each question: that is the one that
        changes."""
        moved = {self.newest(url): lastmod for url, lastmod in lastmods.items()}
        return moved | {url: lastmods[url] for url in moved if url in lastmods}

    def wanted(
        self,
        links: Iterable[str],
        *,
        from_changed_list: bool,
        unchanged: Container[str] = frozenset(),
    ) -> Iterable[str]:
        """The pages to follow of those that a page links to.

        Of a question that is known, it is the newest page, and that only if a list that has
        changed links to it.

        :param unchanged: questions of which that list says what it said before
        """
        known = self._questions
        if not from_changed_list:
            return [url for url in links if url not in known]
        return [
            self.newest(url) for url in links if url not in known or known[url] not in unchanged
        ]


def bounds_of(url: str, links: Iterable[str], bounds: Bounds) -> Bounds:
    """Between which intervals a page of a thread is left alone.

    The newest page of a thread may grow at once, a full one is as quiet as any page.

    :param links: canonical URLs that the page links to, and of later pages that are known
    """
    own = question_of(url)
    if own is None:
        return bounds
    for link in links:
        other = question_of(link)
        if other and other.source_id == own.source_id and other.part > own.part:
            return replace(bounds, shortest=bounds.first)
    return replace(bounds, first=bounds.first * 0)
