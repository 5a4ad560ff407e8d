"""What curators withhold: a file under version control, read strictly.

::

    [[withheld]]
    question = "netwellness/29280"
    reason = "The person who asked wants it taken down."
    on = 2026-11-22

Instead of ``question``, ``url`` may give the address of the page; ``by`` may say who decided.
Anything else in the file is an error: what a curator wanted withheld must not be shown
because of a slip of the pen.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from parsers.urls import canonical_url, is_question_url, question_url
from pipelines.db.connection import ArchiveError
from pipelines.db.keys import Key, key_of

#: What ``WITHHELD_FILE`` is where nobody has set it: the one name that need not be there.
DEFAULT_NAME = "withheld.toml"


_KEYS = ("question", "url", "reason", "on", "by")
_QUESTION = re.compile(r"([^/\s]+)/([0-9]+)")
_HEADER = re.compile(r"^[ \t]*\[\[\s*withheld\s*\]\]", re.M)


class TakedownError(ArchiveError):
    """The file of withheld questions cannot be used; the message lists all that is wrong."""


@dataclass(frozen=True, slots=True)
class Takedown:
    """A question that is withheld.

    ``url`` is canonical, None where it does not follow from site and number. ``on`` is the
    day since when, ``by`` who decided ("" if the file does not say).
    """

    site: str
    source_id: str
    url: str | None
    reason: str
    on: date
    by: str = ""

    @property
    def key(self) -> Key:
        """Site and number."""
        return (self.site, self.source_id)

    @property
    def name(self) -> str:
        """As the file writes it: ``netwellness/29280``."""
        return f"{self.site}/{self.source_id}"


def read_withheld(path: Path) -> tuple[Takedown, ...] | None:
    """The questions that a file withholds, in its order.

    :returns: None if there is no file; only one with the default name may be missing
    :raises WithheldError: it cannot be read, or anything in it is wrong
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if path.name == DEFAULT_NAME and path.parent in (Path(), Path.cwd()):
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
    :raises WithheldError: anything in it is wrong
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TakedownError(f"{name} is no TOML: {error}") from error
    wrong = [
        f"{name}: {key!r} is unknown; the file holds [[withheld]] tables and nothing else"
        for key in values.keys() - {"withheld"}
    ]
    tables = values.get("withheld", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise TakedownError(f"{name}: 'withheld' must be tables, each headed [[withheld]]")
    places = _places(text, len(tables), name)
    found: dict[Key, tuple[Takedown, str]] = {}
    for table, place in zip(tables, places, strict=True):
        one, problems = _entry(table)
        wrong += [f"{place}: {problem}" for problem in problems]
        if one is None:
            continue
        if one.key in found:
            wrong.append(f"{place}: {one.name} is withheld twice, also at {found[one.key][1]}")
        found[one.key] = (one, place)
    if wrong:
        raise TakedownError("\n".join(wrong))
    return tuple(one for one, _ in found.values())


def _places(text: str, count: int, name: str) -> list[str]:
    """Where each table is: by line if its header can be found, otherwise by its number."""
    lines = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    if len(lines) == count:
        return [f"{name} line {line}" for line in lines]
    return [f"{name} entry {number}" for number in range(1, count + 1)]


def _entry(table: Mapping[str, Any]) -> tuple[Takedown | None, list[str]]:
    """What a table says, or what is wrong with it."""
    wrong = [_unknown(key) for key in table if key not in _KEYS]
    place = _place(table, wrong)
    reason, by = (_text(table, key, wrong, needed=key == "reason") for key in ("reason", "by"))
    on = table.get("on")
    if not isinstance(on, date) or isinstance(on, datetime):
        wrong.append("on must be a day without quotes, such as on = 2026-11-22")
        on = date.min
    if wrong or place is None:
        return None, wrong
    return Takedown(*place, reason, on, by), []


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, _KEYS, 1)
    return f"{key!r} is unknown; " + (
        f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_KEYS)}"
    )


def _text(table: Mapping[str, Any], key: str, wrong: list[str], *, needed: bool) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        wrong.append(f"{key} must be text in quotes")
        return ""
    line = " ".join(value.split())
    if needed and not line:
        wrong.append(f"{key} is missing; readers are told it in place of the question")
    return line


def _place(table: Mapping[str, Any], wrong: list[str]) -> tuple[str, str, str | None] | None:
    question, url = table.get("question"), table.get("url")
    if (question is None) == (url is None):
        wrong.append('needs exactly one of question = "site/number" and url = "http://..."')
        return None
    if url is not None:
        canonical = canonical_url(url) if isinstance(url, str) else ""
        if not is_question_url(canonical):
            wrong.append(
                f"url {url!r} is no question page, such as "
                "http://www.netwellness.org/question.cfm/29280.htm; only these have records"
            )
            return None
        return (*key_of(canonical), canonical)
    match = _QUESTION.fullmatch(question) if isinstance(question, str) else None
    if match is None:
        wrong.append(f'question {question!r} is not as "netwellness/29280": site/number')
        return None
    site, number = match.groups()
    known = question_url(site, number)
    if known is None and "." not in site and ":" not in site:
        wrong.append(f'question {question!r}: no site is called {site!r}; use url = "http://..."')
        return None
    return site, number, known


def as_toml(one: Takedown, *, commented: bool = False, notes: Iterable[str] = ()) -> str:
    """An entry as the file has it.

    :param commented: behind ``#``, for a curator to decide
    :param notes: lines of comment before it
    """
    lines = [
        "[[withheld]]",
        f'question = "{one.name}"',
        f"reason = {_quoted(one.reason)}",
        f"on = {one.on.isoformat()}",
        *([f"by = {_quoted(one.by)}"] if one.by else []),
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
