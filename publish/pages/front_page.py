"""``/``: the front door."""

from __future__ import annotations

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from publish.charts import series
from publish.pages.common import Route, page, remembered


async def front(datasette: Datasette, request: Request) -> Response:
    """Return the search box, and ways in for those who have no words yet."""
    context = await remembered(datasette, "front", series.front)
    return await page(datasette, request, "front", context)


ROUTES: list[Route] = [(r"^/$", front)]
