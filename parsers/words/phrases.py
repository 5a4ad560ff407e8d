"""Phrases: how the tables of labels, and declarations, write words that a page may print.

===================  =====================================================================
``for more``         words, with any white space between them; capitals do not matter
``[the|your] text``  words that may be missing
``(is|are) gone``    one of several
``answer[s]``        an ending that may be missing
``page ... gone``    up to 60 characters of anything between
``the {name} page``  a name that is wanted (up to 100 characters)
``^pending$``        nothing but signs before, nothing but signs after
===================  =====================================================================

They are no regular expressions, so that no declaration can make reading slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

_TOKEN = re.compile(
    r"(?P<space>\s*)(?:\[(?P<maybe>[^][()]*)\]|\((?P<either>[^][()]*)\)|(?P<dots>\.\.\.)"
    r"|(?P<name>\{name\})|(?P<start>\^)|(?P<end>\$)|(?P<word>[^][()\s.^${}]+|\.))"
)
_APOSTROPHE = re.compile("['’`´]")
_LONGEST = 300  # characters


class PhraseError(ValueError):
    """A text is no phrase."""


def pattern_of(phrases: Iterable[str]) -> str:
    """The regular expression, for any one of some phrases; longer ones first.

    :raises PhraseError: see :func:`check_phrase`
    """
    patterns = {_pattern(phrase): None for phrase in phrases}
    return "(?:" + "|".join(patterns) + ")" if patterns else "(?!)"


def check_phrase(phrase: str) -> str:
    """Return a phrase as it is.

    :raises PhraseError: brackets do not match, or nothing of it must be there
    """
    tokens = _tokens(phrase)
    if len(phrase) > _LONGEST or not any(token["word"] or token["either"] for token in tokens):
        raise PhraseError(f"{phrase!r} must be words such as 'answer[s]' or '[the] (reply|answer)'")
    return phrase


def beginnings(phrases: Iterable[str]) -> frozenset[str]:
    """The first two characters, in small letters, of what some phrases may stand for."""
    return frozenset(text[:2] for phrase in phrases for text in _readings(phrase))


def _tokens(phrase: str) -> list[re.Match[str]]:
    tokens, at = [], 0
    phrase = phrase.strip()
    while at < len(phrase):
        token = _TOKEN.match(phrase, at)
        if token is None:
            raise PhraseError(f"{phrase!r} has a bracket without its pair, at {phrase[at:]!r}")
        tokens.append(token)
        at = token.end()
    return tokens


def _pattern(phrase: str) -> str:
    """A regular expression. White space beside what may be missing may be missing with it."""
    parts: list[str] = []
    tokens = _tokens(phrase)
    owed = False  # whether the space before a token went into the one before it
    for n, token in enumerate(tokens):
        space = r"\s+" if token["space"] and not owed else ""
        owed = bool(token["dots"])
        if token["maybe"] is not None:
            words = _either(token["maybe"])
            begins = not any(t["maybe"] is None and not t["start"] for t in tokens[:n])
            if begins and n + 1 < len(tokens) and tokens[n + 1]["space"]:
                parts.append(rf"(?:{words}\s+)?")
                owed = True
            else:
                parts.append(f"(?:{space}{words})?")
        elif token["either"] is not None:
            parts.append(space + _either(token["either"]))
        elif token["dots"]:
            parts.append(".{0,60}?" + (r"\b" if _is_word(tokens[n + 1 :]) else ""))
        elif token["name"]:
            parts.append(space + "(.{1,100}?)")
        elif token["start"]:
            parts.append(r"^\W*")
        elif token["end"]:
            parts.append(r"\W*$")
        else:
            parts.append(space + _words(token["word"]))
    return "".join(parts)


def _is_word(following: list[re.Match[str]]) -> bool:
    return bool(following) and bool(following[0]["word"] or following[0]["either"])


def _either(words: str) -> str:
    return "(?:" + "|".join(map(_words, words.split("|"))) + ")"


def _words(text: str) -> str:
    pattern = r"\s+".join(map(re.escape, text.split())) if text.strip() else r"\s+"
    return _APOSTROPHE.sub(_APOSTROPHE.pattern, pattern)


def _readings(phrase: str) -> set[str]:
    """The beginnings of all that a phrase may stand for, as far as its first two characters."""
    texts = {""}
    for token in _tokens(phrase.lower()):
        if all(len(text) > 1 for text in texts):
            break
        words = token["maybe"] if token["maybe"] is not None else token["either"] or token["word"]
        choices = (words or "").split("|")
        choices = [*choices, ""] if token["maybe"] is not None else choices
        space = " " if token["space"] else ""
        texts = {
            text if len(text) > 1 else (text + space + choice).lstrip()
            for text, choice in product(texts, choices)
        }
    return texts
