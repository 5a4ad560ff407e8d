"""A page's lines with what is known about each: labels, people, dates, topics.

:mod:`parsers.qa.labels` says what could be a label. This module pairs the labels that one
template would have, and tells "For more information:" the heading from the same words in a
doctor's advice. Every method takes time that grows with the number of lines alone.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from parsers.page.lines import Line
from parsers.qa import labels
from parsers.qa.dates import BARE, MAY_DATE, DateItem, date_items, date_label, named_date
from parsers.qa.experts import expert_of
from parsers.qa.labels import Mark
from parsers.qa.people import looks_like_person, read_people
from parsers.records import Responder
from parsers.words.vocabulary import ANSWER, MORE, QUESTION, RESPONSE, TOPIC, Vocabulary

Label = tuple[int, Mark]
_PROSE = 120  # characters; a longer line that is no link is a sentence, not a list item
_SIGNATURE = 8  # lines; how many a signature may have
_SPEAKER = 120  # characters; a longer line says more than who speaks
_TITLE_LIMIT = 200  # characters
_MOST_LINES = 60  # that people without a label may have


class TopicLine(NamedTuple):
    """A line that says "Go to the X health topic": the name, and what follows "where you can"."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class PeopleBlock:
    """A block of lines about responders: from the label's line to the first line after it."""

    start: int
    end: int
    responders: tuple[Responder, ...]


@dataclass
class Page:
    """The lines of a page, its ``<title>`` and the words of its language.

    The rest is derived on first use.
    """

    lines: Sequence[Line]
    words: Vocabulary
    page_title: str = ""
    beginnings: list[str] = field(init=False)  # of the lines: two small letters
    marks: list[Mark | None] = field(init=False)

    def __post_init__(self) -> None:
        self.beginnings = [line.text[:2].lower() for line in self.lines]
        self.marks = labels.find_labels(self.lines, self.beginnings, self.words)
        for n, mark in enumerate(self.marks):
            if mark is not None and not mark.rest and n + 1 < len(self.lines):
                self.marks[n] = _in_context(mark, self.lines[n + 1])
        if not any(mark and mark.kind == ANSWER and not _names(mark) for mark in self.marks):
            for n in self.speakers:
                if self.marks[n] is None:
                    self.marks[n] = Mark(ANSWER, labels.ALONE, labels.NAMED)

    @cached_property
    def speakers(self) -> dict[int, Responder]:
        """The lines that say who answers below ("Dr. Roe replies:"), by number."""
        says = self.words.says
        speakers: dict[int, Responder] = {}
        for n, line in enumerate(self.lines):
            if (mark := self.marks[n]) and _names(mark):
                before = line.text.removesuffix(mark.rest).rstrip(": ")
                match = self.words.label.match(before)
                expert = expert_of(match["rest"]) if match else None
                if expert:
                    speakers[n] = expert
            elif line.text[-1:] == ":" and len(line.text) < _SPEAKER:
                match = says.fullmatch(line.text)
                expert = expert_of(match["name"]) if match else None
                if expert:
                    speakers[n] = expert
        return speakers

    def beginning_unlike(self, pairs: Container[str]) -> list[int]:
        """The lines that do not begin with any of some pairs of letters."""
        return [n for n, pair in enumerate(self.beginnings) if pair not in pairs]

    @cached_property
    def headings(self) -> list[int]:
        """The lines that are headings."""
        return [n for n, line in enumerate(self.lines) if line.level]

    @cached_property
    def _labelled(self) -> list[Label]:
        return [(n, mark) for n, mark in enumerate(self.marks) if mark is not None]

    def labels_of(self, *kinds: str) -> list[Label]:
        """The lines that could have a label of some kinds."""
        return [label for label in self._labelled if label[1].kind in kinds]

    def marked(self, kind: str, least: int = labels.LEAD_PLAIN) -> list[Label]:
        """The lines with a label of a kind."""
        return [
            label
            for label in self._labelled
            if label[1].kind == kind and label[1].strength >= least
        ]

    @cached_property
    def labels(self) -> tuple[Label | None, Label | None]:
        """The labels of question and answer that belong together."""
        return pair_labels(self.marked(QUESTION), self.marked(ANSWER))

    @cached_property
    def has_both(self) -> bool:
        """Whether labels stand before two of question, answer and who answers.

        In a column "Ask the expert" that of who answers is enough.
        """
        labelled = sum(map(bool, (*self.labels, self.people)))
        return labelled > 1 or (bool(self.people) and self.is_column)

    @cached_property
    def is_column(self) -> bool:
        """Whether the title or a heading is that of a column in which experts answer."""
        texts = (self.page_title, *(self.lines[n].text for n in self.headings))
        return any(self.words.column.search(text[:_TITLE_LIMIT]) for text in texts)

    @cached_property
    def topic_lines(self) -> dict[int, TopicLine]:
        """The lines that say "Go to the X health topic, where you can:", by number."""
        numbers = set(self.beginning_unlike(self.words.no_topic_link))
        numbers.update(n for n, mark in self.marked(MORE, labels.WEAK) if mark.rest)
        lines = ((n, self._topic_line(n)) for n in sorted(numbers))
        return {n: line for n, line in lines if line is not None}

    def _topic_line(self, n: int) -> TopicLine | None:
        line, mark = self.lines[n], self.marks[n]
        text = mark.rest if mark is not None and mark.kind == MORE and mark.rest else line.text
        match = self.words.topic_link.fullmatch(text) if len(text) < 600 else None
        if match is None:
            return None
        rest = match["rest"] or ""
        if len(rest) > _PROSE and not line.links:
            return None
        before = self.marks[n - 1] if n else None
        sure = self.words.topic_offers.search(text) is not None
        if sure or line.links or (before is not None and before.kind == MORE):
            name = next(group for group in match.groups() if group)
            return TopicLine(name.strip(" \xa0\"'“”"), rest)
        return None

    @cached_property
    def people(self) -> tuple[PeopleBlock, ...]:
        """What follows the "Response by:" labels."""
        blocks: list[PeopleBlock] = []
        for n, mark in self.marked(RESPONSE):
            if blocks and n < blocks[-1].end:
                continue
            stop = self.box_end(n, self.block_end(n + 1))
            responders, used = read_people(self.lines[n + 1 : stop], mark.rest, self.lines[n])
            expert = None if responders else self._expert_at(n, mark, stop)
            if expert:
                responders, used = [expert], 0 if mark.rest else 1
            if responders:
                blocks.append(PeopleBlock(n, n + 1 + used, tuple(responders)))
        return tuple(blocks)

    def _expert_at(self, n: int, mark: Mark, stop: int) -> Responder | None:
        """The expert beside a responder's label, or on the line below it."""
        if mark.rest:
            return expert_of(mark.rest)
        return expert_of(self.lines[n + 1].shown) if n + 1 < stop else None

    def people_below(self, more: int | None) -> tuple[PeopleBlock, ...]:
        """People below "For more information", where their label is missing."""
        for n in range(len(self.lines) if more is None else more + 1, len(self.lines)):
            if looks_like_person(self.lines[n].text):
                stop = self.block_end(n, min(n + _MOST_LINES, len(self.lines)))
                people, used = read_people(self.lines[n:stop])
                if people and _have_places(people):
                    return (PeopleBlock(n, n + used, tuple(people)),)
        return ()

    def box_end(self, label: int, stop: int | None = None) -> int:
        """Where the container of a label and its text ends, at most ``stop``.

        A further person may begin another container.
        """
        stop = len(self.lines) if stop is None else stop
        following = (line for line in self.lines[label + 1 :] if line.text or line.images)
        box = self.lines[label].box
        line = next(following, None)
        while line is not None and box is not None and not box.holds(line):
            box = box.parent
        for n in range(label + 1, stop):
            line = self.lines[n]
            if box is not None and not box.holds(line):
                if not looks_like_person(line.shown):
                    return n
                box = line.box
        return stop

    def block_end(self, start: int, stop: int | None = None) -> int:
        """The next label, date or footer, at which any block ends, at most ``stop``."""
        stop = len(self.lines) if stop is None else stop
        for n in range(start, stop):
            mark = self.marks[n]
            if (mark and mark.strength >= labels.LEAD) or n in self.topic_lines:
                return n
            if self.lines[n].text and (
                n in self.dates or labels.is_footer(self.lines[n], self.words)
            ):
                return n
        return stop

    @cached_property
    def dates(self) -> dict[int, tuple[DateItem, ...]]:
        """The lines that consist of dates, by number."""
        words, lines = self.words, self.lines
        day_first, dated = words.day_first, words.phrases("dated")
        dates: dict[int, tuple[DateItem, ...]] = {}
        for n in [n for n, line in enumerate(lines) if MAY_DATE.search(line.text)]:
            text = lines[n].text
            items = date_items(text, day_first) or (dated and named_date(text, words.dated))
            if items:
                dates[n] = items
        return dates

    @cached_property
    def frame(self) -> frozenset[int]:
        """Lines inside the content that are neither question nor answer: dates, people, topics."""
        numbers: set[int] = set()
        for block in self.people:
            numbers.update(range(block.start, block.end))
        for n, items in self.dates.items():
            is_bare = items[0].kind == BARE
            is_labelled = n > 0 and date_label(self.lines[n - 1].text) is not None
            if is_labelled or not is_bare:
                numbers.add(n)
            if is_labelled and is_bare:
                numbers.add(n - 1)
        numbers.update(n for n, mark in self.marked(TOPIC) if mark.rest and len(mark.rest) < 100)
        return frozenset(numbers)

    @cached_property
    def notice(self) -> int | None:
        """The line that says that nobody has answered yet, if nobody is named."""
        if self.people:
            return None
        notices = (
            n
            for n, line in enumerate(self.lines)
            if labels.is_unanswered_line(line.text, self.words)
        )
        return next(notices, None)

    def more_start(self, start: int) -> tuple[int | None, bool]:
        """Where "For more information" begins, and whether the same words stand in the text.

        The label that leads to "Go to the X health topic" counts; failing that, one that no
        prose follows.
        """
        leads = [(n, m) for n, m in self.marked(MORE) if n >= start and self._is_more(n, m)]
        topic = next((n for n in self.topic_lines if n >= start), None)
        if topic is not None:
            after = max((n for n in range(start, topic) if self._is_prose(n)), default=start)
            return next((n for n, _ in leads if after <= n <= topic), topic), False
        follows = self._prose_follows() if leads else []
        for n, mark in leads:
            if mark.how.startswith(("heading", "image")) or not follows[n]:
                return n, False
        return None, bool(leads)

    def _is_more(self, n: int, mark: Mark) -> bool:
        if not mark.rest or n in self.topic_lines:
            return True
        linked = sum(len(link.text) for link in self.lines[n].links)
        return mark.strength >= labels.LEAD and linked > 0.6 * len(mark.rest)

    def _prose_follows(self) -> list[bool]:
        """For each line whether prose stands between it and the next people or footer."""
        starts = {block.start for block in self.people}
        follows = [False] * len(self.lines)
        prose = False
        for n in range(len(self.lines) - 1, -1, -1):
            follows[n] = prose
            line = self.lines[n]
            if n in starts or (labels.is_footer(line, self.words) and not line.item):
                prose = False
            elif self._is_prose(n):
                prose = True
        return follows

    def _is_prose(self, n: int) -> bool:
        line = self.lines[n]
        return len(line.text) > _PROSE and line.linked_share() < 0.5


def signature(answer: Sequence[Line], place: int) -> tuple[int, tuple[PeopleBlock, ...]]:
    """Find people at the very end of an answer: a name with credentials and a place of work.

    :param place: the number of the line at which they are to be thought of
    :returns: how many lines of the answer stand above them, and the people
    """
    for n in range(max(1, len(answer) - _SIGNATURE), len(answer)):
        if looks_like_person(answer[n].text):
            people, used = read_people(answer[n:])
            if n + used == len(answer) and _have_places(people):
                return n, (PeopleBlock(place, place, tuple(people)),)
    return len(answer), ()


def _names(mark: Mark) -> bool:
    return mark.how == labels.NAMED


def _have_places(people: Sequence[Responder]) -> bool:
    return all(person.college or person.institution for person in people)


def _in_context(mark: Mark, following: Line) -> Mark | None:
    """What a lone label means, seen with the line below it."""
    if following.field:
        return None  # the label of a field in a form
    if mark.kind == ANSWER and looks_like_person(following.shown):
        return mark._replace(kind=RESPONSE)  # "Response", and then a name
    return mark


def pair_labels(
    questions: Sequence[Label], answers: Sequence[Label]
) -> tuple[Label | None, Label | None]:
    """The labels that one template would use: alike, strong, early.

    Labels of unlike make count together only if neither could be the beginning of a
    sentence; so does a lone one.
    """
    for alike in (True, False):
        for least in range(labels.ALONE_STRONG, labels.WEAK if alike else labels.LEAD_PLAIN, -1):
            pair = _first_pair(questions, answers, least, alike=alike)
            if pair is not None:
                return pair
    question, answer = _strongest(questions), _strongest(answers)
    # An answer above the question is a decoy.
    return question, None if question else answer


def _first_pair(
    questions: Sequence[Label], answers: Sequence[Label], least: int, *, alike: bool
) -> tuple[Label, Label] | None:
    """The first question's label, and the first answer's below it, of some strength."""
    first: dict[str, Label] = {}
    pairs: dict[str, tuple[Label, Label]] = {}
    for label in sorted((*questions, *answers), key=lambda label: label[0]):
        kind, strength, how, _ = label[1]
        make = how if alike else ""
        if strength < least:
            continue
        if kind == QUESTION:
            first.setdefault(make, label)
            continue
        # Who answers is named beside labels of any make.
        for known in first if how == labels.NAMED else (make,):
            if known in first:
                pairs.setdefault(known, (first[known], label))
    return min(pairs.values(), key=lambda pair: (pair[0][0], pair[1][0]), default=None)


def _strongest(candidates: Sequence[Label]) -> Label | None:
    sure = [label for label in candidates if label[1].strength >= labels.LEAD]
    return max(sure, key=lambda label: (label[1].strength, -label[0]), default=None)
