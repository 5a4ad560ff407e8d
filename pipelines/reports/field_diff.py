"""What differs between two readings of one capture, and how often each change was found. Pure.

A reading is what an archive holds of a capture: the record that was read in it, how sure that
was, or why nothing could be read. Changes are counted by field, site, era, year and confidence,
and a few of each are kept: how much memory that takes depends on how many eras there are, not
on how many captures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

#: What a change is of: a field of a record that both archives have; whether a record was read
#: at all; or a failure to parse, whose field is the one that was not found.
Group = Literal["field", "reading", "failure"]
Kind = Literal["gained", "lost", "changed"]

#: The fields of a record, in the order in which they are shown; then how sure it is.
RECORD_FIELDS = (
    "title", "question", "asker", "asked_on", "answer", "answered_on", "status", "responders",
    "answers", "topics", "links", "language",
)  # fmt: skip
FIELDS = ("source_id", *RECORD_FIELDS, "confidence", "warnings", "gone")
_OF_AN_ANSWER = ("author", "accepted", "score", "url")
#: The field of a reading as a whole.
RECORD = "record"
#: The field of a failure that names none.
PAGE = "page"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What one archive holds of a capture.

    ``key`` is the question (site, number) that was read in it, None if none was. ``record``
    is the canonical JSON of its text, "" where it is that of the other archive too or none
    was read. ``confidence`` is 0 to 1 (None: not on record), ``warnings`` a JSON list.
    ``failure`` is (field, reason) of a failure to parse, ``gone`` whether the page says that
    its question is no longer there.
    """

    key: tuple[str, str] | None = None
    record: str = ""
    confidence: float | None = None
    warnings: str | None = None
    failure: tuple[str | None, str] | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference. ``old`` and ``new`` are values as JSON has them, None for none."""

    group: Group
    field: str
    kind: Kind
    old: Any
    new: Any


def changes(old: ReadAs, new: ReadAs) -> Iterator[FieldChange]:
    """All that differs between two readings of one capture, in the order of the fields."""
    if old.key and new.key:
        yield from _fields(old, new)
    elif old.key or new.key:
        yield _change("reading", RECORD, _whole(old), _whole(new))
    if old.gone != new.gone:
        yield _change("field", "gone", old.gone or None, new.gone or None)
    yield from _failures(old, new)


def _fields(old: ReadAs, new: ReadAs) -> Iterator[FieldChange]:
    if old.key != new.key:
        yield _change("field", "source_id", _named(old), _named(new))
    if old.record != new.record:
        before, after = _record(old), _record(new)
        for name in RECORD_FIELDS:
            if before[name] != after[name]:
                yield _change("field", name, before[name], after[name])
    if old.confidence != new.confidence:
        yield _change("field", "confidence", old.confidence, new.confidence)
    before, after = json.loads(old.warnings or "[]"), json.loads(new.warnings or "[]")
    if before != after:
        yield _change("field", "warnings", before, after)


def _record(reading: ReadAs) -> dict[str, Any]:
    """A record by its fields: ``answer``, ``answered_on`` and ``responders`` are of all answers
    in one; ``answers`` says of each what else there is, if there is anything."""
    record: dict[str, Any] = json.loads(reading.record)
    answers = record["answers"]
    days = (answer["answered_on"] for answer in answers)
    more = [{name: answer[name] for name in _OF_AN_ANSWER} for answer in answers]
    plain = len(answers) < 2 and not any(value for each in more[:1] for value in each.values())
    return {
        **record,
        "answer": "\n\n".join(answer["text"] for answer in answers if answer["text"]),
        "answered_on": next((day for day in days if day), None),
        "responders": [person for answer in answers for person in answer["responders"]],
        "answers": [] if plain else more,
    }


def _failures(old: ReadAs, new: ReadAs) -> Iterator[FieldChange]:
    if old.failure == new.failure:
        return
    before, after = old.failure, new.failure
    if before and after and before[0] == after[0]:
        yield FieldChange("failure", after[0] or PAGE, "changed", before[1], after[1])
        return
    if before:
        yield FieldChange("failure", before[0] or PAGE, "lost", before[1], None)
    if after:
        yield FieldChange("failure", after[0] or PAGE, "gained", None, after[1])


def _change(group: Group, field: str, old: Any, new: Any) -> FieldChange:
    had, has = not _is_empty(old), not _is_empty(new)
    kind: Kind = "changed" if had and has else "gained" if has else "lost"
    return FieldChange(group, field, kind, old, new)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _named(reading: ReadAs) -> str:
    assert reading.key is not None
    return "/".join(reading.key)


def _whole(reading: ReadAs) -> Any:
    """A record as a whole: its title says enough of it."""
    if reading.key is None:
        return None
    title = f": {json.loads(reading.record)['title']}" if reading.record else ""
    return _named(reading) + title


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
