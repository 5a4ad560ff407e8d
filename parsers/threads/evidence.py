"""What on a page may be a post's date, its author, its own address: found once, for all readers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from parsers.page.opened import OpenPage
from parsers.page.outline import Outline, chains_of
from parsers.qa.day_forms import names_day
from parsers.threads.hints import AUTHOR, QUOTE, TITLE, domain_of, hints_of, is_profile
from parsers.threads.quotes import QUOTE_TAGS
from parsers.words.patterns import pattern

_FARTHER = {1.3: 1.1, 1.1: 0.8, 1.0: 0.8, 0.8: 0.5, 0.5: 0.0, 0.0: 0.0}
_NAME_LIMIT = 48  # characters
_LINE_LIMIT = 300  # characters: a name with what stands around it
_ATTRIBUTE_ORDER = (
    "datetime",
    "data-time",
    "data-timestamp",
    "data-date-time",
    "data-utc",
    "title",
)
_ATTRIBUTES = frozenset(_ATTRIBUTE_ORDER)
_NUMBERED = re.compile(r"[a-z][a-z_:-]*\d{1,}(?:[_-][a-z_-]*)?|\d{3,}", re.I)
_DIGITS = re.compile(r"\d+")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_NO_NAME = pattern("no_name")
_BY = pattern("by")
_LEADS_TO_NAME = re.compile(r"(?:.*\W)?(?:by|von|par|por|door|av|od|от)\s*:?", re.I)
_ENDS = ("by", "By", "BY", "on", "ar", "or", "av", "od", "от", ":")
_DEED = pattern("wrote")
_LEAD = 30  # characters
_ON = re.compile(
    r"\s+(?:on|am|le|el|il|op|den|в|»|-|–|•|\||·|@)\s+(?=.*\d)|\s*[»•|·]|,\s+(?=\d)", re.I
)
_BYLINE_LIMIT = 140  # characters
_DAY_LIMIT = 64  # characters
_UNVERIFIED = re.compile(r"\s*\((?:not verified|unregistered|guest)\)$", re.I)
_REPLY = re.compile(r"^(?:re|aw|antw?|vs|sv|su|vi|tr|odp)\s*:\s*", re.I)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "dt"})
_TITLE_LENGTH = 6  # characters; a shorter link is a button, a name or a date


@dataclass(slots=True)
class Evidence(Outline):
    """A page's tree, and what in it may be a post's: numbers of elements, in document order.

    ``dates`` have a date of their own, which ``written`` gives, and ``label`` what stands just
    before it; ``authors`` may name a person, ``names`` whom, and ``weight`` how likely;
    ``profiles`` are links to a person's page, ``titles`` headings that lead to other pages;
    ``patterns`` are the ids and names with a number in them, without it. ``hints`` are those of
    every element, ``chain`` numbers their looks with those around them. ``url`` is the page's
    address.
    """

    url: str = ""
    chain: list[int] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    written: dict[int, str] = field(default_factory=dict)
    label: dict[int, str] = field(default_factory=dict)
    authors: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    weight: dict[int, float] = field(default_factory=dict)
    profiles: set[int] = field(default_factory=set)
    titles: list[int] = field(default_factory=list)
    patterns: dict[int, str] = field(default_factory=dict)


def within(numbers: Sequence[int], first: int, end: int) -> Sequence[int]:
    """Those of ascending numbers that stand in a range."""
    return numbers[bisect_left(numbers, first) : bisect_left(numbers, end)]


def evidence_of(opened: OpenPage) -> Evidence:
    """Look at every element and every text once; ask for it by :meth:`OpenPage.once`."""
    columns = (getattr(opened.outline, each.name) for each in fields(Outline))
    page = Evidence(*columns)
    page.url = opened.url
    page.chain = chains_of(page)
    near = _look_at_elements(page)
    for n, (owner, text) in enumerate(page.pieces):
        if len(text) <= _DAY_LIMIT and owner not in page.written and names_day(text):
            page.written[owner] = text
        if owner in page.written and not page.label.get(owner):
            page.label[owner] = _label(page, n)
        if len(text) > _BYLINE_LIMIT or _take_byline(page, owner, text):
            continue
        if near[owner]:
            _take_name(page, owner, text, near[owner], near)
        elif (n and _leads_to_name(page.pieces[n - 1].text)) or _did(page, n + 1):
            _take_name(page, owner, text, 0.6, near)
    quoted = _quoted(page)
    page.dates = _outside(quoted, page.written)
    page.authors = _outside(quoted, page.names)
    page.titles = _title_links(page)
    return page


def _look_at_elements(page: Evidence) -> list[float]:
    """Take hints and attributes. Return how likely what stands in each element is a name."""
    domain = domain_of(page.url)
    near: list[float] = []
    by_look = [hints_of(tag, {"class": classes}) for tag, classes in page.looks]
    page.hints = [by_look[look] for look in page.look]
    columns = zip(page.tags, page.attributes, page.hints, page.parent, strict=True)
    for number, (tag, attributes, bits, above) in enumerate(columns):
        if attributes and ("id" in attributes or "itemprop" in attributes or "rel" in attributes):
            bits |= hints_of(tag, attributes)
            page.hints[number] = bits
        near.append(1.0 if bits & AUTHOR else _FARTHER[near[above]] if number else 0.0)
        if not attributes:
            continue
        name = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if name and len(name) < 40 and _NUMBERED.fullmatch(name):
            page.patterns[number] = _DIGITS.sub("#", name.lower())
        if tag == "a" and is_profile(attributes.get("href", ""), domain):
            page.profiles.add(number)
            near[number] = 1.3
        if not _ATTRIBUTES.isdisjoint(attributes):
            _take_attribute(page, number, attributes)
    return near


def _quoted(page: Evidence) -> set[int]:
    """The elements in quotes: their dates and authors are those of other posts."""
    numbers: set[int] = set()
    end = 0
    for number, (tag, bits) in enumerate(zip(page.tags, page.hints, strict=True)):
        if number >= end and (tag == "blockquote" or (bits & QUOTE and tag in QUOTE_TAGS)):
            end = page.end[number]
            numbers.update(range(number, end))
    return numbers


def _outside(quoted: set[int], numbers: Iterable[int]) -> list[int]:
    """Numbers in order, without those in quotes unless all of them are."""
    every = sorted(numbers)
    return [number for number in every if number not in quoted] or every


def _take_name(page: Evidence, owner: int, text: str, weight: float, near: Sequence[float]) -> None:
    """A text that may be a person's name: in an element that says so, or in a link to a person."""
    if len(text) > _NAME_LIMIT:
        return
    for around in (owner, page.parent[owner]):  # of a name in a link the whole link is the name
        if around >= 0 and page.tags[around] == "a" and around not in page.written:
            if page.size[around] + page.linked[around] > _LINE_LIMIT:
                return
            text = page.text(around) if around != owner else text
            owner = around
            break
    if owner in page.names:
        return
    name = bare_name(text)
    if not name or len(name) > _NAME_LIMIT:
        return
    page.names[owner] = name
    page.weight[owner] = near[owner] or weight


def _take_byline(page: Evidence, owner: int, text: str) -> bool:
    """A name and a day in one text, "Submitted by Jane on March 4"; False if it is none."""
    start = _BY.match(text)
    if start is None or owner in page.names:
        return False
    middle = _ON.search(text, start.end())
    if middle is None or not names_day(text[middle.end() :]):
        return False
    name = bare_name(_UNVERIFIED.sub("", text[start.end() : middle.start()]))
    if not name or len(name) > _NAME_LIMIT:
        return False
    page.names[owner], page.weight[owner] = name, 1.0
    page.written[owner] = text[middle.end() :]
    page.label.setdefault(owner, "")
    return True


def bare_name(text: str) -> str:
    """A name without what stands around it, as in "by Jane on March 4"; "" if it is none."""
    match = _BY.match(text)
    if match:
        text = text[match.end() :]
    text = _ON.split(text)[0].strip(" \t\n:,»·•|-–")
    letters = sum(map(str.isalpha, text))
    if not letters or _NO_NAME.fullmatch(text) or (names_day(text) and len(text) > 5):
        return ""
    return "" if text.endswith(("?", "…", "!")) and len(text) > 20 else text


def _title_links(page: Evidence) -> list[int]:
    """Links that are headings and lead to other pages, each with a text of its own."""
    here = path_of(page.url, "")
    links: dict[int, str] = {}
    for number in page.links:
        if number in page.profiles or number in page.names or number in page.written:
            continue
        if not _TITLE_LENGTH <= page.size[number] + page.linked[number] <= 300:
            continue
        href = page.attributes[number].get("href", "")
        if not href or href[0] == "#" or not _is_heading(page, number):
            continue
        if path_of(page.url, href) not in (here, ""):
            links[number] = _REPLY.sub("", page.text(number).casefold())
    counts = Counter(links.values())
    return [number for number, text in links.items() if counts[text] == 1]


@lru_cache(maxsize=512)  # several ask it of the same link
def path_of(url: str, href: str) -> str:
    """The path of a link's target; "" if it has none."""
    try:
        return urlsplit(urljoin(url, href)).path.rstrip("/")
    except ValueError:
        return ""


def _is_heading(page: Evidence, number: int) -> bool:
    """Whether an element is a heading, or stands in one."""
    for _ in range(3):
        if page.tags[number] in _HEADINGS or page.hints[number] & TITLE:
            return True
        number = page.parent[number]
        if number < 0:
            break
    return False


def _leads_to_name(text: str) -> bool:
    """Whether a text ends in "by", so that who did it follows."""
    return text.endswith(_ENDS) and _LEADS_TO_NAME.fullmatch(text[-_LEAD:]) is not None


def _did(page: Outline, n: int) -> bool:
    """Whether a text begins with "responded:" or the like, so that who did it stands before."""
    text = page.pieces[n].text if n < len(page.pieces) else ""
    return text[-1:] == ":" and len(text) < _LEAD and _DEED.match(text) is not None


def _label(page: Outline, n: int) -> str:
    """What stands just before a text: the text before it, and the classes around it."""
    before = page.pieces[n - 1].text[-30:] if n else ""
    owner = page.pieces[n].owner
    classes = [page.looks[page.look[each]][1] for each in (owner, page.parent[owner])]
    return " ".join((before, *classes))


def _take_attribute(page: Evidence, number: int, attributes: Mapping[str, str]) -> None:
    """A date in an attribute, which is the exact one: ``<time datetime>``, ``<abbr title>``."""
    for name in _ATTRIBUTE_ORDER:
        value = attributes.get(name)
        if value and len(value) < 64 and (_EPOCH.fullmatch(value) or names_day(value.strip())):
            page.written[number] = value.strip()
            page.label[number] = ""
            return
