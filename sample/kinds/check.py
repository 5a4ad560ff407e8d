"""Compares an archive of a site of another kind with what its generator knows; and so what the
readers make of each page, without any archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import parsers
from parsers.records import Answer, Capture, QAPage, Reading, Responder
from sample.comparison import Result, Value

from .archive import address, columns, read_questions, unread_pages
from .kind import KnownPage, site_name
from .site import KindSite

SHELL = "script shell"
CAPTURED_AT = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)


def compare(site: KindSite, archive: Path) -> Result:
    """Every field of every question of the site, against the archive.

    :raises UnreadableArchive: if there is no archive, or its tables cannot be read
    """
    name = site_name(site.kind)
    rows = read_questions(archive, name)
    result = Result()
    known = list(site.known_pages())
    for source_id, row in archived(known).items():
        result.pages += 1
        result.compare(source_id, row, rows.pop(source_id, None))
    result.extra += [f"{name} {source_id}" for source_id in rows]
    shells = [page.target for page in known if page.shell]
    reasons = unread_pages(archive) if shells else {}
    for target in shells:
        result.pages += 1
        found = {"failure": _shell(reasons[target])} if target in reasons else None
        result.compare(target, {"failure": SHELL}, found)
    return result


def compare_readings(site: KindSite) -> Result:
    """What ``parsers.read`` makes of every page of a question, against the truth."""
    declared = parsers.read_declaration(site.declaration(), f"{site.kind}.toml")
    parsers.declare([declared])
    result = Result()
    for known in site.known_pages():
        reading = parsers.read(capture(site, known.target))
        if known.shell:
            result.pages += 1
            why = str(reading.error) if reading.error else ""
            result.compare(known.target, {"failure": SHELL}, {"failure": _shell(why)})
            continue
        _compare_reading(result, known, reading)
    return result


def capture(site: KindSite, target: str) -> Capture:
    """What a crawler gets at an address of the site."""
    status, headers, body = site.resource(target, zipped=False)
    url, content_type = site.base + target, headers["Content-Type"]
    return Capture(url, CAPTURED_AT, body, content_type, status, "live", f"urn:sample:{target}")


def _compare_reading(result: Result, known: KnownPage, reading: Reading) -> None:
    read = {page.source_id: page for page in reading.pages}
    for page in known.pages:
        result.pages += 1
        label = address(page.url)
        found = read.pop(page.source_id, None)
        result.compare(label, _fields_of(page), _fields_of(found) if found else None)
        if found is None and reading.error:
            result.extra.append(f"{label}: {reading.error}")
    result.extra += [address(page.url) for page in read.values()]


def _shell(reason: str) -> str:
    return SHELL if SHELL in reason else reason


def archived(known: Iterable[KnownPage]) -> dict[str, dict[str, Value]]:
    """What an archive should have of each question, by source id."""
    questions: dict[str, list[QAPage]] = {}
    for each in known:
        for page in each.pages:
            questions.setdefault(page.source_id, []).append(page)
    return {source_id: _row_of(pages) for source_id, pages in questions.items()}


def _row_of(pages: list[QAPage]) -> dict[str, Value]:
    """What the archive should have of a question, with pseudonyms for names."""
    answers = tuple(answer for page in pages for answer in page.answers)
    names = [pages[0].asker, *(answer.author for answer in answers)]
    numbers = {name: place for place, name in enumerate(dict.fromkeys(filter(None, names)), 1)}
    masked = replace(
        pages[0],
        asker=_pseudonym(pages[0].asker, numbers),
        answers=tuple(
            replace(answer, author=_pseudonym(answer.author, numbers)) for answer in answers
        ),
        status="answered" if answers else "unanswered",
    )
    fields = _fields_of(masked)
    del fields["part"]
    return {**fields, "parts": len(pages), "gone": False}


def _pseudonym(name: str | None, numbers: Mapping[str, int]) -> str | None:
    return f"member {numbers[name]}" if name else None


def _fields_of(page: QAPage) -> dict[str, Value]:
    """The comparable fields of a record."""
    return {
        "url": address(page.url),
        "title": page.title,
        "question": page.question,
        "status": page.status,
        "asker": page.asker,
        "asked_on": page.asked_on.isoformat() if page.asked_on else None,
        "part": page.part,
        **columns([_answer_of(answer) for answer in page.answers]),
    }


def _answer_of(answer: Answer) -> dict[str, Value]:
    people: tuple[Responder, ...] = answer.responders
    return {
        "text": answer.text,
        "author": answer.author,
        "answered_on": answer.answered_on.isoformat() if answer.answered_on else None,
        "accepted": answer.accepted,
        "score": answer.score,
        "responders": "; ".join(person.name for person in people),
        "credentials": "; ".join(", ".join(person.credentials) for person in people),
    }
