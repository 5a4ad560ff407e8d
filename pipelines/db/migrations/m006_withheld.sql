-- Questions that are withheld, and why: no other table but captures has anything of them.
-- The index is for the pages of institutions, and for a filter by one.
CREATE TABLE withheld (
    site TEXT NOT NULL,
    source_id TEXT NOT NULL,
    url TEXT,
    reason TEXT NOT NULL,
    withheld_on TEXT NOT NULL,
    PRIMARY KEY (site, source_id)
) WITHOUT ROWID;
CREATE INDEX question_responders_institution ON question_responders(institution, question_id);
