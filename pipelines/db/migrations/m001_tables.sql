-- The first tables. Indexes, full-text search and views follow in their own migrations.
--
-- In tables WITHOUT ROWID the primary key's columns stand first: the integrity check of
-- SQLite 3.40 (Debian 12) raises false alarms about NULL where they do not.
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
    truncated TEXT,
    gone INTEGER NOT NULL DEFAULT 0,
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
    url TEXT,
    capture_id INTEGER NOT NULL REFERENCES captures(id)
);
CREATE TABLE question_responders (
    question_id INTEGER NOT NULL REFERENCES questions(id),
    position INTEGER NOT NULL,
    responder_id INTEGER NOT NULL REFERENCES responders(id),
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
    url TEXT,
    capture_id INTEGER NOT NULL REFERENCES captures(id)
);
CREATE TABLE question_topics (
    question_id INTEGER NOT NULL REFERENCES questions(id),
    position INTEGER NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics(id),
    name TEXT NOT NULL,
    url TEXT,
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
