"""Feeds: which pages a site has added or changed of late, by RSS (0.9 to 2.0) or Atom. Pure."""

from __future__ import annotations

import re

from lxml import etree

_ENTRIES = frozenset(("item", "entry"))
_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_HEAD = 4_096  # bytes in which the root element of a feed stands
_DATES = ("updated", "pubDate", "published", "date", "modified", "issued")


def parse_feed(body: bytes) -> list[tuple[str, str | None]] | None:
    """The (address, date) of a feed's entries, each as written; None for what is no feed."""
    if not _ROOT.search(body[:_HEAD]):
        return None
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        return None
    return [
        (address, _date(element))
        for element in root.iter()
        if _name(element) in _ENTRIES and (address := _address(element))
    ]


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _address(entry: etree._Element) -> str:
    """The page that an entry is about; "" if it names none."""
    permalink = ""
    for child in entry:
        name, text = _name(child), (child.text or "").strip()
        if name == "link" and child.get("rel", "alternate") == "alternate":
            if address := (child.get("href") or text).strip():
                return address
        elif name == "guid" and text.startswith("http") and child.get("isPermaLink") != "false":
            permalink = text
    return permalink


def _date(entry: etree._Element) -> str | None:
    dates = {_name(child): (child.text or "").strip() for child in entry}
    return next((dates[name] for name in _DATES if dates.get(name)), None)
