"""What all pages share: reading the archive within a limit, rendering, the place in a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from sqlite3 import Connection, OperationalError
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError
from jinja2 import Environment, Template

from publish.datasette.database import NAME, ArchiveDatabase
from publish.datasette.publisher import PLUGIN, Publisher
from publish.search.request import SearchRequest, search_request
from publish.search.selection import requested

T = TypeVar("T")

#: An address (a regular expression) and the function that answers it.
Route = tuple[str, Callable[..., Awaitable[Response]]]

# Our own reads have the same limit as everybody's SQL, so no page can hold a thread.
READ_LIMIT_MS = 2000


def database(datasette: Datasette) -> ArchiveDatabase:
    """Return the archive that is served."""
    return cast(ArchiveDatabase, datasette.get_database(NAME))


async def read(datasette: Datasette, reader: Callable[[Connection], T]) -> T:
    """Return the result of ``reader``, which runs on a thread with a connection of its own.

    :raises DatasetteError: 503, if it takes longer than READ_LIMIT_MS
    """

    def limited(connection: Connection) -> T:
        with sqlite_timelimit(connection, READ_LIMIT_MS):
            try:
                return reader(connection)
            except OperationalError as error:
                if error.args == ("interrupted",):
                    why = "The archive is too busy to show this page. Try again in a moment."
                    raise DatasetteError(why, title="Busy", status=503) from error
                raise

    return await database(datasette).execute_fn(limited)


async def asked(datasette: Datasette, request: Request) -> SearchRequest:
    """Return the search of an address.

    :raises BadRequest: it has a filter or a value that the archive does not know
    """
    query = search_request(request.args)
    # Words alone need no look at the archive.
    return await read(datasette, lambda c: requested(c, request.args)) if query.filters else query


async def remembered(datasette: Datasette, key: str, reader: Callable[[Connection], T]) -> T:
    """Return the result of ``reader``, remembered under ``key`` until the next commit."""
    result = await database(datasette).remember(("page", key), lambda: read(datasette, reader))
    return cast(T, result)


async def page(
    datasette: Datasette,
    request: Request,
    template: str,
    context: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the page that ``templates/housecall/<template>.html`` makes of ``context``."""
    html = await datasette.render_template(
        _own_template(datasette.jinja_env, template), context, request=request, view_name=template
    )
    return Response.html(html, headers={**caching(datasette), **(headers or {})})


# Datasette's templates may wait for something in the middle of a page, and each expression
# pays for that. Ours get all that they show before they begin, so they are compiled without
# it: a page takes about two thirds of the time.
class _SynchronousTemplate(Template):
    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        return self.render(*args, **kwargs)


@lru_cache(maxsize=8)
def _synchronous(env: Environment) -> Environment:
    overlay = env.overlay(enable_async=False)
    overlay.template_class = _SynchronousTemplate
    return overlay


def _own_template(env: Environment, name: str) -> Template:
    return _synchronous(env).get_template(f"housecall/{name}.html")


def caching(datasette: Datasette) -> dict[str, str]:
    """Return the header Cache-Control, with the value that Datasette gives its own pages."""
    seconds = int(datasette.setting("default_cache_ttl"))
    return {"Cache-Control": f"max-age={seconds}" if seconds > 0 else "no-cache"}


def publisher(datasette: Datasette) -> Publisher:
    """Return who serves this archive."""
    return Publisher.of(datasette.plugin_config(PLUGIN))


def base_url(datasette: Datasette, request: Request) -> str:
    """Return scheme and host of absolute addresses: as configured, else as the request has them."""
    return publisher(datasette).base(request.scheme, request.host)


def today() -> date:
    """Return the day on which a reader retrieves a page, in UTC."""
    return datetime.now(UTC).date()


def page_number(request: Request) -> int:
    """Return the page of a list that the address names; 1 if it names none."""
    value = request.args.get("page") or ""
    if value.isascii() and value.isdigit() and len(value) < 6:
        return max(1, int(value))
    return 1


def paging(request: Request, page: int, count: int, size: int) -> dict[str, Any]:
    """The place of a page in a list of ``count`` entries, and the addresses of its neighbours."""
    last = max(1, -(-count // size))
    arguments = [(k, v) for k in request.args for v in request.args.getlist(k) if k != "page"]

    def address(number: int) -> str:
        extra = [("page", str(number))] if number > 1 else []
        query = urlencode(arguments + extra, quote_via=quote, errors="replace")
        return f"{request.path}?{query}" if query else str(request.path)

    return {
        "page": page,
        "last": last,
        "previous": address(min(page - 1, last)) if page > 1 else None,
        "next": address(page + 1) if page < last else None,
    }
