"""The values that pass between the packages: what a server said, and what the page means.

A :class:`Capture` goes in, a :class:`QAPage` comes out. All are frozen: a parser cannot
change what it was given, and a store cannot change what it was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


class ParseError(Exception):
    """A question-and-answer page that cannot be read.

    :param field: the record's field that failed, such as ``"question"``
    :param why: what was looked for, in words that an archivist can act on
    :param url: the page
    """

    def __init__(self, field: str, why: str, url: str = "") -> None:
        super().__init__(f"{field}: {why}" + (f" ({url})" if url else ""))
        self.field = field
        self.why = why
        self.url = url

    def __reduce__(self) -> tuple[type[ParseError], tuple[str, str, str]]:
        """So that it can cross from one process to another."""
        return ParseError, (self.field, self.why, self.url)


@dataclass(frozen=True, slots=True)
class Capture:
    """What a server said when it was asked for a URL.

    ``body`` is the payload with transfer and content encodings undone (de-chunked,
    gunzipped) but still in the page's own character set. ``content_type`` is the header's
    value as sent ("text/html; charset=iso-8859-1"), or "" where there was none.
    ``captured_at`` is in UTC and aware. ``source`` is one of ``live``, ``wayback``,
    ``commoncrawl``, ``warc``, ``wet``, ``file``. ``record_id`` is the WARC-Record-ID
    without its angle brackets ("urn:uuid:..."). ``warnings`` say what was odd in how the body
    was encoded, ``damage`` why some of it is missing ("" if nothing is).
    """

    url: str
    captured_at: datetime
    body: bytes
    content_type: str
    status: int
    source: str
    record_id: str
    warnings: tuple[str, ...] = ()
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A further link of a page: its text as shown, and its absolute URL."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A health topic that a page names. ``url`` is None where the name is not a link."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Responder:
    """A person who answered.

    ``name`` is without credentials ("Arthur T Ollendorff"), ``credentials`` in the order
    printed (("MD",)). Fields that the page does not give are None.
    """

    name: str
    credentials: tuple[str, ...] = ()
    title: str | None = None
    college: str | None = None
    institution: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question.

    ``text`` is verbatim, as in :class:`QAPage`. ``responders`` are the experts who sign it, in
    order; ``author`` is the name of a member of the public who wrote it, None where an expert
    did or nobody is named. ``accepted`` says that the page marks it as the answer that helped,
    ``score`` is what its readers gave it, None where the page shows none. ``url`` is the
    absolute address of this answer, where it has one of its own.
    """

    text: str
    author: str | None = None
    responders: tuple[Responder, ...] = ()
    answered_on: date | None = None
    accepted: bool = False
    score: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class QAPage:
    """What a question-and-answer page means: one question and its answers, in their order.

    ``title``, ``question`` and the texts of ``answers`` are verbatim: paragraphs separated by
    one empty line, list items (and forced line breaks) by a newline, and nothing normalised
    but the white space that HTML does not show. ``asker`` is the name of who asks.
    ``answers`` are empty where ``status`` is ``unanswered``. ``part`` numbers the pages of a
    thread, from 1; ``question`` is "" on those after the first. ``language`` is a tag of BCP 47,
    "" where nobody says it. ``confidence`` is 0 to 1; whatever lowered it is in ``warnings``.
    ``origins`` says for each field by which landmark it was found, as (field, landmark)
    pairs. ``parser`` is "reader@version". ``record_id`` joins the record to its WARC
    evidence.
    """

    url: str
    site: str
    source_id: str
    title: str
    question: str
    answers: tuple[Answer, ...]
    topics: tuple[TopicLink, ...]
    links: tuple[Link, ...]
    status: str
    confidence: float
    warnings: tuple[str, ...]
    parser: str
    record_id: str
    origins: tuple[tuple[str, str], ...] = ()
    asker: str | None = None
    asked_on: date | None = None
    part: int = 1
    language: str = ""

    @property
    def answer(self) -> str:
        """The texts of all answers, in order."""
        return "\n\n".join(answer.text for answer in self.answers if answer.text)

    @property
    def responders(self) -> tuple[Responder, ...]:
        """The experts of all answers, each once, in order."""
        experts = (person for answer in self.answers for person in answer.responders)
        return tuple(dict.fromkeys(experts))

    @property
    def answered_on(self) -> date | None:
        """The day of the first answer that has one."""
        return next((each.answered_on for each in self.answers if each.answered_on), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that reading one capture gives: no ``pages`` where there is an ``error``.

    A page with several questions gives several ``pages``, in their order. ``gone`` is True
    where the server, or the page itself, says that a question is no longer there.
    ``outlinks`` are the targets of the page's links as written, in document order (empty
    unless they were asked for).
    """

    pages: tuple[QAPage, ...] = ()
    error: ParseError | None = None
    gone: bool = False
    outlinks: tuple[str, ...] = ()
