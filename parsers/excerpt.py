"""The stretch of a page's source that holds the question, found without parsing the page.

Most of the time that a page takes goes into building a tree of its menus. Where the source
shows all labels in their order, the stretch from the title to the last label and what
follows it is enough, and only that is parsed. It is a way to be quick and never one to be
wrong: where anything is missing or unusual there is no excerpt, and a record read from one
counts only if it is complete and certain; otherwise the whole page is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice, pairwise
from typing import NamedTuple

# (Spelled out instead of re.I, which would keep the search from skipping to the next "<".)
_INVISIBLE = re.compile(
    r"<(?:!--.*?-->|[Ss](?:[Cc][Rr][Ii][Pp][Tt]\b.*?</[Ss][Cc][Rr][Ii][Pp][Tt]"
    r"|[Tt][Yy][Ll][Ee]\b.*?</[Ss][Tt][Yy][Ll][Ee])\s*>)",
    re.S,
)
# What changes how source is read, and so keeps an excerpt from being taken.
_UNUSUAL = re.compile(r"<(?:!--|script|style|base|frame|xmp|plaintext|textarea)")
# A text that begins as a label or a line with a date does; asked of source in lower case, as
# a pattern that ignores case takes ten times as long. The look-ahead saves as much again.
_LABEL = re.compile(
    r">[\s\xa0:|»·•(\[-]*(?:&nbsp;\s*)*(?=[acdflgmpqrstuvy])(?:"
    r"(?P<question>(?:your\s+)?question|q:)|(?P<answer>answer(?!ed)|our\s+answer|a:)"
    r"|(?P<response>respon|repl|answered\s+by)"
    r"|(?P<more>for\s+(?:more|further)|more\s+info|additional\s+info|further\s+info|go\s+to\s"
    r"|visit\s)"
    r"|(?P<other>publish|post|date|answered|last\s|review|updat|modif|submi|asked|subject\s*:"
    r"|title\s*:|topic\s*:|category\s*:))"
)
# An image that may show one, by its alt or its file's name.
_IMAGE = re.compile(r"<(?:img|input)\s[^>]*>")
_SHOWN = (("question", "question"), ("answer", "answer"), ("respon", "response"), ("more", "more"))
_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title", re.I | re.S)
_TITLE_PARTS = re.compile(r"\s*(?:[|:–—»·]|\s-|&(?:#821[12]|[nm]dash|raquo|middot);)\s+")
_HEADING = re.compile(r"<h[1-3]\b", re.I)
_LINK = re.compile(r"<a\s", re.I)
_LINK_TARGET = re.compile(
    r"<a\s[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>][^\s>]*))", re.I
)
_LIST_END = re.compile(r"</(?:ul|ol|dl|table)\b", re.I)
_LINKS_AFTER = 16  # links after the last label; the people who answered have one or two each
_MENU = 3  # links that adjoin their next one: a person has a photo and a name at most
_TAG = re.compile(r"<[^<>]*>|&nbsp;")
_GAIN = 0.7  # an excerpt longer than this share of the page saves too little


class Excerpt(NamedTuple):
    """The stretch of source, the text of ``<title>``, and the targets of all links."""

    source: str
    title: str
    outlinks: tuple[str, ...]


class _Hit(NamedTuple):
    start: int
    end: int
    kind: str


def excerpt(text: str, *, outlinks: bool) -> Excerpt | None:
    """The stretch of ``text`` (HTML source) that holds the question; None if it is not clear."""
    text = _INVISIBLE.sub("", text)
    lower = text.lower()
    if len(lower) != len(text) or _UNUSUAL.search(lower):
        return None
    hits = sorted((*_labels(lower), *_images(lower)))
    title = _TITLE.search(text)
    if title is None or not _in_order(hits):
        return None
    start = _start(text, hits, title)
    end = _end(text, hits[-1])
    if start is None or end - start > _GAIN * len(text):
        return None
    links = tuple(_targets(text)) if outlinks else ()
    return Excerpt(text[start:end], " ".join(unescape(title[1]).split()), links)


def _labels(lower: str) -> Iterator[_Hit]:
    for match in _LABEL.finditer(lower):
        # The text of a link is a menu's, and no label's.
        if not lower.startswith(("<a ", "<a\n"), lower.rfind("<", 0, match.start())):
            yield _Hit(match.start(), match.end(), str(match.lastgroup))


def _images(lower: str) -> Iterator[_Hit]:
    for match in _IMAGE.finditer(lower):
        tag = match[0]
        for word, kind in _SHOWN:
            if word in tag:
                yield _Hit(match.start(), match.end(), kind)


def _in_order(hits: list[_Hit]) -> bool:
    """Whether there are labels for question, answer and response, in this order."""
    wanted = iter(hit.kind for hit in hits)
    return all(kind in wanted for kind in ("question", "answer", "response"))


def _start(text: str, hits: list[_Hit], title: re.Match[str]) -> int | None:
    """Where the title above the question begins, with the tags in front of it."""
    question = next(hit.start for hit in hits if hit.kind == "question")
    whole = title[1].strip()
    parts = [part for part in (whole, *_TITLE_PARTS.split(whole)) if len(part) > 3]
    begin = max((text.rfind(part, title.end(), question) for part in parts), default=-1)
    if begin < 0:
        headings = list(_HEADING.finditer(text, title.end(), question))
        if not headings:
            return None
        begin = headings[-1].start()
    begin = min([begin, *(hit.start for hit in hits if hit.start > title.end())])
    return _before_tags(text, begin)


def _before_tags(text: str, at: int) -> int:
    """Where the tags begin that stand right in front of ``at``: they say how it looks."""
    while text[max(0, at - 200) : at].rstrip().endswith(">"):
        opening = text.rfind("<", 0, at)
        if opening < 0 or text[opening + 1] == "/" or at - opening > 200:
            break
        at = opening
    return at


def _end(text: str, last: _Hit) -> int:
    """Where what follows the last label has surely ended."""
    at = last.end
    if last.kind == "more":  # it announces the topic, and a list of links of any length
        announced = list(islice(_LINK.finditer(text, at), 2))
        closed = _LIST_END.search(text, announced[-1].end()) if len(announced) == 2 else None
        if closed is None:
            return len(text)
        at = closed.end()
    links = [link.start() for link in islice(_LINK.finditer(text, at), _LINKS_AFTER)]
    for place, link in enumerate(links[:-_MENU]):
        if all(_adjoin(text, *pair) for pair in pairwise(links[place : place + _MENU + 1])):
            return link
    return links[-1] if len(links) == _LINKS_AFTER else len(text)


def _adjoin(text: str, link: int, following: int) -> bool:
    """Whether nothing is to be read between two links, as in a menu."""
    closed = text.find("</", link, following)
    return closed >= 0 and not _TAG.sub("", text[closed:following]).strip(" \t\r\n\f\xa0|·•")


def _targets(text: str) -> list[str]:
    return [
        unescape(target) if "&" in target else target
        for double, single, bare in _LINK_TARGET.findall(text)
        for target in (double or single or bare,)
    ]
