"""The archive's own addresses. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from pipelines.db.ids import slug

_OWN_PAGE = re.compile(r"/(q/[^/\s]+|responder|topic|institution)/[^/\s]+")


def quoted(part: object) -> str:
    """One part of a path, so that nothing in it can end the part."""
    return quote(str(part), safe="", errors="replace")


def question_path(site: str, source_id: str) -> str:
    """The short address of a question, which stays."""
    return f"/q/{quoted(site)}/{quoted(source_id)}"


def institution_path(name: str) -> str:
    """The page of an institution, in whichever way its name is spelt."""
    return f"/institution/{slug(name)}"


def own_page(cell: object) -> bool:
    """Whether a cell of a query's result is the path of one of our pages."""
    return isinstance(cell, str) and bool(_OWN_PAGE.fullmatch(cell))
