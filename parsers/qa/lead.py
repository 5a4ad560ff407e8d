"""A question without a label that stands out from its answer: a quote, or emphasised lines.

A column of questions prints it so above the answer; the text must begin with it.
"""

from __future__ import annotations

from parsers.page.lines import Line, trimmed
from parsers.qa.doubt import Doubt
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.qa.several import Asked

_LEAST = 40  # characters; a shorter text is no answer, and a shorter bold line a heading
_NAME_LIMIT = 60  # characters
_DOUBT = Doubt("the question is known by its type alone", 0.8)
_ASKS = ("?", "？", "؟")


def read_lead(page: Page, start: int) -> list[Asked]:
    """The question with which a text begins, and its answer; none where it begins otherwise.

    :param start: the number of the text's first line
    """
    numbers = [n for n in range(start, len(page.lines)) if page.lines[n].text]
    if not numbers or not (style := _style(page.lines[numbers[0]])):
        return []
    following = (n for n in numbers if _style(page.lines[n]) != style)
    end = next(following, len(page.lines))
    question, answer = trimmed(page.lines[start:end]), trimmed(page.lines[end:])
    if not _is_question(page, question, style) or sum(len(line.text) for line in answer) < _LEAST:
        return []
    if any(_style(line) == style and line.text.endswith(_ASKS) for line in answer):
        return []  # an interview
    how = "a quote or italics" if style == "i" else "bold lines"
    return [Asked(numbers[0], question, (answer,), how, f"below {how}", doubts=(_DOUBT,))]


def _style(line: Line) -> str:
    """How a line stands out: "i" for italics and quotes, "b" for bold; "" for the rest."""
    if line.level or line.item or line.style == "?":
        return ""
    return "i" if "i" in line.style[:2] else "b" if line.style[:1] == "b" else ""


def _is_question(page: Page, lines: tuple[Line, ...], style: str) -> bool:
    """Whether lines ask: somebody in a letter, or with a question mark at a sentence's end."""
    greeting = page.words.letter.match(lines[0].text)
    whom = lines[0].text[greeting.end() :][:_NAME_LIMIT].rstrip(" ,:!") if greeting else ""
    if whom and (expert_of(whom) or page.words.addressee.fullmatch(whom)):
        return True
    if style == "b":
        return len(lines[-1].text) >= _LEAST and lines[-1].text.endswith(_ASKS)
    return any(sign in line.text for line in lines for sign in _ASKS)
