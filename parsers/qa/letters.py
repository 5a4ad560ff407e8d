"""Letters to somebody who answers: "Dear Dr. Roe, ... Signed, Worried", and "Dear Worried, ..."."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.page.lines import Line, trimmed
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.qa.several import Asked, is_below

_GREETING_LIMIT = 60  # characters; of the greeting itself
_CLOSING_LIMIT = 80  # characters; of a line that signs
_WORD = re.compile(r"[^\W\d_]{4,}")
_DASH = re.compile(r"(?:--|[–—])\s*(?=\w)")  # before a signature in the letter's last line


@dataclass(frozen=True, slots=True)
class _Greeting:
    """A line that greets somebody: its number, and whom."""

    line: int
    whom: str


def read_letters(page: Page) -> list[Asked]:
    """The letters of a page, each with the reply that follows it."""
    greetings = [each for n in _numbers(page) if (each := _greeting(page, n))]
    asked: list[Asked] = []
    n = 0
    while n + 1 < len(greetings):
        letter, reply = greetings[n], greetings[n + 1]
        if not _belong(page, letter, reply):
            n += 1
            continue
        end = greetings[n + 2].line if n + 2 < len(greetings) else len(page.lines)
        question = trimmed(page.lines[letter.line : reply.line])
        answer = trimmed(page.lines[reply.line : _reply_end(page, reply.line, end)])
        asked.append(Asked(letter.line, question, (answer,), "a letter", "the reply"))
        n += 2
    return asked


def _numbers(page: Page) -> list[int]:
    return page.beginning_unlike(page.words.no_letter)


def _greeting(page: Page, n: int) -> _Greeting | None:
    line = page.lines[n]
    match = page.words.letter.match(line.text) if line.text and not line.level else None
    if match is None:
        return None
    rest = line.text[match.end() : match.end() + _GREETING_LIMIT]
    stop = re.search(r"[,:!;\n]", rest)
    if stop is None and len(line.text) > _GREETING_LIMIT:
        return None
    whom = rest[: stop.start()] if stop else rest
    return _Greeting(n, whom.strip(" .")) if whom.strip(" .") else None


def _belong(page: Page, letter: _Greeting, reply: _Greeting) -> bool:
    """Whether a letter and what follows are one and its reply: the reply greets who signed."""
    signature = _signature(page, letter.line, reply.line)
    if signature is None:
        return False
    named = {word.casefold() for word in _WORD.findall(reply.whom)}
    signed = {word.casefold() for word in _WORD.findall(signature)}
    to_expert = _is_expert(page, letter.whom) and not _is_expert(page, reply.whom)
    return bool(named & signed) or to_expert


def _is_expert(page: Page, whom: str) -> bool:
    return expert_of(whom) is not None or page.words.addressee.fullmatch(whom) is not None


def _signature(page: Page, start: int, end: int) -> str | None:
    """The words with which a letter closes: its last lines, if they are short."""
    last: list[Line] = []
    for n in range(end - 1, start, -1):
        line = page.lines[n]
        if not line.text or line.level:
            continue
        if len(line.text) > _CLOSING_LIMIT:
            break
        last.append(line)
        if page.words.closing.match(line.text) or len(last) == 3:
            break
    if last:
        return " ".join(line.text for line in reversed(last))
    numbers = range(end - 1, start - 1, -1)
    text = next((page.lines[n].text for n in numbers if page.lines[n].text), "")
    dash = _DASH.search(text, max(0, len(text) - _CLOSING_LIMIT))
    return text[dash.end() :] if dash else None


def _reply_end(page: Page, start: int, end: int) -> int:
    """The line before which a reply ends: a heading, the frame of the page, the next letter."""
    numbers = range(start + 1, end)
    return next((n for n in numbers if page.lines[n].level or is_below(page, n)), end)
