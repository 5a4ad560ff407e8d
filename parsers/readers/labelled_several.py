"""Candidates of a page with several questions, or with a letter and its reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from parsers.page.anchors import anchors_of
from parsers.page.lines import Line, join
from parsers.page.opened import OpenPage
from parsers.qa.doubt import Doubt
from parsers.qa.experts import signature
from parsers.qa.layout import Page
from parsers.qa.several import Asked, share_of
from parsers.qa.titles import find_title
from parsers.readers.candidate import Candidate
from parsers.readers.labelled_byline import Byline, named_in_full
from parsers.readers.labelled_post import BlogPost, byline_around
from parsers.records import Answer
from parsers.sites.site import Site

_TITLE_LIMIT = 200  # characters
_SHARE = 0.5  # of the page's text, what its questions have at least


def several_candidates(
    page: OpenPage,
    layout: Page,
    asked: Sequence[Asked],
    site: Site,
    parser: str,
    post: BlogPost | None = None,
) -> Iterator[Candidate]:
    """One candidate for each question.

    :param parser: the reader and its version
    :param post: the post of a blog of which these are the lines
    """
    document = page.document
    doubts = []
    if share_of(layout, asked) < _SHARE:
        doubts.append(Doubt("most of the page's text is neither question nor answer", 0.6))
    if len(asked) == 1:
        titles = [_title(layout, asked[0])]
    else:
        titles = [_first_sentence(join(each.question)) for each in asked]
    is_signed = post is not None or len(asked) == 1
    byline = None
    if is_signed:
        place, last = asked[0].place, asked[0].answers[-1][-1]
        byline = byline_around(page, layout, range(place, place + 1), last, site, post)
    root = page.tree if len(asked) > 1 and not document.plain else None
    anchors = anchors_of(root, [layout.lines[each.place].text for each in asked])
    for title, each, anchor in zip(titles, asked, anchors, strict=True):
        answers, how = _answers(each)
        if byline is not None:
            answers, how = _with_byline(byline, answers, how)
        all_doubts = (*doubts, *each.doubts)
        yield Candidate(
            reader=parser,
            title=title,
            question=join(each.question),
            answers=answers,
            confidence=prod((doubt.factor for doubt in all_doubts), start=1.0),
            warnings=tuple(doubt.text for doubt in all_doubts),
            origins=(
                ("title", "the question" if len(asked) > 1 else "a heading"),
                ("question", each.how),
                ("answer", each.answer_how),
                *((("responders", how),) if how else ()),
            ),
            anchor=anchor,
            language=page.language,
        )


def _answers(asked: Asked) -> tuple[tuple[Answer, ...], str]:
    """The answers, and what shows who signs them."""
    answers = []
    how = ""
    people = asked.people or ((),) * len(asked.answers)
    for lines, responders in zip(asked.answers, people, strict=True):
        length, signed = len(lines), responders
        if responders:
            how = "label"
        else:
            length, signed = signature(lines)
            how = "a name with credentials" if signed else how
        answers.append(Answer(text_of(lines[:length]), responders=signed))
    return tuple(answers), how


def _with_byline(
    byline: Byline, answers: tuple[Answer, ...], how: str
) -> tuple[tuple[Answer, ...], str]:
    """The answers, with what is said beside the question of all of them."""
    read = tuple(
        replace(
            answer,
            answered_on=answer.answered_on or byline.day,
            responders=named_in_full(answer.responders, byline.responders),
        )
        for answer in answers
    )
    return read, how or ("the line that says who wrote the page" if byline.responders else "")


def text_of(lines: Sequence[Line]) -> str:
    """The text of lines, with the signs of lists and tables."""
    return join(line._replace(text=_signed(line)) if line.text else line for line in lines)


def _signed(line: Line) -> str:
    if line.cells:
        return " | ".join(line.cells)
    return line.marker + line.text


def _title(layout: Page, asked: Asked) -> str:
    title = find_title(
        layout.lines, layout.marks, layout.page_title, asked.place, frozenset(), layout.words,
        nearest=True,
    )  # fmt: skip
    if title is None:  # what follows the greeting of a letter
        return _first_sentence(join(asked.question[1:]) or join(asked.question))
    return title.text


def _first_sentence(text: str) -> str:
    """The first line of a question, or as many of its sentences as a title may have."""
    line = text.partition("\n")[0]
    if len(line) <= _TITLE_LIMIT:
        return line
    cut = max(line.rfind(sign, 0, _TITLE_LIMIT) for sign in "?.!")
    return line[: cut + 1] if cut > 0 else line[:_TITLE_LIMIT].rpartition(" ")[0] or line
