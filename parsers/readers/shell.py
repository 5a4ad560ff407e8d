"""Pages that only a script would fill: the server sent a shell, and the words are elsewhere."""

from __future__ import annotations

import re

from lxml import html

from parsers.page.opened import OpenPage
from parsers.words.patterns import pattern

# Characters of text that are no links: a page with more of them has something to say.
_LITTLE = 400
_HARDLY_ANY = 200
_NONE = 20
_ROOT = pattern("script_root")
_NEEDS_SCRIPT = re.compile(r"java\W?script", re.I)
_NOT_CONTENT = frozenset(("script", "style", "noscript", "template", "link", "svg", "img"))


def is_script_shell(page: OpenPage) -> bool:
    """Whether a page shows hardly any text, and has scripts and an empty place that they fill."""
    tree = page.tree
    if tree is None or not any(map(_does_something, tree.iter("script"))):
        return False
    lines = page.document.lines
    size = sum(len(line.text) * (1 - line.linked_share()) for line in lines)
    if size > _LITTLE:
        return False
    if size <= _NONE and not any(line.links for line in lines):
        return True
    if any(_is_empty_root(node) for node in tree.iter("div", "main", "section", "body")):
        return True
    notices = (text for node in tree.iter("noscript") for text in node.itertext())
    shown = (line.text for line in lines)
    return size <= _HARDLY_ANY and any(map(_NEEDS_SCRIPT.search, (*notices, *shown)))


def _does_something(script: html.HtmlElement) -> bool:
    """Whether a script is a program, or what one works on: none of it is in a description."""
    return "ld+json" not in (script.get("type") or "") and bool(
        script.get("src") or (script.text or "").strip()
    )


def _is_empty_root(node: html.HtmlElement) -> bool:
    """Whether an element is one that scripts fill, by its name, and there is no text in it."""
    is_root = _ROOT.fullmatch(node.get("id") or "") is not None or "ng-app" in node.attrib
    custom = node.tag == "body" and any("-" in str(child.tag) for child in node)
    if not is_root and not custom:
        return False
    texts = (child.text for child in node.iter() if child.tag not in _NOT_CONTENT)
    return not any(text and text.strip() for text in texts)
