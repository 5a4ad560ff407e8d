"""What curators withhold: a file under version control, read strictly.

::

    [[withheld]]
    question = "netwellness/29280"
    reason = "The person who asked wants it taken down."
    on = 2026-11-22

``question`` is the name of the site, and what the site calls the question: its id, and for one
of several on a page ``#`` and the anchor; without that, all questions of the page are meant.
Instead of it, ``url`` may give the address of the page; ``by`` may say who decided.
Anything else in the file is an error: what a curator wanted withheld must not be shown
because of a slip of the pen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from parsers.strict_toml import TomlError, TomlTable, line_of_text, read_tables
from parsers.urls import canonical_url, is_question_url, question_url, site_named
from pipelines.db.connection import ArchiveError
from pipelines.db.rules import Key, key_of, page_of

#: What the file is called where nobody names another.
DEFAULT_NAME = "withheld.toml"


_KEYS = ("question", "url", "reason", "on", "by")
#: A site's name and what the site calls the question, which may have slashes in it.
_QUESTION = re.compile(r"([^/\s]+)/(\S(?:.*\S)?)")


class TakedownError(ArchiveError):
    """The file of withheld questions cannot be used; the message lists all that is wrong."""


@dataclass(frozen=True, slots=True)
class Takedown:
    """A question that is withheld.

    ``url`` is that of its page, canonical; None where that does not follow from its id. ``on``
    is the day since when, ``by`` who decided ("" if the file does not say).
    """

    site: str
    source_id: str
    url: str | None
    reason: str
    on: date
    by: str = ""

    @property
    def key(self) -> Key:
        """Site and id."""
        return (self.site, self.source_id)

    @property
    def name(self) -> str:
        """As the file writes it: ``netwellness/29280``."""
        return f"{self.site}/{self.source_id}"


def read_withheld(path: Path, *, optional: bool = False) -> tuple[Takedown, ...] | None:
    """The questions that a file withholds, in its order.

    :param optional: the file may be missing
    :returns: None if there is no file
    :raises TakedownError: it cannot be read, or anything in it is wrong
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if optional:
            return None
        raise TakedownError(
            f"there is no {path} (WITHHELD_FILE), and without it nothing would be withheld; "
            "write it, or an empty file if nothing is to be"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TakedownError(f"{path} (WITHHELD_FILE) cannot be read: {error}") from error
    return parse_withheld(text, str(path))


def parse_withheld(text: str, name: str = DEFAULT_NAME) -> tuple[Takedown, ...]:
    """The questions that the text of such a file withholds, in its order. Pure.

    :param name: what messages call the file
    :raises TakedownError: anything in it is wrong
    """
    try:
        tables, problems = read_tables(text, "withheld", _KEYS)
    except TomlError as error:
        raise TakedownError(f"{name} {error}") from error
    wrong = [f"{name} line {problem.line}: {problem}" for problem in problems]
    places: dict[Key, str] = {}
    entries = []
    for table in tables:
        entry = _entry(table)
        wrong += [f"{_place(name, table, each.line)}: {each}" for each in table.problems]
        if entry is None:
            continue
        place = _place(name, table, table.first_line)
        if entry.key in places:
            wrong.append(f"{place}: {entry.name} is withheld twice, also at {places[entry.key]}")
        places[entry.key] = place
        entries.append(entry)
    if wrong:
        raise TakedownError("\n".join(wrong))
    return tuple(entries)


def _place(name: str, table: TomlTable, line: int | None) -> str:
    return f"{name} line {line}" if line else f"{name} entry {table.number}"


def _entry(table: TomlTable) -> Takedown | None:
    """Return what a table says; None, with its problems noted, if anything in it is wrong."""
    question = _question(table)
    reason = table.take("reason", line_of_text, None)
    if not reason and (reason is not None or "reason" not in table.values):
        table.wrong("reason", "is missing; readers are told it in place of the question")
    by = table.take("by", line_of_text, "")
    on = table.values.get("on")
    if not isinstance(on, date) or isinstance(on, datetime):
        table.wrong("on", "must be a day without quotes, such as on = 2026-11-22")
        return None
    if table.problems or question is None or reason is None:
        return None
    return Takedown(*question, reason, on, by)


def _question(table: TomlTable) -> tuple[str, str, str | None] | None:
    """The site, number and canonical URL of the question that a table names."""
    if ("question" in table.values) == ("url" in table.values):
        why = 'needs exactly one of question = "site/number" and url = "http://..."'
        table.wrong("", why)
        return None
    if "url" in table.values:
        return table.take("url", _read_url, None)
    return table.take("question", _read_question, None)


def _read_url(value: Any) -> tuple[str, str, str | None]:
    url, _, anchor = value.partition("#") if isinstance(value, str) else ("", "", "")
    url = canonical_url(url)
    if not is_question_url(url):
        raise ValueError(
            f"{value!r} is no question page of a declared site, such as "
            "http://www.netwellness.org/question.cfm/29280.htm; only these have records"
        )
    site, id_ = key_of(url)
    return site, f"{id_}#{anchor}" if anchor else id_, url


def _read_question(value: Any) -> tuple[str, str, str | None]:
    match = _QUESTION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'{value!r} is not as "netwellness/29280": site/id')
    site, id_ = match.groups()
    if site_named(site) is None and "." not in site and ":" not in site:
        raise ValueError(f'{value!r}: no site is called {site!r}; use url = "http://..."')
    url = question_url(site, id_.partition("#")[0])
    if url is not None and key_of(url) != page_of((site, id_)):
        raise ValueError(f"{value!r}: {id_!r} is nothing that {site} calls a question")
    return site, id_, url


def as_toml(entry: Takedown, *, commented: bool = False, notes: Iterable[str] = ()) -> str:
    """An entry as the file has it.

    :param commented: behind ``#``, for a curator to decide
    :param notes: lines of comment before it
    """
    lines = [
        "[[withheld]]",
        f"question = {_quoted(entry.name)}",
        f"reason = {_quoted(entry.reason)}",
        f"on = {entry.on.isoformat()}",
        *([f"by = {_quoted(entry.by)}"] if entry.by else []),
    ]
    plain = ("".join(c if c.isprintable() else " " for c in note) for note in notes)
    remarks = [f"# {' '.join(note.split())}" for note in plain]
    return "\n".join([*remarks, *(f"# {line}" if commented else line for line in lines)]) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0: controls, quotes and backslashes escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )
