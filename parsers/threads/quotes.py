"""Quotes within a post: which elements are some, and where in them it says who is quoted.

The names of members stand in that line, and their mail addresses: where names are not kept, it
is left out of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from lxml import html

from parsers.page.outline import Outline
from parsers.threads.hints import QUOTE, hints_of
from parsers.words.patterns import pattern

#: What holds quotes in the markup of forums, besides ``<blockquote>``.
QUOTE_TAGS = ("div", "table", "aside", "fieldset", "section", "td", "dl")
_NAMING = ("cite", "header", "legend", "dt", "summary", "figcaption")
_NAMES = re.compile(
    r"title|cit(?:e\b|ation)|author|posted-?_?by|header|topslice|attribution|quoted", re.I
)
_SAID = pattern("says")
_FROM = pattern("quoted_from")
_BBCODE = re.compile(r"\[quote=[^\]\n]{1,120}\]", re.I)  # of software that did not render it
_LONGEST = 120  # characters of a line that says who is quoted
_MOST_AHEAD = 24  # elements that begin where a quote begins


class Quotes(NamedTuple):
    """The quotes in an element.

    ``marked`` are quotes that are no ``<blockquote>``, ``same`` each ``<blockquote>`` that is one
    with a quote around it, ``named`` the elements that say who is quoted.
    """

    marked: set[html.HtmlElement]
    same: set[html.HtmlElement]
    named: set[html.HtmlElement]


def without_names(text: str) -> str:
    """A text without the lines before its quotes, and at their beginnings, that say who is quoted.

    :param text: as :func:`parsers.page.prose.prose` writes it
    """
    text = _BBCODE.sub("[quote]", text)
    if ">" not in text:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        following = next((each for each in lines[number + 1 : number + 3] if each.strip("> ")), "")
        depth = _depth(line)
        is_first = not depth or number == 0 or _depth(lines[number - 1]) < depth
        leads = _depth(following) > depth or (depth and is_first and _depth(following))
        if leads and _names_who(line.lstrip("> ")):
            continue
        if line.strip("> ") or (kept and kept[-1].strip("> ")):
            kept.append(line)  # no empty line stays where the line before it is gone
    return "\n".join(kept).strip("\n")


def _depth(line: str) -> int:
    """How many quotes a line stands in."""
    return line[: len(line) - len(line.lstrip("> "))].count(">")


def _names_who(line: str) -> bool:
    """Whether a line says who is quoted: "jo wrote:", "Originally posted by jo"."""
    if not 0 < len(line) <= _LONGEST:
        return False
    is_open = line.rstrip(" ↑").endswith(":") and _SAID.search(line) is not None
    return is_open or _FROM.match(line) is not None


def is_quote(page: Outline, number: int) -> bool:
    """Whether an element holds a quote."""
    tag = page.tags[number]
    if tag == "blockquote" or tag not in QUOTE_TAGS:
        return tag == "blockquote"
    return hints_of(tag, page.attributes[number]) & QUOTE != 0


def quotes_in(page: Outline, number: int) -> Quotes:
    """The quotes in an element, those within others as well."""
    found = Quotes(set(), set(), set())
    inside = range(number + 1, page.end[number])
    quotes = [
        each for each in inside
        if is_quote(page, each)
        and page.last_piece[each] > page.first_piece[each]
        and (page.tags[each] == "blockquote" or not _is_label(page, each))
    ]  # fmt: skip
    around: list[tuple[int, int]] = []  # the open quotes, and the first piece of each one's text
    for quote in quotes:
        while around and quote >= page.end[around[-1][0]]:
            around.pop()
        outer, first = around[-1] if around else (-1, -1)
        is_same = (
            page.first_piece[quote] <= first and page.last_piece[quote] == page.last_piece[outer]
        )
        element = page.elements[quote]
        if element.tag != "blockquote" and not is_same:
            found.marked.add(element)
        elif element.tag == "blockquote" and is_same:
            found.same.add(element)
        naming, first = _naming(page, quote, quotes)
        found.named.update(page.elements[each] for each in naming)
        around.append((quote, first))
    return found


def _naming(page: Outline, quote: int, quotes: Sequence[int]) -> tuple[list[int], int]:
    """The elements that say who is quoted, and the first piece of a quote's own text."""
    first, end = page.first_piece[quote], page.last_piece[quote]
    naming: list[int] = []
    for number in range(quote + 1, min(page.end[quote], quote + 1 + _MOST_AHEAD)):
        if page.first_piece[number] > first:
            break
        if page.last_piece[number] == end or page.first_piece[number] < first:
            continue  # the whole of the quote, or within what is known
        if _holds(quotes, number, number + 1):
            break  # a quote within the quote
        if _says_who(page, number, quotes):
            naming.append(number)
            first = page.last_piece[number]
    before = quote - 1
    while before > 0 and page.end[page.parent[before]] <= quote:
        before = page.parent[before]
    is_beside = before > 0 and page.parent[before] == page.parent[quote]
    if is_beside and _says_who(page, before, quotes) and page.text(before)[-1:] == ":":
        naming.append(before)
    return naming, first


def _says_who(page: Outline, number: int, quotes: Sequence[int]) -> bool:
    """Whether an element is a short line that names somebody as the one who is quoted."""
    if _holds(quotes, number, page.end[number]) or not _is_short(page, number):
        return False
    return (
        page.tags[number] in _NAMING
        or _is_label(page, number)
        or _SAID.search(page.text(number)) is not None
    )


def _is_label(page: Outline, number: int) -> bool:
    """Whether an element is a short line that announces what follows, by its class or its end."""
    classes = page.attributes[number].get("class", "")
    return _is_short(page, number) and (
        _NAMES.search(classes) is not None or page.text(number).endswith((":", "↑"))
    )


def _is_short(page: Outline, number: int) -> bool:
    return 0 < page.size[number] + page.linked[number] <= _LONGEST


def _holds(quotes: Sequence[int], first: int, end: int) -> bool:
    """Whether a quote begins among some elements."""
    return bisect_left(quotes, first) < bisect_left(quotes, end)
