"""One question of a page whose parts have labels, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from parsers.page.lines import Line, join
from parsers.page.opened import OpenPage
from parsers.qa.answer_date import answer_date
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.qa.sections import NO_END, NO_RESPONDER, Sections, read_sections
from parsers.readers.candidate import Candidate
from parsers.readers.labelled_byline import Byline, named_in_full
from parsers.readers.labelled_post import BlogPost, byline_around
from parsers.readers.labelled_several import text_of
from parsers.records import Answer, Link, Responder, TopicLink
from parsers.sites.site import Site
from parsers.urls import canonical_url, resolve
from parsers.words.vocabulary import TOPIC


def read_one(
    page: OpenPage,
    layout: Page,
    site: Site,
    parser: str,
    *,
    declared: bool,
    post: BlogPost | None = None,
) -> Candidate:
    """Read the question of a page.

    :param parser: the reader and its version
    :param post: the post of a blog of which these are the lines
    :param declared: whether the site declares the reader of labels, and so its conventions: what
        its labels do not say is not looked for elsewhere, and lists have no signs
    :raises ParseError: naming the field that cannot be read
    """
    document = page.document
    base = page.base
    sections = read_sections(layout, canonical_url(page.url), complete=document.complete)
    topics, topics_how = _topics(layout, sections, base)
    answered_on, date_how, date_doubts = answer_date(layout, sections)
    doubts = (*sections.doubts, *date_doubts)
    if post is not None:  # its end is where its element ends
        doubts = tuple(doubt for doubt in doubts if doubt is not NO_END)
    people, people_how = _responders(sections, base), sections.people_how
    is_credited = bool(people and answered_on) and post is None
    if not declared and not sections.unanswered and not is_credited:
        byline = _byline(page, layout, sections, site, post)
        if answered_on is None and byline.day:
            answered_on, date_how = byline.day, "the line above the question"
        if not people and byline.responders:
            people_how = "the line that says who wrote the page"
            doubts = tuple(doubt for doubt in doubts if doubt is not NO_RESPONDER)
        people = named_in_full(people, byline.responders)
    origins = (
        *(("title", sections.title.how), ("question", sections.question.how)),
        *(("answer", sections.answer.how), ("answered_on", date_how)),
        *(("responders", people_how), ("topics", topics_how)),
        ("links", "For more information" if sections.more else ""),
    )
    write = join if declared else text_of
    text = write(sections.answer.lines)
    return Candidate(
        reader=parser,
        title=sections.title.text,
        question=write(sections.question.lines),
        answers=() if sections.unanswered else (Answer(text, None, people, answered_on),),
        topics=topics,
        links=_links(layout, sections, topics, base),
        confidence=prod((doubt.factor for doubt in doubts), start=1.0),
        warnings=tuple(doubt.text for doubt in doubts),
        origins=tuple((field, how) for field, how in origins if how),
        language=page.language,
    )


def _byline(
    page: OpenPage, layout: Page, sections: Sections, site: Site, post: BlogPost | None
) -> Byline:
    """What stands between the title and the question, and below the answer."""
    labels = [label[0] for label in layout.labels if label] or [0]
    last = sections.answer.lines[-1] if sections.answer.lines else None
    return byline_around(page, layout, range(min(labels), labels[-1] + 1), last, site, post)


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
