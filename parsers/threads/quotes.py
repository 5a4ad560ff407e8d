"""Quotes within a post: what is one though it is no ``<blockquote>``, and what is no second one."""

from __future__ import annotations

from lxml import html

from parsers.page.outline import Outline
from parsers.threads.hints import QUOTE, hints

#: What holds quotes in the markup of forums, besides ``<blockquote>``.
QUOTE_TAGS = ("div", "table", "aside", "fieldset", "section", "td", "dl")


def is_quote(element: html.HtmlElement) -> bool:
    """Whether an element holds a quote."""
    tag = element.tag
    return tag == "blockquote" or (tag in QUOTE_TAGS and hints(element) & QUOTE != 0)


def quotes_in(page: Outline, number: int) -> tuple[set[html.HtmlElement], set[html.HtmlElement]]:
    """The quotes in an element that are no ``<blockquote>``, and each ``<blockquote>`` within
    one of those that is the same quote: beside it stands who is quoted."""
    quotes: set[html.HtmlElement] = set()
    same: set[html.HtmlElement] = set()
    around: list[int] = []  # the quotes that are open
    for each in range(number + 1, page.end[number]):
        element = page.elements[each]
        if not is_quote(element):
            continue
        while around and each >= page.end[around[-1]]:
            around.pop()
        if element.tag != "blockquote":
            quotes.add(element)
        elif around and page.elements[around[-1]] in quotes:
            same.add(element)
        around.append(each)
    return quotes, same
