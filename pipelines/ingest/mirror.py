"""Where the pages of a mirrored site are from: what HTTrack writes into them, and folders.

HTTrack leaves a comment in each page: ``<!-- Mirrored from HOST/PATH by HTTrack Website
Copier/3.x [...], Tue, 06 May 2014 10:11:12 GMT -->``; the date is when it was fetched. wget
leaves nothing, but names folders as the site does, the first one as the host.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

from pipelines.files.timestamps import parse_http_date

_MIRRORED = re.compile(
    rb"<!--\s*Mirrored from (\S+) by HTTrack[^>]{0,200}?"
    rb"(?:,\s*([A-Z][a-z]{2},[^>]{10,40}?))?\s*-->",
    re.I,
)
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|mil|int|info|biz|[a-z]{2})"
    r"(?:[:+]\d{1,5})?",
    re.I,
)
_PAGE = re.compile(r"\.(?:html?|cfm|php\d?|aspx?|jsp|cgi|pl|txt)$", re.I)
_KEPT = "/%:@!$&'()*+,;=~-._?"


def mirrored_from(head: bytes) -> tuple[str, datetime | None] | None:
    """The address that HTTrack says a page is from, and when it fetched it, if it says so."""
    found = _MIRRORED.search(head)
    if found is None:
        return None
    address = unescape(found[1].decode("latin-1"))
    return address if "://" in address else f"http://{address}", parse_http_date(
        (found[2] or b"").decode("latin-1")
    )


def placed_in_mirror(path: Path) -> str | None:
    """The address of a file in a folder that is named as a host; None if there is none.

    The endings that mirroring tools add (``29280.htm.html``) are undone.
    """
    folders = path.parts[:-1]
    places = [at for at, name in enumerate(folders) if _HOST.fullmatch(name)]
    if not places:
        return None
    host = folders[places[-1]].replace("+", ":").lower()
    rest = "/".join(path.parts[places[-1] + 1 :])
    bare = rest.removesuffix(".html")
    if bare != rest and _PAGE.search(bare):
        rest = bare
    return f"http://{host}/{quote(rest, safe=_KEPT)}"
