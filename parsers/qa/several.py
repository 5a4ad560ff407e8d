"""Several questions on one page: "Q: ... A: ..." again and again, and pages of FAQs.

On a page of FAQs no label stands before the questions: they are headings, ``<summary>``,
``<dt>``, bold lines or lines in boxes of their own, alike, and end in a question mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from parsers.page.lines import Box, Line, trimmed
from parsers.qa import labels
from parsers.qa.doubt import Doubt
from parsers.qa.layout import Page
from parsers.records import Responder
from parsers.words.vocabulary import ANSWER, QUESTION, RESPONSE, Vocabulary

_QUESTION_LIMIT = 300  # characters; a longer line is no question of an FAQ
_QUESTION_MARK = re.compile(r"[?？؟]\W*$")
_COLON = re.compile(r"\s*[:.)\-–—]")
_FEWEST = 3  # questions in boxes of their own that make a page of FAQs
_FEWEST_HEADINGS = 4  # that are headings or bold lines: articles have some as well
_TOP = 12  # lines of a text rendering among which its headings are
_HEADING = 100  # characters
_PROSE = 40  # characters; what a page says besides its menus is longer
_SHARE = 0.6  # of the page's text, what the questions without labels have at least
_SHARE_ANNOUNCED = 0.4  # an article may have some at its end
_ALIKE = 0.85  # of the lines that look as they do, how many must be questions


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of several: its lines, those of each answer, who signs each, and how shown.

    ``place`` is the number of the question's first line on the page.
    """

    place: int
    question: tuple[Line, ...]
    answers: tuple[tuple[Line, ...], ...]
    how: str
    answer_how: str
    people: tuple[tuple[Responder, ...], ...] = ()
    doubts: tuple[Doubt, ...] = ()


class _Labelled(NamedTuple):
    kind: str
    how: str
    rest: str


# Pairs of labels --------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A question while its lines are being gathered."""

    place: int
    how: str
    level: int
    question: list[Line] = field(default_factory=list)
    answers: list[list[Line]] = field(default_factory=list)
    people: list[tuple[Responder, ...]] = field(default_factory=list)
    answer_how: str = ""
    answer_at: int = 0
    ended: bool = False

    def asked(self) -> Asked:
        answers = tuple(map(trimmed, self.answers))
        question = trimmed(self.question)
        return Asked(self.place, question, answers, self.how, self.answer_how, tuple(self.people))


def read_pairs(page: Page) -> list[Asked]:
    """The questions of a page on which labels stand before each question and each answer."""
    if max(len(page.marked(ANSWER)), len(page.marked(QUESTION))) < 2:
        return []
    numbers = sorted({*page.headings, *(n for n, _ in page.labels_of(QUESTION, ANSWER))})
    marked = {n: label for n in numbers if (label := _label_of(page, n))}
    kinds = Counter(label.kind for label in marked.values())
    is_interview = kinds[ANSWER] == 0  # its answers have no labels
    if kinds[QUESTION] < (3 if is_interview else 1) or kinds[ANSWER] == 1:
        return []
    blocks = {block.start: block for block in page.people}
    asked: list[_Open] = []
    end = 0
    for n, line in enumerate(page.lines):
        label = marked.get(n)
        if label is not None and label.kind == QUESTION:
            asked.append(_Open(n, label.how, line.level))
            asked[-1].question.append(line._replace(text=label.rest))
            if is_interview:
                asked[-1].answers, asked[-1].people = [[]], [()]
                asked[-1].answer_how, asked[-1].answer_at = f"below a {label.how}", n + 1
        elif not asked or asked[-1].ended:
            continue
        elif label is not None:
            asked[-1].answers.append([line._replace(text=label.rest)])
            speaker = page.speakers.get(n)
            asked[-1].people.append((speaker,) if speaker else ())
            asked[-1].answer_how, asked[-1].answer_at = label.how, n
        elif n in blocks and asked[-1].answers:
            asked[-1].people[-1] = blocks[n].responders
            end = blocks[n].end
        elif n < end:
            continue
        elif _is_end(page, n, asked[-1]):
            asked[-1].ended = True
        else:
            (asked[-1].answers[-1] if asked[-1].answers else asked[-1].question).append(line)
    read = [each.asked() for each in asked if each.answers]
    read = [each for each in read if each.question and all(each.answers)]
    # "Reply" on a line of its own stands below each post of some forums.
    is_forum = len(read) == 1 and read[0].answer_how == "label (line)"
    return [] if is_forum and len(read[0].answers) > 1 else read


def _label_of(page: Page, n: int) -> _Labelled | None:
    line, mark = page.lines[n], page.marks[n]
    if mark is None and line.level:  # "Q: Can I run?" as a heading is the title of one question
        return _prefix(line, page.words)
    if mark is None or mark.kind not in (QUESTION, ANSWER) or mark.strength < labels.LEAD_PLAIN:
        return None
    return _Labelled(mark.kind, f"label ({mark.how})", mark.rest)


def _prefix(line: Line, words: Vocabulary) -> _Labelled | None:
    """The label at the beginning of a heading."""
    match = words.label.match(line.text)
    kind = QUESTION if match and match[QUESTION] else ANSWER if match and match[ANSWER] else ""
    if match is None or not kind or not _COLON.match(match["after"]) or not match["rest"]:
        return None
    return _Labelled(kind, f"label (heading {line.level})", match["rest"])


def _is_end(page: Page, n: int, asked: _Open) -> bool:
    """Whether a line is below the last answer."""
    line, mark = page.lines[n], page.marks[n]
    if mark is not None and mark.kind == RESPONSE:
        return True
    if line.level and not (asked.level and line.level > asked.level):
        return True
    if not asked.answers:
        return False
    first = next((line for line in asked.answers[-1] if line.text), None)
    outside = first is not None and first.box is not None and not first.box.holds(line)
    return is_below(page, n) or (outside and _is_menu(page, n))


def is_below(page: Page, n: int) -> bool:
    """Whether a line is of the frame of the page, below whatever was read."""
    line = page.lines[n]
    if labels.is_footer(line, page.words):
        return True
    return len(line.links) > 1 and line.linked_share() > 0.7 and not line.item


def _is_menu(page: Page, n: int) -> bool:
    line = page.lines[n]
    return line.bold or line.linked_share() > 0.8


def share_of(page: Page, asked: Sequence[Asked]) -> float:
    """Which part of the page's text the questions and answers have, 0 to 1."""
    parts = [part for each in asked for part in (each.question, *each.answers)]
    prose = sum(_prose(line) for line in page.lines) - sum(
        _prose(x) for part in parts for x in part
    )
    read = sum(len(line.text) for part in parts for line in part)
    return read / max(1, read + prose)


def _prose(line: Line) -> int:
    return len(line.text) if len(line.text) > _PROSE and line.linked_share() < 0.5 else 0


# Pages of FAQs ----------------------------------------------------------------------------


class _Make(NamedTuple):
    """What questions look like: level and style, the depth of their boxes; own boxes or not."""

    level: int
    style: str
    depth: int
    apart: bool

    @property
    def how(self) -> str:
        """In words, for the record's origins."""
        return f"heading {self.level}" if self.level else "bold line" if self.bold else "line"

    @property
    def bold(self) -> bool:
        """Whether the lines are bold."""
        return "b" in self.style


def read_faq(page: Page, *, plain: bool, only_announced: bool = False) -> list[Asked]:
    """The questions of a page of FAQs.

    :param plain: whether the page is a text rendering, in which nothing looks like a heading
    :param only_announced: whether a heading or the title must say what they are
    """
    makes = _makes(page, plain=plain)
    if not makes:
        return []
    make, numbers = max(makes.items(), key=lambda item: len(item[1]))
    announced = is_faq(page, numbers[0], plain=plain)
    if (plain or only_announced) and not announced:
        return []
    fewest = 2 if announced else _FEWEST if make.apart else _FEWEST_HEADINGS
    if len(numbers) < fewest or _are_titles(page, numbers):
        return []
    if not announced and not _are_alike(page, make, numbers):
        return []
    doubts = [] if announced else [Doubt("no heading says that these are questions", 0.8)]
    doubts += [Doubt("the text rendering shows no headings", 0.8)] if plain else []
    asked = _between(page, numbers, make.how, tuple(doubts))
    if len(asked) < fewest or share_of(page, asked) < (_SHARE_ANNOUNCED if announced else _SHARE):
        return []
    return asked


def _between(
    page: Page, numbers: Sequence[int], how: str, doubts: tuple[Doubt, ...]
) -> list[Asked]:
    box = _box_of(page, numbers)
    asked = []
    for number, end in pairwise([*numbers, len(page.lines)]):
        last = end == len(page.lines)
        answer = _answer_lines(page, number, end, box if last else None)
        if answer:
            line = _bare(page.lines[number], page.words)
            below = f"below a question ({how})"
            asked.append(Asked(number, (line,), (answer,), how, below, doubts=doubts))
    return asked


def is_faq(page: Page, first: int, *, plain: bool) -> bool:
    """Whether the title or a heading above says that questions and answers follow.

    :param first: the number of the first question's line
    """
    says = page.words.faq.search
    numbers = range(min(first, _TOP)) if plain else page.headings
    texts = [page.lines[n].text for n in numbers if n < first]
    texts = [text for text in texts if len(text) < _HEADING]
    return any(says(text) for text in (page.page_title[:200], *texts))


def _make(line: Line, following: Line | None = None) -> _Make:
    apart = following is not None and not line.level and _stands_apart(line, following)
    return _Make(line.level, line.style, _depth(line.box), apart)


def _depth(box: Box | None) -> int:
    depth = 0
    while box is not None and depth < 50:
        box, depth = box.parent, depth + 1
    return depth


def _makes(page: Page, *, plain: bool) -> dict[_Make, list[int]]:
    """The lines that could be questions, by what they look like."""
    makes: dict[_Make, list[int]] = {}
    marks = [n for n, line in enumerate(page.lines[:-1]) if _QUESTION_MARK.search(line.text[-3:])]
    for n in marks:
        if _may_ask(page.lines[n], page.lines[n + 1], plain=plain):
            make = _make(page.lines[n], page.lines[n + 1])
            makes.setdefault(make, []).append(n)
    return makes


def _may_ask(line: Line, following: Line, *, plain: bool) -> bool:
    if not 8 <= len(line.text) <= _QUESTION_LIMIT:
        return False
    if any(not link.href.startswith(("#", "javascript:")) for link in line.links):
        return False  # it leads to the question, and is not where it is answered
    return line.bold or plain or _stands_apart(line, following)


def _stands_apart(line: Line, following: Line) -> bool:
    """Whether a line and the next one stand in boxes of their own."""
    return line.box is not following.box


def _are_titles(page: Page, numbers: Sequence[int]) -> bool:
    """Whether lines are one question again and again, such as the titles of a thread's posts."""
    first = page.lines[numbers[0]].text.casefold()
    again = sum(page.lines[n].text.casefold().endswith(first) for n in numbers[1:])
    return again > len(numbers) / 3


def _are_alike(page: Page, make: _Make, numbers: Sequence[int]) -> bool:
    """Whether hardly any other line among them looks like the questions."""
    between = page.lines[numbers[0] : numbers[-1] + 1]
    alike = [line for line in between if line.text and _make(line)[:3] == make[:3]]
    if make.apart:  # the answers may look alike as well, and be as many
        return len(numbers) >= len(alike) * _ALIKE / 2
    return len(numbers) >= len(alike) * _ALIKE


def _box_of(page: Page, numbers: Sequence[int]) -> Box | None:
    """The innermost box around all questions."""
    box = page.lines[numbers[0]].box
    while box is not None and not box.holds(page.lines[numbers[-1]]):
        box = box.parent
    return box


def _answer_lines(page: Page, number: int, end: int, box: Box | None) -> tuple[Line, ...]:
    question = page.lines[number]
    lines: list[Line] = []
    for n in range(number + 1, end):
        line = page.lines[n]
        if line.level and line.level <= (question.level or 6):
            break
        if lines and (is_below(page, n) or (box is not None and not box.holds(line))):
            break
        lines.append(line)
    return trimmed(lines)


def _bare(line: Line, words: Vocabulary) -> Line:
    """A question without the label before it."""
    label = _prefix(line, words)
    return line._replace(text=label.rest) if label and label.kind == QUESTION else line
