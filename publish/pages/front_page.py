"""``/``: the front door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Request, Response

from publish.charts import series
from publish.pages.common import Route, kept, page

if TYPE_CHECKING:
    from datasette.app import Datasette


async def front(datasette: Datasette, request: Request) -> Response:
    """The search box, and ways in for those who have no words yet."""
    return await page(datasette, request, "front", await kept(datasette, "front", series.front))


ROUTES: list[Route] = [(r"^/$", front)]
