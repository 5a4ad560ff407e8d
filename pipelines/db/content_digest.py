"""What an archive says, as one number.

Two archives have the same content digest if they hold the same records of the same captures,
whenever and in however many runs these were fetched. Their tables have the same digests if all
else is the same too: the runs, the records and files of the evidence.
"""

from __future__ import annotations

import hashlib

from sqlite_utils import Database

from pipelines.db.rules import to_json

# Each query gives the rows of one table by natural keys, in an order that they determine:
# no rowids, no ids given out by order of arrival, no paths outside the WARC directory.
_QUERIES = {
    "crawls": """
        SELECT uid, spider, arguments, started, finished, outcome, counts, software, alarms
        FROM crawls ORDER BY uid""",
    "captures": """
        SELECT c.record_id, c.url, c.canonical_url, c.captured_at, c.status, c.content_type,
            c.digest, c.warc_file, c.offset, c.length, c.source, crawls.uid, c.revisit_of,
            c.truncated, c.gone, c.etag, c.last_modified, c.robots, c.fetched_at, c.fetched_from
        FROM captures c JOIN crawls ON crawls.id = c.crawl_id
        ORDER BY c.record_id""",
    "sightings": """
        SELECT c.record_id, q.site, q.source_id, v.part, v.digest, s.parser, s.confidence,
            s.warnings
        FROM sightings s JOIN captures c ON c.id = s.capture_id
        JOIN versions v ON v.id = s.version_id JOIN questions q ON q.id = v.question_id
        ORDER BY c.record_id, q.site, q.source_id""",
    "sites": "SELECT name, title, url, language, answers, declared FROM sites ORDER BY name",
    "questions": """
        SELECT q.site, q.source_id, q.url, q.title, q.question, q.answer, q.answered_on, q.year,
            q.status, q.confidence, q.warnings, q.parser, t.slug, q.responder_id, q.institution,
            q.first_captured_at, q.last_captured_at, q.last_changed_at, q.versions, q.gone_at,
            c.record_id, q.sources, q.asker, q.asked_on, q.language, q.answers, q.parts
        FROM questions q JOIN captures c ON c.id = q.capture_id
        LEFT JOIN topics t ON t.id = q.topic_id
        ORDER BY q.site, q.source_id""",
    "versions": """
        SELECT q.site, q.source_id, v.part, v.digest, v.title, v.question, v.answer, v.record,
            f.record_id, l.record_id, v.words, v.members
        FROM versions v JOIN questions q ON q.id = v.question_id
        JOIN captures f ON f.id = v.first_capture_id JOIN captures l ON l.id = v.last_capture_id
        ORDER BY q.site, q.source_id, v.part, v.digest""",
    "responders": """
        SELECT r.id, r.site, r.name, r.credentials, r.title, r.college, r.institution, r.url,
            c.record_id
        FROM responders r JOIN captures c ON c.id = r.capture_id ORDER BY r.id""",
    "answers": """
        SELECT q.site, q.source_id, a.position, a.part, a.text, a.author, a.answered_on,
            a.accepted, a.score, a.url, c.record_id
        FROM answers a JOIN questions q ON q.id = a.question_id
        JOIN captures c ON c.id = a.capture_id
        ORDER BY q.site, q.source_id, a.position""",
    "answer_responders": """
        SELECT q.site, q.source_id, a.position, l.position, l.responder_id, l.name, l.credentials,
            l.title, l.college, l.institution, l.url
        FROM answer_responders l JOIN answers a ON a.id = l.answer_id
        JOIN questions q ON q.id = a.question_id
        ORDER BY q.site, q.source_id, a.position, l.position""",
    "topics": """
        SELECT t.slug, t.id, t.name, t.url, c.record_id
        FROM topics t JOIN captures c ON c.id = t.capture_id ORDER BY t.slug""",
    "question_topics": """
        SELECT q.site, q.source_id, l.position, t.slug, l.name, l.url
        FROM question_topics l JOIN questions q ON q.id = l.question_id
        JOIN topics t ON t.id = l.topic_id
        ORDER BY q.site, q.source_id, l.position""",
    "links": """
        SELECT q.site, q.source_id, l.position, l.text, l.url
        FROM links l JOIN questions q ON q.id = l.question_id
        ORDER BY q.site, q.source_id, l.position""",
    "failures": """
        SELECT f.record_id, f.stage, f.url, f.canonical_url, f.occurred_at, f.field, f.reason,
            c.record_id, crawls.uid, r.record_id
        FROM failures f JOIN crawls ON crawls.id = f.crawl_id
        LEFT JOIN captures c ON c.id = f.capture_id LEFT JOIN captures r ON r.id = f.resolved_by
        ORDER BY f.record_id, f.stage""",
    "withheld": """
        SELECT site, source_id, url, reason, withheld_on FROM withheld ORDER BY site, source_id""",
    "listings": """
        SELECT archive, url, captured_at, canonical_url, site, source_id, status, content_type,
            digest, place, record_id FROM listings ORDER BY archive, url, captured_at""",
    "mentions": """
        SELECT site, source_id, record_id, url FROM mentions
        ORDER BY site, source_id, record_id""",
}

# The same without what differs from run to run: which records and files the evidence is in,
# when it was fetched from an archive, what was asked in vain and then had.
_CONTENT = {
    **_QUERIES,
    "captures": """
        SELECT DISTINCT c.canonical_url, c.url, c.captured_at, c.status, c.content_type, c.digest,
            c.source, c.truncated, c.gone, c.robots
        FROM captures c WHERE c.source <> 'index'
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10""",
    "sightings": """
        SELECT DISTINCT c.url, c.captured_at, c.digest, c.source, q.site, q.source_id, v.part,
            v.digest, s.parser, s.confidence, s.warnings
        FROM sightings s JOIN captures c ON c.id = s.capture_id
        JOIN versions v ON v.id = s.version_id JOIN questions q ON q.id = v.question_id
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11""",
    "questions": _QUERIES["questions"].replace("c.record_id", "c.captured_at, c.digest"),
    # Which pages name the same members is not in what is given to the public.
    "versions": _QUERIES["versions"]
    .replace("f.record_id, l.record_id", "f.captured_at, f.digest, l.captured_at, l.digest")
    .replace(", v.members", ""),
    "answers": _QUERIES["answers"].replace("c.record_id", "c.captured_at, c.digest"),
    # Of captures of the same second, the one that names a person is taken by its record id.
    "responders": _QUERIES["responders"].replace(",\n            c.record_id", ""),
    "topics": _QUERIES["topics"].replace(", c.record_id", ""),
    "failures": """
        SELECT DISTINCT f.stage, f.url, f.canonical_url, f.field, f.reason FROM failures f
        LEFT JOIN captures c ON c.id = f.capture_id
        WHERE f.resolved_by IS NULL AND c.source IS NOT 'index' ORDER BY 1, 2, 3, 4, 5""",
    "listings": _QUERIES["listings"].replace(", record_id FROM", " FROM"),
    "mentions": "SELECT DISTINCT site, source_id, url FROM mentions ORDER BY site, source_id, url",
}
del _CONTENT["crawls"]


def content_digest(db: Database) -> str:
    """The sha256 (hex) of what an archive holds, however it came there."""
    whole = hashlib.sha256()
    for table, digest in table_digests(db, content=True).items():
        whole.update(f"{table} {digest}\n".encode())
    return whole.hexdigest()


def table_digests(db: Database, *, content: bool = False) -> dict[str, str]:
    """The sha256 (hex) of all that each table says, whatever the order of its rows.

    :param content: without what differs from run to run, as for the content digest
    """
    queries = _CONTENT if content else _QUERIES
    return {table: _digest(db, query) for table, query in queries.items()}


def _digest(db: Database, query: str) -> str:
    digest = hashlib.sha256()
    for row in db.conn.execute(query):
        digest.update(to_json(row).encode())
        digest.update(b"\n")
    return digest.hexdigest()
