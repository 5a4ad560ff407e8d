"""Two texts of a question side by side: the fields that differ, as lines for a page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from publish.data.text_diff import Piece, TextDiff, difference, joined

#: The fields of a version's record (the column ``versions.record``), as a reader knows them. One
#: answer of experts has a field for each of its parts, others are a text in the field "answers".
FIELDS = {
    "title": "Title",
    "question": "Question",
    "asker": "Asked by",
    "asked_on": "Date of the question",
    "answer": "Answer",
    "responders": "Answered by",
    "answered_on": "Date of the answer",
    "answers": "Answers",
    "status": "Status",
    "language": "Language",
    "topics": "Health topics",
    "links": "Further links",
}

#: Lines shown around a change, and the fewest that are worth folding away.
LINES_AROUND = 1
FEWEST_FOLDED = 3
#: More lines than this are not shown: a page with more is of use to nobody.
MOST_LINES = 2_000

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. ``gap`` says that a paragraph ends with it."""

    pieces: tuple[Piece, ...]
    gap: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything in it was removed or added."""
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class DiffBlock:
    """Lines that stand together; ``folded`` ones are the same in both and far from a change."""

    lines: tuple[DiffLine, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of a record in two versions. ``cut`` says that there are more lines."""

    name: str
    label: str
    difference: TextDiff
    blocks: tuple[DiffBlock, ...] = ()
    cut: bool = False

    @property
    def changed(self) -> bool:
        """Whether the two differ in it."""
        return self.difference.changed


def compare_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDiff]:
    """Return every field of two records, compared; those that neither has are left out."""
    before, after = _fields(old, new)
    return [
        _field_diff(name, label, difference(as_text(before.get(name)), as_text(after.get(name))))
        for name, label in FIELDS.items()
        if before.get(name) or after.get(name)
    ]


def changed_labels(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields in which two records differ."""
    before, after = _fields(old, new)
    return [label for name, label in FIELDS.items() if before.get(name) != after.get(name)]


def _fields(*records: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records with their answers in one and the same form."""
    answers = [record["answers"] for record in records]
    if any(len(listed) > 1 or (listed and listed[0]["author"]) for listed in answers):
        return [
            {**record, "asker": member_name(record["asker"]), "answers": _thread(listed)}
            for record, listed in zip(records, answers, strict=True)
        ]
    return [
        {
            **record,
            "asker": member_name(record["asker"]),
            "answers": None,
            **(_of_one(listed[0]) if listed else {}),
        }
        for record, listed in zip(records, answers, strict=True)
    ]


def _of_one(answer: Mapping[str, Any]) -> dict[str, Any]:
    names = ("responders", "answered_on")
    return {"answer": answer["text"], **{name: answer[name] for name in names}}


def member_name(name: str | int | None) -> str | None:
    """Return what pages call who asks or answers: a number in a record is that of a member."""
    return f"member {name}" if isinstance(name, int) else name


def _thread(answers: Iterable[Mapping[str, Any]]) -> str:
    """Answers as one text: who, when, and what, one after the other."""
    return "\n\n".join(f"{_signature(answer)}\n{answer['text']}" for answer in answers)


def _signature(answer: Mapping[str, Any]) -> str:
    people = [_member_as_text(person) for person in answer["responders"]]
    parts = [
        "; ".join(people) or member_name(answer["author"]) or "no name given",
        answer["answered_on"],
        "accepted" if answer["accepted"] else "",
        f"score {answer['score']}" if answer["score"] is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _field_diff(name: str, label: str, change: TextDiff) -> FieldDiff:
    if not change.changed:
        return FieldDiff(name, label, change)
    shown = list(islice(lines(change), MOST_LINES + 1))
    blocks = tuple(_blocks(shown[:MOST_LINES]))
    return FieldDiff(name, label, change, blocks, cut=len(shown) > MOST_LINES)


def as_text(value: Any) -> str:
    """Return a field's value as text: the members of a list one on a line."""
    if isinstance(value, list | tuple):
        return "\n".join(map(_member_as_text, value))
    return "" if value is None else str(value)


def _member_as_text(member: Any) -> str:
    if not isinstance(member, Mapping):
        return str(member)
    name = member.get("name") or member.get("text") or ""
    position = (member.get(key) for key in ("title", "college", "institution"))
    parts = [name, *(member.get("credentials") or ()), *position]
    text = ", ".join(" ".join(str(part).split()) for part in parts if part)
    return f"{text} <{member['url']}>" if member.get("url") else text


def lines(change: TextDiff) -> Iterator[DiffLine]:
    """Return the difference line by line. A line break that was removed or added shows as such."""
    line: DiffLine | None = None
    for pieces in _split_at_line_breaks(change.pieces):
        if line is not None and not any(piece.text.strip("\n") for piece in pieces):
            # An empty line; if it came or went, that shows at the end of the line before.
            line = DiffLine(joined(line.pieces + pieces), gap=True)
            continue
        if line is not None:
            yield line
        line = DiffLine(joined(pieces))
    if line is not None:
        yield line


def _split_at_line_breaks(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Return the pieces of each line, without the line breaks that both texts have."""
    line: list[Piece] = []
    for piece in pieces:
        for text in _LINE.findall(piece.text):
            shown = text.removesuffix("\n") if piece.kind == "same" else text
            if shown:
                line.append(Piece(piece.kind, shown))
            if text.endswith("\n"):
                yield tuple(line)
                line = []
    if line:
        yield tuple(line)


def _blocks(shown: Sequence[DiffLine]) -> Iterator[DiffBlock]:
    """Return the lines in blocks: those far from a change go into folded ones."""
    near = {
        place + offset
        for place, line in enumerate(shown)
        if line.changed
        for offset in range(-LINES_AROUND, LINES_AROUND + 1)
    }
    for is_near, group in groupby(range(len(shown)), near.__contains__):
        block = tuple(shown[place] for place in group)
        yield DiffBlock(block, folded=not is_near and len(block) >= FEWEST_FOLDED)
