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
from string import ascii_lowercase
from typing import NamedTuple

from parsers.page.line_reader import LabelTests
from parsers.page.lines import Image, Line
from parsers.qa.dates import strip_date, trailing_date
from parsers.qa.people import looks_like_person

QUESTION, ANSWER, RESPONSE, MORE, TITLE, TOPIC = (
    "question", "answer", "response", "more", "title", "topic"
)  # fmt: skip

# How sure it is that words are a label.
ALONE_STRONG, ALONE, LEAD, LEAD_PLAIN, WEAK = 4, 3, 2, 1, 0

_OWNER = (
    r"(?:(?:the|your|our|a|original|patient|visitor|reader|user|viewer|expert)(?:['’`]?s)?\s+)*"
)
_LABEL = re.compile(
    r"[^\w]*(?:"
    r"(?P<response>(?:expert\s+)?(?:responses?|answers?|replies|reply|answered|responded|replied)"
    r"\s+(?:(?:was|were)\s+)?(?:provided\s+|given\s+|written\s+)?(?:by|from)"
    r"(?:\s+(?:(?:our|the|your|an)\s+)?(?:netwellness\s+)?experts?(?=\W*$))?"
    r"|respondents?|responders?|responding\s+experts?|(?:about|meet)\s+(?:the|your|our)\s+experts?)"
    rf"|(?P<question>{_OWNER}question(?:\s+(?:text|asked))?(?:\s*(?:#|no\.?|number)?\s*\d+)?|q)"
    rf"|(?P<answer>{_OWNER}(?:answers?|response|reply)(?:\s+from\s+(?:our|the)\s+experts?)?"
    r"(?:\s*#?\s*\d{1,2})?|a)"
    r"|(?P<more>(?:for\s+)?(?:more|further|additional)\s+information)"
    r"|(?P<title>subject|title)"
    r"|(?P<topic>(?:health\s+)?topics?|(?:health\s+)?categor(?:y|ies))"
    r")(?P<after>(?![\w'’`])[^\w(\"“'‘]*)(?P<rest>.*)",
    re.I | re.S,
)
# Every line of a page is asked, and most begin with two letters with which no label does.
_PAIRS = frozenset(a + b for a in ascii_lowercase for b in ascii_lowercase)
_NO_LABEL = _PAIRS.difference(
    ["ab", "ad", "an", "ca", "ex", "fo", "fu", "he", "me", "mo", "or", "ou", "pa", "qu", "re",
     "su", "th", "ti", "to", "us", "vi", "yo"]
)  # fmt: skip
_NO_GO_TO = _PAIRS.difference(["go", "pl", "re", "se", "vi"])
_COLON = re.compile(r"\s*[:\-–—.]")
GO_TO_TOPIC = re.compile(
    r"\W*(?:please\s+)?(?:go\s+to|visit|see|return\s+to)\s+(?:the\s+|our\s+)?(?P<name>.{1,100}?)\s+"
    r"(?:health\s+)?(?:topics?|cent(?:er|re))(?:\s+(?:page|area|section))?"
    r"(?:\s*,?\s*where\s+you\s+can\b\W*(?P<rest>.*)|[\s.,:]*)",
    re.I | re.S,
)
_FOOTER = re.compile(
    r"\W*(?:(?:medical\s+)?disclaimer\b|copyright\b|©|\(c\)\s|all\s+rights\s+reserved"
    r"|since\s+1995\b|terms\s+of\s+use|privacy\s+(?:policy|statement)|site\s*map\b|back\s+to\s+top"
    r"|top\s+of\s+page|return\s+to\s+top|print(?:er)?[\s-]*(?:this|friendly|version)"
    r"|e-?mail\s+(?:this|to\s+a)|contact\s+us|ask\s+(?:an\s+expert|a(?:nother)?\s+question)"
    r"|(?:previous|next)\s+question\b|related\s+(?:questions|articles|links|topics|resources)"
    r"|share\s+(?:this|on)\b|(?:this|the)\s+(?:site|website|web\s+site|page|information)\b.{0,80}"
    r"\b(?:substitute|medical\s+advice|educational\s+purposes|copyright|university|universities)"
    r"|netwellness(?:®|\s+is|\s+does)\b|the\s+information\s+(?:on|in)\s+netwellness"
    r"|.{0,40}not\s+(?:intended\s+)?(?:to\s+be\s+)?a?\s*substitute\s+for\b"
    r"|.{0,40}hosted\s+by\b|was\s+this\s+(?:page|answer|information)\s+helpful)",
    re.I,
)
_OFFER = re.compile(r"\W*(?:ask\s+(?:an?|our)\b|e-?mail\s+this|print\s+this)", re.I)
_UNANSWERED = re.compile(
    r"(?:\bnot\s+(?:yet\s+)?(?:been\s+)?(?:answered|responded)|\byet\s+to\s+be\s+answered"
    r"|\b(?:awaiting|waiting\s+for|awaits)\s+(?:an?\s+|the\s+|its\s+)?(?:expert\W*s?\s+)?"
    r"(?:answer|response|reply|review)|\bno\s+(?:answers?|respons\w+|repl\w+)\s+"
    r"(?:yet|has|have|is|are|was|so\s+far|available|posted|at\s+this)"
    r"|\b(?:answer|response|reply)\s+(?:is\s+)?(?:pending|not\s+(?:yet\s+)?available|not\s+yet)"
    r"|\b(?:is|remains|currently|still)\s+(?:un|not\s+)answered|^\W*unanswered\W*$|^\W*pending\W*$"
    r"|\bwill\s+be\s+answered|\bhas(?:n[’'`]t|\s+not)\s+(?:yet\s+)?(?:answered|responded|replied)"
    r"|^\W*no\s+(?:answer|response|reply)\W*$|^\W*not\s+(?:yet\s+)?answered)",
    re.I,
)
_THING = (
    r"(?:question|page|document|content|item|answer|article|entry|file|resource|information|url)"
)
_GONE = re.compile(
    rf"(?:\b{_THING}\b.{{0,80}}\b(?:(?:is|are)\s+no\s+longer\s+(?:available|here|online|on|part)"
    r"|(?:has|have)\s+been\s+(?:removed|withdrawn|deleted|retired|archived\s+and)"
    r"|(?:was|were)\s+(?:removed|withdrawn|deleted|not\s+found)"
    r"|has\s+expired|does\s+not\s+exist|no\s+longer\s+exists"
    r"|(?:can\s*not|could\s+not|can[’'`]t)\s+be\s+(?:found|located)|not\s+found"
    r"|is\s+(?:not|currently\s+un)\s*available)|^\W*(?:404\b.*)?\W*(?:page\s+)?not\s+found\W*$"
    rf"|^\W*(?:this\s+)?(?:{_THING}\s+)?no\s+longer\s+available\W*$|^\W*gone\W*$"
    rf"|\bno\s+such\s+{_THING})",
    re.I | re.S,
)
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


def find_labels(lines: Sequence[Line]) -> list[Mark | None]:
    """Return for every line the label that it is or begins with, or None."""
    return [None if line.text[:2].lower() in _NO_LABEL else _label_mark(line) for line in lines]


def _label_mark(line: Line) -> Mark | None:
    match = _LABEL.match(line.text)
    return _mark(line, match) if match else None if line.text else _image_mark(line)


def _mark(line: Line, match: re.Match[str]) -> Mark | None:
    kind = _kind(match)
    rest = strip_date(match["rest"].strip(" )\xa0"))
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
    rest = trailing_date(rest)[0]
    colon = ":" in match["after"]
    if len(rest) > 200 or not looks_like_person(rest, sure=not colon):
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
        match = _LABEL.match(alt)
        return _kind(match) if match and not match["rest"].strip(" )") else None
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


_LABEL_CELL = re.compile(
    r"\W*(?:(?:question|answer|response|(?:respon\w+|answer\w*) by)\W*$|[qa]\s*:)", re.I
)


def _is_label_image(image: Image) -> bool:
    return image_label(image.alt, image.src) is not None


def _is_label_cell(text: str) -> bool:
    return _LABEL_CELL.match(text) is not None


#: What the lines of a page must know of labels.
LABEL_TESTS = LabelTests(_is_label_image, _is_label_cell)


def may_go_to(text: str) -> bool:
    """Whether a text could match :data:`GO_TO_TOPIC`, by its beginning."""
    return text[:2].lower() not in _NO_GO_TO


def is_footer(line: Line) -> bool:
    """Whether a line belongs to the frame of the page below the answer."""
    return _FOOTER.match(line.text) is not None


def is_offer(line: Line) -> bool:
    """Whether a line is one of the things that one can do at a health topic.

    "Ask a question" is among them, though it stands in the frame of the page as well.
    """
    return len(line.links) == 1 and _OFFER.match(line.text) is not None


def is_unanswered(text: str) -> bool:
    """Whether a text is a notice that nobody has answered yet."""
    return 0 < len(text) <= _NOTICE_LIMIT and _UNANSWERED.search(text) is not None


def is_unanswered_line(text: str) -> bool:
    """Whether one line is such a notice: shorter than a paragraph that mentions one."""
    return len(text) <= _NOTICE_LINE and is_unanswered(text)


def is_gone(text: str) -> bool:
    """Whether a line is a notice that the question is no longer there."""
    return 0 < len(text) <= _NOTICE_LIMIT and _GONE.search(text) is not None
