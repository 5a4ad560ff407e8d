"""The part of a page that holds a question, cut out before BeautifulSoup sees it.

Portal pages are mostly menus, and BeautifulSoup's time goes with the number of elements.
lxml finds the landmarks in a fraction of that time; what lies before the first and after the
last of them, and is made of links, is emptied. Between landmarks nothing is touched. A label
too many makes it slower and never wrong; where the record read from what is left lacks
anything, the caller reads the whole page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from parsers.qa.labels import ANSWER, MORE, QUESTION, RESPONSE, image_label

Element = Any  # lxml ships no types

_NOT_TEXT = ("script", "style", "noscript", "template")
_NAV_LINKS = 6  # links; a block with fewer is too cheap to be worth the risk
_PROSE = 48  # characters; a longer text outside links is more than a label of a menu
# Words that a landmark, which is short, begins with. One too many costs time, one too few
# would cost text.
_LABEL = re.compile(
    r"[\s\xa0|:»>·•\-\[\]()*/,]*(?:(?:the|your|our|an?|original|patient|visitor|reader|expert)\S{0,3}\s+){0,2}"
    r"(?:(?P<question>question|q\s*[:.]|q\s*$)|(?P<answer>answer(?!ed)|a\s*[:.]|a\s*$)"
    r"|(?P<response>respon|repl|answered\s+by)"
    r"|(?P<more>for\s+(?:more|further)|more\s+info|additional\s+info|go\s+to\s)"
    r"|(?P<date>answered|published|posted|date\b))(?!.{80})",
    re.I | re.S,
)
_DATE = "date"
# A further responder may stand in a block of links.
_PERSON = re.compile(
    r",\s*(?:M\.?D|D\.?O|R\.?N|Ph\.?D|Pharm\.?D|O\.?D|D\.?D\.?S|R\.?D|R\.?Ph|M\.?S\.?N?|P\.?T|PA)\b"
)
_SHOWN_AS_IMAGES = (QUESTION, ANSWER, RESPONSE, MORE)
_OUTSIDE_LINKS = etree.XPath(".//text()[not(ancestor::a)]", smart_strings=False)
_HAS_PROSE = etree.XPath(
    f"boolean(.//text()[string-length(normalize-space()) > {_PROSE}][not(ancestor::a)])"
)


class _Landmark(NamedTuple):
    """An element that a label stands in (or before), and which: question, answer, ..."""

    element: Element
    kind: str


def cut_to_region(body: Element, title: str) -> bool:
    """Empty the blocks of links around the question in ``body``, in place.

    :param title: the text of ``<title>``; what repeats it is never cut
    :returns: whether there were any
    """
    etree.strip_elements(body, *_NOT_TEXT, with_tail=False)
    found = list(_landmarks(body))
    landmarks = [mark for mark in found if mark.kind != _DATE]
    if not landmarks:
        return False
    cut = False
    # A date may stand among the links of a header or a footer, above or below everything.
    dated = {a for mark in found if mark.kind == _DATE for a in mark.element.iterancestors()}
    dated.update(mark.element for mark in found if mark.kind == _DATE)
    first, last = landmarks[0], landmarks[-1]
    for block in _around(first.element, body, preceding=True):
        cut |= _cut_before(block, title, dated, labelled=first.kind == QUESTION)
    # "For more information:" announces a list of links; it may be the next block of links.
    owed = last.kind == MORE and not _has_links(last.element, 2)
    for block in _around(last.element, body, preceding=False):
        if owed and _has_links(block, 1):
            owed = False
            continue
        cut |= _cut_after(block, dated, prose_may_follow=last.kind in (QUESTION, ANSWER))
    return cut


def _landmarks(body: Element) -> Iterator[_Landmark]:
    for element in body.iter():
        tag = element.tag
        if tag == "img" or tag == "input":
            label = image_label(element.get("alt") or "", element.get("src") or "")
            if label in _SHOWN_AS_IMAGES:
                yield _Landmark(element, label)
        elif tag != "a" and (text := element.text) and (match := _LABEL.match(text)):
            yield _Landmark(element, str(match.lastgroup))
        if (text := element.tail) and (match := _LABEL.match(text)):
            yield _Landmark(element, str(match.lastgroup))


def _has_links(block: Element, count: int) -> bool:
    """Whether there are so many links in a block; looks no further than it must."""
    return next(islice(block.iter("a"), count - 1, None), None) is not None


def _around(element: Element, body: Element, *, preceding: bool) -> Iterator[Element]:
    """The siblings before (or after) an element, then those of each of its ancestors."""
    while element is not None and element is not body:
        yield from list(element.itersiblings(preceding=preceding))
        element = element.getparent()


def _cut_before(block: Element, title: str, dated: set[Element], *, labelled: bool) -> bool:
    cut, todo = False, [block]
    while todo:
        block = todo.pop()
        if not _has_links(block, _NAV_LINKS):
            continue
        # Without a label for the question, prose up here may be the question itself.
        if (
            block in dated
            or next(block.iter("h1", "h2", "h3"), None) is not None
            or _repeats(_OUTSIDE_LINKS(block), title)
            or (not labelled and _HAS_PROSE(block))
        ):
            todo.extend(block)
        else:
            block.clear(keep_tail=True)
            cut = True
    return cut


def _cut_after(block: Element, dated: set[Element], *, prose_may_follow: bool) -> bool:
    cut, todo = False, [block]
    while todo:
        block = todo.pop()
        if not _has_links(block, _NAV_LINKS):
            continue
        if (
            block in dated
            or (prose_may_follow and _HAS_PROSE(block))
            or _PERSON.search("".join(block.itertext()))
        ):
            todo.extend(block)
        else:
            block.clear(keep_tail=True)
            cut = True
    return cut


def _repeats(texts: Iterable[str], title: str) -> bool:
    return any(len(text) > 3 and text in title for text in map(str.strip, texts))
