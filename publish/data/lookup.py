"""From any address of a page to the question that the archive has of it.

A page had several addresses in its time, and readers have one from a footnote, a bookmark or
a web archive. What is typed is never asked for on the web: it is only compared.
"""

from __future__ import annotations

import re
from sqlite3 import Connection

from parsers import urls
from parsers.urls import site_of
from pipelines.capture.memento import parse_replay
from pipelines.db.rules import page_of
from publish.data.records import Row, first, numbered, rows

#: The site and the site's own id: what makes the short address of a question.
Key = tuple[str, str]

# What strangers write is not to be remembered, as the addresses of a crawl are.
_canonical_url, _question_of = urls.canonical_url.__wrapped__, urls.question_of.__wrapped__

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
    return _canonical_url(url.encode("utf-8", "replace").decode())


def _slashed(url: str) -> str:
    match = _SCHEME.match(url)
    scheme = url.partition(":")[0].lower()
    return f"{scheme}://{url[match.end() :]}" if match else url


# A page with several questions has the address of each but for what stands behind "#".
_BY_URL = "SELECT site, source_id, title FROM questions WHERE url = :url ORDER BY id LIMIT 200"
_BY_KEY = "SELECT site, source_id, title FROM questions WHERE site = :site AND source_id = :id"
_BY_CAPTURE = """
SELECT DISTINCT q.site, q.source_id, q.title FROM captures c
JOIN sightings s ON s.capture_id = c.id
JOIN versions v ON v.id = s.version_id JOIN questions q ON q.id = v.question_id
WHERE c.canonical_url = :url ORDER BY q.id LIMIT 200"""
_WITHHELD = "SELECT 1 AS known FROM withheld WHERE site = :site AND source_id IN (:id, :page)"


def questions_at(connection: Connection, text: str) -> list[Row]:
    """Return the questions whose page has an address, or had it when it was captured.

    They are several where the page has several. Each has ``site``, ``source_id``, ``title``. The
    address may be that of a thread's later page.

    :param text: the address, however it is written
    """
    url = canonical(text)
    _, _, anchor = text.strip()[:MOST_CHARACTERS].partition("#")
    question = _question_of(url)
    site, id_ = site_of(url), question.source_id if question else ""
    if anchor and (of_anchor := _at_anchor(connection, url, site, id_, anchor)):
        return of_anchor
    if id_ and (of_key := rows(connection, _BY_KEY, site=site, id=id_)):
        return of_key
    if id_ and is_withheld(connection, site, id_):
        # What is withheld has no rows but one that says so: its own page tells why.
        return [{"site": site, "source_id": id_, "title": ""}]
    return rows(connection, _BY_URL, url=url) or rows(connection, _BY_CAPTURE, url=url)


def _at_anchor(connection: Connection, url: str, site: str, id_: str, anchor: str) -> list[Row]:
    key = {"site": site, "id": f"{id_}#{anchor}"}
    of_key = rows(connection, _BY_KEY, **key)
    if not of_key and is_withheld(connection, site, key["id"]):
        return [{"site": site, "source_id": key["id"], "title": ""}]
    return of_key or rows(connection, _BY_URL, url=f"{url}#{anchor}")


def is_withheld(connection: Connection, site: str, source_id: str) -> bool:
    """Return whether a question, or its page, is in the archive's list of what is withheld."""
    _, page = page_of((site, source_id))
    return first(connection, _WITHHELD, site=site, id=source_id, page=page) is not None


def question_called(connection: Connection, site: str, source_id: str) -> Key | None:
    """Return the one question that a spelling of a short address means; else None.

    Such are ``/q/NetWellness/029280.htm`` and the name of a host in the place of the site's.
    """
    sites = {site, site.lower(), site_of(f"http://{site.lower()}/")}
    plain = _ENDING.sub("", source_id)
    ids = {source_id, plain, plain.lstrip("0") if plain.isdecimal() else plain}
    site_names, site_params = numbered("s", sites)
    id_names, id_params = numbered("n", ids)
    where = f"WHERE site IN ({site_names}) AND source_id IN ({id_names})"
    sql = (
        f"SELECT site, source_id FROM questions {where} "
        f"UNION SELECT site, source_id FROM withheld {where} LIMIT 2"
    )
    keys = rows(connection, sql, **site_params, **id_params)
    return (keys[0]["site"], keys[0]["source_id"]) if len(keys) == 1 else None
