"""JSON as pages hold it: strict where it can be read so, and as far as it goes where it is broken.

Libraries repair more, but not in linear time: json-repair (0.64) takes seconds on twelve kilobytes
of stray quotes. Here tokens are found by one expression that never goes back, and values are built
from them with what is open on a stack, so that commas and closing brackets may be missing.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

MOST = 2_000_000  # characters; more is no description of a page
DEEPEST = 100  # values within each other

# A quote ends a string only where something follows that may stand after one.
_AFTER = (
    r"""\s*+(?:[:}\]]|/[/*]|,\s*+(?:["'{\[}\]\-\d]|true|false|null|[\w$@]++\s*+:|/[/*]|\Z)|\Z)"""
)
_TOKEN = re.compile(
    rf""""(?P<double>(?>[^"\\]|\\.|"(?!{_AFTER}))*+)(?:"|\\?\Z)"""
    rf"""|'(?P<single>(?>[^'\\]|\\.|'(?!{_AFTER}))*+)(?:'|\\?\Z)"""
    r"|//[^\n]*+|/\*(?>[^*]|\*(?!/))*+(?:\*/|\Z)"
    r"|(?P<mark>[{}\[\]:,])"
    r"|(?P<word>[\w@$.+-]++)",
    re.S,
)
_WRAPPED = re.compile(
    r"(?:\s|<!--|-->|<!\[CDATA\[|\]\]>|//(?=\s*+(?:<!|\]\]>|-->))|/\*\s*<!\[CDATA\[\s*\*/|"
    r"/\*\s*\]\]>\s*\*/|;)*+"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "\n"}
_WORDS = {"true": True, "false": False, "null": None}


def read_json(text: str) -> tuple[list[Any], bool]:
    """The values that a text holds, one after another, and whether they are all in order.

    White space, comments around the text and HTML's entities for quotes are no fault.
    """
    text = text[_WRAPPED.match(text).end() : MOST]  # type: ignore[union-attr]
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    decoder = json.JSONDecoder(strict=False)  # line breaks may stand within strings
    values: list[Any] = []
    at = 0
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return values + _loose(text[at:]), False
        values.append(value)
        at = _WRAPPED.match(text, at).end()  # type: ignore[union-attr]
    return values, True


def _loose(text: str) -> list[Any]:
    """The values of a text that is no JSON; those too deep within others are left out."""
    top: list[Any] = []
    open_values: list[Any] = [top]
    keys: list[str | None] = [None]  # of the open values: what the next value is called
    for token in _TOKEN.finditer(text):
        mark, container = token["mark"], open_values[-1]
        if mark in ("}", "]"):
            if len(open_values) > 1:
                open_values.pop()
                keys.pop()
            continue
        if mark == ",":
            keys[-1] = None
            continue
        if mark == ":":
            continue
        if mark:
            value: Any = {} if mark == "{" else []
        else:
            value = _scalar(token)
            if value is _NOTHING:
                continue
        if isinstance(container, list):
            container.append(value)
        elif keys[-1] is None:
            keys[-1] = value if isinstance(value, str) else None
        else:
            container.setdefault(keys[-1], value)
            keys[-1] = None
        if mark:
            open_values.append(value if len(open_values) < DEEPEST else [])
            keys.append(None)
    return [value for value in top if isinstance(value, (dict, list))]


_NOTHING = object()


def _scalar(token: re.Match[str]) -> Any:
    """The value of a token that is a text, a number or a word; ``_NOTHING`` for a comment."""
    text = token["double"] if token["double"] is not None else token["single"]
    if text is not None:
        return _ESCAPE.sub(_unescaped, text)
    word = token["word"]
    if word is None:
        return _NOTHING
    if word in _WORDS:
        return _WORDS[word]
    return word  # a number is read by who needs one


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPES.get(escape[2], escape[2])
