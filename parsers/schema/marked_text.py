"""Texts as markup gives them: HTML within strings, escaped once or twice, cut after some words."""

from __future__ import annotations

import html
import re

from lxml import etree
from lxml import html as lxml_html

from parsers.page.lines import collapse
from parsers.page.prose import prose

_NAMES = (
    "p|br|div|span|ul|ol|li|dl|dt|dd|a|b|i|u|em|strong|small|sub|sup|h[1-6]|blockquote|q|pre|code"
    "|table|tbody|tr|td|th|img|hr|font|center|section|article|figure"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]*)?/?>", re.I)
_ESCAPED = re.compile(rf"&(?:amp;)*+(?:lt|#60|#x3c);/?(?:{_NAMES})(?:\s|/|&)", re.I)
_HALF_TAG = re.compile(rf"</?(?:{_NAMES})?(?:\s[^<>]*+)?\Z", re.I)
_CUT = re.compile(r"(?:\.{3,}|…|\[\s*(?:\.{3,}|…)\s*\]|\(\s*(?:\.{3,}|…|more)\s*\))\s*\Z", re.I)
_PARAGRAPHS = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")


def plain_text(text: str) -> str:
    """A text without its markup, in paragraphs."""
    for _ in range(2):
        if _TAG.search(text) or not _ESCAPED.search(text):
            break
        text = html.unescape(text)
    text = _HALF_TAG.sub("", text)
    if _TAG.search(text):
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
        try:
            root = lxml_html.document_fromstring(
                f"<div>{text}</div>".encode("utf-8", "replace"), parser=parser
            )
        except etree.ParserError:  # nothing in it
            return ""
        return prose([root])
    paragraphs = _PARAGRAPHS.split(html.unescape(text).replace("\r\n", "\n").replace("\r", "\n"))
    joined = ("\n".join(filter(None, map(collapse, each.split("\n")))) for each in paragraphs)
    return "\n\n".join(filter(None, joined))


def without_cut(text: str) -> str:
    """A text without the dots at its end that say that it goes on."""
    return _CUT.sub("", text.rstrip())


def is_cut(text: str) -> bool:
    """Whether a text ends with dots that say that it goes on."""
    return _CUT.search(text.rstrip()) is not None
