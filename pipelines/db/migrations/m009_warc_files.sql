-- Which WARC files a rebuild has read, in which state, and by which parsers.
CREATE TABLE _warc_files (
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    reader TEXT NOT NULL
) WITHOUT ROWID;
