"""Failures with alike reasons, as groups with examples."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

# In the order in which they are taken out of a reason: addresses before the numbers in them.
_FOLDS = (
    (re.compile(r"'[^']*'|\"[^\"]*\""), "(text)"),
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

    @property
    def cause(self) -> str:
        """The reason, after the field that it is about."""
        return f"{self.field}: {self.reason}" if self.field else self.reason


def fold_reason(reason: str) -> str:
    """A reason without what differs between alike ones: quotes, addresses, hosts, numbers."""
    for pattern, instead in _FOLDS:
        reason = pattern.sub(instead, reason)
    return " ".join(reason.split())


def group_failures(
    failures: Iterable[tuple[str, str | None, str, str, int]], most: int
) -> tuple[FailureGroup, ...]:
    """Group failures whose stage, field and folded reason are the same, most frequent first.

    :param failures: stage, field, reason, URL, and whether it is unresolved
    :param most: how many examples each group has: unresolved ones first, else in this order
    """
    groups: dict[tuple[str, str, str], list[tuple[bool, str]]] = {}
    for stage, field, reason, url, unresolved in failures:
        group = groups.setdefault((stage, field or "", fold_reason(reason)), [])
        group.append((not unresolved, url))
    named = [
        FailureGroup(
            stage=stage,
            field=field or None,
            reason=reason,
            count=len(group),
            unresolved=sum(not resolved for resolved, _ in group),
            examples=tuple(dict.fromkeys(url for _, url in sorted(group, key=itemgetter(0))))[
                :most
            ],
        )
        for (stage, field, reason), group in groups.items()
    ]
    return tuple(sorted(named, key=lambda group: (-group.count, group.stage, group.reason)))
