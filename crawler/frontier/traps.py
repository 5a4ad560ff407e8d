"""Cuts crawler traps: shapes of URL that go on for ever and lead to nothing new. Pure."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from parsers import is_question_url

_DIGITS = re.compile(r"\d+")

KNOWN = re.compile(r"/calendar/|[?&](?:month|sort|order|sessionid)=", re.IGNORECASE)
"""URLs that no site answers with a question, and many answer without end."""

LIST_FACTOR = 25
"""How much more patience a shape gets whose pages link to questions: it is likely a list whose
questions were all found by other ways."""


def shape(url: str) -> str:
    """The URL's path and query with every number replaced by 0.

    >>> shape("http://www.netwellness.org/calendar/2004/06.htm?view=7")
    '/calendar/0/0.htm?view=0'
    """
    parts = urlsplit(url)
    return _DIGITS.sub("0", parts.path + (f"?{parts.query}" if parts.query else ""))


class TrapGuard:
    """Counts, per shape, the pages in a row that led to nothing new but their own kind.

    A calendar leads from month to month only; the tenth page of a list leads to questions.

    :param patience: pages in a row after which a shape is followed no further
    :param max_depth: links from a seed beyond which nothing is followed
    """

    def __init__(self, patience: int, max_depth: int) -> None:
        self._patience = patience
        self._max_depth = max_depth
        self._lists: set[str] = set()
        self._barren: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.too_deep = 0

    def visited(self, url: str, new_links: list[str], *, has_questions: bool) -> None:
        """Note that ``url`` led to ``new_links`` (canonical, not seen before).

        :param has_questions: whether it links to any question, seen before or not
        """
        own = shape(url)
        if has_questions:
            self._lists.add(own)
        if not new_links:
            return  # it leads nowhere, so that there is nothing to cut
        if all(shape(link) == own for link in new_links):
            self._barren[own] += 1
        else:
            self._barren[own] = 0

    def allows(self, url: str, depth: int = 0) -> bool:
        """Whether to follow ``url``; a refusal is counted in ``cut``, by shape.

        :param depth: how many links it is away from a seed
        """
        if depth > self._max_depth:
            self.too_deep += 1
            return False
        if is_question_url(url):
            return True
        own = shape(url)
        patience = self._patience * (LIST_FACTOR if own in self._lists else 1)
        if self._barren[own] < patience and not KNOWN.search(url):
            return True
        self.cut[own] += 1
        return False
