"""The rows of ``sites``: what a declaration says of a site, for readers of the archive."""

from __future__ import annotations

from typing import NamedTuple

from parsers.urls import site_named


class SiteRow(NamedTuple):
    """A row of ``sites``.

    ``url`` is where a reader finds the site, ``answers`` who answers there (``experts`` or
    ``public``). Of a site that nobody declares, ``declared`` is 0, and the rest is as little as
    its name tells.
    """

    name: str
    title: str
    url: str
    language: str
    answers: str
    declared: int


def site_row(name: str) -> SiteRow:
    """The row of a site, by the declarations of this process."""
    site = site_named(name)
    if site is None:
        return SiteRow(name, name, "", "", "public", 0)
    url = site.start[0] if site.start else f"{site.origin}/"
    return SiteRow(name, site.title or name, url, site.language, site.answers, 1)
