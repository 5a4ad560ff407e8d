"""What a canned query is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """A canned query. ``params`` maps each parameter to the hint that the form shows."""

    name: str
    title: str
    description: str
    sql: str
    params: tuple[tuple[str, str], ...] = ()
