"""Anchors: what a page calls the places to which its addresses may lead ("#sleep")."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from lxml import etree, html

from parsers.page.elements import KINDS, SKIPPED

_HIDDEN = frozenset(name for name, kind in KINDS.items() if kind & SKIPPED) - {"button"}
_MOST_MISSES = 20  # texts that are not where they were looked for


def anchors_of(root: html.HtmlElement | None, texts: Sequence[str]) -> list[str]:
    """The id (or name) at each of some texts, which stand on the page in this order; "" for none.

    :param root: the page's tree
    """
    if root is None:
        return [""] * len(texts)
    whole, places, names = _walk(root)
    anchors = [""] * len(texts)
    end, misses = len(whole), 0
    # From the end: a list of the questions may stand at the top of the page.
    for number in range(len(texts) - 1, -1, -1):
        text = "".join(texts[number].split())
        at = whole.rfind(text, 0, end) if text and misses < _MOST_MISSES else -1
        if at < 0:
            misses += 1
            continue
        end = at
        nearest = bisect_left(places, at + 1) - 1  # the last that begins where the text does
        if nearest >= 0 and places[nearest] == at:
            anchors[number] = names[nearest]
    return anchors


def _walk(root: html.HtmlElement) -> tuple[str, list[int], list[str]]:
    """A page's text without white space, and the anchors in it: their places, their names."""
    pieces: list[str] = []
    length = 0
    places: list[int] = []
    names: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        text = node.tail
        if event == "start":
            if node.tag in _HIDDEN:
                walk.skip_subtree()
                continue
            text = node.text
            name = node.get("id") or (node.get("name") if node.tag == "a" else None)
            if name and not any(map(str.isspace, name)):
                places.append(length)
                names.append(name)
        if text:
            pieces.append("".join(text.split()))
            length += len(pieces[-1])
    return "".join(pieces), places, names
