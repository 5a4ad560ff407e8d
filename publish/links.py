"""The archive's own addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

_OWN_PAGE = re.compile(r"/(q/[^/\s]+|responder|topic)/[^/\s]+")


def quoted(part: object) -> str:
    """One part of a path, so that nothing in it can end the part."""
    return quote(str(part), safe="", errors="replace")


def question_path(site: str, source_id: str) -> str:
    """The short address of a question, which stays."""
    return f"/q/{quoted(site)}/{quoted(source_id)}"


def own_page(cell: object) -> bool:
    """Whether a cell of a query's result is the path of one of our pages."""
    return isinstance(cell, str) and bool(_OWN_PAGE.fullmatch(cell))


#: Where a row of each chart leads: from the row to a path.
CHART_LINKS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "year": lambda row: f"/archive/questions?year={row['year']}",
    "topic": lambda row: f"/topic/{quoted(row['slug'])}",
    "institution": lambda row: f"/archive/questions?institution={quoted(row['name'])}",
    "responder": lambda row: f"/responder/{row['id']}",
    "status": lambda row: f"/archive/questions?status={quoted(row['name'])}",
}
