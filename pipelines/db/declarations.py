"""By which declarations of sites the pages of an archive were read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from parsers.sites.site import Site
from parsers.urls import site_for, site_named
from pipelines.db.connection import insert_many
from pipelines.db.rules import to_json


def write_declarations(connection: sqlite3.Connection, urls: Iterable[str]) -> None:
    """Write by which declarations pages are read, within a transaction that is open.

    Of a site, the first one stays: by a later one, not all of its pages were read. A rebuild
    begins anew.

    :param urls: the canonical addresses of pages
    """
    by_host = {url.split("/", 3)[2]: url for url in urls if "://" in url}
    sites = {site.name: site for site in map(site_for, by_host.values()) if site is not None}
    rows = [
        (name, _digest(site)) for name, site in sorted(sites.items()) if site_named(name) is site
    ]
    tail = "ON CONFLICT (site) DO NOTHING"
    insert_many(connection, "_declarations", ("site", "digest"), rows, tail)


def redeclared_sites(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The sites whose declaration has changed, or gone, since pages of theirs were read."""
    rows = connection.execute("SELECT site, digest FROM _declarations ORDER BY site")
    return tuple(name for name, digest in rows if _digest_of(name) != digest)


def _digest_of(name: str) -> str:
    site = site_named(name)
    return _digest(site) if site else ""


def _digest(site: Site) -> str:
    return hashlib.sha256(to_json(asdict(site)).encode()).hexdigest()[:12]
