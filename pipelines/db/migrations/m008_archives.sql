-- What comes from web archives: when and from where a capture was fetched (NULL where its own
-- time is that moment), what the indexes of archives list, which question pages other pages
-- link to; and which sources agree on a text. "words" is what a text says, whatever its layout.
--
-- Which sources agree is not on record for earlier archives: see 'scrapy rebuild'.
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
) WITHOUT ROWID;
