"""What all pages share: read the archive within a limit, render, tell where a list stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from sqlite3 import Connection, OperationalError
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError

from publish.datasette.database import NAME, ArchiveDatabase
from publish.datasette.templates import own_template

if TYPE_CHECKING:
    from datasette.app import Datasette

#: An address (a regular expression) and the function that answers it.
Route = tuple[str, Callable[..., Awaitable[Response]]]

# Our own reads have the same limit as everybody's SQL, so no page can hold a thread.
READ_LIMIT_MS = 2000


def database(datasette: Datasette) -> ArchiveDatabase:
    """The archive that is served."""
    return cast(ArchiveDatabase, datasette.get_database(NAME))


async def read(datasette: Datasette, reader: Callable[[Connection], Any]) -> Any:
    """What ``reader`` gives, run on a thread with a connection of its own.

    :raises DatasetteError: 503, if it took longer than READ_LIMIT_MS
    """

    def limited(connection: Connection) -> Any:
        with sqlite_timelimit(connection, READ_LIMIT_MS):
            try:
                return reader(connection)
            except OperationalError as error:
                if error.args == ("interrupted",):
                    why = "The archive is too busy to show this page. Try again in a moment."
                    raise DatasetteError(why, title="Busy", status=503) from error
                raise

    return await database(datasette).execute_fn(limited)


async def kept(datasette: Datasette, key: str, reader: Callable[[Connection], Any]) -> Any:
    """What ``reader`` gives, remembered until the next commit."""
    return await database(datasette).remember(("page", key), lambda: read(datasette, reader))


async def page(
    datasette: Datasette,
    request: Request,
    template: str,
    context: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> Response:
    """The page that ``templates/housecall/<template>.html`` makes of ``context``."""
    html = await datasette.render_template(
        own_template(datasette.jinja_env, template), context, request=request, view_name=template
    )
    return Response.html(
        html, headers={"Cache-Control": cache_control(datasette), **(headers or {})}
    )


def cache_control(datasette: Datasette) -> str:
    """The same caching as Datasette gives its own pages."""
    seconds = int(datasette.setting("default_cache_ttl"))
    return f"max-age={seconds}" if seconds > 0 else "no-cache"


def page_number(request: Request) -> int:
    """The page of a list that the address names; 1 if it names none."""
    value = request.args.get("page") or ""
    if value.isascii() and value.isdigit() and len(value) < 6:
        return max(1, int(value))
    return 1


def paging(request: Request, page: int, count: int, size: int) -> dict[str, Any]:
    """Where a list stands, and the addresses of its neighbours."""
    last = max(1, -(-count // size))

    def address(number: int) -> str:
        kept = [(k, v) for k in request.args for v in request.args.getlist(k) if k != "page"]
        extra = [("page", str(number))] if number > 1 else []
        query = urlencode(kept + extra, quote_via=quote, errors="replace")
        return f"{request.path}?{query}" if query else str(request.path)

    return {
        "page": page,
        "last": last,
        "previous": address(min(page - 1, last)) if page > 1 else None,
        "next": address(page + 1) if page < last else None,
    }
