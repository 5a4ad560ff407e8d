"""A page to its records: each reader that may read it is asked, and the surest reading is taken.

A site that names its reader is read by that alone, and by its selectors where it has any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from parsers.articles.index import is_index
from parsers.links import absolute, base_of, in_charset
from parsers.page.document import open_document
from parsers.page.lines import Document
from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.qa.people import folded_name
from parsers.readers import labelled, selectors, structured, thread
from parsers.readers.candidate import Candidate
from parsers.readers.completed import completed, with_article
from parsers.readers.labelled_post import is_experts_article
from parsers.readers.shell import is_script_shell
from parsers.records import Answer, Capture, ParseError, QAPage, Reading, Responder
from parsers.sites.address import QuestionAddress
from parsers.sites.site import EXPERTS, Site
from parsers.urls import canonical_url, is_question_url, question_of, site_for

#: In the order in which they count where two are equally sure.
_READERS: dict[str, Callable[[OpenPage, Site], tuple[Candidate, ...]]] = {
    "structured": structured.read_structured,
    "labelled": labelled.read_labelled,
    "thread": thread.read_thread,
}
PARSERS = (structured.PARSER, labelled.PARSER, thread.PARSER, selectors.PARSER)
"""The readers and their versions: what was read by others is to be read again."""

#: A page is kilobytes. A parser needs thirty times the memory of what it reads (bytes).
MAX_BODY = 8 << 20
_GONE = (404, 410)
_NO_WORD = re.compile(r"[\W_]+")
_LONGEST_ANCHOR = 60  # characters
_BYTES_IN_DOUBT = 0.9  # where it is in doubt what characters a page's bytes are
# What curly quotes, dashes and accented letters become when UTF-8 is taken for windows-1252.
_TWICE = re.compile(
    "\u00e2\u20ac[\u2122\u0153\u009d\u201c\u201d\u02dc\u00a6]|\u00c3[\u0080-\u00bf]"
)
_SURE = 0.95  # no other reader will know better


def read_capture(capture: Capture, *, outlinks: bool, anywhere: bool) -> Reading:
    """See :func:`parsers.read`, which catches what this raises."""
    page = OpenPage(capture, LABEL_TESTS)
    if len(capture.body) > MAX_BODY:
        if not is_question_url(capture.url):
            return Reading()
        why = f"{len(capture.body)} bytes are no page (at most {MAX_BODY})"
        return Reading(error=ParseError("body", why, capture.url))
    site, address = site_for(page.url), question_of(page.url)
    if anywhere and site is None:
        site, address = undeclared(page.url)
    if site is None or address is None or not 200 <= capture.status < 300:
        gone = capture.status in _GONE and is_question_url(capture.url)
        document = open_document(capture, LABEL_TESTS, lines=False) if outlinks else Document()
        links = tuple(_outlinks(document, page.url))
        return Reading(gone=gone, outlinks=links)
    reading = read_page(page, site, address)
    links = tuple(_outlinks(page.document, page.url)) if outlinks else ()
    return replace(reading, outlinks=links) if outlinks else reading


def _outlinks(document: Document, url: str) -> Iterator[str]:
    """The links of a page as written, but for the charset of their queries; where it has a base,
    as they are meant."""
    links = in_charset(document.outlinks, document.encoding)
    if document.base:
        base = base_of(url, document.base)
        yield from (absolute(base, link) or link for link in links)
    else:
        yield from links
    for frame in document.frames:
        yield from _outlinks(frame, base_of(url, document.base))


def read_page(page: OpenPage, site: Site, address: QuestionAddress, reader: str = "") -> Reading:
    """Read a question page, or a page that may be one.

    :param address: what the page's address says of its question
    :param reader: the only one that is asked, where the site does not declare one
    """
    alone = site.reader or reader
    try:
        readers = [name for name in _READERS if alone in ("", name)]
        candidates = _best(page, site, readers)
    except ParseError as error:
        return Reading(error=error)
    if not candidates:
        return _unread(page, site)
    return Reading(_pages(candidates, page, site, address))


def _best(page: OpenPage, site: Site, readers: Collection[str]) -> tuple[Candidate, ...]:
    """The surest reading of a page.

    :param readers: the names of those that are asked
    :raises ParseError: a reader knows the page for a question page but cannot read it, and no
        other reader can
    """
    best: tuple[Candidate, ...] = ()
    described: tuple[Candidate, ...] = ()
    failure: ParseError | None = None
    for name in readers:
        try:
            candidates = _READERS[name](page, site)
        except ParseError as error:
            failure = error
            continue
        described = candidates if name == "structured" else described
        if _evidence(candidates) > _evidence(best):
            best = candidates
        if _evidence(best) >= _SURE:
            break
    if not best and failure is not None:
        raise failure
    if best and not site.reader and _is_blog(best, page):
        best = ()
    if len(best) == 1 and not site.reader:
        best = (with_article(completed(best[0], described), page, site),)
    return selectors.overlay(best, page, site) if site.selectors else best


def _is_blog(candidates: tuple[Candidate, ...], page: OpenPage) -> bool:
    """Whether what was read are posts of a blog that ask nothing, or a list of posts."""
    if candidates[0].reader == structured.PARSER or page.tree is None:
        return False
    if candidates[0].reader == thread.PARSER and is_experts_article(candidates[0], page):
        return True
    return is_index(page)


def _evidence(candidates: tuple[Candidate, ...]) -> float:
    """How sure a reading is of its worst question; 0 for one without any.

    One that has no answer at all is doubted, but if the page says that there is none: another
    reader may see those that it misses.
    """
    surest = min((candidate.confidence for candidate in candidates), default=0.0)
    is_whole = any(candidate.answers or candidate.unanswered for candidate in candidates)
    return surest if is_whole else surest / 2


def _unread(page: OpenPage, site: Site) -> Reading:
    """What a page without a question is: gone, a shell that a script would fill, or another."""
    if labelled.is_gone_page(page, site):
        return Reading(gone=True)
    if site.reader != "labelled" and is_script_shell(page):
        why = "script shell: a script would fill this page, and there is no text in it"
        return Reading(error=ParseError("page", why, page.url))
    if site.reader and page.capture.content_type.lower().startswith("text/plain"):
        # Only a rendering of a page is text, and nothing tells it from one that lost its labels.
        why = "no question stands in this text rendering"
        return Reading(error=ParseError("page", why, page.url))
    return Reading()


def _pages(
    candidates: tuple[Candidate, ...], page: OpenPage, site: Site, address: QuestionAddress
) -> tuple[QAPage, ...]:
    # A page of FAQs may fall to one of them, which keeps its id.
    several = len(candidates) > 1 or any(candidate.anchor for candidate in candidates)
    pages = []
    taken: set[str] = set()
    for number, candidate in enumerate(candidates, 1):
        url, source_id = canonical_url(page.url), address.source_id
        if several:
            anchor = candidate.anchor or _anchor_of(candidate)
            if not anchor or anchor in taken:
                anchor = f"{anchor or 'question'}-{number}"
            taken.add(anchor)
            url, source_id = f"{url}#{anchor}", f"{source_id}#{anchor}"
        part = 1 if several else address.part  # each of several questions stands for itself
        pages.append(_record(candidate, page, site, url, source_id, part))
    return tuple(pages)


def _anchor_of(candidate: Candidate) -> str:
    """What a question is called that the page gives no id: its first words. Its number would be
    another's as soon as the page puts a question before it."""
    words = _NO_WORD.sub("-", (candidate.title or candidate.question).casefold()).strip("-")
    return words[:_LONGEST_ANCHOR].rstrip("-")


def _record(
    candidate: Candidate, page: OpenPage, site: Site, url: str, source_id: str, part: int
) -> QAPage:
    part = part if part > 1 else candidate.part
    if part > 1:
        candidate = _as_further_page(candidate)
    doubts = [doubt for doubt in (page.capture.damage, page.document.warning) if doubt]
    answers = candidate.answers
    if site.answers == EXPERTS:
        whose = len(answers) - candidate.comments
        answers = (*_signed(answers[:whose], candidate.asker), *answers[whose:])
    return QAPage(
        url=url,
        site=site.name,
        source_id=source_id,
        title=candidate.title,
        question=candidate.question,
        answers=answers,
        topics=candidate.topics,
        links=candidate.links,
        status="answered" if answers else "unanswered",
        confidence=round(candidate.confidence * _BYTES_IN_DOUBT ** len(doubts), 2),
        warnings=(
            *doubts,
            *page.capture.warnings,
            *candidate.warnings,
            *_lost_characters(candidate),
        ),
        parser=candidate.reader,
        record_id=page.capture.record_id,
        origins=candidate.origins,
        asker=candidate.asker,
        asked_on=candidate.asked_on,
        part=part,
        language=site.language or candidate.language,
    )


def _lost_characters(candidate: Candidate) -> Iterator[str]:
    """What a record's text shows of characters that were lost, here or before."""
    answers = (answer.text for answer in candidate.answers)
    text = "\n".join((candidate.title, candidate.question, *answers))
    if count := text.count("\ufffd"):
        yield f"replacement characters (U+FFFD) in the text: {count}"
    if len(_TWICE.findall(text)) > 1:
        yield "the text looks as if it had been made UTF-8 twice"


def _as_further_page(candidate: Candidate) -> Candidate:
    """A further page of a thread, on which the first post is an answer like the others."""
    if not candidate.question:
        return candidate
    first = Answer(candidate.question, candidate.asker, answered_on=candidate.asked_on)
    answers = (first, *candidate.answers)
    return replace(candidate, question="", asker=None, asked_on=None, answers=answers)


def _signed(answers: tuple[Answer, ...], asker: str | None) -> tuple[Answer, ...]:
    """The answers of a site where experts answer: whoever wrote one signs it, but who asks.

    Where the page itself marks experts, others are none.
    """
    if any(answer.responders for answer in answers):
        return answers
    return tuple(
        answer if answer.author is None or folded_name(answer.author) == folded_name(asker or "")
        else replace(answer, author=None, responders=(Responder(answer.author),))
        for answer in answers
    )  # fmt: skip


def undeclared(url: str) -> tuple[Site, QuestionAddress]:
    """A site and an address for a page of a host that nobody declares."""
    parts = urlsplit(canonical_url(url))
    site = Site(
        name=parts.hostname or "unknown",
        title=parts.hostname or "",
        hosts=(parts.netloc,),
        origin=f"{parts.scheme}://{parts.netloc}",
        questions=(),
        keep_names=True,  # of such a page nothing is kept at all
    )
    source_id = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return site, QuestionAddress(source_id or "/")
