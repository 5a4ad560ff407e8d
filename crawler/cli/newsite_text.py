"""What ``scrapy newsite`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.newsite.cases import Case, Difference
from crawler.newsite.looks import Look
from parsers.records import Reading
from parsers.sites.site import Site

_NOT_PAGED = (
    "  no further page of a thread was seen; if threads have several, add [...{page}] to questions"
)


@dataclass(frozen=True)
class Written:
    """A declaration that was written, and where that is which it replaces, if there was one."""

    path: Path
    site: Site
    cases: Sequence[Case]
    kept: Path | None


def look_lines(look: Look) -> Iterator[str]:
    """For a person: what each reader makes of a page."""
    yield look.url
    for reader, reading in look.readings.items():
        yield from (f"  {line}" for line in _reading_lines(reader, reading))


def _reading_lines(reader: str, reading: Reading) -> Iterator[str]:
    if reading.error is not None:
        yield f"{reader:<11} cannot read it: {reading.error.field}: {reading.error.why}"
    for page in reading.pages[:3]:
        days = [str(day) for day in (page.asked_on, page.answered_on) if day]
        facts = [
            f"{page.confidence:.2f}", repr(page.title[:50]), f"{len(page.answers)} answers",
            *([f"asked by {page.asker}"] if page.asker else []), *days,
        ]  # fmt: skip
        yield f"{reader:<11} {'  '.join(facts)}"
        yield from (f"{'':<11} warning: {warning}" for warning in page.warnings)
    if len(reading.pages) > 3:
        yield f"{'':<11} ... and {len(reading.pages) - 3} more questions"


def look_json(look: Look, is_question: bool) -> dict[str, Any]:
    readers = {
        reader: [
            {"title": page.title, "confidence": page.confidence, "answers": len(page.answers),
             "asker": page.asker, "asked_on": page.asked_on and page.asked_on.isoformat(),
             "warnings": list(page.warnings)}
            for page in reading.pages
        ]
        for reader, reading in look.readings.items()
    }  # fmt: skip
    return {"url": look.url, "is_question_page": is_question, "readers": readers}


def next_steps(written: Written, unread: Sequence[str]) -> list[str]:
    """What to do now, for a person.

    :param unread: pages that no reader takes for a question page, though their addresses fit
    """
    path, site, kept = written.path, written.site, written.kept
    folder = path.with_suffix("")
    fields = {field for pattern in site.questions for field in pattern.fields}
    may_miss_pages = fields and fields.isdisjoint(("page", "offset"))
    return [
        f"Written: {path}, and {len(written.cases)} golden cases in {folder}/",
        *([f"  what they replace is kept in {kept}/"] if kept else []),
        f"  question addresses: {', '.join(pattern.text for pattern in site.questions)}",
        *([_NOT_PAGED] if may_miss_pages else []),
        *(f"  not read as a question page, though its address is one: {url}" for url in unread),
        "Next:",
        f"  1. Read {path}, line by line.",
        f"  2. Compare each .json in {folder}/ with its page (open the .html), and",
        "     correct it by hand where it is wrong.",
        f"  3. scrapy newsite --check {site.name}",
        f"  4. scrapy crawl site -a site={site.name}",
    ]


def result_lines(name: str, differing: Sequence[Difference], is_accepted: bool) -> Iterator[str]:
    """For a person: how a case is read now.

    :param is_accepted: whether it expects that from now on
    """
    yield f"{'accepted' if is_accepted else 'differs' if differing else 'ok':8} {name}"
    for each in differing:
        why = f": {each.why}" if each.why else ""
        yield f"  {each.field}: expected {_short(each.expected)}, read {_short(each.read)}{why}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:60]}...{text[-35:]}"
