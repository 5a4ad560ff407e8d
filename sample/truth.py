"""What the generator knows about each page: the record that a perfect parser would read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from parsers.records import Answer, Link, QAPage, Responder, TopicLink

from .blocks import shown
from .compose import Texts, mixture, texts
from .dice import pick, roll, share
from .library import Person, Topic, people, topics
from .options import HOST, SITE, Options
from .plan import page_id

FIRST_DAY = date(1998, 1, 5)
DAYS = 4800  # until the spring of 2011
LATER_DAY = date(2012, 6, 4)  # pages added later were answered from here on


@dataclass(frozen=True, slots=True)
class Offer:
    """A further link as it is printed: an anchor, and words behind it that are no link."""

    text: str
    href: str
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """'Go to the X health topic, where you can:' with its list."""

    topic: Topic
    linked: bool
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A genuine page before it is put into any template."""

    number: int
    identifier: int
    texts: Texts
    answered_on: date | None
    responders: tuple[Person, ...]
    sources: tuple[Offer, ...]
    pointers: tuple[Pointer, ...]

    @property
    def path(self) -> str:
        """The page's path."""
        return question_path(self.identifier)


def question_path(identifier: int) -> str:
    """The canonical path of a question page."""
    return f"/question.cfm/{identifier}.htm"


def facts(options: Options, number: int) -> Facts:
    """All there is to know about the genuine page ``number``."""
    words = texts(options, number)
    topic = mixture(options.seed, number).entry.topic
    sources, pointers = _more(options.seed, number, topic)
    return Facts(
        number=number,
        identifier=page_id(number),
        texts=words,
        answered_on=_answered_on(options, number) if words.answer else None,
        responders=_responders(options.seed, number, topic) if words.answer else (),
        sources=sources,
        pointers=pointers,
    )


def qapage(options: Options, number: int) -> QAPage:
    """The record of the genuine page ``number``."""
    known = facts(options, number)
    offers = [*known.sources, *(offer for each in known.pointers for offer in each.offers)]
    return QAPage(
        url=HOST + known.path,
        site=SITE,
        source_id=str(known.identifier),
        title=known.texts.title,
        question=shown(known.texts.question),
        answers=_answers(known),
        topics=tuple(
            TopicLink(each.topic.name, HOST + each.topic.path if each.linked else None)
            for each in known.pointers
        ),
        links=tuple(Link(offer.text, absolute(offer.href)) for offer in offers),
        status="answered" if known.texts.answer else "unanswered",
        confidence=1.0,
        warnings=(),
        parser="sample@1",
        record_id="",
        language="en",
    )


def _answers(known: Facts) -> tuple[Answer, ...]:
    """The one answer with all who sign it; none where the question still waits."""
    if not known.texts.answer:
        return ()
    people = tuple(
        Responder(
            name=person.name,
            credentials=person.credentials,
            title=printed_title(person, known.answered_on),
            college=person.college,
            institution=person.institution,
            url=HOST + person.path if person.path else None,
        )
        for person in known.responders
    )
    text = shown(known.texts.answer)
    return (Answer(text, responders=people, answered_on=known.answered_on),)


def absolute(href: str) -> str:
    """The canonical URL of a link of the site."""
    return HOST + href if href.startswith("/") else href


def printed_title(person: Person, answered_on: date | None) -> str | None:
    """The title that a page of that day prints: people are promoted."""
    early = answered_on is not None and answered_on.year < 2003
    return person.formerly if early and person.formerly else person.title


def _answered_on(options: Options, number: int) -> date | None:
    if share(options.seed, "dated", number) < 0.15:
        return None
    if number >= options.pages:
        return LATER_DAY + timedelta(days=roll(options.seed, "day", number) % 80)
    return FIRST_DAY + timedelta(days=roll(options.seed, "day", number) % DAYS)


def _responders(seed: int, number: int, topic: Topic) -> tuple[Person, ...]:
    first = pick(topic.people, seed, "who", number)
    chance = share(seed, "how many", number)
    count = 3 if chance < 0.03 else 2 if chance < 0.12 else 1
    others = [person for person in (*topic.people, *people()) if person != first]
    start = roll(seed, "others", number)
    chosen = [first]
    for step in range(count - 1):
        candidate = others[(start + 5 * step) % len(others)]
        if candidate not in chosen:
            chosen.append(candidate)
    return tuple(chosen)


def _more(seed: int, number: int, topic: Topic) -> tuple[tuple[Offer, ...], tuple[Pointer, ...]]:
    """What stands under 'For more information:'; one page in ten has no such part."""
    chance = share(seed, "more", number)
    if chance < 0.1:
        return (), ()
    linked = share(seed, "linked", number) >= 0.05
    first = Pointer(topic, linked, () if chance < 0.2 else _offers(seed, number, topic))
    pointers = [first]
    if share(seed, "second topic", number) < 0.15:
        others = [other for other in topics() if other != topic]
        other = pick(others, seed, "other topic", number)
        pointers.append(Pointer(other, True, _offers(seed, number, other, 2)[:1]))
    return _sources(seed, number, topic), tuple(pointers)


def _offers(seed: int, number: int, topic: Topic, choice: int = 5) -> tuple[Offer, ...]:
    """What one can do at a topic. The first two are the topic's own pages, the others are
    the same for all topics."""
    known = (
        Offer(f"Read an introduction to {topic.name}", f"{topic.path}overview.htm"),
        Offer("See all questions", f"{topic.path}questions.htm", " that have been answered"),
        Offer("Ask a question of your own", "/askanexpert.htm"),
        Offer("Meet the experts", "/experts/", ", and see what they have answered"),
        Offer("Learn how to read a lab report", "/reference/medicalterms.htm"),
    )[:choice]
    start = roll(seed, "offers", number, topic.slug)
    return tuple(known[(start + step) % len(known)] for step in range(2 + start % 3))


def _sources(seed: int, number: int, topic: Topic) -> tuple[Offer, ...]:
    """Links to other sites. Their hosts are reserved names: nobody is ever asked."""
    if share(seed, "sources", number) >= 0.2:
        return ()
    known = (
        Offer(
            f"A patient's guide: {topic.name}", f"http://www.example.org/{topic.slug}/guide.html"
        ),
        Offer("Clinical trials near you", "https://trials.example.com/find?q=" + topic.slug),
        Offer("Fact sheet (PDF)", f"http://library.example.net/{topic.slug}.pdf"),
    )
    start = roll(seed, "source", number)
    return tuple(known[(start + step) % len(known)] for step in range(1 + start % 2))
