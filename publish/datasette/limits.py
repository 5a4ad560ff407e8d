"""What the public profile refuses of Datasette's pages, beside arbitrary SQL. Pure.

Its own tables are there to be read, not those that SQLite and its full-text index keep for
themselves; and a facet of any column would have strangers count the whole archive at will.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from publish.data.dictionary import TABLES

#: Beside these, every parameter that begins so asks to count a column.
_FACET = "_facet"
_FACET_SIZE = "_facet_size"


def may_view(table: str) -> bool:
    """Whether strangers may read a table: the data dictionary has it, and not as hidden."""
    known = TABLES.get(table)
    return known is not None and not known.hidden


def facet_refused(arguments: Mapping[str, Iterable[str]], known: Collection[str]) -> str | None:
    """The facet that a request asks for beside those that a table has; None if there is none."""
    for name, values in arguments.items():
        if not name.startswith(_FACET) or name == _FACET_SIZE:
            continue
        for value in values:
            if name != _FACET or value not in known:
                return value
    return None
