"""What the archive knows of a URL: for conditional requests, and for telling a repeat.

HTTP (RFC 9110, section 13) lets a client say what it has, by ETag or date; what it has must
then be here, whole and readable, or a 304 would answer nothing.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pipelines.db.models import Validators
from pipelines.warc.exchange import Original

# The newest capture of a URL that gives or confirms a payload which is held; what an archive
# gave says nothing of what the site's server has. Both joins and
# the order go by indices, and the newest row nearly always is the answer. A text rendering
# (wet) is not what a server gave; a body that could not be decoded is to be asked for again.
_KNOWN = """
SELECT c.captured_at, c.etag, c.last_modified,
    h.record_id, h.url, h.captured_at, h.digest, h.etag, h.last_modified
FROM captures c JOIN captures h ON h.record_id = coalesce(c.revisit_of, c.record_id)
WHERE c.canonical_url = ?1 AND (c.status BETWEEN 200 AND 299 OR c.status = 304)
    AND c.truncated IS NULL AND c.fetched_at IS NULL AND h.fetched_at IS NULL
    AND h.canonical_url = ?1 AND h.status = 200
    AND h.truncated IS NULL AND h.revisit_of IS NULL AND h.source <> 'wet'
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id = h.record_id AND f.stage = 'read')
ORDER BY c.captured_at DESC, c.record_id DESC LIMIT 1
"""


class RevisitLookup:
    """Looks URLs up, one at a time. It sees what is committed, not what a store still holds.

    :param connection: any connection to an archive that is up to date
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, canonical_url: str) -> Validators | None:
        """What to ask with whether a URL has changed; None if nothing good is held of it.

        A later 404 or failure does not matter: a page that comes back as it was is a repeat.
        """
        row = self._connection.execute(_KNOWN, (canonical_url,)).fetchone()
        if row is None:
            return None
        seen, etag, modified, record_id, url, at, digest, first_etag, first_modified = row
        return Validators(
            Original(record_id, url, datetime.fromisoformat(at), digest),
            etag or first_etag,
            modified or first_modified,
            datetime.fromisoformat(seen),
        )
