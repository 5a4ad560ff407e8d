"""Addresses: of the archive's own pages, and of copies outside of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pipelines.capture.memento import WAYBACK, ReplayAddress, original_in
from pipelines.db.rules import slug
from publish.data.texts import safe_href

_OWN_PAGE = re.compile(r"/(q/[^/\s]+|responder|topic|institution)/[^/\s]+")


def quoted(part: object) -> str:
    """Return one part of a path, so that nothing in it can end the part."""
    return quote(str(part), safe="", errors="replace")


def question_path(site: str, source_id: str) -> str:
    """Return the short address of a question, which stays."""
    return f"/q/{quoted(site)}/{quoted(source_id)}"


def answer_path(site: str, source_id: str, position: int) -> str:
    """Return the address of an answer on the page of its question."""
    return f"{question_path(site, source_id)}#answer-{position}"


def institution_path(name: str) -> str:
    """Return the page of an institution, in whichever way its name is spelt."""
    return f"/institution/{slug(name)}"


def own_page(cell: object) -> bool:
    """Return whether a cell of a query's result is the path of one of our pages."""
    return isinstance(cell, str) and bool(_OWN_PAGE.fullmatch(cell))


def archived_copy(capture: Mapping[str, Any] | None) -> str | None:
    """Return the copy in a web archive that a capture was taken from; None for other captures."""
    if not capture:
        return None
    for place in (capture.get("fetched_from") or "", capture["url"]):
        if original_in(place) and (href := safe_href(place)):
            return href
    if capture["source"] != "wayback" or safe_href(capture["url"]) is None:
        return None
    digits = re.sub(r"[^0-9]", "", capture["captured_at"])[:14]
    if len(digits) != 14:
        return None
    return str(ReplayAddress(WAYBACK, digits, capture["url"]))


def other_copies(url: str) -> str | None:
    """Return the Wayback Machine's list of its copies of a page; None for no web address."""
    return str(ReplayAddress(WAYBACK, "*", url)) if safe_href(url) else None
