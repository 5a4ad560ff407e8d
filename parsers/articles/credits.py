"""Who wrote an article and when: by the elements that say so, around its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from parsers.articles.article import ABOUT, OTHER, Article
from parsers.page.outline import Outline
from parsers.qa.experts import expert_of
from parsers.threads.evidence import Evidence, within

_CHANGED = re.compile(r"updat|modif|review|chang|edited|aktualisiert|geändert|mise? à jour", re.I)
_PUBLISHED = re.compile(r"publish|creat|entry-date|posted", re.I)
_LABEL = 40  # characters
# The weights of a name in an element that says that it is one, and of one after "by".
_SURE, _LIKELY = 1.0, 0.6


class Credits(NamedTuple):
    """The numbers of the elements with the author's name and with the day; None for none."""

    author: int | None
    day: int | None


def credits_of(page: Evidence, article: Article) -> Credits:
    """What tells of an article who wrote it and when."""
    near = _around_text(page, page.authors, article)
    near = [n for n in near if not any(map(str.isdigit, page.names[n]))]  # "2 min read"
    names = [n for n in near if page.weight[n] >= _SURE] or [
        n for n in near if article.kinds[n] == ABOUT and page.weight[n] >= _LIKELY
    ]
    days = [n for n in _around_text(page, page.dates, article) if not _is_change(page, n)]
    experts = [n for n in names if expert_of(page.names[n])]
    return Credits(_nearest(page, experts or names, article), _nearest(page, days, article))


def _around_text(page: Outline, numbers: list[int], article: Article) -> list[int]:
    """The elements that stand with an article, but not in its text."""
    kinds = article.kinds
    near = within(numbers, article.scope, page.end[article.scope])
    return [
        n
        for n in near
        if kinds[n] == ABOUT or (kinds[n] != OTHER and not page.inside(n, article.content))
    ]


def _is_change(page: Evidence, number: int) -> bool:
    """Whether a day is that of a change."""
    names = page.attributes[number].get("class", "")
    if _PUBLISHED.search(names):
        return False
    before = page.first_piece[number] - 1
    owner = page.pieces[before].owner if before >= 0 else -1
    is_label = owner >= 0 and page.inside(owner, page.parent[number])
    label = page.pieces[before].text[-_LABEL:] if is_label else ""
    return any(_CHANGED.search(text) for text in (names, page.label[number], label))


def _nearest(page: Outline, numbers: Iterable[int], article: Article) -> int | None:
    """The element that is closest to the article's text."""
    first, end = article.content, page.end[article.content]

    def distance(number: int) -> int:
        return max(first - number, number - end, 0)

    return min(numbers, key=distance, default=None)
