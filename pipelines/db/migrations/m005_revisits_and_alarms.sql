-- What a conditional request needs, how each capture was read, and the alarms of a run.
--
-- How earlier captures were read is on record for those that questions are shown from. No
-- column has an index: all are read with a row that is found by another column.
ALTER TABLE captures ADD COLUMN etag TEXT NOT NULL DEFAULT '';
ALTER TABLE captures ADD COLUMN last_modified TEXT NOT NULL DEFAULT '';
ALTER TABLE captures ADD COLUMN parser TEXT;
ALTER TABLE captures ADD COLUMN confidence REAL;
ALTER TABLE captures ADD COLUMN warnings TEXT;
ALTER TABLE crawls ADD COLUMN alarms TEXT NOT NULL DEFAULT '[]';
UPDATE captures SET (parser, confidence, warnings) =
    (SELECT q.parser, q.confidence, q.warnings FROM questions q WHERE q.capture_id = captures.id)
    WHERE id IN (SELECT capture_id FROM questions);
