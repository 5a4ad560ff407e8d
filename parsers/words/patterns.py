"""Regular expressions that are lists of words, in ``tables/``.

They say what software calls the parts of a page, and what people write, in any language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files


def _tables() -> Mapping[str, str]:
    folder = files(__package__) / "tables"
    tables = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml"))
    return {key: text for table in tables for key, text in tomllib.loads(table).items()}


_TABLES = _tables()


def expression(name: str) -> str:
    """The regular expression of a name; where it stands on several lines, these are joined."""
    return "".join(map(str.strip, _TABLES[name].splitlines()))


def pattern(name: str, flags: int = re.I) -> re.Pattern[str]:
    """The regular expression of a name, compiled."""
    return re.compile(expression(name), flags)


def rows(name: str) -> list[str]:
    """The lines of a table of words."""
    return _TABLES[name].strip().splitlines()


def words(name: str) -> list[str]:
    """All words of a table."""
    return _TABLES[name].split()
