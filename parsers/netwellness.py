"""NetWellness (www.netwellness.org), "Ask an Expert": question pages of every template era.

What is read, as a reader sees it (each landmark may be text, an image, or missing)::

    Spotting after exercise                              the title: a heading, or <title>
    Question
    I am ...                                             paragraphs and lists
    Answer
    It is ...
    For more information:
    Go to the Pregnancy health topic, where you can:     the topic, and a list of links
    Response by:
    Jane Q Roe, MD                                       people, with or without a photo
    Professor of Obstetrics and Gynecology
    College of Medicine
    University of Cincinnati
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import prod

from parsers.page.charset import decode
from parsers.page.document import Document, is_complete, region, root_of, soup
from parsers.page.excerpt import excerpt
from parsers.page.html_lines import html_lines, tree_lines
from parsers.page.lines import Line, join
from parsers.page.text_lines import plain_title, text_lines
from parsers.qa.dates import ANSWERED, BARE, OTHER, date_items, date_label, trailing_date
from parsers.qa.labels import ANSWER, RESPONSE, TOPIC, is_gone
from parsers.qa.layout import Page
from parsers.qa.qa_split import SHOWN
from parsers.qa.sections import Doubt, Sections, read_sections
from parsers.records import Capture, Link, ParseError, QAPage, Reading, Responder, TopicLink
from parsers.urls import canonical_url, is_question_url, question_id, resolve, site_of

HOSTS = ("www.netwellness.org", "netwellness.org")
VERSION = 1
PARSER = f"netwellness@{VERSION}"

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml")
_IS_HTML = re.compile(
    r"\s*(?:<\?xml\b.*?\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_ANY_TAG = re.compile(r"<[a-z!/][^<>]*>", re.I)
# lxml needs time that grows with the square of a tag's attributes: such a page is an attack.
_LONG_TAG = 65536  # characters
_TAGS = re.compile(rf"<[a-z][^<>]{{{_LONG_TAG},}}", re.I).finditer
_ATTRIBUTES = 5000
_GONE = (404, 410)
_RANKS = (("answer", 0), ("respon", 0), ("repl", 0), ("publi", 1), ("post", 1))


@dataclass(frozen=True, slots=True)
class PageSource:
    """A capture opened: its lines, what links are relative to, and what went wrong so far."""

    page: Page
    base: str
    complete: bool
    doubts: tuple[Doubt, ...]


def read(capture: Capture, *, outlinks: bool = False) -> Reading:
    """Read a capture; errors in the page are part of the answer, not raised."""
    text, is_html, doubts = text_of(capture)
    if len(text) > _LONG_TAG and any(len(m[0].split()) > _ATTRIBUTES for m in _TAGS(text)):
        why = "a tag has thousands of attributes"
        return Reading(error=ParseError("page", why, capture.url))
    gone = capture.status in _GONE and is_question_url(capture.url)
    if is_html and capture.status == 200 and is_question_url(capture.url):
        quick = _read_excerpt(text, capture, doubts, outlinks=outlinks)
        if quick is not None:
            return quick
    document = Document(text) if is_html else None
    links = document.outlinks() if document is not None and outlinks else ()
    url = capture.url
    if document is not None and not url.lower().startswith(("http:", "https:")):
        url = document.own_url() or url
    if not is_question_url(url) or not 200 <= capture.status < 300 or not text.strip():
        return Reading(gone=gone, outlinks=links)
    if document is None:
        lines = text_lines(text)
        return read_source(
            PageSource(Page(lines, plain_title(lines)), url, True, doubts), url, capture
        )
    return replace(_read_html(document, url, capture, doubts), outlinks=links)


def _read_excerpt(
    text: str, capture: Capture, doubts: tuple[Doubt, ...], *, outlinks: bool
) -> Reading | None:
    """Read the stretch of source that holds the question; None where that leaves any doubt."""
    found = excerpt(text, outlinks=outlinks)
    root = root_of(found.source) if found is not None else None
    if found is None or root is None:
        return None
    page = Page(tree_lines(root), found.title)
    source = PageSource(page, capture.url, is_complete(text), doubts)
    reading = read_source(source, capture.url, capture)
    if reading.page is None or not _is_whole(reading.page) or not _is_sure(reading.page):
        return None
    return replace(reading, outlinks=found.outlinks) if outlinks else reading


def _read_html(
    document: Document, url: str, capture: Capture, doubts: tuple[Doubt, ...]
) -> Reading:
    """Read the region of the content; where that leaves any doubt, the whole page."""
    title, base, complete = document.title, document.base(url), document.complete
    found = region(document)
    if found is not None:
        page = Page(tree_lines(found.body), title)
        reading = read_source(PageSource(page, base, complete, doubts), url, capture)
        # (A notice that the question is gone says all that there is to know.)
        if not found.is_cut or _is_whole(reading.page) or reading.gone:
            return reading
    page = Page(html_lines(soup(document.text)), title)
    return read_source(PageSource(page, base, complete, doubts), url, capture)


def _is_whole(page: QAPage | None) -> bool:
    """Whether every part was found, so that nothing can have been in what was cut away."""
    return (
        page is not None
        and ("title", "<title>") not in page.origins
        and (bool(page.responders) or page.status == "unanswered")
    )


def _is_sure(page: QAPage) -> bool:
    """Whether all that is in doubt is a border that stands within the text itself."""
    if page.confidence == 1.0:
        return True
    border = SHOWN.get(dict(page.origins)["answer"])
    return border == page.confidence and len(page.warnings) == 1


def read_source(source: PageSource, url: str, capture: Capture) -> Reading:
    """The reading of a page that is lines already, however these came about."""
    try:
        page = _record(source, url, capture)
    except ParseError as error:
        return Reading(error=error)
    return Reading(page, gone=page is None and any(is_gone(x.text) for x in source.page.lines))


def text_of(capture: Capture) -> tuple[str, bool, tuple[Doubt, ...]]:
    """The text of a capture, whether it is HTML, and doubts about its characters."""
    kind = capture.content_type.partition(";")[0].strip().lower()
    if kind not in ("", "text/plain", *_HTML_TYPES):
        return "", False, ()
    decoded = decode(capture.body, capture.content_type, html=kind != "text/plain")
    is_html = _IS_HTML.match(decoded.text) is not None or (
        kind != "text/plain" and _ANY_TAG.search(decoded.text) is not None
    )
    doubts = (Doubt(decoded.warning, 0.9),) if decoded.warning else ()
    return decoded.text, is_html, doubts


def _record(source: PageSource, url: str, capture: Capture) -> QAPage | None:
    page = source.page
    question, answer = page.labels
    if not (question or answer or page.people or page.notice is not None):
        return None
    canonical = canonical_url(url)
    found = read_sections(page, canonical, complete=source.complete)
    topics, topics_how = _topics(page, found, source.base)
    answered_on, date_how, date_doubts = _answered_on(page, found)
    doubts = (*source.doubts, *found.doubts, *date_doubts)
    origins = (
        ("title", found.title.how),
        ("question", found.question.how),
        ("answer", found.answer.how),
        ("answered_on", date_how),
        ("responders", found.people_how),
        ("topics", topics_how),
        ("links", "For more information" if found.more else ""),
    )
    return QAPage(
        url=canonical,
        site=site_of(canonical),
        source_id=question_id(canonical),
        title=found.title.text,
        question=join(found.question.lines),
        answer="" if found.unanswered else join(found.answer.lines),
        answered_on=answered_on,
        responders=_responders(found, source.base),
        topics=topics,
        links=_links(page, found, topics, source.base),
        status="unanswered" if found.unanswered else "answered",
        confidence=round(prod((doubt.factor for doubt in doubts), start=1.0), 2),
        warnings=tuple(doubt.text for doubt in doubts),
        parser=PARSER,
        record_id=capture.record_id,
        origins=tuple((field, how) for field, how in origins if how),
    )


def _responders(found: Sections, base: str) -> tuple[Responder, ...]:
    people: dict[str, Responder] = {}
    for block in found.people:
        for r in block.responders:
            url = resolve(base, r.url) if r.url else None
            people.setdefault(
                r.name.casefold(),
                Responder(r.name, r.credentials, r.title, r.college, r.institution, url),
            )
    return tuple(people.values())


def _topics(page: Page, found: Sections, base: str) -> tuple[tuple[TopicLink, ...], str]:
    """The topics that "Go to the X health topic" names; failing that, a label."""
    topics: dict[str, TopicLink] = {}
    for n in page.gotos:
        match = page.goto_match(n)
        if match is not None and n in found.more:
            topic = TopicLink(match[0], _topic_url(page.lines[n], match[0], base))
            topics.setdefault(topic.name.casefold(), topic)
    if topics:
        return tuple(topics.values()), "Go to the ... health topic"
    for n, mark in page.marked(TOPIC):
        if n not in page.frame:
            continue
        anchors = [a for a in page.lines[n].links if a.text]
        if anchors:
            found_topics = [TopicLink(a.text, resolve(base, a.href)) for a in anchors]
            return tuple(found_topics), "label"
        return (TopicLink(mark.rest, None),), "label"
    return (), ""


def _topic_url(line: Line, name: str, base: str) -> str | None:
    wanted = name.casefold()
    for anchor in line.links:
        if (
            anchor.text
            and anchor.text.casefold() in f"{wanted} health topic"
            and wanted in (anchor.text.casefold())
        ):
            return resolve(base, anchor.href)
    return None


def _links(page: Page, found: Sections, topics: Sequence[TopicLink], base: str) -> tuple[Link, ...]:
    named = {topic.url for topic in topics}
    links: dict[Link, None] = {}
    for n in found.more:
        for anchor in page.lines[n].links:
            url = resolve(base, anchor.href)
            if url is None or not anchor.text or (n in page.gotos and url in named):
                continue
            links[Link(anchor.text, url)] = None
    return tuple(links)


def _answered_on(page: Page, found: Sections) -> tuple[date | None, str, tuple[Doubt, ...]]:
    """The date of the answer, by its label; without a label, a date between title and end."""
    top = found.title.line if found.title.line is not None else 0
    dated: list[tuple[int, date | None, str]] = []
    bare: list[date] = []
    for n in range(max(0, top - 3), len(page.lines)):
        text = page.lines[n].text
        mark = page.marks[n]
        items = date_items(text)
        before = date_label(page.lines[n - 1].text) if n and items else None
        for item in items:
            kind = before if item.kind == BARE and before else item.kind
            label = item.label or (page.lines[n - 1].text if before else "")
            if kind == ANSWERED:
                dated.append((_rank(label), item.value, label.strip(" :\xa0").lower()))
            elif kind == BARE and n > top and item.value and n <= _last_line(page, found):
                bare.append(item.value)
            elif kind == OTHER:
                continue
        if not items and mark is not None and mark.kind in (ANSWER, RESPONSE):
            _, value = trailing_date(text) if len(text) < 200 else (text, None)
            if value is not None and (mark.kind == RESPONSE or not mark.rest):
                dated.append((0, value, f"date beside the {mark.kind} label"))
    return _choose(dated, bare)


def _last_line(page: Page, found: Sections) -> int:
    ends = [block.end for block in found.people] + [found.more.stop]
    return max(ends) or len(page.lines)


def _rank(label: str) -> int:
    return next((rank for word, rank in _RANKS if label.lower().startswith(word)), 2)


def _choose(
    dated: list[tuple[int, date | None, str]], bare: list[date]
) -> tuple[date | None, str, tuple[Doubt, ...]]:
    read_ones = sorted((d for d in dated if d[1]), key=lambda d: d[0])
    if read_ones:
        rank, value, label = read_ones[0]
        if any(other[0] == rank and other[1] != value for other in read_ones):
            return value, label, (Doubt("dates of the answer differ; the first was taken", 0.9),)
        return value, label, ()
    if dated:
        return None, "", (Doubt("the date of the answer is no date of the calendar", 0.95),)
    if bare:
        return bare[0], "a date without a label", (Doubt("the date has no label", 0.9),)
    return None, "", ()
