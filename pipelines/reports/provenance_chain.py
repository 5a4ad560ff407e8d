"""The chain of evidence of one question: from each field of its record to bytes in a WARC file.

All of it is checked: every record is read again, its digests are computed again, and the
page is parsed again. A question of several pages has a capture for each that it is shown from.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from parsers.records import QAPage
from pipelines.db.members import merged_members
from pipelines.db.rules import Key, version_record
from pipelines.reports.reread import SELECT_FACTS, CaptureFacts, RecordCheck, facts_of, reread
from pipelines.store.blanking import load_blanks
from pipelines.store.history import is_html
from pipelines.store.threads import whole_page
from pipelines.warc.record import same_digest

_PLAIN = ("title", "question", "asker", "asked_on", "answer", "answered_on", "status")
#: Those that stand there only where there is something.
_OPTIONAL = ("asker", "asked_on")
_OF_AN_ANSWER = ("author", "accepted", "score", "url")
_LISTS = {
    "answers": "position, text, author, answered_on, accepted, score, url",
    "responders": "name, credentials, title, college, institution, url",
    "topics": "name, url",
    "links": "text, url",
}
_RESPONDERS = (
    "SELECT r.* FROM answers a JOIN answer_responders r ON r.answer_id = a.id "
    "WHERE a.question_id = ? ORDER BY a.position, r.position"
)
_PAGES = "SELECT DISTINCT part, capture_id FROM answers WHERE question_id = ? ORDER BY part"


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """One field of the record.

    ``value`` is what the archive shows, ``now`` what is read again; ``holds`` says whether
    they are equal (None: it could not be read). ``landmark`` is how it was found, by the
    reading of now.
    """

    name: str
    value: Any
    landmark: str
    holds: bool | None
    now: Any = None


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """One capture of the question's page, read again. ``text`` says in words what it has."""

    facts: CaptureFacts
    now: RecordCheck
    text: str


@dataclass(frozen=True, slots=True)
class ProvenanceChain:
    """The whole chain. ``wrong`` lists what does not hold, a sentence each; ``notes`` what is
    remarkable. ``captures`` are in order of capture, the evidence among them. ``failures`` are
    those of the page's address: occurred_at, stage, field, reason, record_id, resolved."""

    site: str
    source_id: str
    url: str
    parser: str
    parser_now: str | None
    confidence: float
    warnings: tuple[str, ...]
    fields: tuple[FieldEvidence, ...]
    evidence: CaptureEvidence
    captures: tuple[CaptureEvidence, ...]
    sources: tuple[str, ...]
    failures: tuple[dict[str, Any], ...]
    wrong: tuple[str, ...]
    notes: tuple[str, ...]


def chain_of(connection: sqlite3.Connection, key: Key, warc_dir: Path) -> ProvenanceChain | None:
    """The chain of evidence of a question; None if it has no record."""
    query = "SELECT * FROM questions WHERE site = ? AND source_id = ?"
    question = next(_rows(connection, query, *key), None)
    if question is None:
        return None
    captures = _captures(connection, question)
    shown = _shown(connection, question, captures)
    blanks = load_blanks(connection)
    again = (reread(facts, warc_dir, key, blanks) for facts in captures)
    seen = tuple(_seen(now, shown, captures) for now in zip(captures, again, strict=True))
    pages = [next(each for each in seen if each.facts is facts) for facts in shown]
    evidence, page = pages[0], _merged(pages)
    fields = tuple(_fields(_stored(connection, question), page))
    return ProvenanceChain(
        *key,
        url=question["url"],
        parser=question["parser"],
        parser_now=page.parser if page else None,
        confidence=question["confidence"],
        warnings=tuple(json.loads(question["warnings"])),
        fields=fields,
        evidence=evidence,
        captures=seen,
        sources=tuple(json.loads(question["sources"])),
        failures=_failures(connection, question["url"]),
        wrong=tuple(_wrong(question, fields, page, evidence, seen)),
        notes=tuple(_notes(question, page, evidence)),
    )


# -- what the archive says -----------------------------------------------------------------


def _rows(connection: sqlite3.Connection, query: str, *values: Any) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _captures(connection: sqlite3.Connection, question: Mapping[str, Any]) -> list[CaptureFacts]:
    """Those in which the question was read, and all others of its address, in order of time."""
    # Two lookups by index: an OR of the two would read the whole table.
    query = (
        f"{SELECT_FACTS} WHERE c.id IN (SELECT s.capture_id FROM versions v JOIN sightings s "
        "ON s.version_id = v.id WHERE v.question_id = :question "
        "UNION SELECT id FROM captures WHERE canonical_url = :url) "
        "ORDER BY c.captured_at, c.record_id"
    )
    values = {"question": question["id"], "url": question["url"].partition("#")[0]}
    captures = map(facts_of, connection.execute(query, values))
    numbers: dict[tuple[int | None, str], int] = {}
    return [
        replace(facts, number=numbers.setdefault((facts.part, facts.version), len(numbers) + 1))
        if facts.version
        else facts
        for facts in captures
    ]


def _shown(
    connection: sqlite3.Connection, question: Mapping[str, Any], captures: list[CaptureFacts]
) -> list[CaptureFacts]:
    """The captures that the record is read from, page by page; brought in if the rows have lost
    them."""
    ids = [question["capture_id"]]
    ids += [row[1] for row in connection.execute(_PAGES, (question["id"],))]
    shown = []
    for id_ in dict.fromkeys(ids):
        values = {"question": question["id"], "capture": id_}
        row = connection.execute(f"{SELECT_FACTS} WHERE c.id = :capture", values).fetchone()
        if row is None:
            raise LookupError("a capture that the record names has no row; run 'scrapy verify'")
        facts = facts_of(row)
        known = next((each for each in captures if each.record_id == facts.record_id), None)
        if known is None:
            captures.append(facts)
        shown.append(known or facts)
    return shown


def _stored(connection: sqlite3.Connection, question: Mapping[str, Any]) -> dict[str, Any]:
    """The record as the archive shows it, by field."""
    record = {name: question[name] for name in _PLAIN}
    for name, columns in _LISTS.items():
        if name == "responders":
            query = _RESPONDERS.replace("r.*", f"r.{columns.replace(', ', ', r.')}")
        else:
            table = "question_topics" if name == "topics" else name
            query = f"SELECT {columns} FROM {table} WHERE question_id = ? ORDER BY position"
        record[name] = [*_rows(connection, query, question["id"])]
    return record


def _failures(connection: sqlite3.Connection, url: str) -> tuple[dict[str, Any], ...]:
    query = (
        "SELECT occurred_at, stage, field, reason, record_id, resolved_by IS NOT NULL AS resolved "
        "FROM failures WHERE canonical_url = ? ORDER BY occurred_at, record_id, stage"
    )
    rows = _rows(connection, query, url)
    return tuple({**row, "resolved": bool(row["resolved"])} for row in rows)


# -- what the bytes say --------------------------------------------------------------------


def _seen(
    reread_capture: tuple[CaptureFacts, RecordCheck],
    shown: Sequence[CaptureFacts],
    captures: Sequence[CaptureFacts],
) -> CaptureEvidence:
    facts, now = reread_capture
    wrong = list(now.wrong)
    if facts.revisit_of is not None:
        original = next((each for each in captures if each.record_id == facts.revisit_of), None)
        if original is not None and same_digest(facts.digest, original.digest) is False:
            wrong.append("its payload digest is not that of the capture that it repeats")
    words = now.text.words if now.text is not None else None
    if words and facts.words and words != facts.words:
        wrong.append("what is read in it now is not the text that the archive has of it")
    of_page = next((each for each in shown if each.part == facts.part), shown[0])
    text = _text(facts, of_page)
    if len(shown) > 1 and facts.part is not None:
        text = f"page {facts.part}: {text}"
    return CaptureEvidence(facts, replace(now, wrong=tuple(wrong)), text)


def _merged(pages: Sequence[CaptureEvidence]) -> QAPage | None:
    """What is read now in the captures that the record is from; None if one cannot be read."""
    texts = [text for each in pages if (text := each.now.text) is not None]
    if len(texts) < len(pages):
        return None
    return whole_page(merged_members([(text.page, text.members) for text in texts]))


def _text(facts: CaptureFacts, shown: CaptureFacts) -> str:
    if facts.version is None:
        return "the page is gone" if facts.gone else "no question read"
    if facts.version == shown.version:
        kind = "same text" if is_html(facts.content_type) else "same words, as plain text"
    elif facts.words and facts.words == shown.words:
        kind = f"same words, other links or layout (text {facts.number})"
    else:
        kind = f"another text (text {facts.number})"
    return f"{kind}, by a revisit" if facts.revisit_of else kind


def _fields(stored: Mapping[str, Any], page: QAPage | None) -> Iterator[FieldEvidence]:
    now = _now(page) if page is not None else None
    landmarks = dict(page.origins) if page is not None else {}
    landmarks.setdefault("status", "what was found of the answer" if page is not None else "")
    for name in (*_PLAIN, "topics", "links"):
        if name == "topics":
            again = now["responders"] if now is not None else None
            how = landmarks.get("responders", "")
            yield from _each("responder", stored["responders"], again, how)
            answers = now["answers"] if now is not None else None
            yield from _answers(stored["answers"], answers, landmarks)
        value = stored[name]
        if name in _OPTIONAL and not (value or (now and now[name])):
            continue
        landmark = landmarks.get(name, "")
        if now is None:
            yield FieldEvidence(name, value, landmark, None)
        else:
            yield FieldEvidence(name, value, landmark, value == now[name], now[name])


def _each(
    name: str, stored: Sequence[Any], now: Sequence[Any] | None, landmark: str
) -> Iterator[FieldEvidence]:
    """A field each; where another number of them is read now, those too."""
    for at, (value, read) in enumerate(zip_longest(stored, now or ()), 1):
        holds = None if now is None else value == read
        yield FieldEvidence(f"{name} {at}", value, landmark, holds, read)


def _answers(
    stored: Sequence[Any], now: Sequence[Any] | None, landmarks: Mapping[str, str]
) -> Iterator[FieldEvidence]:
    """Each answer, where there are several, or more of it than its text and its experts."""
    both = [*stored, *(now or ())]
    if len(both) > 2 or any(each[name] for each in both for name in _OF_AN_ANSWER):
        yield from _each("answer", stored, now, landmarks.get("answer", ""))


def _now(page: QAPage) -> dict[str, Any]:
    """A page as the archive would show it."""
    record: dict[str, Any] = json.loads(version_record(page))
    people = [person for answer in record["answers"] for person in answer.pop("responders")]
    for person in people:
        person["credentials"] = ", ".join(person["credentials"])
    answers = [
        {**answer, "position": position, "accepted": int(answer["accepted"])}
        for position, answer in enumerate(record["answers"], 1)
    ]
    day = page.answered_on.isoformat() if page.answered_on else None
    return {
        **record, "answer": page.answer, "answered_on": day, "responders": people,
        "answers": answers,
    }  # fmt: skip


# -- what does not hold --------------------------------------------------------------------


def _wrong(
    question: Mapping[str, Any],
    fields: Sequence[FieldEvidence],
    page: QAPage | None,
    evidence: CaptureEvidence,
    seen: Sequence[CaptureEvidence],
) -> Iterator[str]:
    for capture in (evidence, *(other for other in seen if other is not evidence)):
        facts, noun = capture.facts, "evidence" if capture is evidence else "capture"
        for reason in capture.now.wrong:
            yield f"the {noun} of {facts.captured_at} ({facts.source}): {reason}"
    by = ""
    if page is not None and page.parser != question["parser"]:
        by = f", by {page.parser} where it was {question['parser']}; run 'scrapy rebuild'"
    for field in fields:
        if field.holds is False:
            yield f"{field.name}: another value is read now{by}"
    agreeing = {each.facts.source for each in seen if _agrees(each.facts, evidence.facts)}
    if sorted(agreeing) != json.loads(question["sources"]):
        yield f"the sources that confirm it are {sorted(agreeing)}, not {question['sources']}"


def _agrees(facts: CaptureFacts, shown: CaptureFacts) -> bool:
    if facts.part != shown.part:
        return False
    same = facts.version is not None and facts.version == shown.version
    return same or bool(facts.words and facts.words == shown.words)


def _notes(
    question: Mapping[str, Any], page: QAPage | None, evidence: CaptureEvidence
) -> Iterator[str]:
    if page is not None and page.parser != question["parser"]:
        yield (
            f"the parser has changed: the record was read by {question['parser']}, "
            f"and again now by {page.parser}"
        )
    yield from evidence.now.notes
