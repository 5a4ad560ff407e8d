"""The archive in figures: what the front page and the charts count."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Any

from publish.records import Row, first, rows, snapshot

YEARS = """
SELECT year, count(*) AS n FROM questions WHERE year IS NOT NULL GROUP BY year ORDER BY year"""

TOPICS = """
SELECT t.id, t.name, t.slug, count(*) AS n
FROM question_topics qt JOIN topics t ON t.id = qt.topic_id
GROUP BY t.id ORDER BY n DESC, t.name LIMIT {limit}"""

INSTITUTIONS = """
SELECT institution AS name, count(*) AS n FROM questions WHERE institution IS NOT NULL
GROUP BY institution ORDER BY n DESC, name LIMIT 20"""

RESPONDERS = """
SELECT r.id, r.name, r.credentials, count(*) AS n
FROM question_responders qr JOIN responders r ON r.id = qr.responder_id
GROUP BY r.id ORDER BY n DESC, r.name LIMIT 20"""

STATUS = "SELECT status AS name, count(*) AS n FROM questions GROUP BY status ORDER BY n DESC"


def front(connection: Connection) -> Row:
    """Counts, topics and years for the front door."""
    with snapshot(connection):
        return {
            "questions": _one(connection, "SELECT count(*) AS n FROM questions"),
            "responders": _one(connection, "SELECT count(*) AS n FROM responders"),
            "topic_count": _one(connection, "SELECT count(*) AS n FROM topics"),
            "captures": _one(connection, "SELECT count(*) AS n FROM captures"),
            "newest": _one(connection, "SELECT max(last_captured_at) AS n FROM questions"),
            "topics": rows(connection, TOPICS.format(limit=24)),
            "years": rows(connection, YEARS),
        }


def charts(connection: Connection) -> Row:
    """Every chart's figures."""
    with snapshot(connection):
        total = _one(connection, "SELECT count(*) AS n FROM questions")
        years = rows(connection, YEARS)
        return {
            "total": total,
            "years": years,
            "undated": total - sum(row["n"] for row in years),
            "topics": rows(connection, TOPICS.format(limit=40)),
            "institutions": rows(connection, INSTITUTIONS),
            "responders": rows(connection, RESPONDERS),
            "status": rows(connection, STATUS),
        }


def _one(connection: Connection, sql: str) -> Any:
    row = first(connection, sql)
    return row["n"] if row else None
