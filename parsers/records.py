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
    without its angle brackets ("urn:uuid:...").
    """

    url: str
    captured_at: datetime
    body: bytes
    content_type: str
    status: int
    source: str
    record_id: str


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
class QAPage:
    """What a question-and-answer page means.

    ``title``, ``question`` and ``answer`` are verbatim: paragraphs separated by one empty
    line, list items (and forced line breaks) by a newline, and nothing normalised but the
    white space that HTML does not show. ``answer`` is "" where ``status`` is
    ``unanswered``. ``confidence`` is 0 to 1; whatever lowered it is in ``warnings``.
    ``origins`` says for each field by which landmark it was found, as (field, landmark)
    pairs. ``parser`` is "name@version". ``record_id`` joins the record to its WARC
    evidence.
    """

    url: str
    site: str
    source_id: str
    title: str
    question: str
    answer: str
    answered_on: date | None
    responders: tuple[Responder, ...]
    topics: tuple[TopicLink, ...]
    links: tuple[Link, ...]
    status: str
    confidence: float
    warnings: tuple[str, ...]
    parser: str
    record_id: str
    origins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that reading one capture gives: at most one of ``page`` and ``error`` is set.

    ``gone`` is True where the server, or the page itself, says that a question is no
    longer there. ``outlinks`` are the targets of the page's ``<a href>`` as written, in
    document order (empty unless they were asked for).
    """

    page: QAPage | None = None
    error: ParseError | None = None
    gone: bool = False
    outlinks: tuple[str, ...] = ()
