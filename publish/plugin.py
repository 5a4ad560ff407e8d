"""The Datasette plugin: Housecall's pages, SQL functions, facets and headers.

Public hooks only. :mod:`publish.serve` registers it; it needs no installation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from datasette.facets import ColumnFacet
from pluggy import HookimplMarker

from publish import links, metadata, security, text
from publish.database import NAME
from publish.dictionary import BY_NAME
from publish.facets import ArchiveFacet
from publish.pages import charts, front, holdings, question, search
from publish.pages.common import Route
from publish.queries import QUERIES
from publish.search import fts_words

if TYPE_CHECKING:
    from datasette.app import Datasette
    from jinja2 import Environment

hookimpl = HookimplMarker("datasette")

PAGES = (front, search, question, holdings, charts)

STATIC = Path(__file__).parent / "static"

# Enough to keep the upper pages of the indices and the hot rows of each connection.
CACHE_KB = 32_000
# Reads come from the page cache of the system without being copied first. A mapping costs
# no memory of its own; SQLite reads what lies beyond it in the ordinary way.
MAPPED_BYTES = 1 << 30


@hookimpl
def register_routes() -> list[Route]:
    """The addresses that stay."""
    return [route for module in PAGES for route in module.ROUTES]


@hookimpl
def prepare_connection(conn: Connection, database: str) -> None:
    """Tune each connection to the archive and give it the search function."""
    if database != NAME:
        return
    conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    conn.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.create_function("fts_words", 1, fts_words, deterministic=True)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters and constants for the templates."""
    # A block tag leaves no empty line behind: pages are half as long to read and to send.
    env.trim_blocks = env.lstrip_blocks = True
    env.filters |= {
        "blocks": text.blocks,
        "highlighted": text.highlighted,
        "safe_href": text.safe_href,
        "excerpt": text.excerpt,
        "day": text.day,
        "moment": text.moment,
        "number": text.number,
    }
    env.globals |= {
        "question_path": links.question_path,
        "quoted": links.quoted,
        "own_page": links.own_page,
        "chart_links": links.CHART_LINKS,
        "facet_title": facet_title,
        "dict": dict,
        "plural": text.plural,
        "share": text.share,
        "static_url": static_url,
        "dictionary": BY_NAME,
        "canned": {query.name: query for query in QUERIES},
        "rights": metadata.RIGHTS,
        "site_title": metadata.TITLE,
        "site_description": metadata.DESCRIPTION,
    }


@hookimpl(hookwrapper=True)
def register_facet_classes() -> Iterator[None]:
    """Put our column facet in the place of Datasette's."""
    outcome = yield
    groups = outcome.get_result()  # type: ignore[attr-defined]
    outcome.force_result(  # type: ignore[attr-defined]
        [[ArchiveFacet if kind is ColumnFacet else kind for kind in kinds] for kinds in groups]
    )


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[security.App], security.App]:
    """Security headers on every response; the server's own pages only where it is private."""
    public = not datasette.setting("default_allow_sql")

    def wrap(app: security.App) -> security.App:
        return security.guarded(app, public=public, static="/static/")

    return wrap


def facet_title(column: str) -> str:
    """What a facet is called over its values: topic_id is "Topic"."""
    return column.removesuffix("_id").replace("_", " ").capitalize()


@cache
def static_url(name: str) -> str:
    """The address of a static file with a digest of its content, so it can be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
