"""The names and versions of the software that makes captures and records."""

from __future__ import annotations

from importlib.metadata import version

VERSION = "0.1.0"
_SOFTWARE = ("scrapy", "beautifulsoup4", "lxml", "sqlite-utils", "isal")


def software_versions() -> dict[str, str]:
    """Return names and versions of the software that makes a record, ours first."""
    return {"housecall": VERSION, **{name: version(name) for name in _SOFTWARE}}
