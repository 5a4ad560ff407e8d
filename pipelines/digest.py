"""What an archive says, as one number: two archives with the same content have the same."""

from __future__ import annotations

import hashlib

from sqlite_utils import Database

from pipelines.rows import to_json

# Each query gives the rows of one table by natural keys, in an order that they determine:
# no rowids, no ids given out by order of arrival, no paths outside the WARC directory.
_QUERIES = {
    "crawls": """
        SELECT uid, spider, arguments, started, finished, outcome, counts, software, alarms
        FROM crawls ORDER BY uid""",
    "captures": """
        SELECT c.record_id, c.url, c.canonical_url, c.captured_at, c.status, c.content_type,
            c.digest, c.warc_file, c.offset, c.length, c.source, crawls.uid, c.revisit_of,
            c.truncated, c.gone, q.site, q.source_id, v.digest, c.etag, c.last_modified,
            c.parser, c.confidence, c.warnings
        FROM captures c JOIN crawls ON crawls.id = c.crawl_id
        LEFT JOIN versions v ON v.id = c.version_id
        LEFT JOIN questions q ON q.id = v.question_id
        ORDER BY c.record_id""",
    "questions": """
        SELECT q.site, q.source_id, q.url, q.title, q.question, q.answer, q.answered_on, q.year,
            q.status, q.confidence, q.warnings, q.parser, t.slug, q.responder_id, q.institution,
            q.first_captured_at, q.last_captured_at, q.last_changed_at, q.versions, q.gone_at,
            c.record_id
        FROM questions q JOIN captures c ON c.id = q.capture_id
        LEFT JOIN topics t ON t.id = q.topic_id
        ORDER BY q.site, q.source_id""",
    "versions": """
        SELECT q.site, q.source_id, v.digest, v.title, v.question, v.answer, v.record,
            f.record_id, l.record_id
        FROM versions v JOIN questions q ON q.id = v.question_id
        JOIN captures f ON f.id = v.first_capture_id JOIN captures l ON l.id = v.last_capture_id
        ORDER BY q.site, q.source_id, v.digest""",
    "responders": """
        SELECT r.id, r.site, r.name, r.credentials, r.title, r.college, r.institution, r.url,
            c.record_id
        FROM responders r JOIN captures c ON c.id = r.capture_id ORDER BY r.id""",
    "question_responders": """
        SELECT q.site, q.source_id, l.position, l.responder_id, l.name, l.credentials, l.title,
            l.college, l.institution, l.url
        FROM question_responders l JOIN questions q ON q.id = l.question_id
        ORDER BY q.site, q.source_id, l.position""",
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
    "mentions": """
        SELECT m.site, m.source_id, m.url, c.url, c.captured_at
        FROM mentions m LEFT JOIN captures c ON c.record_id = m.record_id
        ORDER BY m.site, m.source_id, c.captured_at, c.url, m.url""",
    "withheld": """
        SELECT site, source_id, url, reason, withheld_on FROM withheld ORDER BY site, source_id""",
}


def content_digest(db: Database) -> str:
    """The sha256 (hex) of all that an archive says, whatever the order of its rows."""
    whole = hashlib.sha256()
    for table, digest in table_digests(db).items():
        whole.update(f"{table} {digest}\n".encode())
    return whole.hexdigest()


def table_digests(db: Database) -> dict[str, str]:
    """The same table by table, to tell where two archives differ."""
    return {table: _digest(db, query) for table, query in _QUERIES.items()}


def _digest(db: Database, query: str) -> str:
    digest = hashlib.sha256()
    for row in db.conn.execute(query):
        digest.update(to_json(row).encode())
        digest.update(b"\n")
    return digest.hexdigest()
