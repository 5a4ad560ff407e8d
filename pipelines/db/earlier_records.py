"""Records of earlier versions of Housecall in the form of now, for migrations. Pure.

What a migration calls here is never changed: an archive that waits for it is to come out as one
that was migrated when it was new.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from pipelines.db.rules import to_json, version_digest
from pipelines.db.site_rows import site_row

#: The first parser, and its name since it reads other sites as well.
_RENAMED = {"netwellness@1": "labelled@1"}


def new_record(record: str, site: str) -> str:
    """The text of a version, from before questions had several answers, in the form of now.

    :param record: its canonical JSON, with one ``answer`` of all ``responders``
    """
    old: dict[str, Any] = json.loads(record)
    answer, answered_on, responders = (
        old.pop(name) for name in ("answer", "answered_on", "responders")
    )
    answers = []
    if old["status"] == "answered" or answer or answered_on or responders:
        answers.append(
            {
                "text": answer,
                "author": None,
                "responders": responders,
                "answered_on": answered_on,
                "accepted": False,
                "score": None,
                "url": None,
            }
        )
    more = {"asker": None, "asked_on": None, "language": site_row(site).language}
    return to_json({**old, **more, "answers": answers})


def new_parser(parser: str | None) -> str | None:
    """The name that a parser has now."""
    return _RENAMED.get(parser or "", parser)


def site_column(name: str, column: str) -> str | int:
    """A column of the row of ``sites`` of a site."""
    value: str | int = getattr(site_row(name), column)
    return value


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the SQL of migrations calls."""
    for name, arguments, function in (
        ("new_record", 2, new_record),
        ("digest_of", 1, version_digest),
        ("new_parser", 1, new_parser),
        ("site_column", 2, site_column),
    ):
        connection.create_function(name, arguments, function, deterministic=True)
