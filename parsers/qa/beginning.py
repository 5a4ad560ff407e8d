"""The title of a question page, and where its question begins."""

from __future__ import annotations

from parsers.page.lines import Line
from parsers.qa import labels
from parsers.qa.doubt import Doubt
from parsers.qa.layout import Label, Page
from parsers.qa.titles import Title, find_title, is_site_name
from parsers.records import ParseError
from parsers.words.vocabulary import Vocabulary

_TITLE_LIMIT = 200  # characters
SENTENCE = 40  # characters; a shorter line above the question is not a sentence


def find_beginning(page: Page, doubts: list[Doubt], url: str) -> tuple[Title, int]:
    question, answer = page.labels
    ends = [label[0] for label in (question, answer) if label]
    before = min(ends) if ends else _first_end(page)
    topics = frozenset(topic.name.casefold() for topic in page.topic_lines.values())
    title = find_title(
        page.lines,
        page.marks,
        page.page_title,
        before,
        topics,
        page.words,
        nearest=question is not None,
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
            if k not in page.frame and _may_be_title(line, page.words):
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
        if (
            place >= 0
            and place + 1 == blocks[-parts + 1]
            and _may_be_title(page.lines[place], page.words)
        ):
            return Title(page.lines[place].text, "line between empty lines", place), place + 1
    for n in range(before):
        line = page.lines[n]
        if len(line.text) >= SENTENCE and line.linked_share() < 0.5 and not _is_frame(page, n):
            if title is None and n and _may_be_title(page.lines[n - 1], page.words):
                title = Title(page.lines[n - 1].text, "line above the text", n - 1)
            doubts.append(Doubt("no label or heading shows where the question begins", 0.5))
            return title, n
    return title, before


def _may_be_title(line: Line, words: Vocabulary) -> bool:
    return (
        0 < len(line.text) <= _TITLE_LIMIT
        and line.linked_share() < 0.8
        and not line.item
        and not labels.is_footer(line, words)
        and not is_site_name(line.text, words)
    )


def _is_frame(page: Page, n: int) -> bool:
    line = page.lines[n]
    words = page.words
    return n in page.frame or labels.is_footer(line, words) or is_site_name(line.text, words)
