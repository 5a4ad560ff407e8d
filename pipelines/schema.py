"""The tables of archive.db, as sqlite-utils migrations.

A migration that has been released is never edited: add another. sqlite-utils traps that
the tests guard: ``table.transform()`` drops FTS triggers silently, and a plain
``INSERT OR REPLACE`` leaves ghost rows in the FTS index (use upserts).
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("housecall")

TABLES_SQL = """
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    spider TEXT NOT NULL,
    arguments TEXT NOT NULL DEFAULT '{}',
    started TEXT,
    finished TEXT,
    outcome TEXT,
    counts TEXT NOT NULL DEFAULT '{}',
    software TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    record_id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    warc_file TEXT NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    source TEXT NOT NULL,
    crawl_id INTEGER NOT NULL REFERENCES crawls(id),
    revisit_of TEXT,
    version_id INTEGER REFERENCES versions(id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE questions (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_on TEXT,
    year INTEGER,
    status TEXT NOT NULL,
    confidence REAL NOT NULL,
    warnings TEXT NOT NULL DEFAULT '[]',
    parser TEXT NOT NULL,
    topic_id INTEGER REFERENCES topics(id),
    responder_id INTEGER REFERENCES responders(id),
    institution TEXT,
    first_captured_at TEXT NOT NULL,
    last_captured_at TEXT NOT NULL,
    last_changed_at TEXT NOT NULL,
    versions INTEGER NOT NULL,
    gone_at TEXT,
    capture_id INTEGER NOT NULL REFERENCES captures(id),
    UNIQUE (site, source_id)
);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    question_id INTEGER NOT NULL REFERENCES questions(id),
    digest TEXT NOT NULL,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    record TEXT NOT NULL,
    first_capture_id INTEGER NOT NULL REFERENCES captures(id),
    last_capture_id INTEGER NOT NULL REFERENCES captures(id),
    UNIQUE (question_id, digest)
);
CREATE TABLE responders (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    credentials TEXT NOT NULL DEFAULT '',
    title TEXT,
    college TEXT,
    institution TEXT,
    url TEXT
);
CREATE TABLE question_responders (
    question_id INTEGER NOT NULL REFERENCES questions(id),
    responder_id INTEGER NOT NULL REFERENCES responders(id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    credentials TEXT NOT NULL DEFAULT '',
    title TEXT,
    college TEXT,
    institution TEXT,
    url TEXT,
    PRIMARY KEY (question_id, position)
) WITHOUT ROWID;
CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    url TEXT
);
CREATE TABLE question_topics (
    question_id INTEGER NOT NULL REFERENCES questions(id),
    topic_id INTEGER NOT NULL REFERENCES topics(id),
    position INTEGER NOT NULL,
    PRIMARY KEY (question_id, position)
) WITHOUT ROWID;
CREATE TABLE links (
    question_id INTEGER NOT NULL REFERENCES questions(id),
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (question_id, position)
) WITHOUT ROWID;
CREATE TABLE failures (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    stage TEXT NOT NULL,
    field TEXT,
    reason TEXT NOT NULL,
    record_id TEXT NOT NULL,
    capture_id INTEGER REFERENCES captures(id),
    crawl_id INTEGER NOT NULL REFERENCES crawls(id),
    resolved_by INTEGER REFERENCES captures(id),
    UNIQUE (record_id, stage)
);
"""


@migrations()
def m001_tables(db: Database) -> None:
    """The first tables. Indices, FTS and views follow in their own migrations."""
    for statement in TABLES_SQL.split(";"):
        if statement.strip():
            db.execute(statement)
