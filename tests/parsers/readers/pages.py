"""Pages for the tests of readers: HTML in, an opened page out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import undeclared
from parsers.records import Capture
from parsers.sites.site import Site

URL = "https://clinic.example/ask/17"


def open_page(markup: str, url: str = URL, content_type: str = "text/html") -> OpenPage:
    """A page that was captured at noon of the second of June 2021."""
    at = datetime(2021, 6, 2, 12, tzinfo=UTC)
    body = markup.encode("utf-8", "surrogatepass")
    return OpenPage(Capture(url, at, body, content_type, 200, "file", "urn:uuid:1"), LABEL_TESTS)


def site_of(url: str = URL) -> Site:
    return undeclared(url)[0]


def json_ld(*values: Any) -> str:
    """The scripts that hold some values."""
    return "".join(script(json.dumps(value)) for value in values)


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'
