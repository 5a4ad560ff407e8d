"""The tables of archive.db, as sqlite-utils migrations.

A migration that has been released is never edited: add another. sqlite-utils traps that
the tests guard: ``table.transform()`` drops FTS triggers silently, and a plain
``INSERT OR REPLACE`` leaves ghost rows in the FTS index (use upserts).
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("housecall")

# In tables WITHOUT ROWID the primary key's columns stand first: the integrity check of
# SQLite 3.40 (Debian 12) raises false alarms about NULL where they do not.
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
"""

# The order of the columns in an index is that of the queries: equality first, then the sort.
INDICES_SQL = """
CREATE INDEX captures_canonical_url ON captures(canonical_url, captured_at);
CREATE INDEX captures_captured_at ON captures(captured_at);
CREATE INDEX captures_crawl ON captures(crawl_id);
CREATE INDEX captures_digest ON captures(digest);
CREATE INDEX captures_gone ON captures(canonical_url, captured_at) WHERE gone = 1;
CREATE INDEX captures_revisit_of ON captures(revisit_of) WHERE revisit_of IS NOT NULL;
CREATE INDEX captures_source ON captures(source);
CREATE INDEX captures_status ON captures(status);
CREATE INDEX captures_version ON captures(version_id, captured_at) WHERE version_id IS NOT NULL;
CREATE INDEX crawls_started ON crawls(started);
CREATE INDEX questions_answered_on ON questions(answered_on);
CREATE INDEX questions_capture ON questions(capture_id);
CREATE INDEX questions_confidence ON questions(confidence);
CREATE INDEX questions_facets
    ON questions(id, topic_id, responder_id, institution, year, status);
CREATE INDEX questions_gone ON questions(gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX questions_institution ON questions(institution);
CREATE INDEX questions_last_captured ON questions(last_captured_at);
CREATE INDEX questions_last_changed ON questions(last_changed_at);
CREATE INDEX questions_responder ON questions(responder_id);
CREATE INDEX questions_status ON questions(status);
CREATE INDEX questions_title ON questions(title);
CREATE INDEX questions_topic ON questions(topic_id);
CREATE INDEX questions_url ON questions(url);
CREATE INDEX questions_year ON questions(year);
CREATE INDEX versions_first_capture ON versions(first_capture_id);
CREATE INDEX versions_last_capture ON versions(last_capture_id);
CREATE INDEX responders_capture ON responders(capture_id);
CREATE INDEX responders_name ON responders(name);
CREATE INDEX responders_institution ON responders(institution);
CREATE INDEX question_responders_responder ON question_responders(responder_id);
CREATE INDEX question_topics_topic ON question_topics(topic_id);
CREATE INDEX topics_capture ON topics(capture_id);
CREATE INDEX topics_name ON topics(name);
CREATE INDEX links_url ON links(url);
CREATE INDEX failures_canonical_url ON failures(canonical_url);
CREATE INDEX failures_capture ON failures(capture_id);
CREATE INDEX failures_crawl ON failures(crawl_id);
CREATE INDEX failures_occurred_at ON failures(occurred_at);
CREATE INDEX failures_resolved_by ON failures(resolved_by);
CREATE INDEX failures_stage ON failures(stage);
"""

FTS_SQL = """
CREATE VIRTUAL TABLE questions_fts USING fts5(
    title, question, answer,
    content='questions', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)
"""

# The trigger on update names the columns: a recrawl that finds a page unchanged touches only
# dates and evidence, and must not pay for the index. FTS5 needs the old text to take it out.
FTS_TRIGGERS = {
    "questions_fts_insert": """
        CREATE TRIGGER questions_fts_insert AFTER INSERT ON questions BEGIN
            INSERT INTO questions_fts(rowid, title, question, answer)
            VALUES (new.id, new.title, new.question, new.answer);
        END""",
    "questions_fts_delete": """
        CREATE TRIGGER questions_fts_delete AFTER DELETE ON questions BEGIN
            INSERT INTO questions_fts(questions_fts, rowid, title, question, answer)
            VALUES ('delete', old.id, old.title, old.question, old.answer);
        END""",
    "questions_fts_update": """
        CREATE TRIGGER questions_fts_update
        AFTER UPDATE OF id, title, question, answer ON questions BEGIN
            INSERT INTO questions_fts(questions_fts, rowid, title, question, answer)
            VALUES ('delete', old.id, old.title, old.question, old.answer);
            INSERT INTO questions_fts(rowid, title, question, answer)
            VALUES (new.id, new.title, new.question, new.answer);
        END""",
}

VIEWS_SQL = """
CREATE VIEW answers_per_year AS
    SELECT year, site, institution, count(*) AS answers,
        count(DISTINCT responder_id) AS responders, count(DISTINCT topic_id) AS topics
    FROM questions WHERE status = 'answered'
    GROUP BY year, site, institution;
CREATE VIEW coverage AS
    SELECT site, count(*) AS questions,
        sum(status = 'answered') AS answered, sum(status = 'unanswered') AS unanswered,
        sum(answered_on IS NOT NULL) AS dated, sum(responder_id IS NOT NULL) AS with_responder,
        sum(topic_id IS NOT NULL) AS with_topic, sum(gone_at IS NOT NULL) AS gone,
        sum(versions > 1) AS changed, sum(confidence < 0.8) AS low_confidence,
        min(first_captured_at) AS first_captured_at, max(last_captured_at) AS last_captured_at
    FROM questions GROUP BY site;
CREATE VIEW open_failures AS
    SELECT id, url, occurred_at, stage, field, reason, record_id, capture_id, crawl_id
    FROM failures WHERE resolved_by IS NULL;
CREATE VIEW crawl_summary AS
    SELECT crawls.id, spider, started, finished, outcome,
        (SELECT count(*) FROM captures WHERE crawl_id = crawls.id) AS captures,
        (SELECT count(*) FROM captures WHERE crawl_id = crawls.id AND version_id IS NOT NULL)
            AS pages,
        (SELECT count(*) FROM failures WHERE crawl_id = crawls.id) AS failures
    FROM crawls;
"""

# No index of their own: all of these are read with a row that is found by another column.
REVISITS_SQL = """
ALTER TABLE captures ADD COLUMN etag TEXT NOT NULL DEFAULT '';
ALTER TABLE captures ADD COLUMN last_modified TEXT NOT NULL DEFAULT '';
ALTER TABLE captures ADD COLUMN parser TEXT;
ALTER TABLE captures ADD COLUMN confidence REAL;
ALTER TABLE captures ADD COLUMN warnings TEXT;
ALTER TABLE crawls ADD COLUMN alarms TEXT NOT NULL DEFAULT '[]';
UPDATE captures SET (parser, confidence, warnings) =
    (SELECT q.parser, q.confidence, q.warnings FROM questions q WHERE q.capture_id = captures.id)
    WHERE id IN (SELECT capture_id FROM questions)
"""

# What curators withhold: no other table but captures has anything of these questions.
# The second index is for the pages of institutions, and for a filter by one.
WITHHELD_SQL = """
CREATE TABLE withheld (
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    url TEXT,
    reason TEXT NOT NULL,
    withheld_on TEXT NOT NULL,
    PRIMARY KEY (site, source_id)
) WITHOUT ROWID;
CREATE INDEX question_responders_institution ON question_responders(institution, question_id)
"""

# A filter by one facet is answered by one of these alone, with the counts of all others: the
# rows themselves are wide, and what is wanted lies behind the texts.
FACETS_SQL = """
DROP INDEX questions_topic;
DROP INDEX questions_responder;
DROP INDEX questions_institution;
DROP INDEX questions_year;
CREATE INDEX questions_topic ON questions(topic_id, year, status, responder_id, institution);
CREATE INDEX questions_responder
    ON questions(responder_id, year, status, topic_id, institution);
CREATE INDEX questions_institution
    ON questions(institution, year, status, topic_id, responder_id);
CREATE INDEX questions_year ON questions(year, status, topic_id, responder_id, institution)
"""

# What comes from web archives: when and from where a capture was fetched (NULL where its own
# time is that moment), what the archives' indices list, which question pages other pages link
# to; and which sources agree on a text. "words" is what a text says, whatever its layout.
ARCHIVES_SQL = """
ALTER TABLE captures ADD COLUMN fetched_at TEXT;
ALTER TABLE captures ADD COLUMN fetched_from TEXT;
ALTER TABLE versions ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';
CREATE TABLE listings (
    archive TEXT NOT NULL,
    url TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    status INTEGER,
    content_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    place TEXT NOT NULL,
    record_id TEXT NOT NULL,
    PRIMARY KEY (archive, url, captured_at)
) WITHOUT ROWID;
CREATE INDEX listings_canonical_url ON listings(canonical_url, captured_at);
CREATE INDEX listings_source_id ON listings(site, source_id);
CREATE INDEX listings_place ON listings(place);
CREATE INDEX captures_fetched_from ON captures(fetched_from) WHERE fetched_from IS NOT NULL;
CREATE TABLE mentions (
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (site, source_id, record_id)
) WITHOUT ROWID
"""


WARC_FILES_SQL = """
CREATE TABLE _warc_files (
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    reader TEXT NOT NULL
) WITHOUT ROWID
"""


def _run(db: Database, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_tables(db: Database) -> None:
    """The first tables. Indices, FTS and views follow in their own migrations."""
    _run(db, TABLES_SQL)


@migrations()
def m002_indices(db: Database) -> None:
    """An index for every facet, every sort column and every foreign key."""
    _run(db, INDICES_SQL)


@migrations()
def m003_full_text(db: Database) -> None:
    """Full-text search over title, question and answer, kept by triggers."""
    db.execute(FTS_SQL)
    for trigger in FTS_TRIGGERS.values():
        db.execute(trigger)
    db.execute("INSERT INTO questions_fts(questions_fts) VALUES ('rebuild')")


@migrations()
def m004_views(db: Database) -> None:
    """Views: answers per year, coverage per site, open failures, runs with their counts."""
    _run(db, VIEWS_SQL)


@migrations()
def m005_revisits_and_alarms(db: Database) -> None:
    """What a conditional request needs, how each capture was read, and a run's alarms.

    How earlier captures were read is on record for those that questions are shown from.
    """
    _run(db, REVISITS_SQL)


@migrations()
def m006_withheld(db: Database) -> None:
    """Questions that are withheld, and why; an index of who answered by institution."""
    _run(db, WITHHELD_SQL)


@migrations()
def m007_facets(db: Database) -> None:
    """Indices that answer a filter by one facet together with the counts of the others."""
    _run(db, FACETS_SQL)


@migrations()
def m008_archives(db: Database) -> None:
    """Captures from web archives, what their indices list, and links to question pages.

    Which sources agree on a text is not on record for earlier archives: ``scrapy rebuild``.
    """
    _run(db, ARCHIVES_SQL)


@migrations()
def m009_warc_files(db: Database) -> None:
    """Which WARC files a rebuild has read, in which state, and by which parsers."""
    _run(db, WARC_FILES_SQL)
