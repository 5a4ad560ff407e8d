"""The search request: words and filters, the same for a page, a count, an export.

It lives in the web address, so every selection can be shared and cited. Pure: what is not
understood in an address is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote, urlencode

from datasette.utils.asgi import BadRequest

from publish.search.query_language import MAX_CHARACTERS, part_read

Sort = Literal["relevance", "newest", "oldest"]
Status = Literal["answered", "unanswered"]

#: Bytes that the words may take in an address: each link of a page has them again.
LONGEST_WORDS = 1_500
#: How many values of one filter are read.
MAX_VALUES = 50


class Arguments(Protocol):
    """The query part of an address: Datasette's ``request.args``."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name, in order; empty if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Words and filters. Values of one filter are alternatives; all filters must hold.

    ``text`` is as typed. ``topic`` holds slugs, ``responder`` row ids, ``institution``
    names as printed, ``year`` years of answer, ``status`` the values of
    ``questions.status``, ``site`` names of sites, ``language`` tags. A question counts for each
    of its topics, responders and their institutions.
    """

    text: str = ""
    site: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    responder: tuple[int, ...] = ()
    institution: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    status: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
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


def search_request(arguments: Arguments) -> SearchRequest:
    """Parse an address: ``q``, the filters by name, ``sort``.

    :raises BadRequest: ``q`` is too long
    """

    def first(name: str) -> str:
        return next(iter(arguments.getlist(name)), "")

    def distinct(name: str) -> tuple[str, ...]:
        # The characters of a lone surrogate cannot be stored, hence match nothing.
        values = (value.encode("utf-8", "replace").decode() for value in arguments.getlist(name))
        return tuple(dict.fromkeys(value for value in values if value))[:MAX_VALUES]

    sort = first("sort")
    return SearchRequest(
        text=_words(first("q")),
        site=distinct("site"),
        topic=distinct("topic"),
        responder=_integers(distinct("responder")),
        institution=distinct("institution"),
        year=_integers(distinct("year")),
        status=tuple(value for value in distinct("status") if value in get_args(Status)),
        language=distinct("language"),
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
    )


def _words(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(f"Search for at most {MAX_CHARACTERS} characters (q has {len(text)}).")
    read = part_read(text)
    if len(quote(read, safe="", errors="replace")) > LONGEST_WORDS:
        raise BadRequest(
            f"Search for fewer or shorter words: they may take {LONGEST_WORDS} bytes of an address."
        )
    return read


def _integers(values: tuple[str, ...]) -> tuple[int, ...]:
    # As many digits as a row id of SQLite can have.
    digits = (value for value in values if value.isascii() and value.isdigit() and len(value) < 19)
    return tuple(dict.fromkeys(map(int, digits)))
