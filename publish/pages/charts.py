"""``/charts``: the archive in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Request, Response

from publish import figures
from publish.pages.common import Route, kept, page

if TYPE_CHECKING:
    from datasette.app import Datasette


async def charts(datasette: Datasette, request: Request) -> Response:
    """Every chart, with its table."""
    return await page(datasette, request, "charts", await kept(datasette, "charts", figures.charts))


ROUTES: list[Route] = [(r"^/charts/?$", charts)]
