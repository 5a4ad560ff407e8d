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

# Source is searched as UTF-8: to make text lower case takes many times as long.
# (Spelled out instead of re.I, which would keep the search from skipping to the next "<".)
_INVISIBLE = re.compile(
    rb"<(?:!--.*?-->|[Ss](?:[Cc][Rr][Ii][Pp][Tt]\b.*?</[Ss][Cc][Rr][Ii][Pp][Tt]"
    rb"|[Tt][Yy][Ll][Ee]\b.*?</[Ss][Tt][Yy][Ll][Ee])\s*>)",
    re.S,
)
# What changes how source is read, and so keeps an excerpt from being taken.
_UNUSUAL = re.compile(rb"<(?:!--|script|style|base|frame|xmp|plaintext|textarea)")
# A text that begins as a label or a line with a date does; asked of source in lower case, as
# a pattern that ignores case takes ten times as long. The look-aheads save as much again.
# (Not in ASCII: a no-break space, and the marks that menus and lists begin with.)
_LABEL = re.compile(
    rb">(?!<)[\s:|(\[-]*+(?:(?:&nbsp;|\xc2[\xa0\xb7\xbb]|\xe2\x80\xa2)[\s:|(\[-]*+)*+"
    rb"(?=[acdflgmpqrstuvy])(?:"
    rb"(?P<question>(?:your\s+)?question|q:)|(?P<answer>answer(?!ed)|our\s+answer|a:)"
    rb"|(?P<response>respon|repl|answered\s+by)"
    rb"|(?P<more>for\s+(?:more|further)|more\s+info|additional\s+info|further\s+info|go\s+to\s"
    rb"|visit\s)"
    rb"|(?P<other>publish|post|date|answered|last\s|review|updat|modif|submi|asked|subject\s*:"
    rb"|title\s*:|topic\s*:|category\s*:))"
)
# An image that may show one, by its alt or its file's name. (Nothing is tried twice: pages
# have hundreds of images.)
_IMAGE = re.compile(
    rb"<i(?:mg|nput)\s(?:[^>qarm]++|q(?!uestion)|a(?!nswer)|r(?!espon)|m(?!ore))*+[qarm][^>]*>"
)
_SHOWN = re.compile(rb"question|answer|respon|more")
_KINDS = {b"question": "question", b"answer": "answer", b"respon": "response", b"more": "more"}
_TITLE = re.compile(rb"<title\b[^>]*>(.*?)</title", re.I | re.S)
_TITLE_PARTS = re.compile(r"\s*(?:[|:–—»·]|\s-|&(?:#821[12]|[nm]dash|raquo|middot);)\s+")
_HEADING = re.compile(rb"<h[1-3]\b", re.I)
_LINK = re.compile(rb"<[Aa]\s")
_LINK_TARGET = re.compile(
    rb"<[Aa]\s[^>]*?\b[Hh][Rr][Ee][Ff]\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>][^\s>]*))"
)
_LIST_END = re.compile(rb"</(?:ul|ol|dl|table)\b", re.I)
_LINKS_AFTER = 16  # links after the last label; the people who answered have one or two each
_MENU = 3  # links that adjoin their next one: a person has a photo and a name at most
_TAG = re.compile(rb"<[^<>]*>|&nbsp;")
_GAIN = 0.7  # an excerpt longer than this share of the page saves too little


class Excerpt(NamedTuple):
    """The stretch of source (UTF-8), the text of ``<title>``, and the targets of all links."""

    source: bytes
    title: str
    outlinks: tuple[str, ...]


class _Hit(NamedTuple):
    start: int
    end: int
    kind: str


def excerpt(text: str, *, outlinks: bool) -> Excerpt | None:
    """The stretch of ``text`` (HTML source) that holds the question; None if it is not clear."""
    source = _INVISIBLE.sub(b"", text.encode("utf-8", "replace"))
    lower = source.lower()
    if _UNUSUAL.search(lower):
        return None
    hits = sorted((*_labels(lower), *_images(lower)))
    title = _TITLE.search(source)
    if title is None or not _in_order(hits):
        return None
    shown = title[1].decode("utf-8", "replace")
    start = _start(source, hits, title.end(), shown)
    end = _end(source, hits[-1])
    if start is None or end - start > _GAIN * len(source):
        return None
    links = tuple(_targets(source)) if outlinks else ()
    return Excerpt(source[start:end], " ".join(unescape(shown).split()), links)


def _labels(lower: bytes) -> Iterator[_Hit]:
    for match in _LABEL.finditer(lower):
        # The text of a link is a menu's, and no label's.
        if not lower.startswith((b"<a ", b"<a\n"), lower.rfind(b"<", 0, match.start())):
            yield _Hit(match.start(), match.end(), str(match.lastgroup))


def _images(lower: bytes) -> Iterator[_Hit]:
    for match in _IMAGE.finditer(lower):
        for word in set(_SHOWN.findall(match[0])):
            yield _Hit(match.start(), match.end(), _KINDS[word])


def _in_order(hits: list[_Hit]) -> bool:
    """Whether there are labels for question, answer and response, in this order."""
    wanted = iter(hit.kind for hit in hits)
    return all(kind in wanted for kind in ("question", "answer", "response"))


def _start(source: bytes, hits: list[_Hit], head: int, title: str) -> int | None:
    """Where the title above the question begins, with the tags in front of it.

    :param head: where the element with the page's title ends
    """
    question = next(hit.start for hit in hits if hit.kind == "question")
    whole = title.strip()
    parts = [part for part in (whole, *_TITLE_PARTS.split(whole)) if len(part) > 3]
    begin = max((source.rfind(part.encode(), head, question) for part in parts), default=-1)
    if begin < 0:
        headings = list(_HEADING.finditer(source, head, question))
        if not headings:
            return None
        begin = headings[-1].start()
    begin = min([begin, *(hit.start for hit in hits if hit.start > head)])
    return _before_tags(source, begin)


def _before_tags(source: bytes, at: int) -> int:
    """Where the tags begin that stand right in front of ``at``: they say how it looks."""
    while source[max(0, at - 200) : at].rstrip().endswith(b">"):
        opening = source.rfind(b"<", 0, at)
        if opening < 0 or source[opening + 1 : opening + 2] == b"/" or at - opening > 200:
            break
        at = opening
    return at


def _end(source: bytes, last: _Hit) -> int:
    """Where what follows the last label has surely ended."""
    at = last.end
    if last.kind == "more":  # it announces the topic, and a list of links of any length
        announced = list(islice(_LINK.finditer(source, at), 2))
        closed = _LIST_END.search(source, announced[-1].end()) if len(announced) == 2 else None
        if closed is None:
            return len(source)
        at = closed.end()
    links = [link.start() for link in islice(_LINK.finditer(source, at), _LINKS_AFTER)]
    for place, link in enumerate(links[:-_MENU]):
        if all(_adjoin(source, *pair) for pair in pairwise(links[place : place + _MENU + 1])):
            return link
    return links[-1] if len(links) == _LINKS_AFTER else len(source)


def _adjoin(source: bytes, link: int, following: int) -> bool:
    """Whether nothing is to be read between two links, as in a menu."""
    closed = source.find(b"</", link, following)
    if closed < 0:
        return False
    between = _TAG.sub(b"", source[closed:following]).decode("utf-8", "replace")
    return not between.strip(" \t\r\n\f\xa0|·•")


def _targets(source: bytes) -> list[str]:
    return [
        unescape(target) if "&" in target else target
        for double, single, bare in _LINK_TARGET.findall(source)
        for target in ((double or single or bare).decode("utf-8", "replace"),)
    ]
