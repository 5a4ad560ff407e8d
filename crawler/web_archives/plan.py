"""What a recovery would fetch, and how long that takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.text_format import span
from crawler.web_archives.capture_selection import ListedCapture
from parsers import is_question_url


@dataclass(frozen=True, slots=True)
class Plan:
    """A recovery before its first page: what is listed, and what of it would be fetched.

    ``per_minute`` are the pages that are asked for in a minute at most, ``index`` the
    requests to the index that were made. ``have`` counts captures that earlier runs fetched.
    ``unread`` are the parts of the index that could not be read whole, with the reasons.
    """

    archive: str
    index: int
    listed: int
    chosen: tuple[ListedCapture, ...]
    have: int
    per_minute: float
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long the pages take at that pace."""
        return len(self.chosen) * 60.0 / self.per_minute if self.per_minute else 0.0

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "archive": self.archive,
            "index_requests": self.index,
            "captures_listed": self.listed,
            "requests": len(self.chosen),
            "pages": len({capture.canonical_url for capture in self.chosen}),
            "questions": len(_questions(self.chosen)),
            "index_failures": dict(self.unread),
            "already_fetched": self.have,
            "pages_per_minute": self.per_minute,
            "seconds": round(self.seconds),
            "first": self.chosen[0].captured_at if self.chosen else None,
            "fetch": [capture.place for capture in self.chosen],
        }

    def lines(self, limit: int = 10) -> Iterator[str]:
        """For a terminal."""
        pages = len({capture.canonical_url for capture in self.chosen})
        yield f"index        {self.archive}: {self.index} requests, {self.listed} captures listed"
        for url, why in self.unread.items():
            yield f"not whole    {url}: {why}"
        yield (
            f"would fetch  {len(self.chosen)} captures of {pages} pages "
            f"({len(_questions(self.chosen))} questions); {self.have} more are here already"
        )
        years = Counter(capture.captured_at[:4] for capture in self.chosen)
        if years:
            yield "from         " + ", ".join(f"{year}: {n}" for year, n in sorted(years.items()))
        yield (
            f"takes        {len(self.chosen)} requests, {span(self.seconds)} "
            f"at {self.per_minute:g} a minute"
        )
        for capture in self.chosen[:limit]:
            yield f"  {capture.place}"
        if len(self.chosen) > limit:
            yield f"  and {len(self.chosen) - limit} more (--json lists all)"


def _questions(chosen: Sequence[ListedCapture]) -> set[str]:
    return {capture.canonical_url for capture in chosen if is_question_url(capture.canonical_url)}
