"""Counts changes by field, site, era, year and confidence, and keeps a few of each.

How much memory that takes depends on how many eras there are, not on how many captures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.reports.field_diff import FIELDS, FieldChange, Group, Kind

#: By what changes are split, in the order in which that is shown.
SPLITS = ("site", "era", "year", "confidence")
#: The bands of confidence by the least of each, from the top.
_BANDS = (
    (1.0, "1.0"), (0.9, "0.9 to 1"), (0.7, "0.7 to 0.9"), (0.5, "0.5 to 0.7"), (0.0, "below 0.5"),
)  # fmt: skip
UNKNOWN, UNREAD = "not on record", "not read"
BANDS = (*(name for _, name in _BANDS), UNKNOWN, UNREAD)
_GROUPS: tuple[Group, ...] = ("reading", "failure", "field")
_KINDS: tuple[Kind, ...] = ("gained", "lost", "changed")


class ChangeKey(NamedTuple):
    """What changed, and how."""

    group: Group
    field: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class CapturePlace:
    """Where a change is: a capture, by what changes are split by.

    ``url`` is the page's canonical address, ``captured_at`` as rows write times.
    """

    record_id: str
    url: str
    captured_at: str
    site: str
    era: str
    confidence: str

    @property
    def year(self) -> str:
        """Of the capture."""
        return self.captured_at[:4]


class Example(NamedTuple):
    """One change, whole."""

    place: CapturePlace
    change: FieldChange


@dataclass
class Tally:
    """The changes so far. ``keep`` is how many examples are kept of each, in each era.

    ``captures`` counts those with any change; ``rose`` and ``fell`` those whose confidence did.
    """

    keep: int = 3
    captures: int = 0
    rose: int = 0
    fell: int = 0
    counts: Counter[ChangeKey] = field(default_factory=Counter)
    splits: dict[ChangeKey, dict[str, Counter[str]]] = field(default_factory=dict)
    _examples: dict[ChangeKey, dict[str, list[Example]]] = field(default_factory=dict)

    def add(self, place: CapturePlace, found: Iterable[FieldChange]) -> None:
        """A capture has these changes."""
        for at, change in enumerate(found):
            self.captures += at == 0
            what = ChangeKey(change.group, change.field, change.kind)
            self.counts[what] += 1
            splits = self.splits.setdefault(what, {name: Counter() for name in SPLITS})
            for name in SPLITS:
                splits[name][getattr(place, name)] += 1
            kept = self._examples.setdefault(what, {}).setdefault(place.era, [])
            if len(kept) < self.keep:
                kept.append(Example(place, change))
            if change.field == "confidence" and change.kind == "changed":
                self.rose += change.new > change.old
                self.fell += change.new < change.old

    def whats(self) -> list[ChangeKey]:
        """Everything that changed: what is read at all, failures, fields in their order."""
        return sorted(self.counts, key=_order)

    def examples(self, what: ChangeKey) -> Iterator[Example]:
        """The kept examples, those of the era with the most changes first, by turns."""
        eras = self.splits[what]["era"]
        by_era = [self._examples[what][era] for era, _ in eras.most_common()]
        for turn in range(max(map(len, by_era), default=0)):
            yield from (some[turn] for some in by_era if turn < len(some))


def band(confidence: float | None) -> str:
    """The band of a confidence, which is from 0 to 1; None is of none on record."""
    if confidence is None:
        return UNKNOWN
    return next((name for least, name in _BANDS if confidence >= least), _BANDS[-1][1])


def _order(what: ChangeKey) -> tuple[int, int, str, int]:
    place = FIELDS.index(what.field) if what.field in FIELDS else len(FIELDS)
    group = _GROUPS.index(what.group)
    return group, place, what.field, _KINDS.index(what.kind)
