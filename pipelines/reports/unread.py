"""Pages at question addresses in which no question is read: they are listed, and no failures.

A site has articles at such addresses too. But where a declaration or a reader is wrong, these
are the questions that would be missed in silence.
"""

from __future__ import annotations

import sqlite3

from parsers.sites.site import Site
from parsers.urls import is_question_url
from pipelines.db.rules import key_of, page_of, withheld_keys

# By address, the last whole page in which nothing was read and with which nothing is wrong. One
# that is as it was (304) has the type of its original.
_NOTHING_READ = """
SELECT c.canonical_url, max(c.captured_at) FROM captures c
LEFT JOIN captures o ON o.record_id = c.revisit_of
WHERE {run} AND c.source <> 'index' AND c.gone = 0
    AND c.truncated IS NULL AND (c.status = 200 OR c.status = 304 AND o.status = 200)
    AND (coalesce(nullif(c.content_type, ''), o.content_type) LIKE '%html%')
    AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.record_id IN (c.record_id, c.revisit_of))
GROUP BY c.canonical_url ORDER BY c.canonical_url
"""
_READ_LATER = """
SELECT 1 FROM captures c WHERE c.canonical_url = :url AND c.captured_at > :at
    AND {run} AND (c.gone = 1 OR EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id))
LIMIT 1
"""
_ADDRESSES = """
SELECT canonical_url FROM captures
    WHERE canonical_url >= :begin AND canonical_url < :end AND captured_at <= :until
UNION ALL SELECT canonical_url FROM failures
    WHERE canonical_url >= :begin AND canonical_url < :end AND occurred_at <= :until
"""


def unread_pages(connection: sqlite3.Connection, crawl_id: int | None = None) -> tuple[str, ...]:
    """The question addresses whose last whole page holds no question that is read.

    :param crawl_id: count what this run saw only; None for the whole archive
    """
    # Only so is the index of runs used, where one is asked for.
    run = "1" if crawl_id is None else "c.crawl_id = :crawl"
    read_later = _READ_LATER.format(run=run)
    withheld = set(map(page_of, withheld_keys(connection)))
    rows = connection.execute(_NOTHING_READ.format(run=run), {"crawl": crawl_id}).fetchall()
    return tuple(
        url
        for url, at in rows
        if is_question_url(url)
        and key_of(url) not in withheld
        and not connection.execute(read_later, {"crawl": crawl_id, "url": url, "at": at}).fetchone()
    )


def has_question_address(connection: sqlite3.Connection, site: Site, until: str) -> bool:
    """Whether any address of a site that was asked for is one of a question.

    :param until: up to which time, as in rows
    """
    query = "SELECT 1 FROM questions WHERE site = ? LIMIT 1"
    if connection.execute(query, (site.name,)).fetchone():
        return True
    # "0" is the character after "/".
    bounds = {"begin": f"{site.origin}/", "end": f"{site.origin}0", "until": until}
    return any(is_question_url(url) for (url,) in connection.execute(_ADDRESSES, bounds))
