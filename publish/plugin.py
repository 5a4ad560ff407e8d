"""The Datasette plugin: Housecall's pages, SQL functions, facets and headers.

Public hooks only. :mod:`publish.serve` registers it; it needs no installation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from typing import cast

from datasette.app import Datasette
from datasette.facets import ColumnFacet
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError
from jinja2 import Environment
from pluggy import HookimplMarker

from publish.cite import citation_formats
from publish.data import prose, texts, urls
from publish.data.dictionary import QUERIES, TABLES
from publish.datasette import errors, headers, metadata
from publish.datasette.column_facets import ArchiveFacet
from publish.datasette.database import NAME, BoundedRows
from publish.datasette.doors import Doors
from publish.datasette.own_sql import Functions
from publish.export import export_formats
from publish.pages import (
    charts_page,
    cite_page,
    directory_page,
    export_page,
    front_page,
    holdings_page,
    lookup_page,
    question_page,
    search_page,
    versions_page,
    wellknown,
)
from publish.pages.common import Route, publisher
from publish.search.cache import warm
from publish.search.query_language import fts_words

hookimpl = HookimplMarker("datasette")

# The first address that fits counts: what lies below a question comes before it.
PAGES = (
    front_page,
    search_page,
    lookup_page,
    versions_page,
    cite_page,
    question_page,
    holdings_page,
    directory_page,
    charts_page,
    wellknown,
    export_page,
)

#: What canned queries, and SQL of one's own, may call.
SQL_FUNCTIONS: Functions = (("fts_words", 1, fts_words), ("question_path", 2, urls.question_path))

STATIC = Path(__file__).parent / "static"

# Enough to keep the upper pages of the indices and the hot rows of each connection. The file is
# not mapped into memory: pages are as fast without, and each connection's mapping of it would
# count as memory of the server.
CACHE_KB = 16_000


@hookimpl
def register_routes() -> list[Route]:
    """The addresses that stay."""
    return [route for module in PAGES for route in module.ROUTES]


@hookimpl
def startup(datasette: Datasette) -> None:
    """Begin to make what the first search needs."""
    warm(Path(datasette.get_database(NAME).path))


@hookimpl
def prepare_connection(conn: Connection, database: str) -> None:
    """Tune each connection to the archive and give it the functions of the canned queries."""
    if database != NAME:
        return
    conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.row_factory = BoundedRows()
    for name, arguments, function in SQL_FUNCTIONS:
        conn.create_function(name, arguments, function, deterministic=True)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters and constants for the templates."""
    # A block tag leaves no empty line behind: pages are half as long to read and to send.
    env.trim_blocks = env.lstrip_blocks = True
    # The files do not change under a running server: looking after each costs a tenth of a page.
    env.auto_reload = False
    env.filters |= {
        "prose": prose.prose,
        "has_members": texts.has_members,
        "highlighted": texts.highlighted,
        "safe_href": texts.safe_href,
        "excerpt": texts.excerpt,
        "day": texts.day,
        "language": texts.language,
        "moment": texts.moment,
        "number": texts.number,
        "sources_in_words": texts.sources_in_words,
    }
    env.globals |= {
        "question_path": urls.question_path,
        "institution_path": urls.institution_path,
        "quoted": urls.quoted,
        "own_page": urls.own_page,
        "facet_title": facet_title,
        "dict": dict,
        "plural": texts.plural,
        "share": texts.share,
        "static_url": static_url,
        "export_endings": {name: form.title for name, form in export_formats.FORMATS.items()},
        "citation_endings": {name: form.label for name, form in citation_formats.LISTS.items()},
        "dictionary": TABLES,
        "canned": QUERIES,
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
def asgi_wrapper(datasette: Datasette) -> Callable[[headers.App], headers.App]:
    """Security headers on every response; the server's own pages only where it is private."""
    public = not datasette.setting("default_allow_sql")

    def wrap(app: headers.App) -> headers.App:
        answered = question_page.answer_withheld(datasette, app)
        max_age = int(datasette.setting("default_cache_ttl"))
        answers_to = publisher(datasette).answers_to
        doors = Doors(answered, tables=f"/{NAME}", streams=export_page.exports_of(datasette))
        return headers.guarded(
            doors, public=public, static="/static/", max_age=max_age, answers_to=answers_to
        )

    return wrap


@hookimpl
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Awaitable[Response]:
    """Our error pages, in the place of Datasette's (see :mod:`publish.serve`)."""
    return errors.answer(datasette, request, exception)


@hookimpl
def permission_allowed(datasette: Datasette, action: str, resource: object) -> bool | None:
    """Strangers read the tables of the archive, not those of SQLite."""
    if action != "view-table" or datasette.setting("default_allow_sql"):
        return None
    database, table = cast(tuple[str, str], resource)
    return None if database != NAME or headers.may_view(table) else False


@hookimpl
def filters_from_request(datasette: Datasette, request: Request, database: str, table: str) -> None:
    """Strangers count by the facets that a table has.

    :raises DatasetteError: they ask for another
    """
    if database != NAME or datasette.setting("default_allow_sql"):
        return
    facets = TABLES[table].facets if table in TABLES else ()
    arguments = {name: request.args.getlist(name) for name in request.args}
    refused = headers.facet_refused(arguments, facets)
    if refused is not None:
        why = f"This archive does not count {table} by {refused}."
        raise DatasetteError(why, title="Not counted here", status=403)


def facet_title(column: str) -> str:
    """What a facet is called over its values: topic_id is "Topic"."""
    return column.removesuffix("_id").replace("_", " ").capitalize()


@cache
def static_url(name: str) -> str:
    """The address of a static file with a digest of its content, so it can be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
