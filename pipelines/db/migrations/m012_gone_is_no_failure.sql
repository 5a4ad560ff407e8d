-- Failures of pages that the archive had before and that are gone: the capture that says so
-- settles them; see _RESOLVE in pipelines/store/batch.py.
UPDATE failures SET resolved_by = (
    SELECT c.id FROM captures c
    WHERE c.canonical_url = failures.canonical_url AND c.gone = 1
        AND coalesce(c.fetched_at, c.captured_at) >= failures.occurred_at
        AND EXISTS (SELECT 1 FROM captures b
            WHERE b.canonical_url = c.canonical_url AND b.captured_at < c.captured_at
            AND b.status IN (200, 304) AND b.truncated IS NULL AND b.gone = 0)
    ORDER BY c.captured_at, c.record_id LIMIT 1)
WHERE resolved_by IS NULL AND canonical_url IN (SELECT canonical_url FROM captures WHERE gone = 1);
