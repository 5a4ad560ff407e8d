"""A page's lines with what is known about each: labels, people, dates, topics.

Landmarks propose and this module disposes: it pairs the labels that one template would
have, and tells "For more information:" the heading from the same words in a doctor's advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from parsers.page.lines import Line
from parsers.qa import labels
from parsers.qa.dates import BARE, date_items, date_label
from parsers.qa.labels import ANSWER, GOTO, MORE, QUESTION, RESPONSE, TOPIC, Mark
from parsers.qa.people import looks_like_person, read_people
from parsers.records import Responder

Label = tuple[int, Mark]
_PROSE = 120  # characters; a longer line that is no link is a sentence, not a list item


@dataclass(frozen=True, slots=True)
class People:
    """A block of lines about responders: from the label's line to the first line after it."""

    start: int
    end: int
    responders: tuple[Responder, ...]


@dataclass
class Page:
    """The lines of a page and its ``<title>``; the rest is derived when it is asked for."""

    lines: Sequence[Line]
    page_title: str = ""
    marks: list[Mark | None] = field(init=False)

    def __post_init__(self) -> None:
        self.marks = labels.find(self.lines)
        for n, mark in enumerate(self.marks):
            if mark is not None and not mark.rest and n + 1 < len(self.lines):
                self.marks[n] = _in_context(mark, self.lines[n + 1])

    def marked(self, kind: str, least: int = labels.LEAD_PLAIN) -> list[Label]:
        """The lines with a label of a kind."""
        return [
            (n, m) for n, m in enumerate(self.marks) if m and m.kind == kind and m.strength >= least
        ]

    @cached_property
    def labels(self) -> tuple[Label | None, Label | None]:
        """The labels of question and answer that belong together."""
        return pair(self.marked(QUESTION), self.marked(ANSWER))

    @cached_property
    def gotos(self) -> tuple[int, ...]:
        """The lines that say "Go to the X health topic, where you can:"."""
        return tuple(n for n in range(len(self.lines)) if self.goto_match(n))

    def goto_match(self, n: int) -> tuple[str, str] | None:
        """The topic's name and what follows "where you can", if a line sends to a topic."""
        line, mark = self.lines[n], self.marks[n]
        text = mark.rest if mark is not None and mark.kind == MORE and mark.rest else line.text
        match = GOTO.fullmatch(text) if len(text) < 600 else None
        if match is None:
            return None
        rest = match["rest"] or ""
        if len(rest) > _PROSE and not line.links:
            return None
        before = self.marks[n - 1] if n else None
        sure = "where you can" in " ".join(text.lower().split())
        if sure or line.links or (before is not None and before.kind == MORE):
            return match["name"].strip(" \xa0\"'“”"), rest
        return None

    @cached_property
    def people(self) -> tuple[People, ...]:
        """What follows the "Response by:" labels."""
        found: list[People] = []
        for n, mark in self.marked(RESPONSE):
            if found and n < found[-1].end:
                continue
            stop = min(self.block_end(n + 1), self.box_end(n))
            responders, used = read_people(self.lines[n + 1 : stop], mark.rest, self.lines[n])
            if responders:
                found.append(People(n, n + 1 + used, tuple(responders)))
        return tuple(found)

    def box_end(self, label: int) -> int:
        """Where the container of a label and its text ends; a further person may begin another."""
        inside = _shared(self.lines, label)
        for n in range(label + 1, len(self.lines)):
            line = self.lines[n]
            if line.boxes[: len(inside)] == inside:
                continue
            if not looks_like_person(line.shown):
                return n
            inside = line.boxes
        return len(self.lines)

    def block_end(self, start: int) -> int:
        """The next landmark, date or footer, at which any block ends."""
        for n in range(start, len(self.lines)):
            mark = self.marks[n]
            line = self.lines[n]
            if (mark and mark.strength >= labels.LEAD) or n in self.gotos:
                return n
            if line.text and (labels.is_footer(line) or date_items(line.text)):
                return n
        return len(self.lines)

    @cached_property
    def frame(self) -> frozenset[int]:
        """Lines inside the content that are neither question nor answer: dates, people, topics."""
        found: set[int] = set()
        for block in self.people:
            found.update(range(block.start, block.end))
        for n, line in enumerate(self.lines):
            items = date_items(line.text)
            if not items:
                continue
            labelled = bool(n) and date_label(self.lines[n - 1].text) is not None
            if labelled or items[0].kind != BARE:
                found.add(n)
                if labelled and items[0].kind == BARE:
                    found.add(n - 1)
        found.update(n for n, mark in self.marked(TOPIC) if mark.rest and len(mark.rest) < 100)
        return frozenset(found)

    @cached_property
    def notice(self) -> int | None:
        """The line that says that nobody has answered yet, if nobody is named."""
        if self.people:
            return None
        found = (n for n, line in enumerate(self.lines) if labels.is_unanswered_line(line.text))
        return next(found, None)

    def more_start(self, start: int) -> tuple[int | None, bool]:
        """Where "For more information" begins, and whether the same words stand in the text.

        The label that leads to "Go to the X health topic" is the landmark; failing that,
        one that no prose follows.
        """
        leads = [(n, m) for n, m in self.marked(MORE) if n >= start and self._is_more(n, m)]
        goto = next((n for n in self.gotos if n >= start), None)
        if goto is not None:
            leading = [n for n, _ in leads if n <= goto and not self._prose(n + 1, goto)]
            return min(leading, default=goto), False
        for n, mark in leads:
            sure = mark.how.startswith(("heading", "image"))
            if sure or not self._prose(n + 1, self._more_end(n)):
                return n, False
        return None, bool(leads)

    def _is_more(self, n: int, mark: Mark) -> bool:
        if not mark.rest or n in self.gotos:
            return True
        linked = sum(len(link.text) for link in self.lines[n].links)
        return mark.strength >= labels.LEAD and linked > 0.6 * len(mark.rest)

    def _more_end(self, start: int) -> int:
        starts = [block.start for block in self.people if block.start > start]
        footers = (
            n
            for n in range(start + 1, len(self.lines))
            if labels.is_footer(self.lines[n]) and not self.lines[n].item
        )
        return min([*starts, next(footers, len(self.lines))])

    def _prose(self, start: int, end: int) -> bool:
        return any(
            len(line.text) > _PROSE and line.linked_share() < 0.5 for line in self.lines[start:end]
        )


def _in_context(mark: Mark, following: Line) -> Mark | None:
    """What a lone label means, seen with the line below it."""
    if following.field:
        return None  # the label of a field in a form
    if mark.kind == ANSWER and looks_like_person(following.shown):
        return mark._replace(kind=RESPONSE)  # "Response", and then a name
    return mark


def _shared(lines: Sequence[Line], label: int) -> tuple[int, ...]:
    """The containers that a label shares with the next line of text."""
    one = lines[label].boxes
    two = next((line.boxes for line in lines[label + 1 :] if line.text or line.images), one)
    depth = 0
    while depth < min(len(one), len(two)) and one[depth] == two[depth]:
        depth += 1
    return one[:depth]


def pair(questions: list[Label], answers: list[Label]) -> tuple[Label | None, Label | None]:
    """The labels that one template would use: alike, strong, early.

    Labels of unlike make count together only if neither could be the beginning of a
    sentence; so does a lone one.
    """
    pairs = [
        ((q[1].how != a[1].how, -min(q[1].strength, a[1].strength), q[0], a[0]), q, a)
        for q in questions
        for a in answers
        if q[0] < a[0] and (q[1].how == a[1].how or min(q[1].strength, a[1].strength) > 1)
    ]
    if pairs:
        _, question, answer = min(pairs, key=lambda found: found[0])
        return question, answer
    question_alone, answer_alone = _strongest(questions), _strongest(answers)
    if question_alone and answer_alone:
        return question_alone, None  # an answer above the question is a decoy
    return question_alone, answer_alone


def _strongest(candidates: list[Label]) -> Label | None:
    sure = [label for label in candidates if label[1].strength >= labels.LEAD]
    return max(sure, key=lambda label: (label[1].strength, -label[0]), default=None)
