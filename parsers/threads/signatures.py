"""Signatures below posts that no markup tells apart: what a rule or a row of strokes begins."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

#: Stands in a text where the page draws a horizontal rule.
RULE = "\x1e"
_STROKES = re.compile(r"[_=~*\u2014\u2500-]{5,}")
_BREAK = re.compile(rf"(?:--|—|{RULE})\s*")
_NOTICE = 15  # characters; what is shorter is a greeting or thanks
_USUAL = 0.9  # of the posts; people do say the same thing twice
_SEVERAL = 4  # posts
_LONGEST = 600  # characters


def without_signatures(texts: Sequence[str], authors: Sequence[str | None]) -> list[str]:
    """Texts of posts without the signatures at their ends, and without the marks of rules.

    What follows a row of underscores is one; what follows a rule, "--" or other strokes is one
    if it stands below another post of the same author as well.
    """
    tails: dict[tuple[str, str], int] = defaultdict(int)
    borders = [_border(text) for text in texts]
    for border, text, author in zip(borders, texts, authors, strict=True):
        if border is not None and author:
            tails[author, _tail(text, border)] += 1
    plain = []
    for border, text, author in zip(borders, texts, authors, strict=True):
        lines = text.split("\n")
        if border is not None and (
            lines[border].startswith("_____") or tails[author or "", _tail(text, border)] > 1
        ):
            lines = lines[:border]
        plain.append(_joined(lines))
    return _without_notices(plain)


def _without_notices(texts: Sequence[str]) -> list[str]:
    """Texts without the paragraphs at their beginning and end that stand in nearly all of them."""
    counts = Counter(
        part for text in texts for part in {*text.split("\n\n")} if len(part) > _NOTICE
    )
    least = max(_SEVERAL, _USUAL * len(texts))
    usual = {part for part, count in counts.items() if count >= least and part[:1] != ">"}
    if not usual:
        return list(texts)
    plain = []
    for text in texts:
        parts = text.split("\n\n")
        while len(parts) > 1 and parts[-1] in usual:
            parts.pop()
        while len(parts) > 1 and parts[0] in usual:
            del parts[0]
        plain.append("\n\n".join(parts))
    return plain


def _border(text: str) -> int | None:
    """The number of the line that may begin a signature; None if there is none."""
    lines = text.split("\n")
    length = 0
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number].strip()
        if _STROKES.fullmatch(line) or _BREAK.fullmatch(line):
            above = any(each.strip(RULE + " ") for each in lines[:number])
            return number if above and length else None
        length += len(line)
        if length > _LONGEST:
            break
    return None


def _tail(text: str, border: int) -> str:
    return "\n".join(text.split("\n")[border + 1 :]).strip()


def _joined(lines: Sequence[str]) -> str:
    """Lines without the marks of rules, paragraphs separated by one empty line."""
    kept = "\n".join("" if line.strip("> ") == RULE else line for line in lines)
    return re.sub(r"\n{3,}", "\n\n", kept.replace(RULE, "")).strip("\n")
