"""Pages that only a script would fill: the server sent a shell, and the words are elsewhere."""

from __future__ import annotations

import re

from lxml import html

from parsers.page.lines import join
from parsers.page.opened import OpenPage

_SMALL = 400  # characters of text; a page with more has something to say
_LARGE = 2_000  # characters of scripts; a page with fewer fills nothing
_ROOT = re.compile(
    r"(?:root|app|main|react|vue|ember|angular|svelte|__next|__nuxt|next|nuxt|gatsby)"
    r"(?:[-_]?(?:root|app|container|wrapper|content|main|view|focus-wrapper))*",
    re.I,
)
_NOTICE = re.compile(
    r"java\s?script|activ|enable|habilit|einschalten|load|laden|charg|cargando", re.I
)
_NOT_CONTENT = frozenset(("script", "style", "noscript", "template", "link", "svg", "img"))


def is_script_shell(page: OpenPage) -> bool:
    """Whether a page shows hardly any text, and has scripts and an empty place that they fill."""
    tree = page.tree
    if tree is None:
        return False
    shown = join(page.document.lines)
    if len(shown) > _SMALL:
        return False
    scripts = list(tree.iter("script"))
    if not scripts:
        return False
    if any(_is_empty_root(node) for node in tree.iter("div", "main", "section", "body")):
        return True
    written = sum(len(script.text or "") for script in scripts)
    notices = "".join(text for node in tree.iter("noscript") for text in node.itertext())
    asks = _NOTICE.search(notices) is not None or _NOTICE.search(shown) is not None
    return asks and (written > _LARGE or any(script.get("src") for script in scripts))


def _is_empty_root(node: html.HtmlElement) -> bool:
    """Whether an element is named as a script's root, and has no text in it."""
    name = node.get("id") or ""
    is_root = _ROOT.fullmatch(name) is not None or "ng-app" in node.attrib
    custom = node.tag == "body" and any("-" in str(child.tag) for child in node)
    if not is_root and not custom:
        return False
    texts = (
        text
        for child in (node, *node.iterdescendants())
        if child.tag not in _NOT_CONTENT
        for text in (child.text or "",)
    )
    return not any(text.strip() for text in texts)
