"""``/topics``, ``/responders``, ``/institutions``: what there is, from A to Z."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, cast

from datasette.utils.asgi import Request, Response

from publish.pages import directory_rows
from publish.pages.common import Route, kept, page, page_number, paging
from publish.pages.directory_rows import DirectoryEntry, Kind

if TYPE_CHECKING:
    from datasette.app import Datasette

#: Longer words than this are in no name.
MOST_CHARACTERS = 200

HEADINGS = {
    "topics": ("Health topics", "topic", "By the name that pages give them."),
    "responders": ("Responders", "responder", "Who answered, by family name."),
    "institutions": ("Institutions", "institution", "Where those who answered worked."),
}


async def listing(datasette: Datasette, request: Request) -> Response:
    """One page of a list, restricted by ``?q=`` and ``?letter=``."""
    kind = cast(Kind, request.url_vars["kind"])
    number = page_number(request)
    text = (request.args.get("q") or "").strip()[:MOST_CHARACTERS]
    letter = (request.args.get("letter") or "").strip()
    every: list[DirectoryEntry] = await kept(
        datasette, f"directory {kind}", lambda c: directory_rows.entries(c, kind)
    )
    letters = directory_rows.letters(every)
    letter = letter if letter in letters else ""
    found = directory_rows.filtered(every, text, letter)
    shown = found[(number - 1) * directory_rows.PAGE_SIZE : number * directory_rows.PAGE_SIZE]
    heading, one, about = HEADINGS[kind]
    context = {
        "kind": kind,
        "heading": heading,
        "one": one,
        "about": about,
        "asked_for": text,
        "letter": letter,
        "letters": letters,
        "total": len(every),
        "count": len(found),
        "groups": [(key, list(some)) for key, some in groupby(shown, lambda entry: entry.letter)],
        "paging": paging(request, number, len(found), directory_rows.PAGE_SIZE),
    }
    return await page(datasette, request, "directory", context)


ROUTES: list[Route] = [(r"^/(?P<kind>topics|responders|institutions)/?$", listing)]
