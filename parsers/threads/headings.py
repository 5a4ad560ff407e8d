"""The title of a thread: the heading that the page's ``<title>`` repeats."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from lxml import html

from parsers.page.lines import collapse
from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence
from parsers.threads.hints import TITLE
from parsers.words.patterns import pattern

_HEADINGS = ("h1", "h2", "h3", "h4")
_PART = 10  # characters
_LIMIT = 300  # characters; a longer heading is none
_SEPARATOR = re.compile(r"\s+[|\-–—:•»«·]+\s+|\s*[|»«•]\s*")
_REPLY = re.compile(r"^(?:re|aw|antw?|vs|sv|tr|odp|topic|thread|thema)\s*:\s*", re.I)
_BANNER = pattern("banner")
_HOME = re.compile(r"(?:(?:https?:)?//[^/?#]+)?[./]*(?:(?:index|default)\.\w+)?", re.I)
_WORD = re.compile(r"\w")


class Heading(NamedTuple):
    """A title, and the element that has it, None where only the page's head does."""

    text: str
    number: int | None


def heading_of(page: Evidence, root: html.HtmlElement, first: int) -> Heading:
    """The title of the thread on a page.

    :param first: the number of the element that holds the first post
    """
    said = _said(root)
    site = _SEPARATOR.split(said[0])[-1].strip() if said else ""
    below = _below(page, first)
    best, best_rank = Heading("", None), 0.0
    for number, tag in enumerate(page.tags):
        if tag not in _HEADINGS and not page.hints[number] & TITLE:
            continue
        length = page.size[number] + page.linked[number]
        if not 0 < length <= _LIMIT:
            continue
        text = page.text(number)
        if tag not in _HEADINGS and text == site != said[0]:
            continue  # "title" in the class of the site's name, with which <title> ends
        rank = _rank(text, said, tag)
        if number > first:
            rank -= 0.3
        elif rank and folded(text) in below:
            rank += 1  # the posts have it as well
        if rank and (_is_banner(page, number) or _leads_home(page, number)):
            rank -= 1
        if rank < 1 and not page.size[number]:
            continue  # a link that the page's title does not repeat
        if rank > best_rank:
            best, best_rank = Heading(text, number), rank
    if best.text:
        return Heading(_as_said(best.text, said), best.number)
    text = _SEPARATOR.split(said[0])[0].strip() if said else ""
    return Heading(text, _piece(page, text, first))


def _piece(page: Outline, text: str, first: int) -> int | None:
    """The last element before the posts that says just what a title says."""
    stop = page.first_piece[first] if first < len(page.tags) else len(page.pieces)
    for piece in reversed(page.pieces[:stop]):
        if text and piece.text == text:
            return piece.owner
    return None


def _below(page: Outline, first: int) -> set[str]:
    """The headings of posts."""
    return {
        folded(page.text(number))
        for number in range(first, len(page.tags))
        if page.tags[number] in _HEADINGS and page.size[number] + page.linked[number] <= _LIMIT
    }


def folded(text: str) -> str:
    """A title by which it is known again: in small letters, without "Re:"."""
    return _REPLY.sub("", text.casefold())


def _is_banner(page: Outline, number: int) -> bool:
    """Whether a heading is the site's name, at the top of all of its pages."""
    for _ in range(4):
        number = page.parent[number]
        if number < 0:
            break
        attributes = page.attributes[number]
        if attributes and (
            attributes.get("role") == "banner"
            or _BANNER.search(f"{attributes.get('class', '')} {attributes.get('id', '')}")
        ):
            return True
    return False


def _leads_home(page: Outline, number: int) -> bool:
    """Whether a heading is a link to the first page of the site."""
    for each in (page.parent[number], *range(number, page.end[number])):
        href = page.attributes[each].get("href", "") if each >= 0 and page.attributes[each] else ""
        if href[:1] not in ("", "#") and _HOME.fullmatch(href):
            return True
    return False


def _as_said(text: str, said: list[str]) -> str:
    """A heading without what the page's ``<title>`` lacks: "Topic: ... (Read 3 times)"."""
    if any(text in each for each in said):
        return text
    for each in said:
        part = _SEPARATOR.split(each)[0].strip()
        if len(part) > _PART and part in text:
            return part
    return _REPLY.sub("", text)


def _said(root: html.HtmlElement) -> list[str]:
    """What the page's head gives as its title."""
    said = [collapse(node.text or "") for node in islice(root.iter("title"), 1)]
    for node in root.iter("meta"):
        if (node.get("property") or node.get("name")) in ("og:title", "twitter:title"):
            said.append(collapse(node.get("content") or ""))
    return [text for text in said if _WORD.search(text)]


def _rank(text: str, said: list[str], tag: str) -> float:
    """How likely a heading is the title; 0 if it is not."""
    rank = 0.5 if tag == "h1" else 0.0
    plain = folded(text)
    if not _WORD.search(plain):
        return 0.0
    for each in said:
        whole = each.casefold()
        if plain in whole:
            rank = max(rank, 1 + len(plain) / len(whole) + 0.1 * (tag == "h1"))
        elif len(plain) > 20 and _SEPARATOR.split(whole)[0].rstrip("… .") in plain:
            rank = max(rank, 1.2)
    return rank
