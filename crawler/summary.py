"""What a crawl did, for a person and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """One run, in numbers.

    ``statuses`` counts captures by HTTP status; ``pages`` question pages by what a crawl
    learnt of them (``new``, ``changed``, ``unchanged``, ``gone``); ``totals`` the rows of
    the whole archive by table; ``skipped`` what was not fetched, by cause; ``sizes`` the
    bytes of the files that the run wrote.
    """

    spider: str
    outcome: str
    seconds: float
    statuses: Mapping[int, int]
    pages: Mapping[str, int]
    totals: Mapping[str, int]
    failures: int
    skipped: Mapping[str, int]
    sizes: Mapping[str, int]

    @property
    def captures(self) -> int:
        """Responses recorded."""
        return sum(self.statuses.values())

    @property
    def succeeded(self) -> bool:
        """Whether the crawl ran to its end, and some server answered it with a page."""
        answered = any(200 <= status < 400 for status in self.statuses)
        return self.outcome == "finished" and answered

    def as_json(self) -> dict[str, Any]:
        """For ``--json``; sizes in bytes."""
        return {
            "spider": self.spider,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 3),
            "captures": self.captures,
            "pages_per_second": round(self.captures / self.seconds, 1) if self.seconds else None,
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "pages": dict(self.pages),
            "totals": dict(self.totals),
            "failures": self.failures,
            "skipped": dict(self.skipped),
            "files": dict(self.sizes),
        }

    def lines(self) -> Iterator[str]:
        """For a terminal: one fact a line, names on the left."""
        statuses = ", ".join(f"{n} x {s}" for s, n in sorted(self.statuses.items()))
        rate = f", {self.captures / self.seconds:.0f} pages/s" if self.seconds else ""
        yield f"crawl        {self.spider}: {self.outcome} in {self.seconds:.1f} s{rate}"
        yield f"responses    {self.captures} by status: {statuses or 'none'}"
        yield "this run     " + ", ".join(f"{n} {what}" for what, n in self.pages.items())
        yield "archive      " + ", ".join(f"{n} {table}" for table, n in self.totals.items())
        yield f"failures     {self.failures} in this run" + (
            " (scrapy serve: table failures says why)" if self.failures else ""
        )
        if any(self.skipped.values()):
            yield "not fetched  " + ", ".join(f"{n} {why}" for why, n in self.skipped.items() if n)
        for path, size in self.sizes.items():
            yield f"file         {path} ({size / MEGABYTE:.1f} MB)"
