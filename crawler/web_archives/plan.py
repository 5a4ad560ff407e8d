"""What a rescue would fetch, and how long that takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.text_format import span
from crawler.web_archives.capture_selection import ListedCapture
from parsers import is_question_url


@dataclass(frozen=True, slots=True)
class Plan:
    """A rescue before its first page: what is listed, what of it would be fetched.

    ``per_minute`` are the pages that are asked for in a minute at most, ``index`` the
    requests to the index that were made. ``have`` counts captures that earlier runs fetched.
    """

    archive: str
    index: int
    listed: int
    chosen: tuple[ListedCapture, ...]
    have: int
    per_minute: float

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
            "pages": len({one.canonical_url for one in self.chosen}),
            "questions": len(_questions(self.chosen)),
            "already_fetched": self.have,
            "pages_per_minute": self.per_minute,
            "seconds": round(self.seconds),
            "first": self.chosen[0].captured_at if self.chosen else None,
            "fetch": [one.place for one in self.chosen],
        }

    def lines(self, most: int = 10) -> Iterator[str]:
        """For a terminal."""
        pages = len({one.canonical_url for one in self.chosen})
        yield f"index        {self.archive}: {self.index} requests, {self.listed} captures listed"
        yield (
            f"would fetch  {len(self.chosen)} captures of {pages} pages "
            f"({len(_questions(self.chosen))} questions); {self.have} more are here already"
        )
        years = Counter(one.captured_at[:4] for one in self.chosen)
        if years:
            yield "from         " + ", ".join(f"{year}: {n}" for year, n in sorted(years.items()))
        yield (
            f"takes        {len(self.chosen)} requests, {span(self.seconds)} "
            f"at {self.per_minute:g} a minute"
        )
        for one in self.chosen[:most]:
            yield f"  {one.place}"
        if len(self.chosen) > most:
            yield f"  and {len(self.chosen) - most} more (--json lists all)"


def _questions(chosen: Sequence[ListedCapture]) -> set[str]:
    return {one.canonical_url for one in chosen if is_question_url(one.canonical_url)}
