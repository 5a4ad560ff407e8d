"""Error pages: what they say, and which errors are the server's and which the address's.

Datasette 0.65 answers 500 to much that is wrong with an address alone, such as an unknown
column to sort by. Here only what went wrong inside is a 500; it is logged, and the page says
nothing of the inside. What readers ask for is never logged.
"""

from __future__ import annotations

import logging
import traceback
from sqlite3 import InterfaceError, ProgrammingError
from typing import TYPE_CHECKING, Any

from datasette import views
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

if TYPE_CHECKING:
    from datasette.app import Datasette

logger = logging.getLogger(__name__)

MALFORMED = "The address asks for something that cannot be done here; see its parameters."
INTERNAL = "Something went wrong inside the server. It has been logged."

_VIEWS = str(views.__path__[0])
# What the code of a table or row page raises when it takes a parameter at its word.
_OF_THE_ADDRESS = (
    ArithmeticError, AssertionError, AttributeError, InterfaceError, LookupError,
    ProgrammingError, TypeError, ValueError,
)  # fmt: skip


async def answer(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """Return the error page, or its JSON."""
    status, message, title = verdict(exception)
    if status >= 500 and not isinstance(exception, DatasetteError):
        logger.error("cannot answer %s", request.path, exc_info=exception)
    details = exception.error_dict if isinstance(exception, DatasetteError) else {}
    info: dict[str, Any] = {**details, "ok": False, "error": message, "status": status}
    info["title"] = title
    if request.path.endswith(".json"):
        return Response.json(info, status=status)
    await datasette.invoke_startup()  # this may be the first request of all
    scope = {"csrftoken": lambda: "", **request.scope}
    html = await datasette.render_template(
        [f"{status}.html", "error.html"], info, request=Request(scope, request.receive)
    )
    return Response.html(html, status=status)


def verdict(exception: Exception) -> tuple[int, str, str | None]:
    """Return status, message (markup if it is safe) and title of an error."""
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0] if exception.args else MALFORMED), None
    if _is_no_file(exception):
        return 404, "404", None
    malformed = _is_malformed(exception)
    if isinstance(exception, DatasetteError):
        message = exception.message or MALFORMED
        shown = Markup(message) if exception.message_is_html else str(message)
        return (400 if malformed else exception.status), shown, exception.title
    return (400, MALFORMED, "Bad request") if malformed else (500, INTERNAL, None)


def _is_no_file(exception: Exception) -> bool:
    """Return whether Datasette's static files were asked for a name that no file can have."""
    if not isinstance(exception, OSError | ValueError):
        return False
    frames = traceback.walk_tb(exception.__traceback__)
    return any(frame.f_code.co_name == "inner_static" for frame, _ in frames)


def _is_malformed(exception: Exception) -> bool:
    """Whether one of Datasette's own pages took a parameter at its word, and failed of it."""
    if isinstance(exception, DatasetteError):
        if exception.status != 500:
            return False
    elif not isinstance(exception, _OF_THE_ADDRESS):
        return False
    frames = traceback.walk_tb(exception.__traceback__)
    return any(frame.f_code.co_filename.startswith(_VIEWS) for frame, _ in frames)
