"""Where on a page a text stands that somebody else gives: the page's own words, found by words.

A text is a sequence of words (``tokens``). It is looked for as a whole; where the page has more in
between, or the text was cut, by its beginnings, and the element is taken that agrees best.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from lxml import html

from parsers.page.elements import BOX, KINDS
from parsers.page.opened import OpenPage
from parsers.page.outline import Outline
from parsers.page.prose import prose
from parsers.threads.quotes import is_quote, quotes_in

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_LETTER = re.compile(r"[^\W\d_]")  # lists have numbers of their own
_GRAM = 4  # words by which a text is looked for
_MOST_HITS = 8
_MOST_AROUND = 10  # elements with text of their own
_MOST_BESIDE = 50  # elements within a post
_MOST_WORDS = 4  # times those of the page: more is one text within another, many times
_ALIKE = 0.75  # the share of words in which two texts agree that are the same
_SMALL = 12  # words; fewer may stand anywhere, and only the whole of them counts


def tokens(text: str) -> list[str]:
    """The words of a text, folded; each character of Chinese, Japanese and Korean is a word."""
    return _TOKEN.findall(text.casefold())


class Place(NamedTuple):
    """Where a text stands: an element (its number), and the words from ``start`` to ``end``."""

    element: int
    start: int
    end: int


@dataclass
class PageWords:
    """The words that a page shows, in order.

    ``keep_names`` says that texts have who is quoted in them.
    """

    outline: Outline
    keep_names: bool = False
    words: list[str] = field(default_factory=list)
    before: list[int] = field(default_factory=list)  # words before each piece, and at the end
    _numbers: dict[html.HtmlElement, int] = field(default_factory=dict)
    _read: dict[int, tuple[list[str], list[int]]] = field(default_factory=dict)
    _grams: dict[int, dict[tuple[str, ...], list[int]]] = field(default_factory=dict)

    def span(self, number: int) -> tuple[int, int]:
        """The words of an element: the first, and the one after the last."""
        page = self.outline
        return self.before[page.first_piece[number]], self.before[page.last_piece[number]]

    def place_of(self, element: html.HtmlElement) -> Place | None:
        """Where an element stands; None if nothing of it is shown."""
        if not self._numbers:
            self._numbers = {node: n for n, node in enumerate(self.outline.elements)}
        number = self._numbers.get(element)
        if number is None:
            return None
        start, end = self.span(number)
        return Place(number, start, end) if end > start else None

    def find(self, text: Sequence[str], after: int = 0) -> Place | None:
        """Where a text stands, rather not in a quote; the first such place from a word on."""
        whole = [hit for hit in self._hits(text, 0) if self.words[hit : hit + len(text)] == text]
        if len(text) < _SMALL:
            whole = [hit for hit in whole if self._is_bounded(hit, hit + len(text))]
        if whole:
            first = min(whole, key=lambda hit: (self._is_quoted(hit), hit < after, hit))
            return self.around(first, first + len(text))
        return self._most_alike(text, after) if len(text) >= _SMALL else None

    def find_beginning(self, text: Sequence[str], taken: Sequence[tuple[int, int]]) -> Place | None:
        """Where a text stands of which only the beginning is given: up to the end of its box.

        :param taken: where other texts begin and end, in order; it is none of these
        """
        text = text[:-1] if len(text) > 1 else text  # the last word may be cut as well
        for hit in self._hits(text, 0):
            at = bisect_right(taken, (hit, len(self.words)))
            if at and hit < taken[at - 1][1]:
                continue
            if self.words[hit : hit + len(text)] == text:
                number = self._box(self.around(hit, hit + len(text)).element)
                end = self.span(number)[1]
                if at < len(taken):
                    end = min(end, taken[at][0])
                return Place(number, hit, max(end, hit + len(text)))
        return None

    def with_quotes(self, place: Place) -> Place:
        """A place with the quotes that stand beside it, where nothing else does."""
        page, number = self.outline, place.element
        best = place
        while (parent := page.parent[number]) >= 0 and self._quotes_alone(parent, number, place):
            number = parent
            if self.span(parent) != (best.start, best.end):
                best = Place(parent, *self.span(parent))
        return best

    def _quotes_alone(self, parent: int, number: int, place: Place) -> bool:
        """Whether an element holds another, quotes, and no words besides."""
        page = self.outline
        child, end = parent + 1, page.end[parent]
        for _ in range(_MOST_BESIDE):
            if child >= end:
                break
            if child != number and self._has_words(child) and not is_quote(page, child):
                return False
            child = page.end[child]
        first, last = page.first_piece[parent], page.last_piece[parent]
        return child >= end and not any(
            page.pieces[piece].owner == parent and not place.start <= self.before[piece] < place.end
            for piece in range(first, last)
        )

    def _has_words(self, number: int) -> bool:
        start, end = self.span(number)
        return end > start

    def around(self, start: int, end: int) -> Place:
        """The innermost element with some words."""
        page = self.outline
        number = page.pieces[bisect_right(self.before, start) - 1].owner
        while page.parent[number] >= 0 and self.span(number)[1] < end:
            number = page.parent[number]
        return Place(number, start, end)

    def text(self, place: Place) -> str:
        """The text of a place, as a reader sees it.

        It is "" where one text within another was asked for too often.
        """
        lines, ends = self._lines(place.element)
        start, end = self.span(place.element)
        if (place.start, place.end) == (start, end):
            return "\n".join(lines)
        # Lines may part words elsewhere than tags do: letters are counted.
        skipped = self._letters[place.start] - self._letters[start]
        last = self._letters[place.end] - self._letters[start]
        within = lines[bisect_right(ends, skipped) : bisect_left(ends, last) + 1]
        return "\n".join(within).strip("\n")

    def ends_line(self, place: Place) -> bool:
        """Whether the line in which a place ends has no more words after it."""
        words = tokens(self.text(place).rpartition("\n")[2])
        return not words or self.words[place.end - 1 : place.end] == words[-1:]

    def _lines(self, number: int) -> tuple[list[str], list[int]]:
        """The lines of an element's text, and how many letters there are up to each one's end."""
        if number not in self._read:
            start, end = self.span(number)
            self._budget -= end - start
            lines = self._prose(number).split("\n") if self._budget >= 0 else []
            self._read[number] = lines, [*accumulate(len(_LETTER.findall(line)) for line in lines)]
        return self._read[number]

    def _prose(self, number: int) -> str:
        quotes = quotes_in(self.outline, number)
        node = self.outline.elements[number]
        named = () if self.keep_names else quotes.named
        return prose([node], left_out=named, quotes=quotes.marked, plain=quotes.same)

    @cached_property
    def _letters(self) -> list[int]:
        """How many letters stand before each word, and in all of them."""
        return [0, *accumulate(len(_LETTER.findall(word)) for word in self.words)]

    @cached_property
    def _budget(self) -> int:
        return _MOST_WORDS * len(self.words) + 10_000

    def _is_bounded(self, start: int, end: int) -> bool:
        """Whether tags, and no words, stand before and after some words."""
        return all(self.before[bisect_left(self.before, word)] == word for word in (start, end))

    @cached_property
    def _quoted(self) -> list[bool]:
        """Of each element, whether it stands in a quote, or is one."""
        quoted: list[bool] = []
        for number, parent in enumerate(self.outline.parent):
            quoted.append((parent >= 0 and quoted[parent]) or is_quote(self.outline, number))
        return quoted

    def _is_quoted(self, word: int) -> bool:
        return self._quoted[self.around(word, word + 1).element]

    def _box(self, number: int) -> int:
        page = self.outline
        while page.parent[number] >= 0 and not KINDS.get(page.tags[number], 0) & BOX:
            number = page.parent[number]
        return number

    def _hits(self, text: Sequence[str], at: int) -> list[int]:
        """Where the words of a text from one on stand on the page, a few of them."""
        size = min(_GRAM, len(text))
        if not size:
            return []
        if size not in self._grams:
            grams: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for n in range(len(self.words) - size + 1):
                hits = grams[tuple(self.words[n : n + size])]
                if len(hits) < 4 * _MOST_HITS:
                    hits.append(n)
            self._grams[size] = grams
        return self._grams[size].get(tuple(text[at : at + size]), [])

    def _most_alike(self, text: Sequence[str], after: int) -> Place | None:
        """The element whose words agree best with a text."""
        wanted = Counter(text)
        best: tuple[float, Place] | None = None
        for place in self._candidates(text):
            have = Counter(self.words[place.start : place.end])
            same = sum((have & wanted).values())
            alike = 2 * same / (len(text) + place.end - place.start)
            if alike >= _ALIKE and (best is None or alike > best[0]):
                best = alike, place
        return best[1] if best else None

    def _candidates(self, text: Sequence[str]) -> Iterator[Place]:
        page = self.outline
        seen: set[tuple[int, int]] = set()
        quarters = {0, len(text) // 4, len(text) // 2, 3 * len(text) // 4}
        for at in sorted(quarters):
            for hit in self._hits(text, at)[:_MOST_HITS]:
                number = self.around(hit, hit + 1).element
                for _ in range(_MOST_AROUND):
                    while page.parent[number] >= 0 and self.span(number) in seen:
                        number = page.parent[number]
                    start, end = self.span(number)
                    if end - start > 2 * len(text) + _SMALL or (start, end) in seen:
                        break
                    seen.add((start, end))
                    yield Place(number, start, end)


def page_text(page: OpenPage, *, keep_names: bool = False) -> PageWords:
    """The words of a page; none where it has no tree."""
    text = PageWords(page.outline, keep_names)
    for piece in page.outline.pieces:
        text.before.append(len(text.words))
        text.words += tokens(piece.text)
    text.before.append(len(text.words))
    return text
