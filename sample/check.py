"""Compares an archive, field by field, with what the generator knows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from parsers.records import QAPage

from . import plan
from .archive import Found, UnreadableArchive, read_archive
from .options import FIRST_ID, SITE
from .site import Site
from .truth import qapage

__all__ = ["Result", "UnreadableArchive", "as_json", "as_text", "compare"]

Value = str | bool | tuple[str | None, ...] | None
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


def compare(site: Site, archive: Path) -> Result:
    """Every field of every page of the site, against the archive.

    A page that is gone need not be in the archive (it may never have been there); if it is,
    it has to be as it was, and marked as gone.

    :raises UnreadableArchive: if there is no archive, or its tables cannot be read
    """
    found = read_archive(archive)
    result = Result()
    for number in range(site.total):
        key = (SITE, str(plan.page_id(number)))
        row = found.pop(key, None)
        gone = plan.gone_as(site, number) is not None
        if gone and row is None:
            continue
        expected = fields_of(qapage(site, number), gone)
        result.pages += 1
        _compare_page(result, key[1], expected, row)
    for site_name, source_id in found:
        if site_name == SITE and source_id.isdecimal() and int(source_id) < FIRST_ID:
            result.ignored += 1  # ids below the sample's first come from elsewhere
        else:
            result.extra.append(f"{site_name} {source_id}")
    return result


def fields_of(page: QAPage, gone: bool) -> dict[str, Value]:
    """The comparable fields of a record."""
    people = page.responders
    return {
        "url": page.url,
        "title": page.title,
        "question": page.question,
        "answer": page.answer,
        "answered_on": page.answered_on.isoformat() if page.answered_on else None,
        "status": page.status,
        "responders.name": tuple(each.name for each in people),
        "responders.credentials": tuple(", ".join(each.credentials) for each in people),
        "responders.title": tuple(each.title for each in people),
        "responders.college": tuple(each.college for each in people),
        "responders.institution": tuple(each.institution for each in people),
        "responders.url": tuple(each.url for each in people),
        "topics.name": tuple(each.name for each in page.topics),
        "topics.url": tuple(each.url for each in page.topics),
        "links.text": tuple(each.text for each in page.links),
        "links.url": tuple(each.url for each in page.links),
        "gone": gone,
    }


def _compare_page(
    result: Result, source_id: str, expected: dict[str, Value], row: Found | None
) -> None:
    result.of.update(expected.keys())
    if row is None:
        result.missing.append(source_id)
        return
    for name, value in expected.items():
        if value == row[name]:
            result.right[name] += 1
        else:
            result.differences.append(Difference(source_id, name, value, row[name]))


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
        lines += [
            f"\n{each.source_id} {each.field}",
            f"  expected {_short(each.expected)}",
            f"  found    {_short(each.found)}",
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


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
