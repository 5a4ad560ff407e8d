"""The declarations of an archivist's own sites: the ``.toml`` files of one folder."""

from __future__ import annotations

from pathlib import Path

from parsers.sites.declaration import BUILT_IN, DeclarationError, read_declaration
from parsers.sites.site import Site
from parsers.strict_toml import TomlProblem


def load_sites(directory: Path) -> tuple[Site, ...]:
    """Read the declarations in a folder, by name of file; none where there is no such folder.

    :raises DeclarationError: a declaration is wrong, or two speak of the same site or host;
        the message says in which file and line, and what to write
    """
    sites: dict[str, Site] = {}
    owners = {_bare(host): site.name for site in BUILT_IN for host in site.hosts}
    for path in sorted(directory.glob("*.toml")):
        site = read_declaration(_text(path), str(path))
        if site.name in sites:
            why = f"{site.name!r} is that of another file here too; give each site its own"
            raise DeclarationError(str(path), [TomlProblem(None, "name", why)])
        for host in site.hosts:
            owner = owners.setdefault(_bare(host), site.name)
            if owner != site.name:
                why = f"has {host!r}, which is the site {owner!r} already; add its patterns there"
                raise DeclarationError(str(path), [TomlProblem(None, "hosts", why)])
        sites[site.name] = site
    return tuple(sites.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        problem = TomlProblem(None, "", f"is not in UTF-8 ({error.reason}); save it as UTF-8")
        raise DeclarationError(str(path), [problem]) from error


def _bare(host: str) -> str:
    return host.removeprefix("www.")
