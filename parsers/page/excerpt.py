"""The stretch of a page's source that holds the question, found without parsing the page.

Most of the time that a page takes goes into building a tree of its menus. Where the source
shows all labels in their order, the stretch from the title to the last label and what
follows it is enough, and only that is parsed. It is a way to be quick and never one to be
wrong: where anything is missing or unusual there is no excerpt, and a record read from one
counts only if it is complete and certain; otherwise the whole page is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import islice, pairwise
from typing import NamedTuple

from parsers.page.html_lines import BLOCKS, BOXES

# Source is searched as UTF-8 in lower case: to make text lower case takes many times as long,
# and a pattern that ignores case ten times.
# What a reader does not see is taken out; what changes how source is read keeps an excerpt
# from being taken.
_INVISIBLE = re.compile(
    rb"<(?:!--.*?-->|s(?:cript\b.*?</script|tyle\b.*?</style)\s*>"
    rb"|(?P<unusual>!--|script|style|base|frame|xmp|plaintext|textarea))",
    re.S,
)
# A text that begins as a label or a line with a date does. The look-aheads save half the time.
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
# An image that may show one, by words in its alt or its file's name.
_IMAGE = re.compile(rb"<i(?:mg|nput)\s[^>]*>")
_KINDS = {b"question": "question", b"answer": "answer", b"respon": "response", b"more": "more"}
# How far is looked (bytes), so that no page takes time that grows with the square of its size:
# the most that a title has, and a tag, and what stands before a line's edge.
_LONGEST = 1000
_TITLE_PARTS = re.compile(r"\s*(?:[|:–—»·]|\s-|&(?:#821[12]|[nm]dash|raquo|middot);)\s+")
_HEADING = re.compile(rb"<h[1-3]\b", re.I)
_CONTAINER = re.compile(rf"<(/?)({'|'.join(sorted(BOXES | {'tr', 'dt'}))})\b".encode())
_IN = {b"tr": b"table", b"td": b"table", b"th": b"table", b"dt": b"dl", b"dd": b"dl"}
_EDGE = re.compile(rf"<(?:/?(?:{'|'.join(sorted(BLOCKS))})|br)\b[^>]*>".encode(), re.I)
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
    visible = _visible(text.encode("utf-8", "replace"))
    title = _title(visible[1]) if visible is not None else None
    if visible is None or title is None:
        return None
    source, lower = visible
    found = (*_labels(lower), *_images(lower))
    hits = sorted(hit for hit in found if hit.start > title.stop)
    shown = source[title].decode("utf-8", "replace")
    begin = _begin(source, hits, title.stop, shown)
    if begin is None:
        return None
    start = _line_start(source, min(begin, hits[0].start), title.stop)
    end = _end(source, hits[-1])
    if start is None or end - start > _GAIN * len(source):
        return None
    links = tuple(_targets(source)) if outlinks else ()
    return Excerpt(source[start:end], " ".join(unescape(shown).split()), links)


def _visible(source: bytes) -> tuple[bytes, bytes] | None:
    """Source without comments, scripts and styles, and that in lower case; None if what is
    unusual stands in it."""
    lower = source.lower()
    kept, at = [], 0
    for match in _INVISIBLE.finditer(lower):
        if match["unusual"]:
            return None
        kept.append(slice(at, match.start()))
        at = match.end()
    kept.append(slice(at, None))
    return b"".join([source[one] for one in kept]), b"".join([lower[one] for one in kept])


def _title(lower: bytes) -> slice | None:
    """Where the text of ``<title>`` stands."""
    at = lower.find(b"<title")
    begin = lower.find(b">", at) + 1
    end = lower.find(b"</title", begin)
    if at < 0 or begin == 0 or not 0 <= end - begin <= _LONGEST:
        return None
    return slice(begin, end) if lower[at + 6 : at + 7] in b"> \t\r\n" else None


def _labels(lower: bytes) -> Iterator[_Hit]:
    for match in _LABEL.finditer(lower):
        # The text of a link is a menu's, and no label's.
        tag = lower.rfind(b"<", max(0, match.start() - _LONGEST), match.start())
        if tag < 0 or not lower.startswith((b"<a ", b"<a\n"), tag):
            yield _Hit(match.start() + 1, match.end(), str(match.lastgroup))


def _images(lower: bytes) -> Iterator[_Hit]:
    # Pages have hundreds of images, and few that show a label: all are asked at once first.
    together = b"".join(_IMAGE.findall(lower))
    words = [word for word in _KINDS if word in together]
    for match in _IMAGE.finditer(lower) if words else ():
        image = match[0]
        yield from (_Hit(match.start(), match.end(), _KINDS[one]) for one in words if one in image)


def _begin(source: bytes, hits: list[_Hit], head: int, title: str) -> int | None:
    """Where the title above the question begins; None if the labels are not those of a page
    that is clear.

    There are labels of question, answer and response, in this order; or none of a response, as
    where nobody has answered, but one that ends the text; or none of question and answer.

    :param head: where the element with the page's title ends
    """
    kinds = [hit.kind for hit in hits]
    whole = title.strip()
    parts = [part for part in (whole, *_TITLE_PARTS.split(whole)) if len(part) > 3]
    if "question" not in kinds and "answer" not in kinds:
        ends = [hit.start for hit in hits if hit.kind in ("response", "more")]
        return _heading_alone(source, head, min(ends), parts) if "response" in kinds else None
    wanted = iter(kinds)
    order = ("question", "answer", "response") if "response" in kinds else ("question", "more")
    if not all(kind in wanted for kind in order):
        return None
    question = next(hit.start for hit in hits if hit.kind == "question")
    begin = max((source.rfind(part.encode(), head, question) for part in parts), default=-1)
    if begin >= 0:
        return begin
    headings = list(_HEADING.finditer(source, head, question))
    return headings[-1].start() if headings else None


def _heading_alone(source: bytes, head: int, end: int, parts: list[str]) -> int | None:
    """Where the heading begins that repeats the title, if the text has no labels.

    What stands between question and answer may be that one container ends, and another
    begins: None if one ends that began above the heading, and so would not be seen.
    """
    titles = [part.encode() for part in parts]
    for heading in _HEADING.finditer(source, head, end):
        text = source[source.find(b">", heading.start()) + 1 :][:_LONGEST].lstrip()
        if any(text.startswith(title) for title in titles):
            start = heading.start()
            line = _line_start(source, start, head)
            return None if line is None or _ends_outside(source[line:end]) else start
    return None


def _ends_outside(stretch: bytes) -> bool:
    """Whether a container ends in a stretch of source that began before it.

    (A cell or row ends without a tag where the next one begins.)
    """
    within: Counter[bytes] = Counter()
    for closing, name in _CONTAINER.findall(stretch.lower()):
        if name in _IN:
            if within[_IN[name]] < 1:
                return True
            continue
        within[name] += -1 if closing else 1
        if within[name] < 0:
            return True
    return False


def _line_start(source: bytes, at: int, head: int) -> int | None:
    """Where the line begins that ``at`` is in, with the tags in front of it; None if that is
    too far off."""
    start = max(head, at - _LONGEST)
    edges = [edge.end() for edge in _EDGE.finditer(source, start, at)]
    if not edges and start > head:
        return None
    return _before_tags(source, edges[-1] if edges else head)


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
