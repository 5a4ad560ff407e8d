"""What crawlers and others look for at fixed addresses, and who this is: ``/about``.

``/robots.txt`` (RFC 9309), ``/sitemap.xml`` (sitemaps.org), ``/.well-known/security.txt``
(RFC 9116).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from typing import Any
from xml.sax.saxutils import escape

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from publish.cite.record import us_date
from publish.data.records import sites
from publish.data.texts import plural
from publish.data.urls import question_path
from publish.datasette import metadata
from publish.pages.common import (
    Route,
    base_url,
    caching,
    page,
    publisher,
    read,
    remembered,
    today,
)

#: The most that a sitemap may list.
SITEMAP_URLS = 50_000

# RFC 9116 recommends less than a year. As the file is made when it is asked for, a server
# that is still kept never shows one that has expired.
_SECURITY_VALID = timedelta(days=180)

# The longest rule that fits counts. What has a query is a list, a filter, or a page of one:
# there is no end of them, and the sitemap has every question.
_PUBLIC_ROBOTS = """\
User-agent: *
Allow: /static/
Disallow: /*?
Disallow: /search
Disallow: /archive
Disallow: /export
"""
_PRIVATE_ROBOTS = "User-agent: *\nDisallow: /\n"


def _is_public(datasette: Datasette) -> bool:
    return not datasette.setting("default_allow_sql")


async def robots(datasette: Datasette, request: Request) -> Response:
    """A public archive may be read and indexed, but not queried by machines; a private one not."""
    text = _PRIVATE_ROBOTS
    if _is_public(datasette):
        text = f"{_PUBLIC_ROBOTS}\nSitemap: {base_url(datasette, request)}/sitemap.xml\n"
    return Response.text(text, headers=caching(datasette))


async def sitemap(datasette: Datasette, request: Request) -> Response:
    """Return the list of sitemaps: as many as the questions need."""
    base = base_url(datasette, request)
    count = await remembered(datasette, "sitemap", _question_count)
    parts = range(1, max(1, -(-count // SITEMAP_URLS)) + 1)
    addresses = [f"{base}/sitemap-{part}.xml" for part in parts]
    return _xml(datasette, _listed("sitemapindex", "sitemap", addresses))


async def sitemap_part(datasette: Datasette, request: Request) -> Response:
    """Return one sitemap. The first lists the pages that are no questions too."""
    part = int(request.url_vars["part"])
    base = base_url(datasette, request)

    def made(connection: Connection) -> bytes | None:
        # On the reader's thread: 50,000 lines take a moment.
        paths = _paths(connection, part)
        return _listed("urlset", "url", [base + path for path in paths]) if paths else None

    text = await read(datasette, made)
    if text is None:
        raise NotFound("There is no such part of the sitemap.")
    return _xml(datasette, text)


def _question_count(connection: Connection) -> int:
    # The two pages of the first part are counted with the questions.
    return 2 + int(connection.execute("SELECT count(*) FROM questions").fetchone()[0])


def _paths(connection: Connection, part: int) -> list[str]:
    # In the order of an index that has both columns: no page of text is read. The days of
    # change stand behind the texts, so that they would cost a hundred times as much.
    keys = connection.execute(
        "SELECT site, source_id FROM questions ORDER BY site, source_id LIMIT ? OFFSET ?",
        (SITEMAP_URLS - (2 if part == 1 else 0), max(0, (part - 1) * SITEMAP_URLS - 2)),
    )
    paths = [question_path(site, source_id) for site, source_id in keys]
    return ["/", "/about", *paths] if part == 1 else paths


def _listed(root: str, item: str, addresses: Iterable[str]) -> bytes:
    lines = (f"<{item}><loc>{escape(address)}</loc></{item}>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{"".join(lines)}</{root}>\n'
    ).encode()


def _xml(datasette: Datasette, text: bytes) -> Response:
    return Response(text, headers=caching(datasette), content_type="application/xml; charset=utf-8")


async def security(datasette: Datasette, request: Request) -> Response:
    """Return the contact for security, if one is configured."""
    contact = publisher(datasette).contact_uri
    if contact is None:
        raise NotFound("No contact is configured.")
    expires = datetime.now(UTC).replace(hour=0, minute=0, second=0) + _SECURITY_VALID
    lines = {
        "Contact": contact,
        "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": "en",
        "Canonical": f"{base_url(datasette, request)}/.well-known/security.txt",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return Response.text(text, headers=caching(datasette))


async def about(datasette: Datasette, request: Request) -> Response:
    """What the archive is, whose the texts are, how to cite it as a whole, whom to ask."""
    holdings = await remembered(datasette, "about", _holdings)
    server = publisher(datasette)
    base = base_url(datasette, request)
    return await page(
        datasette,
        request,
        "about",
        {
            **holdings,
            "reference": _reference(holdings, base),
            "address": f"{base}/",
            "contact": server.contact,
            "contact_uri": server.contact_uri,
        },
    )


def _holdings(connection: Connection) -> dict[str, Any]:
    # From indexes alone: the view "coverage" reads all questions.
    (newest,) = connection.execute("SELECT max(last_captured_at) FROM questions").fetchone()
    held = sites(connection)
    return {"count": sum(site["n"] for site in held), "newest": newest, "sites": held}


def _reference(holdings: dict[str, Any], base: str) -> str:
    """Return the archive as a whole, in the way of APA's data sets: version by what it held."""
    version = plural(holdings["count"], "question")
    if holdings["newest"]:
        newest = datetime.fromisoformat(holdings["newest"]).date()
        version += f", captured until {us_date(newest)}"
    return (
        f"{metadata.TITLE}: An archive of health questions and answers ({version}) [Data set]. "
        f"({today().year}). Retrieved {us_date(today())}, from {base}/"
    )


ROUTES: list[Route] = [
    (r"^/robots\.txt$", robots),
    (r"^/sitemap\.xml$", sitemap),
    (r"^/sitemap-(?P<part>[1-9][0-9]{0,5})\.xml$", sitemap_part),
    (r"^/\.well-known/security\.txt$", security),
    (r"^/about$", about),
]
