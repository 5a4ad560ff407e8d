"""Why things failed in one run: alike reasons together, with examples."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

# In the order in which they are taken out of a reason: addresses before the numbers in them.
_FOLDS = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\">)]+", re.I), "(address)"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"), "(host)"),
    (re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}:\d+\b", re.I), "(host)"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.I), "#"),
    # What an HTTP status says is the reason itself.
    (re.compile(r"(?<!HTTP )(?<![\w.])\d[\d.,]*(?=\b|[a-zA-Z%])"), "#"),
)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures with one reason. ``unresolved`` are those that no later capture made good."""

    stage: str
    field: str | None
    reason: str
    count: int
    unresolved: int
    examples: tuple[str, ...]


def fold(reason: str) -> str:
    """A reason without what differs between alike ones: addresses, hosts, numbers."""
    for pattern, instead in _FOLDS:
        reason = pattern.sub(instead, reason)
    return " ".join(reason.split())


def causes(connection: sqlite3.Connection, crawl_id: int, most: int) -> tuple[FailureGroup, ...]:
    """The causes of a run's failures, most frequent first.

    :param most: how many examples of each
    """
    groups: dict[tuple[str, str, str], list[tuple[str, bool]]] = {}
    query = (
        "SELECT stage, coalesce(field, ''), reason, url, resolved_by IS NULL FROM failures "
        "WHERE crawl_id = ? ORDER BY url, occurred_at"
    )
    for stage, field, reason, url, unresolved in connection.execute(query, (crawl_id,)):
        groups.setdefault((stage, field, fold(reason)), []).append((url, bool(unresolved)))
    found = [
        FailureGroup(
            stage=stage,
            field=field or None,
            reason=reason,
            count=len(cases),
            unresolved=sum(unresolved for _, unresolved in cases),
            # Those that still fail are the ones to look at.
            examples=tuple(dict.fromkeys(url for url, _ in sorted(cases, key=_open_first)))[:most],
        )
        for (stage, field, reason), cases in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.stage, one.reason)))


def _open_first(case: tuple[str, bool]) -> bool:
    return not case[1]
