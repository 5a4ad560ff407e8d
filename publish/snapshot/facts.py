"""What a snapshot holds, counted in its own archive: the figures of all its descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

_TABLES = (
    "questions", "answers", "sites", "versions", "responders", "topics", "links", "captures",
    "crawls", "failures", "withheld", "listings", "mentions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The counts of a site. Times are stamps in UTC. ``url`` is "" for one nobody declares."""

    name: str
    title: str
    url: str
    questions: int
    answered: int
    gone: int
    first_captured_at: str
    last_captured_at: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts and dates. ``newest`` is when the newest question was last captured, or ""."""

    rows: dict[str, int]
    sites: tuple[SiteFacts, ...]
    answered: int
    dated: int
    first_year: int | None
    last_year: int | None
    newest: str

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return self.rows["questions"]

    @property
    def day(self) -> str:
        """The day of the newest capture: what the snapshot is dated by."""
        return self.newest[:10] or "1970-01-01"


def count_facts(connection: Connection) -> Facts:
    """Count the rows of an archive."""

    def select(sql: str) -> Any:
        return tuple(connection.execute(sql).fetchone())

    answered, dated, first, last, newest = select(
        "SELECT coalesce(sum(status = 'answered'), 0), count(answered_on), min(year), max(year), "
        # A clock that was wrong, or an old file's year 9999, must not date what is published.
        "coalesce(max(last_captured_at) FILTER (WHERE last_captured_at < "
        "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 day')), '') FROM questions"
    )
    sites = connection.execute(
        "SELECT q.site, coalesce(s.title, q.site), coalesce(s.url, ''), count(*), "
        "sum(q.status = 'answered'), count(q.gone_at), min(q.first_captured_at), "
        "max(q.last_captured_at) FROM questions q LEFT JOIN sites s ON s.name = q.site "
        "GROUP BY q.site ORDER BY q.site"
    )
    return Facts(
        rows={table: select(f"SELECT count(*) FROM {table}")[0] for table in _TABLES},
        sites=tuple(SiteFacts(*row) for row in sites),
        answered=answered,
        dated=dated,
        first_year=first,
        last_year=last,
        newest=newest,
    )
