"""What is read of a tree of HTML: elements with their names, attributes and contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

# The attributes that anything is read from; each costs as much as an element.
_USED = frozenset(("alt", "class", "color", "hidden", "href", "size", "src", "style", "type"))
# Elements at whose edges white space is never shown. (Not those it is only unlikely in: in old
# pages text and links stand directly in the body or in a list, with spaces between.)
_BLOCKS = frozenset(
    str.split(
        "table tbody thead tfoot tr td th ul ol dl li dt dd p div hr h1 h2 h3 h4 h5 h6 center form"
    )
)


@dataclass(slots=True)
class Node:
    """An element, with what is read of BeautifulSoup's: its name, attributes and contents."""

    name: str
    attrs: dict[str, str]
    contents: list[str | Node]


def tree_of(body: Any) -> Node:
    """The nodes of a tree that lxml has parsed already.

    BeautifulSoup's own objects know their neighbours as well, and take several times as long
    to make.
    """
    top = Node("[document]", {}, [])
    above = [top]
    for event, el in etree.iterwalk(body, events=("start", "end")):
        name = el.tag
        if event == "start":
            given = el.attrib
            attrs = {k: v for k, v in given.items() if k in _USED} if given else {}
            node = Node(name, attrs, [])
            above[-1].contents.append(node)
            above.append(node)
            text = el.text
        else:
            above.pop()
            text = el.tail
        if text and not (name in _BLOCKS and text.isspace()):
            above[-1].contents.append(text)
    return top
