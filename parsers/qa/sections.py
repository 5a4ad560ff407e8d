"""From lines to the parts of a question page: title, question, answer, people, further links.

What could not be known is in ``doubts``; what cannot be read raises ParseError.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from parsers.page.lines import Line, join, trimmed
from parsers.qa import labels
from parsers.qa.beginning import SENTENCE, find_beginning
from parsers.qa.doubt import Doubt
from parsers.qa.experts import signature as experts_below
from parsers.qa.labels import Mark
from parsers.qa.layout import Label, Page, PeopleBlock, signature
from parsers.qa.qa_split import find_split
from parsers.qa.titles import Title, is_site_name
from parsers.records import ParseError
from parsers.words.vocabulary import ANSWER, QUESTION, RESPONSE, Vocabulary


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: its lines, and what shows it."""

    lines: tuple[Line, ...]
    how: str


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of a page. ``more`` are the numbers of the lines of "For more information"."""

    title: Title
    question: Part
    answer: Part
    unanswered: bool
    people: tuple[PeopleBlock, ...]
    people_how: str
    more: range
    doubts: tuple[Doubt, ...]


def read_sections(page: Page, url: str, *, complete: bool = True) -> Sections:
    """Return the parts of a question page.

    :param complete: False where the page ends before its end tag
    :raises ParseError: naming ``title``, ``question`` or ``answer``
    """
    doubts: list[Doubt] = []
    question, answer = page.labels
    title, start = find_beginning(page, doubts, url)
    begin = answer[0] if answer else start
    more, in_text = page.more_start(begin)
    if in_text:
        doubts.append(Doubt('"For more information" in the text is not taken for its end', 0.9))
    question_how = f"label ({question[1].how})" if question else f"after the title ({title.how})"
    if answer:
        question_part = Part(_body(page, start, answer[0], question), question_how)
        answer_part = Part(_answer(page, answer, more, doubts), f"label ({answer[1].how})")
    else:
        question_lines, answer_part = _split(page, start, question, more, complete, doubts, url)
        question_part = Part(question_lines, question_how)
    return _finish(page, title, question_part, answer_part, more, complete, doubts, url)


NO_RESPONDER = Doubt("no responder is named", 0.9)
NO_END = Doubt("no landmark stands at the end of the answer", 0.9)


# Question and answer ---------------------------------------------------------------------


def _body(page: Page, start: int, end: int, label: Label | None) -> tuple[Line, ...]:
    """Return the lines of a body: all after a label; without one, not the links above it."""
    body: list[Line] = []
    for n in range(start, end):
        line = page.lines[n]
        if n in page.frame:
            continue
        if label is None and not body and line.text and line.linked_share() > 0.8:
            continue
        if label is not None and n == label[0]:
            line = line._replace(text=label[1].rest)
        body.append(line)
    return trimmed(body)


def _first_text(page: Page, start: int, label: Label | None) -> int:
    """The number of the first line with text of a body."""
    for n in range(start, len(page.lines)):
        line = page.lines[n]
        text = label[1].rest if label is not None and n == label[0] else line.text
        if text and n not in page.frame and (label is not None or line.linked_share() <= 0.8):
            return n
    return len(page.lines)


def _answer(page: Page, label: Label, more: int | None, doubts: list[Doubt]) -> tuple[Line, ...]:
    """Return the lines from the answer's label to people, further links or the footer."""
    place, mark = label
    blocks = {block.start: block for block in page.people if block.start > place}
    first = _first_text(page, place, label)
    has_end = more is not None or any(start > first for start in blocks)
    body = [page.lines[place]._replace(text=mark.rest)] if mark.rest else []
    answers = [n for n, other in page.marked(ANSWER, labels.LEAD) if other.how == mark.how]
    n, end = place + 1, len(page.lines) if more is None else more
    box_end = page.box_end(place)
    begun = False
    while n < end:
        begun = begun or bool(body and body[-1].text)
        if n in blocks and begun:
            following = bisect_left(answers, blocks[n].end)
            if following == len(answers) or answers[following] >= end:
                has_end = True
                break
            # Several people, each with an answer under a label of its own.
            n = answers[following]
            body.append(Line(_rest(page.marks[n]), 1))
        elif _is_empty_response(page, n):
            doubts.append(Doubt("nobody could be read under the responder's label", 0.8))
            has_end = True
            break
        elif (
            not has_end
            and begun
            and (
                _is_below(page, n, label) or (n >= box_end and _is_menu(page.lines[n], page.words))
            )
        ):
            break
        elif n not in page.frame and not _is_frame_link(page.lines[n], page.words):
            body.append(page.lines[n])
        n += 1
    if not has_end:
        doubts.append(NO_END)
    own = min((block.end for block in blocks.values()), default=end)
    if any(place < other < min(n, own) for other in answers):
        doubts.append(Doubt("a second label of the answer stands in the text", 0.6))
    return trimmed(body)


def _rest(mark: Mark | None) -> str:
    return mark.rest if mark is not None else ""


def _is_empty_response(page: Page, n: int) -> bool:
    """Whether a line is a responder's label under which nobody could be read."""
    mark = page.marks[n]
    return mark is not None and mark.kind == RESPONSE and n not in page.frame and not mark.rest


def _is_frame_link(line: Line, words: Vocabulary) -> bool:
    """Whether a line is a link such as "Print this page" between the answer and its end."""
    return line.linked_share() > 0.8 and labels.is_footer(line, words)


def _is_below(page: Page, n: int, label: Label | None) -> bool:
    """Whether a line is below the answer, where no label ends it."""
    line, mark = page.lines[n], page.marks[n]
    if line.rule or labels.is_footer(line, page.words):
        return True
    if mark is not None and mark.kind == QUESTION and label and mark.how == label[1].how:
        return True
    if label and line.level and label[1].how.startswith("heading"):
        return line.level <= int(label[1].how.removeprefix("heading "))
    return len(line.links) > 1 and line.linked_share() > 0.7 and not line.item


def _is_menu(line: Line, words: Vocabulary) -> bool:
    """Whether a line outside the answer's container begins a menu or another section."""
    return line.bold or is_site_name(line.text, words) or line.linked_share() > 0.8


def _split(
    page: Page,
    start: int,
    label: Label | None,
    more: int | None,
    complete: bool,
    doubts: list[Doubt],
    url: str,
) -> tuple[tuple[Line, ...], Part]:
    """Return question and answer where no label stands between them."""  # fmt: skip
    byline = _byline(page, start, label, more)
    if byline is not None:
        doubts.append(Doubt('no label but "Answered by" stands above the answer', 0.9))
        question_part = _body(page, start, byline.start, label)
        lines = _answer(page, (byline.end - 1, _BYLINE), more, doubts)
        return question_part, Part(lines, _BYLINE_HOW)
    first = _first_text(page, start, label)
    ends = [block.start for block in page.people if block.start > first]
    ends += [more] if more is not None else []
    end = min(ends, default=None)
    if end is None:
        # A rule may stand between the question and the notice that nobody has answered it.
        above = max(start, page.notice or start)
        end = next(
            (n for n in range(above + 1, len(page.lines)) if _is_below(page, n, None)),
            len(page.lines),
        )
    body = _body(page, start, end, label)
    # The last one: a question may say that an earlier one was not answered.
    notices = [
        n for n, line in enumerate(body) if n and labels.is_unanswered_line(line.text, page.words)
    ]
    notice = notices[-1] if notices else None
    if notice is not None and not page.people:
        # What follows the notice is no answer: there is none.
        return trimmed(body[:notice]), Part(body[notice : notice + 1], "notice")
    if not ends or not body:
        why = "no label or other landmark stands after the question"
        raise ParseError("answer", why if complete else why + ", and the page is cut short", url)
    split = find_split(body, page.words)
    if split is None:
        raise ParseError("answer", "only one paragraph stands above the responder", url)
    text = f"no label stands between question and answer; the border is {split.how}"
    doubts.append(Doubt(text, split.trust))
    return trimmed(body[: split.place]), Part(trimmed(body[split.place :]), split.how)


_BYLINE = Mark(RESPONSE, labels.ALONE, "byline")
_BYLINE_HOW = "Answered by"


def _byline(page: Page, start: int, label: Label | None, more: int | None) -> PeopleBlock | None:
    """Return the block "Answered by: ..." between a labelled question and its answer."""
    if label is None:
        return None
    for block in page.people:
        label_text = page.lines[block.start].shown
        if block.start <= start or not page.words.byline.match(label_text):
            continue
        if more is not None and more < block.start:
            return None
        numbers = range(block.end, len(page.lines) if more is None else more)
        line = next((page.lines[n] for n in numbers if page.lines[n].text), None)
        if (
            line is not None
            and (len(line.text) > SENTENCE or _speaks(page, block.start, label))
            and not labels.is_footer(line, page.words)
        ):
            return block
    return None


def _speaks(page: Page, n: int, label: Label) -> bool:
    """Whether a responder's label leads to a text: "Answer of Dr. Roe:", or a heading like the
    question's."""
    line, mark = page.lines[n], page.marks[n]
    level = page.lines[label[0]].level
    return (
        mark is not None
        and bool(mark.rest)
        and (line.text.endswith(":") or 0 < line.level == level)
    )


# The people and the end ------------------------------------------------------------------


def _finish(
    page: Page, title: Title, question_part: Part, answer_part: Part, more: int | None,
    complete: bool, doubts: list[Doubt], url: str,
) -> Sections:  # fmt: skip
    people, people_how, answer_part = _people(page, answer_part, more, doubts)
    question, answer = join(question_part.lines), join(answer_part.lines)
    if not question:
        raise ParseError("question", "no text stands where the question should", url)
    unanswered = not people and labels.is_unanswered(answer, page.words)
    if not answer:
        why = "no text stands where the answer should, and no notice says that it is to come"
        raise ParseError("answer", why if complete else "the page is cut short before it", url)
    if not unanswered and not people:
        doubts.append(NO_RESPONDER)
    if not complete and not people and more is None:
        doubts.append(Doubt("the page seems to be cut short", 0.6))
    if more is None:
        lines = range(0)
    else:
        after = [block.start for block in people if block.start > more]
        lines = range(more, min(after, default=_list_end(page, more)))
    if unanswered:
        answer_part = Part((), "notice")
        doubts = [doubt for doubt in doubts if doubt is not NO_END]
    return Sections(
        title, question_part, answer_part, unanswered, people, people_how if people else "", lines,
        tuple(doubts),
    )  # fmt: skip


def _people(
    page: Page, answer_part: Part, more: int | None, doubts: list[Doubt]
) -> tuple[tuple[PeopleBlock, ...], str, Part]:
    """Who answered, what shows it, and the answer without the signature."""
    body, end = answer_part.lines, len(page.lines)
    if page.people:
        length, experts = experts_below(body) if answer_part.how == _BYLINE_HOW else (0, ())
        named = {person.name for block in page.people for person in block.responders}
        if any(expert.name in named for expert in experts):  # signed again
            answer_part = Part(trimmed(body[:length]), answer_part.how)
        return page.people, "Response by", answer_part
    length, people = signature(body, end)
    if not people:
        length, experts = experts_below(body)
        people = (PeopleBlock(end, end, experts),) if experts else ()
        if experts and NO_END in doubts:
            doubts.remove(NO_END)
    answer_part = Part(trimmed(body[:length]), answer_part.how)
    speaker = page.speakers.get(page.labels[1][0]) if page.labels[1] else None
    if speaker and not people:
        return (PeopleBlock(end, end, (speaker,)),), "a name that answers", answer_part
    people = people or page.people_below(more)
    if people:
        doubts.append(Doubt('no "Response by" stands above the responder', 0.8))
    return people, "a name with credentials", answer_part


def _list_end(page: Page, more: int) -> int:
    """Return the line at which the further links end if nobody is named below them."""
    seen = False
    box_end = page.box_end(more)
    for n in range(more + 1, len(page.lines)):
        line = page.lines[n]
        mark = page.marks[n]
        if n in page.topic_lines:
            seen = False
            continue
        if (
            n >= box_end
            or _ends_list(line, page.words)
            or n in page.frame
            or (mark and mark.kind == RESPONSE)
        ):
            return n
        if line.rule or (seen and (line.level or (line.text and not (line.links or line.item)))):
            return n
        seen = seen or bool(line.links)
    return len(page.lines)


def _ends_list(line: Line, words: Vocabulary) -> bool:
    return not line.item and labels.is_footer(line, words) and not labels.is_offer(line, words)
