-- Fingerprints of what questions say that is in no other table: of those that are withheld, and
-- of sentences of others that were blanked because they repeat one (pipelines/db/blanks.py).
-- They tell a repetition, whenever it comes, and not the words.
--
-- Of earlier withheld questions there are none until 'scrapy rebuild'. A row of size 0 says that
-- what repeats a question is still to be blanked.
CREATE TABLE _withheld_words (
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    PRIMARY KEY (site, source_id, size, fingerprint)
) WITHOUT ROWID;
INSERT INTO _withheld_words SELECT site, source_id, 0, 0 FROM withheld;
