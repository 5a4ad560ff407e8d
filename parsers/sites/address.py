"""Patterns of addresses, as declarations write them: ``/threads/{slug}.{id:digits}[/page-{page}]``.

A pattern is a path, and a query if need be. ``{id}`` is what the site calls the question,
``{page}`` the number of a further page of it, ``{offset}`` the same where it counts posts; any
other name stands for one segment that may be anything. ``{name:digits}`` holds digits only,
``{name:path}`` also slashes. What stands in ``[...]`` may be absent. Case, doubled slashes and
a slash at the end do not count; of a query, only what the pattern names does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

_FIELD = re.compile(r"\{([a-z_]+)(?::(digits|path))?\}")
_KINDS = {None: "[^/?#&;]+?", "digits": "[0-9]+", "path": "[^?#]+?"}
_NUMBER = "[0-9]{1,9}"  # of a page or a post; what is longer numbers neither, and fits no column
_NUMBERS = ("page", "offset")
_OPTIONAL_PIECE = re.compile(r"\[&([^\[\]]+)\]")


class PatternError(ValueError):
    """A pattern of addresses that cannot be understood; completes a sentence about it."""


@dataclass(frozen=True)
class AddressPattern:
    """A pattern of addresses.

    :raises PatternError: it is none
    """

    text: str

    def __post_init__(self) -> None:
        """See that it can be compiled."""
        if not self.text.startswith("/"):
            raise PatternError(f"{self.text!r} must begin with a slash, such as /ask/{{id}}/")
        rest = _FIELD.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise PatternError(
                f"{self.text!r}: a placeholder is {{name}}, {{name:digits}} or {{name:path}}"
            )
        if "}{" in self.text:
            raise PatternError(
                f"{self.text!r} has two placeholders side by side; nothing tells where one ends"
            )
        if re.search(r"\[[^\]]*\[", self.text):
            raise PatternError(f"{self.text!r} has brackets within brackets; write them in a row")
        if "*" in self.text:
            raise PatternError(f"{self.text!r}: * is for follow and skip; write {{slug}} here")
        names = self.fields
        if twice := {name for name in names if names.count(name) > 1}:
            raise PatternError(f"{self.text!r} names {{{min(twice)}}} twice")
        try:
            self._path, self._query  # noqa: B018  (compiled once, here)
        except re.error as error:
            raise PatternError(f"{self.text!r} has a bracket without its other half") from error

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its placeholders, in order."""
        return tuple(name for name, _ in _FIELD.findall(self.text))

    def match(self, path: str, query: str) -> dict[str, str] | None:
        """The values of its placeholders in an address, as written; None if it does not fit."""
        match = self._path.fullmatch(path)
        if match is None:
            return None
        values = {name: value for name, value in match.groupdict().items() if value is not None}
        pieces = re.split("[&;]", query) if query else []
        for pattern, optional in self._query:
            fit = next((fit for piece in pieces if (fit := pattern.fullmatch(piece))), None)
            if fit is not None:
                values |= fit.groupdict()
            elif not optional:
                return None
        return values

    def fill(self, values: Mapping[str, str]) -> str:
        """The address with some values; what is in brackets only if all of its values are there.

        :raises KeyError: a value is missing outside of brackets
        """

        def optional(part: re.Match[str]) -> str:
            names = [name for name, _ in _FIELD.findall(part[1])]
            return part[1] if names and all(name in values for name in names) else ""

        text = re.sub(r"\[([^\[\]]*)\]", optional, self.text)
        return _FIELD.sub(lambda field: values[field[1]], text)

    @property
    def _halves(self) -> tuple[str, str]:
        """The path and the query; ``[?page={page}]`` is a query that may be absent."""
        path, _, query = self.text.replace("[?", "?[&").partition("?")
        return path, query

    @cached_property
    def _path(self) -> re.Pattern[str]:
        # A slash at the end, or before what is optional there, need not be.
        path = self._halves[0].replace("/[", "[/").rstrip("/")
        return re.compile(f"{_expression(path)}/*", re.I)

    @cached_property
    def _query(self) -> tuple[tuple[re.Pattern[str], bool], ...]:
        query = self._halves[1]
        optional = _OPTIONAL_PIECE.findall(query)
        required = [piece for piece in _OPTIONAL_PIECE.sub("", query).split("&") if piece]
        return tuple(
            (re.compile(_expression(piece), re.I), is_optional)
            for pieces, is_optional in ((required, False), (optional, True))
            for piece in pieces
        )


def _expression(template: str) -> str:
    """The regular expression of a part of a pattern."""
    parts: list[str] = []
    at = 0
    for field in _FIELD.finditer(template):
        parts.append(_literal(template[at : field.start()]))
        kind = _NUMBER if field[1] in _NUMBERS else _KINDS[field[2]]
        parts.append(f"(?P<{field[1]}>{kind})")
        at = field.end()
    parts.append(_literal(template[at:]))
    return "".join(parts)


def _literal(text: str) -> str:
    escaped = re.escape(text).replace("/", "/+")
    return escaped.replace(r"\[", "(?:").replace(r"\]", ")?")


def fits_glob(pattern: str, address: str) -> bool:
    """Whether an address fits a pattern of ``follow`` or ``skip``, in which ``*`` stands for
    anything. Case does not count; the time is linear."""
    first, *others = pattern.lower().split("*")
    text = address.lower()
    if not others:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1]:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(text) - len(others[-1]) >= at and text.endswith(others[-1])


@dataclass(frozen=True, slots=True)
class QuestionAddress:
    """What an address says of the question whose page it is.

    ``part`` numbers the pages of a thread in order, from 1; numbers may be left out, where a
    site counts posts.
    """

    source_id: str
    part: int = 1


def question_address(pattern: AddressPattern, values: Mapping[str, str]) -> QuestionAddress:
    """What the values of a pattern say. Without ``{id}`` it is the pattern's path."""
    source_id = _plain(values["id"]) if "id" in values else pattern.text.strip("/")
    number = next((int(values[name]) for name in _NUMBERS if name in values), 1)
    return QuestionAddress(source_id, max(1, number))


def _plain(escaped: str) -> str:
    """An id without escapes; as it is written, where they are not those of UTF-8: other
    encodings would make one id of several."""
    try:
        return unquote(escaped, errors="strict")
    except UnicodeDecodeError:
        return escaped
