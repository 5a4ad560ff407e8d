"""The declarations of an archivist's own sites: the ``.toml`` files of one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from parsers.sites.declaration import BUILT_IN, DeclarationError, read_declaration
from parsers.sites.site import Site
from parsers.strict_toml import TomlProblem, line_of_key


def load_sites(directory: Path) -> tuple[Site, ...]:
    """Read the declarations in a folder, by name of file; none where there is no such folder.

    :raises DeclarationError: a declaration is wrong, is not named as its file is, or two speak of
        the same host; the message says in which file and line, and what to write
    """
    sites: list[Site] = []
    owners = {_bare(host): site.name for site in BUILT_IN for host in site.hosts}
    for path in sorted(directory.glob("*.toml")):
        text = _text(path)
        site = read_declaration(text, str(path))
        for key, why in _misplaced(site, path, owners):
            problem = TomlProblem(line_of_key(text, key), key, why)
            raise DeclarationError(str(path), [problem])
        sites.append(site)
    return tuple(sites)


def _misplaced(site: Site, path: Path, owners: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What speaks against a site in this file: the key, and why.

    :param owners: the sites of the hosts so far, to which those of this one are added
    """
    if site.name != path.stem:
        why = f'is "{site.name}", and the file {path.name}; write name = "{path.stem}", or, if '
        why += f"pages are archived under {site.name!r}, name the file {site.name}.toml"
        yield "name", why
    for host in site.hosts:
        owner = owners.setdefault(_bare(host), site.name)
        if owner != site.name:
            why = f"has {host!r}, which is the site {owner!r} already; add its patterns there"
            yield "hosts", why


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # Notepad begins a file with a mark
    except UnicodeDecodeError as error:
        problem = TomlProblem(None, "", f"is not in UTF-8 ({error.reason}); save it as UTF-8")
        raise DeclarationError(str(path), [problem]) from error


def _bare(host: str) -> str:
    return host.removeprefix("www.")
