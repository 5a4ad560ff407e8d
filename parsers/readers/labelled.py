"""Pages whose parts have labels: "Question" and "Answer", "Q:" and "A:", letters, FAQs.

What is read of one question, as a reader sees it (each landmark may be text, an image, or
missing; the words are those of the page's language and of its site's declaration)::

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

Pages with several questions are :mod:`parsers.qa.several`, letters :mod:`parsers.qa.letters`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from parsers.page.lines import Document, Line, join
from parsers.page.opened import OpenPage
from parsers.qa.answer_date import answer_date
from parsers.qa.doubt import Doubt
from parsers.qa.experts import expert_of
from parsers.qa.labels import is_gone
from parsers.qa.layout import Page
from parsers.qa.letters import read_letters
from parsers.qa.sections import Sections, read_sections
from parsers.qa.several import read_faq, read_pairs
from parsers.readers.candidate import Candidate
from parsers.readers.labelled_several import several_candidates
from parsers.records import Answer, Link, ParseError, Responder, TopicLink
from parsers.sites.site import Site
from parsers.urls import canonical_url, resolve
from parsers.words.vocabulary import TOPIC, Vocabulary, is_known, vocabulary

NAME = "labelled"
PARSER = f"{NAME}@1"


def read_labelled(page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """Read a page whose parts have labels; empty for any other.

    A site that declares this reader has question pages at its addresses, labels or not. On
    other pages only labels on both question and answer count.

    :raises ParseError: naming the field of a question page of such a site that cannot be read
    """
    if site.reader == NAME:
        one = read_document(page.document, page.url, site)
        return (one,) if one else ()
    for words in _vocabularies(page, site):
        candidates = _read(page, site, words)
        if candidates:
            return candidates
    return ()


def _vocabularies(page: OpenPage, site: Site) -> Iterator[Vocabulary]:
    """The words of the site's language, or of the page's; failing that, of all languages."""
    language = site.language or page.language
    yield vocabulary(language, site.labels)
    if not site.language and is_known(language):
        yield vocabulary("", site.labels)


def _read(page: OpenPage, site: Site, words: Vocabulary) -> tuple[Candidate, ...]:
    document = page.document
    layout = Page(document.lines, words, document.title)
    asked = read_pairs(layout) or read_letters(layout)
    if len(asked) < 2:
        asked = read_faq(layout, plain=document.plain) or asked
    if asked:
        return tuple(several_candidates(page, layout, asked, PARSER))
    if not layout.has_both:
        return ()
    try:
        one = _read_one(document, layout, page.url)
    except ParseError:  # this page may be of any kind
        return ()
    return (one,) if one else ()


def is_gone_page(page: OpenPage, site: Site) -> bool:
    """Whether a page without a question says that it is no longer there."""
    words = vocabulary(site.language or page.language, site.labels)
    return any(is_gone(line.text, words) for line in page.document.lines)


def read_document(document: Document, url: str, site: Site) -> Candidate | None:
    """Read a page that is lines already.

    :param url: the page's address, canonical or not
    :raises ParseError: see :func:`read_labelled`
    """
    words = vocabulary(site.language, site.labels)
    page = Page(document.lines, words, document.title)
    question, answer = page.labels
    if not (question or answer or page.people or page.notice is not None):
        return None
    return _read_one(document, page, url)


def _read_one(document: Document, page: Page, url: str) -> Candidate:
    base = document.base or url
    sections = read_sections(page, canonical_url(url), complete=document.complete)
    topics, topics_how = _topics(page, sections, base)
    answered_on, date_how, date_doubts = answer_date(page, sections)
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
            name, credentials = _without_title(r)
            people.setdefault(
                name.casefold(),
                Responder(name, credentials, r.title, r.college, r.institution, url),
            )
    return tuple(people.values())


def _without_title(responder: Responder) -> tuple[str, tuple[str, ...]]:
    """A name without "Dr.", which is among the credentials where there are no others."""
    expert = None if responder.credentials else expert_of(responder.name)
    return (expert.name, expert.credentials) if expert else (responder.name, responder.credentials)


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
