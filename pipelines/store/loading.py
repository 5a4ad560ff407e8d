"""Questions as they are stored, with all their sightings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping

from pipelines.db.connection import select_in
from pipelines.db.rules import Key, key_of, page_of
from pipelines.store.history import EvidenceRank, Sighting, current_of, is_html
from pipelines.store.question import Question

_SIGHTINGS = (
    "SELECT v.id, v.part, v.digest, v.words, v.members, c.id, c.source, c.canonical_url, "
    "c.content_type, c.captured_at, c.record_id, o.id, o.content_type, o.captured_at, "
    "o.record_id, crawls.uid FROM versions v JOIN sightings s ON s.version_id = v.id "
    "JOIN captures c ON c.id = s.capture_id JOIN crawls ON crawls.id = c.crawl_id "
    "LEFT JOIN captures o ON o.record_id = c.revisit_of "
    "WHERE v.question_id = ?"
)
_NAMED = (
    "SELECT q.site, q.source_id, q.id, q.gone_at FROM (VALUES {}) k "
    "CROSS JOIN questions q ON q.site = k.column1 AND q.source_id "
)
_BY_URL = "SELECT site, source_id, id, gone_at FROM questions WHERE url IN ({})"


def load_questions(
    connection: sqlite3.Connection,
    keys: Iterable[Key],
    urls: Collection[str] = (),
    runs: Mapping[int, tuple[str, str]] | None = None,
) -> dict[Key, Question]:
    """Load those of some questions that are stored, and all that have ever been on their pages.

    :param urls: canonical addresses of pages whose questions are to be loaded too
    :param runs: source and crawl of captures that have others from this batch on, by id
    """
    pages = {page_of(key) for key in keys}
    rows: dict[Key, tuple[int, str | None]] = {
        (site, source_id): (id_, gone)
        for site, source_id, id_, gone in select_in(connection, _BY_URL, urls)
    }
    pages |= {key_of(url) for url in urls} | {page_of(key) for key in rows}
    pages = {key for key in pages if key[1]}
    # "$" is the character after "#": what begins with the page's id and that.
    for condition in ("= k.column2", "> k.column2 || '#' AND q.source_id < k.column2 || '$'"):
        for site, source_id, id_, gone in select_in(connection, _NAMED + condition, pages):
            rows[site, source_id] = (id_, gone)
    return {
        key: _stored_question(connection, Question(id_, key, gone_at=gone), runs or {})
        for key, (id_, gone) in rows.items()
    }


def _stored_question(
    connection: sqlite3.Connection, question: Question, runs: Mapping[int, tuple[str, str]]
) -> Question:
    for (
        version, part, digest, words, members, capture_id, source, url, *own, original_id,
        content_type, at, record_id, crawl,
    ) in connection.execute(_SIGHTINGS, (question.id,)):  # fmt: skip
        source, crawl = runs.get(capture_id, (source, crawl))
        question.versions[part, digest] = version
        question.words[version] = words
        question.members[version] = tuple(json.loads(members))
        holder = own if original_id is None else (content_type, at, record_id)
        html = is_html(holder[0])
        question.sightings.append(
            Sighting(
                EvidenceRank(html, *own[1:]),
                capture_id,
                version,
                capture_id if original_id is None else original_id,
                EvidenceRank(html, *holder[1:]),
                source,
                crawl,
                url,
                part,
            )
        )
    parts = sorted({sighting.part for sighting in question.sightings})
    question.stored = tuple(
        current_of([each for each in question.sightings if each.part == part]) for part in parts
    )
    return question
