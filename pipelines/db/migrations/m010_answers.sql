-- Any site: a question has several answers, a thread has several pages, and an FAQ page has
-- several questions. Which texts were read in a capture, and how, is a row each; each page of a
-- thread has versions of its own.
--
-- new_record, digest_of, new_parser and site_column are functions of Python, in
-- pipelines/db/earlier_records.py.
CREATE TABLE _read AS
    SELECT id AS capture_id, version_id, parser, confidence, warnings FROM captures
    WHERE version_id IS NOT NULL;
DROP VIEW crawl_summary;
DROP INDEX captures_version;
ALTER TABLE captures DROP COLUMN version_id;
ALTER TABLE captures DROP COLUMN parser;
ALTER TABLE captures DROP COLUMN confidence;
ALTER TABLE captures DROP COLUMN warnings;
-- "part" numbers the pages of a thread; "members" has a hash for each member of the public that
-- the page names, in the order of their numbers in "record".
CREATE TABLE _versions (
    id INTEGER PRIMARY KEY,
    question_id INTEGER NOT NULL REFERENCES questions(id),
    part INTEGER NOT NULL DEFAULT 1,
    digest TEXT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    record TEXT NOT NULL,
    members TEXT NOT NULL DEFAULT '[]',
    first_capture_id INTEGER NOT NULL REFERENCES captures(id),
    last_capture_id INTEGER NOT NULL REFERENCES captures(id),
    UNIQUE (question_id, part, digest)
);
INSERT INTO _versions (id, question_id, digest, words, title, question, answer, record,
        first_capture_id, last_capture_id)
    SELECT v.id, v.question_id, v.digest, v.words, v.title, v.question, v.answer,
        new_record(v.record, q.site), v.first_capture_id, v.last_capture_id
    FROM versions v JOIN questions q ON q.id = v.question_id;
UPDATE _versions SET digest = digest_of(record);
DROP TABLE versions;
ALTER TABLE _versions RENAME TO versions;
CREATE TABLE sightings (
    capture_id INTEGER NOT NULL REFERENCES captures(id),
    version_id INTEGER NOT NULL REFERENCES versions(id) DEFERRABLE INITIALLY DEFERRED,
    parser TEXT,
    confidence REAL,
    warnings TEXT,
    PRIMARY KEY (capture_id, version_id)
) WITHOUT ROWID;
INSERT INTO sightings (capture_id, version_id, parser, confidence, warnings)
    SELECT capture_id, version_id, new_parser(parser), confidence, warnings FROM _read;
DROP TABLE _read;
ALTER TABLE questions ADD COLUMN asker TEXT;
ALTER TABLE questions ADD COLUMN asked_on TEXT;
ALTER TABLE questions ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN parts INTEGER NOT NULL DEFAULT 1;
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    question_id INTEGER NOT NULL REFERENCES questions(id),
    position INTEGER NOT NULL,
    part INTEGER NOT NULL,
    text TEXT NOT NULL,
    author TEXT,
    answered_on TEXT,
    accepted INTEGER NOT NULL DEFAULT 0,
    score INTEGER,
    url TEXT,
    capture_id INTEGER NOT NULL REFERENCES captures(id),
    UNIQUE (question_id, position)
);
CREATE TABLE answer_responders (
    answer_id INTEGER NOT NULL REFERENCES answers(id),
    position INTEGER NOT NULL,
    responder_id INTEGER NOT NULL REFERENCES responders(id),
    name TEXT NOT NULL,
    credentials TEXT NOT NULL DEFAULT '',
    title TEXT,
    college TEXT,
    institution TEXT,
    url TEXT,
    PRIMARY KEY (answer_id, position)
) WITHOUT ROWID;
INSERT INTO answers (question_id, position, part, text, answered_on, capture_id)
    SELECT id, 1, 1, answer, answered_on, capture_id FROM questions
    WHERE status = 'answered' OR answer <> '' OR answered_on IS NOT NULL
        OR id IN (SELECT question_id FROM question_responders)
    ORDER BY id;
INSERT INTO answer_responders (answer_id, position, responder_id, name, credentials, title,
        college, institution, url)
    SELECT a.id, r.position, r.responder_id, r.name, r.credentials, r.title, r.college,
        r.institution, r.url
    FROM question_responders r JOIN answers a ON a.question_id = r.question_id;
DROP TABLE question_responders;
UPDATE questions SET parser = new_parser(parser), language = site_column(site, 'language'),
    answers = (SELECT count(*) FROM answers a WHERE a.question_id = questions.id);
-- Who answered a question, for queries that do not ask which answer: an expert may stand there
-- several times.
CREATE VIEW question_responders AS
    SELECT a.question_id, a.position * 1000 + r.position AS position, r.responder_id, r.name,
        r.credentials, r.title, r.college, r.institution, r.url
    FROM answers a JOIN answer_responders r ON r.answer_id = a.id;
CREATE TABLE sites (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    language TEXT NOT NULL,
    answers TEXT NOT NULL,
    declared INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO sites (name, title, url, language, answers, declared)
    SELECT site, site_column(site, 'title'), site_column(site, 'url'),
        site_column(site, 'language'), site_column(site, 'answers'),
        site_column(site, 'declared')
    FROM (SELECT DISTINCT site FROM questions);
CREATE INDEX sightings_version ON sightings(version_id);
CREATE INDEX versions_first_capture ON versions(first_capture_id);
CREATE INDEX versions_last_capture ON versions(last_capture_id);
CREATE INDEX answers_capture ON answers(capture_id);
CREATE INDEX answers_answered_on ON answers(answered_on);
CREATE INDEX answer_responders_responder ON answer_responders(responder_id);
CREATE INDEX answer_responders_institution ON answer_responders(institution);
CREATE INDEX questions_asked_on ON questions(asked_on);
CREATE INDEX questions_language ON questions(language);
CREATE VIEW crawl_summary AS
    SELECT crawls.id, spider, started, finished, outcome,
        (SELECT count(*) FROM captures WHERE crawl_id = crawls.id) AS captures,
        (SELECT count(*) FROM captures c WHERE c.crawl_id = crawls.id
            AND EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id)) AS pages,
        (SELECT count(*) FROM failures WHERE crawl_id = crawls.id) AS failures
    FROM crawls;
-- By which declaration the pages of a site were first read.
CREATE TABLE _declarations (
    site TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) WITHOUT ROWID;
