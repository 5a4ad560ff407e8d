"""Reads TOML that people write by hand, strictly: what is not understood is an error.

Such a file is a list of tables with one header, as ``[[withheld]]``. All that is wrong with
it is collected, each with its line, so that it can be reported at once. Pure.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

_TEXT = re.compile(r"""\"(?:[^"\\]|\\.)*+\"|'[^']*'|#.*""")
_CURLY = re.compile("[„“”‟‘’‚«»]")
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


class TomlError(ValueError):
    """A text is no TOML, or holds no tables of the kind that is expected."""


class TomlProblem(NamedTuple):
    """Something that is wrong in a file.

    ``line`` counts from 1, None where it cannot be known; ``key`` is "" where the table as
    a whole is meant; ``why`` completes a sentence that begins with the key.
    """

    line: int | None
    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.key} {self.why}" if self.key else self.why


@dataclass
class TomlTable:
    """One table of a file: its values by key, and what is wrong with them.

    ``number`` counts from 1; ``first_line`` is that of the header, None where it cannot be
    known (tables written in line, a header within a text).
    """

    values: Mapping[str, Any]
    number: int
    first_line: int | None
    _lines: Sequence[str]
    problems: list[TomlProblem] = field(default_factory=list)

    def wrong(self, key: str, why: str) -> None:
        """Note that the value of a key is wrong, or that the key is missing.

        A key in a table within is written "table.key".
        """
        line = self.first_line
        if line is not None and key:
            line += _line_of(self._lines, key)
        self.problems.append(TomlProblem(line, key, why))

    def take(self, key: str, read: Callable[[Any], T], default: T) -> T:
        """Return what ``read`` makes of the value of a key; the default if it is not there.

        A ValueError of ``read`` is noted as a problem of the key.
        """
        if key not in self.values:
            return default
        try:
            return read(self.values[key])
        except ValueError as error:
            self.wrong(key, str(error))
            return default


def read_tables(
    text: str, header: str, keys: Collection[str]
) -> tuple[list[TomlTable], list[TomlProblem]]:
    """Read a file that consists of tables ``[[header]]``.

    :param keys: what a table may say; any other key is noted as its problem, with the known
        key that is nearest to it
    :returns: the tables in their order, and what is wrong outside of them
    :raises TomlError: the text is no TOML, or ``header`` is something else than tables
    """
    document, lines = _parsed(text), text.split("\n")
    problems = [
        TomlProblem(
            1 + _line_of(lines, key), key, f"is unknown; there are [[{header}]] tables only"
        )
        for key in document
        if key != header
    ]
    tables = document.get(header, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TomlError(f"{header!r} must be tables; write [[{header}]] above each")
    blocks = _blocks(lines, header, len(tables))
    read = [
        TomlTable(table, number, *block)
        for number, (table, block) in enumerate(zip(tables, blocks, strict=True), 1)
    ]
    for table in read:
        for key in sorted(table.values.keys() - set(keys)):
            table.wrong(key, unknown_key(key, keys))
    return read, problems


def read_table(text: str, keys: Collection[str]) -> TomlTable:
    """Read a file that is one table.

    :param keys: what it may say; any other key is noted as its problem
    :raises TomlError: the text is no TOML
    """
    table = TomlTable(_parsed(text), 1, 1, text.split("\n"))
    for key in sorted(table.values.keys() - set(keys)):
        table.wrong(key, unknown_key(key, keys))
    return table


def line_of_key(text: str, key: str) -> int:
    """The line of a text that sets a key, counted from 1."""
    return 1 + _line_of(text.split("\n"), key)


def unknown_key(key: str, keys: Collection[str]) -> str:
    """What is wrong with a key that is none of some, with the one that was meant."""
    near = difflib.get_close_matches(key, keys, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(keys))}"
    return f"is unknown; {hint}"


def flag(value: Any) -> bool:
    """Read true or false.

    :raises ValueError: it is something else
    """
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def line_of_text(value: Any) -> str:
    """Read text, as one line with single spaces.

    :raises ValueError: it is no text
    """
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return " ".join(value.split())


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        hint = _hint(text.split("\n"), str(error))
        raise TomlError(f"is no valid TOML: {error}{f'; {hint}' if hint else ''}") from error


def _hint(lines: Sequence[str], error: str) -> str:
    """What to write instead, where that is plain; the parser names the line where it gave up."""
    place = _PLACE.search(error)
    last = int(place[1]) if place else len(lines)
    bare = [_TEXT.sub("", line) for line in lines]  # what is not within texts and comments
    for number, line in enumerate(bare[:last], 1):
        if curly := _CURLY.search(line):
            return f'line {number} has {curly[0]}: write straight quotes, "'
    opened, depth = 0, 0
    for number, line in enumerate(bare, 1):
        if number <= last and '"' in line.replace('"""', ""):
            return f"a quote in line {number} has no other half"
        opened = number if depth == 0 else opened
        depth = max(0, depth + line.count("[") - line.count("]"))
    if depth and opened <= last:
        return f"the [ in line {opened} has no ]"
    return "between two texts of a list stands a comma" if "Unclosed array" in error else ""


def _blocks(
    lines: Sequence[str], header: str, count: int
) -> Iterator[tuple[int | None, Sequence[str]]]:
    """Yield the number of each table's first line, and its lines; None if they do not tally."""
    pattern = re.compile(rf"\s*\[\[\s*{re.escape(header)}\s*\]\]")
    starts = [number for number, line in enumerate(lines) if pattern.match(line)]
    if len(starts) != count:
        yield from [(None, ())] * count
        return
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        yield start + 1, lines[start:end]


def _line_of(lines: Sequence[str], key: str) -> int:
    """The index of the line that sets a key, or heads its table; 0 if there is none."""
    outer, dot, inner = key.partition(".")
    if dot:
        first = _line_of(lines, outer)
        return first + _line_of(lines[first:], inner)
    pattern = re.compile(rf"\s*(?:\[+\s*(?:\w+\s*\.\s*)?)?[\"']?{re.escape(key)}\b")
    return next((number for number, line in enumerate(lines) if pattern.match(line)), 0)
