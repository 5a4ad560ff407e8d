"""What a reader asks for: words and filters. The same in a page, a count, an export.

It lives in the web address, so every selection can be shared, cited and come back to. Pure:
reading an address never fails, and what is not understood in it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote, urlencode

Sort = Literal["relevance", "newest", "oldest"]
Status = Literal["answered", "unanswered"]

#: Longer input is cut: nobody types more, and FTS5 limits the depth of an expression.
MOST_CHARACTERS = 2000
#: How many values of one filter are read.
MOST_VALUES = 50


class Arguments(Protocol):
    """The query part of an address: Datasette's ``request.args``."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name, in order; empty if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Words and filters. Values of one filter are alternatives; filters add up.

    ``text`` is as typed. ``topic`` holds slugs, ``responder`` row numbers, ``institution``
    names as printed, ``year`` years of answer, ``status`` the values of
    ``questions.status``. A question counts for each of its topics, responders and their
    institutions.
    """

    text: str = ""
    topic: tuple[str, ...] = ()
    responder: tuple[int, ...] = ()
    institution: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    status: tuple[str, ...] = ()
    sort: Sort = "relevance"
    meaning: bool = False

    @property
    def filters(self) -> dict[str, tuple[str | int, ...]]:
        """The filters that restrict, by name."""
        return {name: values for name in FILTERS if (values := getattr(self, name))}

    @property
    def is_everything(self) -> bool:
        """Whether nothing was asked for: all questions."""
        return not self.text.strip() and not self.filters

    def with_value(self, name: str, value: str | int) -> SearchRequest:
        """The same with one more value of a filter."""
        changed: dict[str, Any] = {name: (*getattr(self, name), value)}
        return replace(self, **changed)

    def without(self, name: str, value: str | int | None = None) -> SearchRequest:
        """The same without one value of a filter, or without that filter."""
        kept = () if value is None else tuple(v for v in getattr(self, name) if v != value)
        changed: dict[str, Any] = {name: kept}
        return replace(self, **changed)

    def with_text(self, text: str) -> SearchRequest:
        """The same filters with other words."""
        return replace(self, text=text)

    def sorted_by(self, sort: Sort) -> SearchRequest:
        """The same in another order."""
        return replace(self, sort=sort)

    def unfiltered(self) -> SearchRequest:
        """The same without any filter."""
        none: dict[str, Any] = dict.fromkeys(FILTERS, ())
        return replace(self, **none)

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values for an address or for the hidden fields of a form."""
        found = [("q", self.text)] if self.text else []
        found += [(name, str(v)) for name, values in self.filters.items() for v in values]
        if self.sort != "relevance":
            found.append(("sort", self.sort))
        if self.meaning:
            found.append(("meaning", "1"))
        return found

    def query(self, **more: object) -> str:
        """The query part of an address, without ``?``; ``more`` is added at the end."""
        extra = [(name, str(value)) for name, value in more.items() if value not in (None, "")]
        return urlencode([*self.pairs(), *extra], quote_via=quote, errors="replace")


FILTERS = tuple(f.name for f in fields(SearchRequest) if f.name not in ("text", "sort", "meaning"))


def asked(arguments: Arguments) -> SearchRequest:
    """Read an address: ``q``, the filters by name, ``sort``, ``meaning=1``."""

    def one(name: str) -> str:
        return next(iter(arguments.getlist(name)), "")

    def several(name: str) -> list[str]:
        # The characters of a lone surrogate cannot be stored, hence match nothing.
        values = (value.encode("utf-8", "replace").decode() for value in arguments.getlist(name))
        return _few(value for value in values if value)

    sort = one("sort")
    return SearchRequest(
        text=one("q")[:MOST_CHARACTERS],
        topic=tuple(several("topic")),
        responder=tuple(_numbers(several("responder"))),
        institution=tuple(several("institution")),
        year=tuple(_numbers(several("year"))),
        status=tuple(value for value in several("status") if value in get_args(Status)),
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
        meaning=one("meaning") == "1",
    )


def _few(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))[:MOST_VALUES]


def _numbers(values: list[str]) -> list[int]:
    # As many digits as a row number of SQLite can have.
    plain = (value for value in values if value.isascii() and value.isdigit() and len(value) < 19)
    return list(dict.fromkeys(map(int, plain)))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Arguments from a plain mapping, for callers without a request."""

    values: Mapping[str, list[str]]

    def getlist(self, key: str) -> list[str]:
        """All values of a name."""
        return list(self.values.get(key, []))
