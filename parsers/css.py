"""CSS selectors on a page's tree, with Scrapy's ``::text`` and ``::attr(name)``.

lxml evaluates what is between combinators. What they combine is combined here: libxml2 needs the
square of the matches for ``div p`` and the cube for ``p ~ p``, and cannot be interrupted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cssselect.parser import CombinedSelector, Element, Selector, SelectorError, parse
from lxml import etree, html


class Match(str):
    """A text that a selector gives with ``::text`` or ``::attr(name)``; ``element`` has it."""

    element: html.HtmlElement


class Compiled(NamedTuple):
    """A selector: what its first part selects, the combinators with the parts behind them, and
    what is taken of the elements: "" they themselves, "text", or "@" and an attribute's name."""

    first: etree.XPath
    rest: tuple[tuple[str, etree.XPath], ...]
    takes: str


@lru_cache(maxsize=256)
def compiled(css: str) -> tuple[Compiled, ...]:
    """The selectors of a list.

    :raises ValueError: it is no CSS, with what is wrong in it
    """
    from parsel.csstranslator import HTMLTranslator  # a tenth of a second, for few sites

    translator = HTMLTranslator()

    def parts(tree: Any) -> Iterator[tuple[str, etree.XPath]]:
        combinator = ""
        if isinstance(tree, CombinedSelector):
            yield from parts(tree.selector)
            combinator, tree = tree.combinator, tree.subselector
        yield combinator, etree.XPath(f"descendant-or-self::{translator.xpath(tree)}")

    try:
        translator.css_to_xpath(css)  # which knows all mistakes
        selectors = []
        for selector in parse(css):
            (_, first), *rest = parts(selector.parsed_tree)
            selectors.append(Compiled(first, tuple(rest), _taken(selector)))
    except (SelectorError, etree.XPathError, RecursionError) as error:
        raise ValueError(f"is no CSS: {error}") from error
    return tuple(selectors)


def _taken(selector: Selector) -> str:
    pseudo = selector.pseudo_element
    if pseudo is None or isinstance(pseudo, str):
        every = isinstance(tree := selector.parsed_tree, CombinedSelector) and (
            tree.combinator == " " and repr(tree.subselector) == repr(Element(None, None))
        )
        # Scrapy's "div *::text" has the texts of the div itself as well.
        return f"{pseudo} of all" if pseudo and every else pseudo or ""
    return f"@{pseudo.arguments[0].value}"


def select(css: str, element: html.HtmlElement) -> Sequence[html.HtmlElement | Match]:
    """What a selector selects in an element, and the element itself, in document order.

    :raises ValueError: it is no CSS
    """
    chosen: dict[str, list[html.HtmlElement]] = {}
    selectors = compiled(css)
    try:
        for selector in selectors:
            found = selector.first(element)
            for combinator, part in selector.rest:
                before = found
                found = list(_combined(before, combinator, part(element)))
            if selector.takes == "text of all":
                found = [*before, *found]
            chosen.setdefault(selector.takes.partition(" ")[0], []).extend(found)
    except etree.XPathError:  # a function that there is, with arguments that it does not take
        return []
    if len(selectors) == 1 and "" in chosen:
        return chosen[""]
    if chosen.keys() == {""}:
        every = set(chosen[""])
        return [node for node in element.iter("*") if node in every]
    return list(_in_order(element, {takes: set(nodes) for takes, nodes in chosen.items()}))


def _combined(
    left: Collection[html.HtmlElement], combinator: str, right: Sequence[html.HtmlElement]
) -> Iterator[html.HtmlElement]:
    """Those on the right that have one of the left above or before them."""
    anchors = set(left)
    known: dict[html.HtmlElement, bool] = {}  # whether an anchor stands above or before it
    up = combinator in (" ", ">")
    far = combinator in (" ", "~")
    for node in right:
        steps = node.iterancestors() if up else node.itersiblings("*", preceding=True)
        if not far:
            if next(steps, None) in anchors:
                yield node
            continue
        passed, is_there = [node], False
        for step in steps:
            is_there = step in anchors or known.get(step, False)
            if is_there or step in known:
                break
            passed.append(step)
        known.update(dict.fromkeys(passed, is_there))
        if is_there:
            yield node


def _in_order(
    element: html.HtmlElement, chosen: Mapping[str, Collection[html.HtmlElement]]
) -> Iterator[html.HtmlElement | Match]:
    """Elements, texts and attributes in the order of the document."""
    elements, texts = chosen.get("", ()), chosen.get("text", ())
    attributes = {takes[1:]: nodes for takes, nodes in chosen.items() if takes[:1] == "@"}
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        owner, text = (node, node.text) if event == "start" else (node.getparent(), node.tail)
        if event == "start":
            if node in elements:
                yield node
            for name, nodes in attributes.items():
                if node in nodes and name in node.attrib:
                    yield _match(node.attrib[name], node)
        if text and owner in texts:
            yield _match(text, owner)


def _match(text: str, element: html.HtmlElement) -> Match:
    match = Match(text)
    match.element = element
    return match
