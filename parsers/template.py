"""Which template a page was made with, told from its markup alone.

A site changes its templates every few years, and every template has its own ways to be read
wrongly. What tells them apart best is the markup that the labels stand in, and the language
that the page says it is written in. No reader of records is asked: what a parser finds may be
the very thing that is doubted.
"""

from __future__ import annotations

import re

from parsers.page.document import decode_page
from parsers.page.media_type import Kind, kind_of
from parsers.records import Capture

#: A page that is no HTML: a text rendering, such as a WET record.
TEXT = "plain text"

_LANGUAGE = re.compile(r"<!doctype\s+html\b([^>]*)>", re.I)
_NAMED = re.compile(r"//DTD\s+(X?HTML(?:\s+[\d.]+)?)", re.I)
_XML = re.compile(r"\s*<\?xml\b|<html\b[^<>]*\bxmlns\b", re.I)
_TAG = re.compile(r"<[a-z!/?][^<>]*>", re.I)
_HIDES = re.compile(r"<!--|<script\b|<style\b", re.I)
_SHOWS = {
    "<!--": re.compile("-->"),
    "<script": re.compile("</script", re.I),
    "<style": re.compile("</style", re.I),
}
_LABEL = re.compile(
    r"<([a-z][a-z0-9]*)\b[^<>]*>\s*(?:(?:your|the|our|patient)(?:['’`]?s)?\s+)?"
    r"(?:question|answer|q|a)\s*[:.\-]?\s*<",
    re.I,
)
_IMAGE = re.compile(
    r"<img\b[^<>]{0,400}?(?:\balt\s*=\s*[\"']?\s*(?:question|answer)\s*[:.]?\s*[\"'> ]"
    r"|\bsrc\s*=\s*[\"']?[^\"'\s<>]{0,200}?(?<![a-z])(?:question|answer)(?![a-z])"
    r"[^\"'\s<>/]{0,40}\.(?:gif|jpe?g|png))",
    re.I,
)
_HEAD = 4096  # characters; what a page says of its language stands at its beginning
_MOST = 400_000  # characters; the labels of a longer page are not looked for beyond
_BOLD = frozenset(("b", "strong"))
_OTHERS = frozenset(
    ("dt", "dd", "td", "th", "div", "p", "span", "font", "i", "em", "u", "big", "a", "li", "center")
)


def template_of(capture: Capture) -> str:
    """The template of a capture, in a few words: "HTML 3.2, labels in bold".

    There are some dozens of names at most, whatever the pages are. Never fails.
    """
    text = decode_page(capture).text
    if kind_of(capture.content_type, capture.body) is Kind.TEXT or not _TAG.search(text[:_HEAD]):
        return TEXT
    return f"{_language(text[:_HEAD])}, {_labels(_visible(text[:_MOST]))}"


def _language(head: str) -> str:
    """What the page says it is written in; "HTML" where it says nothing."""
    declared = _LANGUAGE.search(head)
    named = _NAMED.search(declared[1]) if declared else None
    if named:
        return _known(" ".join(named[1].upper().split()))
    if _XML.search(head):
        return "XHTML"
    return "HTML 5" if declared and not declared[1].strip() else "HTML without a doctype"


def _known(language: str) -> str:
    name, _, number = language.partition(" ")
    known = number in ("2.0", "3.0", "3.2", "4.0", "4.01", "1.0", "1.1")
    return f"{name} {number}" if known else name


def _visible(text: str) -> str:
    """A page without its comments, scripts and styles, where the same words may stand."""
    pieces, at = [], 0
    for opened in _HIDES.finditer(text):
        if opened.start() < at:
            continue
        pieces.append(text[at : opened.start()])
        closed = _SHOWS[opened[0].lower()].search(text, opened.end())
        if closed is None:
            return "".join(pieces)
        at = closed.end()
    return "".join([*pieces, text[at:]])


def _labels(text: str) -> str:
    """How "Question" and "Answer" are shown."""
    label = _LABEL.search(text)
    tag = label[1].lower() if label else ""
    # A cell may as well be of a table in the text.
    if tag in ("", "td", "th") and _IMAGE.search(text):
        return "labels as images"
    if not tag:
        return "no labels"
    if re.fullmatch("h[1-6]", tag):
        return "labels as headings"
    if tag in _BOLD:
        return "labels in bold"
    return f"labels in <{tag}>" if tag in _OTHERS else "labels in other markup"
