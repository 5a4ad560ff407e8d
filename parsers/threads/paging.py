"""Which page of its thread a page is: by its address, and by what it says of itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from parsers.page.outline import Outline
from parsers.words.patterns import pattern

_IN_QUERY = re.compile(
    r"(?:^|[&;])(?:page|seite|pagina|pg|pagenumber|paged|cpage|p)=(\d{1,4})(?:&|;|$)", re.I
)
_IN_PATH = pattern("part_in_path")
_OF = pattern("page_of")
_NUMBERS = re.compile(r"\d\D+\d")
_CURRENT = re.compile(r"(?:^|[\s_-])(?:current|active|selected|cur)(?:$|[\s_-])", re.I)
_PAGER = re.compile(
    r"pagin|pager|page-?_?(?:nav|link|num|list)|pages?(?:$|\s)|seiten|multipage", re.I
)
_MOST = 2000  # pages; a larger number is none of a page


def part_of(page: Outline, url: str) -> int:
    """The number of a page within its thread, from 1."""
    parts = urlsplit(url) if "//" in url else None
    if parts:
        path, query = _IN_PATH.search(parts.path), _IN_QUERY.search(parts.query)
        number = query[1] if query else path and (path[1] or path[2])
        if number and 1 < int(number) < _MOST:
            return int(number)
    for piece in page.pieces:
        text = piece.text
        match = _OF.search(text) if len(text) < 80 and _NUMBERS.search(text) else None
        if match and 1 <= int(match[1]) <= int(match[2]) < _MOST:
            return int(match[1])
    return _current(page)


def _current(page: Outline) -> int:
    """The number that stands out in a row of numbers of pages."""
    for piece in page.pieces:
        if not piece.text.isdecimal() or len(piece.text) > 4:
            continue
        owner, above = piece.owner, page.parent[piece.owner]
        names = [page.attributes[n].get("class", "") for n in (owner, above) if n >= 0]
        marked = any(_CURRENT.search(name) for name in names) or (
            page.attributes[owner].get("aria-current") == "page"
        )
        if (marked or page.tags[owner] in ("strong", "b")) and _in_pager(page, owner):
            return max(1, int(piece.text))
    return 1


def _in_pager(page: Outline, number: int) -> bool:
    """Whether an element stands in a row of numbers that lead to other pages."""
    for _ in range(4):
        number = page.parent[number]
        if number < 0:
            return False
        attributes = page.attributes[number]
        if _PAGER.search(f"{attributes.get('class', '')} {attributes.get('id', '')}"):
            pieces = page.pieces[page.first_piece[number] : page.last_piece[number]]
            return any(piece.text.isdecimal() and _in_link(page, piece.owner) for piece in pieces)
    return False


def _in_link(page: Outline, number: int) -> bool:
    return "a" in (page.tags[number], page.tags[max(0, page.parent[number])])
