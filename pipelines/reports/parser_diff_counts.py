"""Counts changes by field, site, era, year and confidence, and keeps a few of each.

How much memory that takes depends on how many eras there are, not on how many captures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
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

    def add(self, place: CapturePlace, changes: Iterable[FieldChange]) -> None:
        """Count the changes of a capture."""
        for at, change in enumerate(changes):
            self.captures += at == 0
            key = ChangeKey(change.group, change.field, change.kind)
            self.counts[key] += 1
            splits = self.splits.setdefault(key, {name: Counter() for name in SPLITS})
            for name in SPLITS:
                splits[name][getattr(place, name)] += 1
            examples = self._examples.setdefault(key, {}).setdefault(place.era, [])
            if len(examples) < self.keep:
                examples.append(Example(place, change))
            if change.field == "confidence" and change.kind == "changed":
                self.rose += change.new > change.old
                self.fell += change.new < change.old

    def change_keys(self) -> list[ChangeKey]:
        """What changed: what is read at all, failures, fields in their order."""
        return sorted(self.counts, key=_order)

    def examples(self, key: ChangeKey) -> Iterator[Example]:
        """Examples of a change by turns, those of the era with the most changes first."""
        eras = self.splits[key]["era"].most_common()
        turns = zip_longest(*(self._examples[key][era] for era, _ in eras))
        return (example for turn in turns for example in turn if example is not None)


def band(confidence: float | None) -> str:
    """The band of a confidence, which is from 0 to 1; None is of none on record."""
    if confidence is None:
        return UNKNOWN
    return next((name for least, name in _BANDS if confidence >= least), _BANDS[-1][1])


def _order(key: ChangeKey) -> tuple[int, int, str, int]:
    place = FIELDS.index(key.field) if key.field in FIELDS else len(FIELDS)
    return _GROUPS.index(key.group), place, key.field, _KINDS.index(key.kind)
