-- What a page asks of robots (X-Robots-Tag, robots metas); see pipelines/capture/robots_meta.py.
--
-- Of earlier captures it is not on record: see 'scrapy rebuild'.
ALTER TABLE captures ADD COLUMN robots TEXT NOT NULL DEFAULT '';
