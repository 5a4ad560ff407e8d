-- Full-text search over title, question and answer, kept up to date by triggers.
--
-- The trigger on update names the columns: a recrawl that finds a page unchanged touches only
-- dates and evidence, and must not pay for the index. FTS5 needs the old text to take it out.
CREATE VIRTUAL TABLE questions_fts USING fts5(
    title, question, answer,
    content='questions', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER questions_fts_insert AFTER INSERT ON questions BEGIN
    INSERT INTO questions_fts(rowid, title, question, answer)
    VALUES (new.id, new.title, new.question, new.answer);
END;
CREATE TRIGGER questions_fts_delete AFTER DELETE ON questions BEGIN
    INSERT INTO questions_fts(questions_fts, rowid, title, question, answer)
    VALUES ('delete', old.id, old.title, old.question, old.answer);
END;
CREATE TRIGGER questions_fts_update
AFTER UPDATE OF id, title, question, answer ON questions BEGIN
    INSERT INTO questions_fts(questions_fts, rowid, title, question, answer)
    VALUES ('delete', old.id, old.title, old.question, old.answer);
    INSERT INTO questions_fts(rowid, title, question, answer)
    VALUES (new.id, new.title, new.question, new.answer);
END;
INSERT INTO questions_fts(questions_fts) VALUES ('rebuild');
