"""What a question lacks because it could not be captured: pages of its thread, ends of bodies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from parsers.urls import question_of, site_of

# A page whose capture is broken is shown as far as it goes.
_BROKEN = """
SELECT reason FROM failures WHERE record_id IN (:record, :original) AND stage IN ('fetch', 'read')
ORDER BY stage LIMIT 1"""
# Addresses that begin as the question's does: those of its further pages are among them.
_FAILED = """
SELECT canonical_url, reason FROM failures
WHERE canonical_url > :begin AND canonical_url < :end AND resolved_by IS NULL
ORDER BY occurred_at LIMIT 1000"""


def lacking(connection: Connection, url: str, captures: Sequence[dict[str, Any]]) -> list[str]:
    """What is missing of a question, a phrase each; [] if nothing is known to be.

    :param url: the question's
    :param captures: those that its pages are shown from, with their ``part``
    """
    phrases = []
    parts = {capture["part"] for capture in captures}
    for capture in captures:
        values = {"record": capture["record_id"], "original": capture["revisit_of"]}
        row = connection.execute(_BROKEN, values).fetchone()
        if row is not None:
            which = f"page {capture['part']} of the thread" if len(parts) > 1 else "the page"
            phrases.append(f"{which} was not captured whole ({row[0]})")
    failed = _failed_parts(connection, url)
    gaps = set(range(2, max(parts, default=1))) - parts
    if len(gaps) >= len(parts):
        gaps = set()  # a site that counts posts leaves numbers out
    for part in sorted(gaps | (failed.keys() - parts)):
        why = f" ({failed[part]})" if part in failed else ""
        phrases.append(f"page {part} of the thread is missing{why}")
    return phrases


def _failed_parts(connection: Connection, url: str) -> dict[int, str]:
    """Why pages of a question's thread could not be had, by their number."""
    page = url.partition("#")[0]
    own = question_of(page)
    if own is None:
        return {}
    begin = re.sub(r"\.\w+$", "", page)
    rows = connection.execute(_FAILED, {"begin": begin, "end": f"{begin}\U0010ffff"})
    addresses = ((question_of(address), address, reason) for address, reason in rows)
    return {
        other.part: reason
        for other, address, reason in addresses
        if other and other.source_id == own.source_id and site_of(address) == site_of(page)
        if other.part > 1
    }
