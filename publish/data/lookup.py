"""From any address of a page to the question that the archive has of it.

A page had several addresses in its time, and readers have one from a footnote, a bookmark or
a web archive. What is typed is never asked for on the web: it is only compared.
"""

from __future__ import annotations

import re
from sqlite3 import Connection

from parsers.urls import canonical_url, is_question_url, question_id, site_of
from pipelines.capture.memento import parse_replay
from publish.data.records import first, numbered, rows

#: The site and the site's own number: what makes the short address of a question.
Key = tuple[str, str]

#: Longer addresses are nobody's.
MOST_CHARACTERS = 2000

_SCHEME = re.compile(r"https?:/*", re.I)
_ENDING = re.compile(r"\.html?$|/+$", re.I)


def canonical(text: str) -> str:
    """Return the canonical URL that somebody means who writes ``text``.

    It may lack the scheme, have a slash too few after it (proxies take one away), or be the
    address of a copy in a web archive.
    """
    url = text.strip()[:MOST_CHARACTERS]
    for _ in range(3):
        url = "http://" + _SCHEME.sub("", url) if not _SCHEME.match(url) else _slashed(url)
        replay = parse_replay(url)
        if replay is None:
            break
        url = replay.url
    return canonical_url(url.encode("utf-8", "replace").decode())


def _slashed(url: str) -> str:
    match = _SCHEME.match(url)
    scheme = url.partition(":")[0].lower()
    return f"{scheme}://{url[match.end() :]}" if match else url


_BY_URL = "SELECT site, source_id FROM questions WHERE url = :url ORDER BY id LIMIT 1"
_BY_CAPTURE = """
SELECT q.site, q.source_id FROM captures c JOIN sightings s ON s.capture_id = c.id
JOIN versions v ON v.id = s.version_id JOIN questions q ON q.id = v.question_id
WHERE c.canonical_url = :url ORDER BY c.captured_at DESC, c.id DESC LIMIT 1"""
_KNOWN = "SELECT 1 AS known FROM {} WHERE site = :site AND source_id = :source_id"


def question_at(connection: Connection, url: str) -> Key | None:
    """Return the question whose page has this address, or had it when it was captured.

    :param url: canonical
    """
    row = first(connection, _BY_URL, url=url) or first(connection, _BY_CAPTURE, url=url)
    if row:
        return row["site"], row["source_id"]
    # What is withheld has no rows but one that says so: its own page tells why.
    key = (site_of(url), question_id(url))
    if is_question_url(url) and is_withheld(connection, *key):
        return key
    return None


def is_withheld(connection: Connection, site: str, source_id: str) -> bool:
    """Return whether a question is in the archive's list of what is withheld."""
    return first(connection, _KNOWN.format("withheld"), site=site, source_id=source_id) is not None


def question_called(connection: Connection, site: str, source_id: str) -> Key | None:
    """Return the one question that a spelling of a short address means; else None.

    Such are ``/q/NetWellness/029280.htm`` and the name of a host in the place of the site's.
    """
    sites = {site, site.lower(), site_of(f"http://{site.lower()}/")}
    plain = _ENDING.sub("", source_id)
    numbers = {
        source_id,
        plain,
        plain.lstrip("0") if plain.isascii() and plain.isdigit() else plain,
    }
    site_names, site_params = numbered("s", sites)
    number_names, number_params = numbered("n", numbers)
    where = f"WHERE site IN ({site_names}) AND source_id IN ({number_names})"
    sql = (
        f"SELECT site, source_id FROM questions {where} "
        f"UNION SELECT site, source_id FROM withheld {where} LIMIT 2"
    )
    keys = rows(connection, sql, **site_params, **number_params)
    return (keys[0]["site"], keys[0]["source_id"]) if len(keys) == 1 else None
