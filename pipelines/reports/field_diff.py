"""What differs between two readings of one capture. Pure.

A reading is what an archive holds of a capture: the record that was read in it, how sure that
was, or why nothing could be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

#: What a change is of: a field of a record that both archives have; whether a record was read
#: at all; or a failure to parse, whose field is the one that was not found.
Group = Literal["field", "reading", "failure"]
Kind = Literal["gained", "lost", "changed"]

#: The fields of a record, in the order in which they are shown; then how sure it is.
RECORD_FIELDS = (
    "title", "question", "answer", "answered_on", "status", "responders", "topics", "links",
)  # fmt: skip
FIELDS = ("source_id", *RECORD_FIELDS, "confidence", "warnings", "gone")
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
        before, after = json.loads(old.record), json.loads(new.record)
        for name in RECORD_FIELDS:
            if before.get(name) != after.get(name):
                yield _change("field", name, before.get(name), after.get(name))
    if old.confidence != new.confidence:
        yield _change("field", "confidence", old.confidence, new.confidence)
    before, after = json.loads(old.warnings or "[]"), json.loads(new.warnings or "[]")
    if before != after:
        yield _change("field", "warnings", before, after)


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
