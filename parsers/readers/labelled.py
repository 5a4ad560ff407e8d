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

from collections.abc import Sequence
from datetime import date
from math import prod
from typing import NamedTuple

from parsers.page.lines import Document, Line, join
from parsers.page.opened import OpenPage
from parsers.qa.dates import ANSWERED, BARE, date_label, trailing_date
from parsers.qa.doubt import Doubt
from parsers.qa.labels import WEAK, is_gone
from parsers.qa.layout import Page
from parsers.qa.sections import Sections, read_sections
from parsers.qa.vocabulary import ANSWER, RESPONSE, TOPIC, Vocabulary, vocabulary
from parsers.readers.candidate import Candidate
from parsers.records import Answer, Link, Responder, TopicLink
from parsers.sites.site import Site
from parsers.urls import canonical_url, resolve

PARSER = "labelled@1"

_RANKS = (("answer", 0), ("respon", 0), ("repl", 0), ("publi", 1), ("post", 1))


def read_labelled(page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """Read a question page whose parts have labels; empty for any other.

    :raises ParseError: naming the field of a question page that cannot be read
    """
    candidate = read_document(page.document, page.url, site)
    return (candidate,) if candidate else ()


def is_gone_page(page: OpenPage, site: Site) -> bool:
    """Whether a page without a question says that it is no longer there."""
    words = _words(site)
    return any(is_gone(line.text, words) for line in page.document.lines)


def _words(site: Site) -> Vocabulary:
    return vocabulary(site.language, site.labels)


def read_document(document: Document, url: str, site: Site) -> Candidate | None:
    """Read a page that is lines already.

    :param url: the page's address, canonical or not
    :raises ParseError: see :func:`read_labelled`
    """
    page = Page(document.lines, _words(site), document.title)
    question, answer = page.labels
    if not (question or answer or page.people or page.notice is not None):
        return None
    base = document.base or url
    sections = read_sections(page, canonical_url(url), complete=document.complete)
    topics, topics_how = _topics(page, sections, base)
    answered_on, date_how, date_doubts = _answered_on(page, sections)
    decoding = (Doubt(document.warning, 0.9),) if document.warning else ()
    doubts = (*decoding, *sections.doubts, *date_doubts)
    origins = (
        ("title", sections.title.how),
        ("question", sections.question.how),
        ("answer", sections.answer.how),
        ("answered_on", date_how),
        ("responders", sections.people_how),
        ("topics", topics_how),
        ("links", "For more information" if sections.more else ""),
    )
    text, people = join(sections.answer.lines), _responders(sections, base)
    return Candidate(
        reader=PARSER,
        title=sections.title.text,
        question=join(sections.question.lines),
        answers=() if sections.unanswered else (Answer(text, None, people, answered_on),),
        topics=topics,
        links=_links(page, sections, topics, base),
        confidence=prod((doubt.factor for doubt in doubts), start=1.0),
        warnings=tuple(doubt.text for doubt in doubts),
        origins=tuple((field, how) for field, how in origins if how),
    )


def _responders(sections: Sections, base: str) -> tuple[Responder, ...]:
    people: dict[str, Responder] = {}
    for block in sections.people:
        for r in block.responders:
            url = resolve(base, r.url) if r.url else None
            people.setdefault(
                r.name.casefold(),
                Responder(r.name, r.credentials, r.title, r.college, r.institution, url),
            )
    return tuple(people.values())


def _topics(page: Page, sections: Sections, base: str) -> tuple[tuple[TopicLink, ...], str]:
    """The topics that "Go to the X health topic" names; failing that, a label."""
    topics: dict[str, TopicLink] = {}
    for n, topic in page.topic_lines.items():
        if n in sections.more:
            url = _topic_url(page.lines[n], topic.name, base)
            topics.setdefault(topic.name.casefold(), TopicLink(topic.name, url))
    if topics:
        return tuple(topics.values()), "Go to the ... health topic"
    for n, mark in page.marked(TOPIC):
        if n in page.frame:
            anchors = [anchor for anchor in page.lines[n].links if anchor.text]
            links = tuple(TopicLink(a.text, resolve(base, a.href)) for a in anchors)
            return links or (TopicLink(mark.rest, None),), "label"
    return (), ""


def _topic_url(line: Line, name: str, base: str) -> str | None:
    topic = name.casefold()
    for anchor in line.links:
        if (
            anchor.text
            and anchor.text.casefold() in f"{topic} health topic"
            and topic in anchor.text.casefold()
        ):
            return resolve(base, anchor.href)
    return None


def _links(
    page: Page, sections: Sections, topics: Sequence[TopicLink], base: str
) -> tuple[Link, ...]:
    named = {topic.url for topic in topics}
    links: dict[Link, None] = {}
    for n in sections.more:
        for anchor in page.lines[n].links:
            url = resolve(base, anchor.href)
            if url is None or not anchor.text or (n in page.topic_lines and url in named):
                continue
            links[Link(anchor.text, url)] = None
    return tuple(links)


def _answered_on(page: Page, sections: Sections) -> tuple[date | None, str, tuple[Doubt, ...]]:
    """The date of the answer, by its label; without a label, a date between title and end."""
    top = sections.title.line if sections.title.line is not None else 0
    last = max([block.end for block in sections.people] + [sections.more.stop]) or len(page.lines)
    dated: list[_Dated] = []
    bare: list[date] = []
    for n, items in page.dates.items():
        above = page.lines[n - 1].text if n else ""
        kind_above = date_label(above)
        for item in items if n >= top - 3 else ():
            kind = kind_above if item.kind == BARE and kind_above else item.kind
            label = item.label or (above if kind_above else "")
            if kind == ANSWERED:
                dated.append(_Dated(_rank(label), n, item.value, label.strip(" :\xa0").lower()))
            elif kind == BARE and top < n <= last and item.value:
                bare.append(item.value)
    for n, mark in (*page.marked(ANSWER, WEAK), *page.marked(RESPONSE, WEAK)):
        text = page.lines[n].text
        if n >= top - 3 and n not in page.dates and len(text) < 200:
            value = trailing_date(text)[1]
            if value is not None and (mark.kind == RESPONSE or not mark.rest):
                dated.append(_Dated(0, n, value, f"date beside the {mark.kind} label"))
    return _choose(dated, bare)


class _Dated(NamedTuple):
    """A date of the answer: how far to trust its label (0 most), where it stands, the day."""

    rank: int
    line: int
    value: date | None
    label: str


def _rank(label: str) -> int:
    return next((rank for word, rank in _RANKS if label.lower().startswith(word)), 2)


def _choose(
    dated: Sequence[_Dated], bare: Sequence[date]
) -> tuple[date | None, str, tuple[Doubt, ...]]:
    days = sorted((day for day in dated if day.value), key=lambda day: (day.rank, day.line))
    if days:
        best = days[0]
        doubts: tuple[Doubt, ...] = ()
        if any(day.rank == best.rank and day.value != best.value for day in days):
            doubts = (Doubt("dates of the answer differ; the first was taken", 0.9),)
        return best.value, best.label, doubts
    if dated:
        return None, "", (Doubt("the date of the answer is no date of the calendar", 0.95),)
    if bare:
        return bare[0], "a date without a label", (Doubt("the date has no label", 0.9),)
    return None, "", ()
