"""Labels: the words by which a reader finds the parts of a question page.

A label stands alone (a line, a heading, the alt text of an image), or begins its line in an
element of its own ("<b>Answer:</b> Yes"). The same words inside a sentence are no label.
:func:`find_labels` only says what could be one and how strongly; :mod:`parsers.qa.layout`
and :mod:`parsers.qa.sections` decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from parsers.page.line_reader import LabelTests
from parsers.page.lines import Image, Line
from parsers.qa.dates import strip_date, trailing_date
from parsers.qa.experts import expert_of
from parsers.qa.people import looks_like_person
from parsers.words.vocabulary import (
    ANSWER,
    MORE,
    QUESTION,
    RESPONSE,
    TITLE,
    TOPIC,
    Vocabulary,
    vocabulary,
)

# How sure it is that words are a label.
ALONE_STRONG, ALONE, LEAD, LEAD_PLAIN, WEAK = 4, 3, 2, 1, 0

_ON = re.compile(r"\A(?:vom|am|du|le|del?|el|il|op|van)\s+(?=\d)", re.I)  # before a date
_COLON = re.compile(r"\s*[:\-–—.]")
NAMED = "name"  # how a label shows that names who answers
_NAME_LIMIT = 120  # characters
_SHORT = 60  # characters
_NOTICE_LINE = 200  # characters
_NOTICE_LIMIT = 300  # characters; a notice is short, a text that mentions one is not


class Mark(NamedTuple):
    """Words of a line that could be a label.

    ``how`` says what shows it ("heading", "image", "bold", "line", "lead", "words"), for
    the record's origins and for telling one template's labels from a stranger's. ``rest``
    is what follows the label on the same line.
    """

    kind: str
    strength: int
    how: str
    rest: str = ""


def find_labels(
    lines: Sequence[Line], beginnings: Sequence[str], words: Vocabulary
) -> list[Mark | None]:
    """Return for every line the label that it is or begins with, or None.

    :param beginnings: the first two characters of each line, in small letters
    """
    no_label = words.no_label
    return [
        None if beginning in no_label else _label_mark(line, words)
        for line, beginning in zip(lines, beginnings, strict=True)
    ]


def _label_mark(line: Line, words: Vocabulary) -> Mark | None:
    text = line.text
    match = words.known_label(text) if len(text) <= _SHORT else words.label.match(text)
    return _mark(line, match) if match else None if text else _image_mark(line)


def _mark(line: Line, match: re.Match[str]) -> Mark | None:
    kind = _kind(match)
    rest = strip_date(_ON.sub("", match["rest"].strip(" )\xa0"), count=1))
    if not rest:
        return _alone(line, kind, match)
    if kind == RESPONSE:
        return _response(line, match, rest)
    return _lead(line, kind, match)


def _kind(match: re.Match[str]) -> str:
    return next(k for k in (RESPONSE, QUESTION, ANSWER, MORE, TITLE, TOPIC) if match[k])


def _is_letter(match: re.Match[str]) -> bool:
    return len(match[QUESTION] or match[ANSWER] or "--") == 1


def _alone(line: Line, kind: str, match: re.Match[str]) -> Mark | None:
    if line.links and line.linked_share() > 0.5:
        return None
    if _is_letter(match) and not (line.bold or match["after"].strip()):
        return None
    if line.item or line.cells:
        return Mark(kind, WEAK, "item")
    if line.level:
        return Mark(kind, ALONE_STRONG, f"heading {line.level}")
    if line.bold:
        return Mark(kind, ALONE_STRONG, "bold line")
    return Mark(kind, ALONE, "line")


def _lead(line: Line, kind: str, match: re.Match[str]) -> Mark | None:
    end = match.start("after")
    if not _COLON.match(match["after"]):
        return None
    if line.level and kind in (QUESTION, ANSWER):
        return None  # "Question: Can I run?" as a heading is a title
    rest = line.text[match.start("after") :]
    rest = rest[_COLON.match(rest).end() :].lstrip(" \xa0:.-–—")  # type: ignore[union-attr]
    label = line.text[:end].strip(" \xa0")
    in_element = any(lead.rstrip(" \xa0:.-–—") == label for lead in line.leads)
    if line.item or line.cells:
        return Mark(kind, WEAK, "item", rest)
    if in_element and line.style == "?":
        return Mark(kind, LEAD, "lead", rest)
    return Mark(kind, LEAD_PLAIN, "words", rest)


def _response(line: Line, match: re.Match[str], rest: str) -> Mark | None:
    """ "Response by: Jane Roe, RN" on one line."""
    name, is_split, text = rest[:_NAME_LIMIT].partition(":")
    if is_split and text.strip() and expert_of(name):  # "Answer by Dr. Roe: Yes, you may."
        return Mark(ANSWER, LEAD, NAMED, rest[len(name) + 1 :].strip())
    rest = trailing_date(rest)[0]
    colon = ":" in match["after"]
    if len(rest) > 200:
        return None
    if not looks_like_person(rest, sure=not colon) and expert_of(rest) is None:
        return None
    return Mark(RESPONSE, LEAD, "lead" if line.leads else "words", rest)


def _image_mark(line: Line) -> Mark | None:
    for image in line.images:
        label = image_label(image.alt, image.src)
        if label:
            how = "image" if image.alt else "image file name"
            return Mark(label, ALONE_STRONG if image.alt else ALONE, how)
    return None


@lru_cache(maxsize=2048)
def image_label(alt: str, src: str) -> str | None:
    """The kind of label that an image shows: by its alt text, or failing that its file name."""
    if alt:
        if len(alt) > 60:
            return None
        match = vocabulary("").label.match(alt)
        if match is None or match["rest"].strip(" )"):
            return None
        # Of letters, "Q" and "A" are drawn on pages of any language; others are initials.
        letter = (match[QUESTION] or match[ANSWER] or "").lower() if _is_letter(match) else "q"
        return _kind(match) if letter in "qa" else None
    stem = re.sub(r"[?#].*", "", src).rpartition("/")[2].rpartition(".")[0].lower()
    words = [w for w in re.split(r"[^a-z]+", stem) if w and w not in _IMAGE_WORDS]
    return _IMAGE_NAMES.get("".join(words))


_IMAGE_WORDS = frozenset(
    str.split(
        "hdr hd head header heading title ttl img image pic btn icon ico lbl label txt text"
        " banner bar h t sm lg small large gif the new"
    )
)
_IMAGE_NAMES = {
    "question": QUESTION, "yourquestion": QUESTION, "answer": ANSWER, "response": ANSWER,
    "reply": ANSWER, "expertanswer": ANSWER, "ouranswer": ANSWER, "responseby": RESPONSE,
    "answeredby": RESPONSE, "answerby": RESPONSE, "responder": RESPONSE, "moreinfo": MORE,
    "moreinformation": MORE, "formoreinfo": MORE, "formoreinformation": MORE,
}  # fmt: skip


def _is_label_image(image: Image) -> bool:
    return image_label(image.alt, image.src) is not None


def _is_label_cell(text: str) -> bool:
    return vocabulary("").label_words.match(text) is not None


#: What the lines of a page must know of labels.
LABEL_TESTS = LabelTests(_is_label_image, _is_label_cell)


def is_footer(line: Line, words: Vocabulary) -> bool:
    """Whether a line belongs to the frame of the page below the answer."""
    return words.footer.match(line.text) is not None


def is_offer(line: Line, words: Vocabulary) -> bool:
    """Whether a line is one of the things that one can do at a health topic.

    "Ask a question" is among them, though it stands in the frame of the page as well.
    """
    return len(line.links) == 1 and words.offer.match(line.text) is not None


def is_unanswered(text: str, words: Vocabulary) -> bool:
    """Whether a text is a notice that nobody has answered yet."""
    return 0 < len(text) <= _NOTICE_LIMIT and words.unanswered.search(text) is not None


def is_unanswered_line(text: str, words: Vocabulary) -> bool:
    """Whether one line is such a notice: shorter than a paragraph that mentions one."""
    return len(text) <= _NOTICE_LINE and is_unanswered(text, words)


def is_gone(text: str, words: Vocabulary) -> bool:
    """Whether a line is a notice that the question is no longer there."""
    return 0 < len(text) <= _NOTICE_LIMIT and words.gone.search(text) is not None
