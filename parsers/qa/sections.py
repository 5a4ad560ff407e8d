"""From lines to the parts of a question page: title, question, answer, people, further links.

What could not be known is in ``doubts``; what cannot be read raises ParseError.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.page.lines import Line, join
from parsers.qa import labels
from parsers.qa.labels import ANSWER, QUESTION, RESPONSE, Mark
from parsers.qa.layout import Label, Page, PeopleBlock, signature
from parsers.qa.qa_split import find_split
from parsers.qa.titles import Title, find_title, is_site_name
from parsers.records import ParseError

_TITLE_LIMIT = 200  # characters
_SENTENCE = 40  # characters; a shorter line above the question is not a sentence


@dataclass(frozen=True, slots=True)
class Doubt:
    """What lowers the confidence in a record: a warning, and a factor of 0 to 1."""

    text: str
    factor: float


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
    title, start = _title(page, doubts, url)
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


_NO_END = Doubt("no landmark stands at the end of the answer", 0.9)


# The title and where the question begins -------------------------------------------------


def _title(page: Page, doubts: list[Doubt], url: str) -> tuple[Title, int]:
    question, answer = page.labels
    ends = [label[0] for label in (question, answer) if label]
    before = min(ends) if ends else _first_end(page)
    topics = frozenset(topic.name.casefold() for topic in page.topic_lines.values())
    title = find_title(
        page.lines, page.marks, page.page_title, before, topics, nearest=question is not None
    )
    if question:
        title, start = _above_label(page, question, title, doubts)
    else:
        title, start = _without_label(page, before, title, 2 if answer else 3, doubts)
    if title is None:
        raise ParseError("title", "no heading above the question and no <title>", url)
    return title, start


def _first_end(page: Page) -> int:
    """The line at which a text without labels ends: the first people or further links."""
    ends = [block.start for block in page.people if block.start]
    ends += [n for n in (page.more_start(0)[0],) if n]
    return min(ends, default=len(page.lines))


def _above_label(
    page: Page, question: Label, title: Title | None, doubts: list[Doubt]
) -> tuple[Title | None, int]:
    n, mark = question
    start = n if mark.rest else n + 1
    if (title is None or title.line is None) and not mark.rest and start < len(page.lines):
        line = page.lines[start]
        if line.level and page.marks[start] is None:
            return Title(line.shown, f"heading {line.level} under the label", start), start + 1
    if title is None:
        for k in range(n - 1, max(-1, n - 6), -1):
            line = page.lines[k]
            if k not in page.frame and _may_be_title(line):
                doubts.append(Doubt("the title is only the line above the question", 0.9))
                return Title(line.text, "line above the label", k), start
    return title, start


def _without_label(
    page: Page, before: int, title: Title | None, parts: int, doubts: list[Doubt]
) -> tuple[Title | None, int]:
    """Find title and beginning by the shape: ``parts`` blocks stand between wide gaps."""
    if title is not None and title.line is not None:
        return title, title.line + 1
    blocks = [
        n for n in range(before) if page.lines[n].gap > 1 and page.lines[n].text
    ]  # first lines after two or more empty ones
    if len(blocks) >= parts - (title is not None):
        place = blocks[-parts] if len(blocks) >= parts else -1
        if place >= 0 and place + 1 == blocks[-parts + 1] and _may_be_title(page.lines[place]):
            return Title(page.lines[place].text, "line between empty lines", place), place + 1
    for n in range(before):
        line = page.lines[n]
        if len(line.text) >= _SENTENCE and line.linked_share() < 0.5 and not _is_frame(page, n):
            if title is None and n and _may_be_title(page.lines[n - 1]):
                title = Title(page.lines[n - 1].text, "line above the text", n - 1)
            doubts.append(Doubt("no label or heading shows where the question begins", 0.5))
            return title, n
    return title, before


def _may_be_title(line: Line) -> bool:
    return (
        0 < len(line.text) <= _TITLE_LIMIT
        and line.linked_share() < 0.8
        and not line.item
        and not labels.is_footer(line)
        and not is_site_name(line.text)
    )


def _is_frame(page: Page, n: int) -> bool:
    line = page.lines[n]
    return n in page.frame or labels.is_footer(line) or is_site_name(line.text)


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
    return _trimmed(body)


def _first_text(page: Page, start: int, label: Label | None) -> int:
    """The number of the first line with text of a body."""
    for n in range(start, len(page.lines)):
        line = page.lines[n]
        text = label[1].rest if label is not None and n == label[0] else line.text
        if text and n not in page.frame and (label is not None or line.linked_share() <= 0.8):
            return n
    return len(page.lines)


def _trimmed(lines: Sequence[Line]) -> tuple[Line, ...]:
    full = [n for n, line in enumerate(lines) if line.text]
    return tuple(lines[full[0] : full[-1] + 1]) if full else ()


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
            and (_is_below(page, n, label) or (n >= box_end and _is_menu(page.lines[n])))
        ):
            break
        elif n not in page.frame and not _is_frame_link(page.lines[n]):
            body.append(page.lines[n])
        n += 1
    if not has_end:
        doubts.append(_NO_END)
    own = min((block.end for block in blocks.values()), default=end)
    if any(place < other < min(n, own) for other in answers):
        doubts.append(Doubt("a second label of the answer stands in the text", 0.6))
    return _trimmed(body)


def _rest(mark: Mark | None) -> str:
    return mark.rest if mark is not None else ""


def _is_empty_response(page: Page, n: int) -> bool:
    """Whether a line is a responder's label under which nobody could be read."""
    mark = page.marks[n]
    return mark is not None and mark.kind == RESPONSE and n not in page.frame and not mark.rest


def _is_frame_link(line: Line) -> bool:
    """Whether a line is a link such as "Print this page" between the answer and its end."""
    return line.linked_share() > 0.8 and labels.is_footer(line)


def _is_below(page: Page, n: int, label: Label | None) -> bool:
    """Whether a line is below the answer, where no label ends it."""
    line, mark = page.lines[n], page.marks[n]
    if line.rule or labels.is_footer(line):
        return True
    if mark is not None and mark.kind == QUESTION and label and mark.how == label[1].how:
        return True
    if label and line.level and label[1].how.startswith("heading"):
        return line.level <= int(label[1].how.removeprefix("heading "))
    return len(line.links) > 1 and line.linked_share() > 0.7 and not line.item


def _is_menu(line: Line) -> bool:
    """Whether a line outside the answer's container begins a menu or another section."""
    return line.bold or is_site_name(line.text) or line.linked_share() > 0.8


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
        return question_part, Part(lines, "Answered by")
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
    notices = [n for n, line in enumerate(body) if n and labels.is_unanswered_line(line.text)]
    notice = notices[-1] if notices else None
    if notice is not None and not page.people:
        # What follows the notice is no answer: there is none.
        return _trimmed(body[:notice]), Part(body[notice : notice + 1], "notice")
    if not ends or not body:
        why = "no label or other landmark stands after the question"
        raise ParseError("answer", why if complete else why + ", and the page is cut short", url)
    split = find_split(body)
    if split is None:
        raise ParseError("answer", "only one paragraph stands above the responder", url)
    text = f"no label stands between question and answer; the border is {split.how}"
    doubts.append(Doubt(text, split.trust))
    return _trimmed(body[: split.place]), Part(_trimmed(body[split.place :]), split.how)


_BYLINE = Mark(RESPONSE, labels.ALONE, "byline")


def _byline(page: Page, start: int, label: Label | None, more: int | None) -> PeopleBlock | None:
    """Return the block "Answered by: ..." between a labelled question and its answer."""
    if label is None:
        return None
    for block in page.people:
        words = page.lines[block.start].shown.lower().lstrip()
        if block.start <= start or not words.startswith("answer"):
            continue
        if more is not None and more < block.start:
            return None
        numbers = range(block.end, len(page.lines) if more is None else more)
        line = next((page.lines[n] for n in numbers if page.lines[n].text), None)
        if line is not None and len(line.text) > _SENTENCE and not labels.is_footer(line):
            return block
    return None


# The people and the end ------------------------------------------------------------------


def _finish(
    page: Page, title: Title, question_part: Part, answer_part: Part, more: int | None,
    complete: bool, doubts: list[Doubt], url: str,
) -> Sections:  # fmt: skip
    people, people_how = page.people, "Response by"
    if not people:
        length, people = signature(answer_part.lines, len(page.lines))
        answer_part = Part(_trimmed(answer_part.lines[:length]), answer_part.how)
        people = people or page.people_below(more)
        people_how = "a name with credentials"
        if people:
            doubts.append(Doubt('no "Response by" stands above the responder', 0.8))
    question, answer = join(question_part.lines), join(answer_part.lines)
    if not question:
        raise ParseError("question", "no text stands where the question should", url)
    unanswered = not people and labels.is_unanswered(answer)
    if not answer:
        why = "no text stands where the answer should, and no notice says that it is to come"
        raise ParseError("answer", why if complete else "the page is cut short before it", url)
    if not unanswered and not people:
        doubts.append(Doubt("no responder is named", 0.9))
    if not complete and not people and more is None:
        doubts.append(Doubt("the page seems to be cut short", 0.6))
    if more is None:
        lines = range(0)
    else:
        after = [block.start for block in people if block.start > more]
        lines = range(more, min(after, default=_list_end(page, more)))
    if unanswered:
        answer_part = Part((), "notice")
        doubts = [doubt for doubt in doubts if doubt is not _NO_END]
    return Sections(
        title, question_part, answer_part, unanswered, people, people_how if people else "", lines,
        tuple(doubts),
    )  # fmt: skip


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
        if n >= box_end or _ends_list(line) or n in page.frame or (mark and mark.kind == RESPONSE):
            return n
        if line.rule or (seen and (line.level or (line.text and not (line.links or line.item)))):
            return n
        seen = seen or bool(line.links)
    return len(page.lines)


def _ends_list(line: Line) -> bool:
    return not line.item and labels.is_footer(line) and not labels.is_offer(line)
