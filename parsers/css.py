"""CSS selectors on a page's tree, with Scrapy's ``::text`` and ``::attr(name)``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cssselect.parser import SelectorError
from lxml import etree, html


class Match(str):
    """A text that a selector gives with ``::text`` or ``::attr(name)``; ``element`` has it."""

    element: html.HtmlElement


@lru_cache(maxsize=256)
def compiled(css: str) -> etree.XPath:
    """What a selector selects, as an expression that lxml evaluates.

    :raises ValueError: it is no CSS, with what is wrong in it
    """
    from parsel.csstranslator import HTMLTranslator  # a tenth of a second, for few sites

    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(css))
    except (SelectorError, etree.XPathError, RecursionError) as error:
        raise ValueError(f"is no CSS: {error}") from error


def select(css: str, element: html.HtmlElement) -> Sequence[html.HtmlElement | Match]:
    """What a selector selects in an element, and the element itself, in document order.

    :raises ValueError: it is no CSS
    """
    try:
        results = compiled(css)(element)
    except etree.XPathError:  # a function that there is, with arguments that it does not take
        return []
    return [_match(each) if isinstance(each, str) else each for each in results]


def _match(text: str) -> Match:
    match = Match(text)
    before = text.getparent()  # type: ignore[attr-defined]  # lxml's own kind of text
    match.element = before.getparent() if text.is_tail else before  # type: ignore[attr-defined]
    return match
