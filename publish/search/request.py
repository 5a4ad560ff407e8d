"""The search request: words and filters, the same for a page, a count, an export.

It lives in the web address, so every selection can be shared and cited. Pure. An address with
a filter or a value that is not known is refused, with those that are: a selection that is
silently wider than what was asked for is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote, urlencode

from datasette.utils.asgi import BadRequest
from rapidfuzz.process import extract

from publish.search.query_language import MAX_CHARACTERS, NONE, part_read, years

Sort = Literal["relevance", "newest", "oldest"]
Status = Literal["answered", "unanswered"]

#: Bytes that the words may take in an address: each link of a page has them again.
LONGEST_WORDS = 1_500
#: How many values one filter may have.
MAX_VALUES = 50
#: How many possible values a refusal names, and how much of a value it repeats.
NAMED, LONGEST_VALUE = 5, 60
#: Of a likeness of 0 to 100, how much less than the nearest value another named one may have.
FURTHER = 20

#: Parameters of an address that other parts of the site read, and one that old links have: it
#: asked for the search that is the only one now.
_OF_OTHERS = frozenset({"page", "at", "spreadsheet", "meaning"})
#: Parameters that newsletters, social networks and advertisers append to links.
_APPENDED = frozenset({
    "_ga", "_gl", "_hsenc", "_hsmi", "dclid", "fbclid", "gad_source", "gbraid", "gclid", "igshid",
    "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "srsltid", "ttclid", "twclid", "wbraid",
    "yclid",
})  # fmt: skip
_APPENDED_BEGINNING = "utm_"
#: Filters with the same values in every archive, and those with "none" (:data:`NONE`).
_FIXED = {
    "status": get_args(Status),
    "confidence": ("full", "good", "low"),
    "answers": ("experts", "public"),
}
_WITH_NONE = ("topic", "year")


class Arguments(Protocol):
    """The query part of an address: Datasette's ``request.args``."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name, in order; empty if there are none."""
        ...

    def __iter__(self) -> Iterator[str]:
        """All names."""
        ...


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Words and filters. Values of one filter are alternatives; all filters must hold.

    ``text`` is as typed. ``topic`` holds slugs, ``responder`` row ids, ``institution``
    names as printed, ``year`` years of answer and ranges of them (``2004-2006``, ``2004-``,
    ``-2006``), ``status`` the values of ``questions.status``, ``site`` names of sites,
    ``language`` tags, ``confidence`` bands of ``questions.confidence``, ``answers`` who has
    written an answer (``experts``, ``public``). ``none`` is a topic and a year too: questions
    without any. A question counts for each of its topics, responders and their institutions.
    """

    text: str = ""
    site: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    responder: tuple[int | str, ...] = ()
    institution: tuple[str, ...] = ()
    year: tuple[int | str, ...] = ()
    status: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    confidence: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    sort: Sort = "relevance"

    @property
    def filters(self) -> dict[str, tuple[str | int, ...]]:
        """The filters that have values, by name."""
        return {name: values for name in FILTERS if (values := getattr(self, name))}

    @property
    def is_everything(self) -> bool:
        """Whether there are neither words nor filters: all questions."""
        return not self.text.strip() and not self.filters

    def replaced(self, **values: Any) -> SearchRequest:
        """Return the request with other words, another order, or other values of a filter."""
        return replace(self, **values)

    def with_value(self, name: str, value: str | int) -> SearchRequest:
        """Return the request with one more value of a filter."""
        return self.replaced(**{name: (*getattr(self, name), value)})

    def without(self, name: str, value: str | int | None = None) -> SearchRequest:
        """Return the request without one value of a filter, or without all of its values."""
        left = () if value is None else tuple(v for v in getattr(self, name) if v != value)
        return self.replaced(**{name: left})

    def unfiltered(self) -> SearchRequest:
        """Return the request without filters."""
        return self.replaced(**dict.fromkeys(FILTERS, ()))

    def pairs(self) -> list[tuple[str, str]]:
        """Return names and values for an address or for the hidden fields of a form."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, str(v)) for name, values in self.filters.items() for v in values]
        if self.sort != "relevance":
            pairs.append(("sort", self.sort))
        return pairs

    def query(self, **more: object) -> str:
        """Return the query part of an address, without ``?``; ``more`` is added at the end."""
        extra = [(name, str(value)) for name, value in more.items() if value not in (None, "")]
        return urlencode([*self.pairs(), *extra], quote_via=quote, errors="replace")


FILTERS = tuple(f.name for f in fields(SearchRequest) if f.name not in ("text", "sort"))


NAMES = ("q", *FILTERS, "sort")
_HOW_YEARS_ARE_WRITTEN = "a year (2004), a range of years (2004-2006, 2004-, -2006) or none"


def search_request(arguments: Arguments) -> SearchRequest:
    """Parse an address: ``q``, the filters by name, ``sort``.

    Whether the archive has the values of the filters is another question (:func:`refuse_unknown`).

    :raises BadRequest: there is another name, a second ``q`` or ``sort``, too many values, a year
        or number that is none, an order that is none; ``q`` is too long
    """
    for name in arguments:
        appended = name in _APPENDED or name.startswith(_APPENDED_BEGINNING)
        if name not in NAMES and name not in _OF_OTHERS and not appended:
            meant = _nearest(name, NAMES, 1)
            raise BadRequest(
                f"The search has no filter {_quoted(name)}. "
                f"Did you mean {meant[0]}? There are {', '.join(NAMES)}."
            )

    def single(name: str) -> str:
        values = tuple(dict.fromkeys(arguments.getlist(name)))
        if len(values) > 1:
            raise BadRequest(f"{name} can stand in an address only once.")
        return next(iter(values), "")

    def distinct(name: str) -> tuple[str, ...]:
        # The characters of a lone surrogate cannot be stored, hence match nothing.
        values = (value.encode("utf-8", "replace").decode() for value in arguments.getlist(name))
        chosen = tuple(dict.fromkeys(value for value in values if value))
        if len(chosen) > MAX_VALUES:
            raise BadRequest(f"{name} can have at most {MAX_VALUES} values, not {len(chosen)}.")
        return chosen

    sort = single("sort") or "relevance"
    if sort not in get_args(Sort):
        raise BadRequest(_refusal("sort", sort, get_args(Sort)))
    filters: dict[str, Any] = {name: distinct(name) for name in FILTERS}
    filters["responder"] = tuple(map(_number, filters["responder"]))
    filters["year"] = tuple(map(_year, filters["year"]))
    return SearchRequest(text=_words(single("q")), sort=sort, **filters)  # type: ignore[arg-type]


def has_search(arguments: Arguments) -> bool:
    """Whether an address, of whatever page, has a search in it."""
    return any(name in NAMES or name == "at" for name in arguments)


def refuse_unknown(name: str, values: Iterable[str | int], known: Mapping[str | int, str]) -> None:
    """Refuse the values of a filter that an archive has not. Years may be any.

    :param known: the label of each value that it has
    :raises BadRequest: with the nearest of those
    """
    for value in values:
        always = name == "year" or (value == NONE and name in _WITH_NONE)
        if not always and value not in known and value not in _FIXED.get(name, ()):
            raise BadRequest(_refusal(name, value, dict.fromkeys(_FIXED.get(name, known)), known))


def _refusal(
    name: str,
    value: str | int,
    possible: Iterable[str | int],
    labels: Mapping[str | int, str] | None = None,
) -> str:
    """Say what values a filter can have: the nearest, if there are many. Near is a label too."""
    shown = {}
    for known in possible:
        label = (labels or {}).get(known, "")
        shown[f"{known} ({label})" if label and label != str(known) else str(known)] = known
    if not shown:
        return f"No question of this archive has a {name}: it cannot be {_quoted(str(value))}."
    if len(shown) > NAMED:
        listed, which = _nearest(str(value), shown, NAMED), f"The nearest of {len(shown):,}"
    else:
        listed, which = list(shown), "It can be"
    return f"{name} cannot be {_quoted(str(value))}. {which}: {'; '.join(listed)}."


def _nearest(text: str, possible: Iterable[str], limit: int) -> list[str]:
    """Return what is nearest to a text, and what is not much further from it."""
    found = extract(text[:LONGEST_VALUE], list(possible), processor=str.casefold, limit=limit)
    return [name for name, score, _ in found if score >= found[0][1] - FURTHER]


def _quoted(text: str) -> str:
    plain = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return f"“{plain if len(plain) <= LONGEST_VALUE else plain[: LONGEST_VALUE - 1] + '…'}”"


def _number(value: str) -> int | str:
    # As many digits as a row id of SQLite can have. Another text is refused as a value, with
    # the people whose name is near.
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value


def _year(value: str) -> int | str:
    period = years(value)
    if value != NONE and period is None:
        raise BadRequest(f"year cannot be {_quoted(value)}: it is {_HOW_YEARS_ARE_WRITTEN}.")
    return int(value) if value.isdigit() else value.replace("–", "-")


def _words(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(f"Search for at most {MAX_CHARACTERS} characters (q has {len(text)}).")
    read = part_read(text)
    if len(quote(read, safe="", errors="replace")) > LONGEST_WORDS:
        raise BadRequest(
            f"Search for fewer or shorter words: they may take {LONGEST_WORDS} bytes of an address."
        )
    return read
