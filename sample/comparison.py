"""What a comparison with the truth gives, and how it is printed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | tuple[str | int | None, ...] | None
LONGEST = 300  # characters of a value that are printed


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one page that is not as it should be."""

    source_id: str
    field: str
    expected: Value
    found: Value


@dataclass(slots=True)
class Result:
    """What a comparison gave. ``of`` and ``right`` count by field."""

    pages: int = 0
    of: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    ignored: int = 0

    @property
    def is_off(self) -> bool:
        """Whether anything is not as it should be."""
        return bool(self.differences or self.missing or self.extra)

    @property
    def accuracy(self) -> float:
        """Share of all fields that are right, from 0 to 1."""
        total = self.of.total()
        return self.right.total() / total if total else 0.0

    def compare(
        self, source_id: str, expected: Mapping[str, Value], found: Mapping[str, Value] | None
    ) -> None:
        """Compare the fields of one question; ``found`` is None where it is not there."""
        self.of.update(expected.keys())
        if found is None:
            self.missing.append(source_id)
            return
        for name, value in expected.items():
            if value == found[name]:
                self.right[name] += 1
            else:
                self.differences.append(Difference(source_id, name, value, found[name]))


def as_json(result: Result) -> str:
    """The result for machines."""
    return (
        json.dumps(
            {
                "pages": result.pages,
                "accuracy": result.accuracy,
                "fields": {
                    name: {"right": result.right[name], "of": count}
                    for name, count in result.of.items()
                },
                "missing": result.missing,
                "extra": result.extra,
                "ignored": result.ignored,
                "differences": [
                    {
                        "source_id": each.source_id,
                        "field": each.field,
                        "expected": each.expected,
                        "found": each.found,
                    }
                    for each in result.differences
                ],
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


def as_text(result: Result, show: int) -> str:
    """The result for people, with at most ``show`` differences."""
    lines = [f"{'field':<24}{'right':>9}{'of':>9}  accuracy"]
    for name, count in result.of.items():
        right = result.right[name]
        lines.append(f"{name:<24}{right:>9}{count:>9}  {_percent(right / count)}")
    total = result.of.total()
    lines.append(f"{'all':<24}{result.right.total():>9}{total:>9}  {_percent(result.accuracy)}")
    for each in result.differences[:show]:
        where, expected, found = _narrowed(each.expected, each.found)
        lines += [
            f"\n{each.source_id} {each.field}{where}",
            f"  expected {_short(expected)}",
            f"  found    {_short(found)}",
        ]
    if len(result.differences) > show:
        lines.append(f"\n... and {len(result.differences) - show} more differences")
    for label, names in (("missing", result.missing), ("extra", result.extra)):
        if names:
            lines.append(f"{label}: {len(names)}: {', '.join(names[:show])}")
    if result.ignored:
        lines.append(f"not of the sample, left alone: {result.ignored}")
    verdict = "not as they should be" if result.is_off else "all as they should be"
    lines.append(f"{result.pages} pages: {verdict}")
    return "\n".join(lines) + "\n"


def _percent(value: float) -> str:
    """Never 100 % unless it is."""
    return "100 %" if value == 1 else f"{min(value * 100, 99.999):.3f} %"


def _narrowed(expected: Value, found: Value) -> tuple[str, Value, Value]:
    """Of two lists of the same length the first pair that differs, and its place."""
    if isinstance(expected, tuple) and isinstance(found, tuple) and len(expected) == len(found):
        for place, (first, second) in enumerate(zip(expected, found, strict=True)):
            if first != second:
                return f"[{place}]", first, second
    return "", expected, found


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
