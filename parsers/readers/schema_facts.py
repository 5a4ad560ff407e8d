"""What the items of schema.org say besides texts: who wrote, when, where it stands, what about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from lxml import html

from parsers.page.lines import collapse
from parsers.page.opened import OpenPage
from parsers.qa.days import day_in
from parsers.qa.experts import expert_of
from parsers.qa.people import is_credential
from parsers.records import Responder, TopicLink
from parsers.schema.items import Item, MarkedText
from parsers.urls import canonical_url, resolve
from parsers.words.patterns import pattern

_LONGEST_NAME = 120  # characters
_LONGEST_TOPIC = 60
_MOST_TOPICS = 8  # more keywords are for search engines
_EXPERTS = frozenset(
    ("Physician", "IndividualPhysician", "PhysiciansOffice", "Dentist", "MedicalOrganization",
     "Hospital", "MedicalClinic", "MedicalBusiness", "Pharmacy", "Optician")
)  # fmt: skip
_DOCTOR = re.compile(r"(?:dr|prof|pd|doctor|docteur|dott)", re.I)
_PROFESSIONS = pattern("profession")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"(?:https?:|/|#|mailto:)", re.I)


def writers(item: Item, page: OpenPage) -> tuple[str | None, tuple[Responder, ...]]:
    """Who wrote something: the name of a member of the public, or the experts who did."""
    names: list[str] = []
    experts: list[Responder] = []
    for value in (*item.properties.get("author", ()), *item.properties.get("creator", ())):
        if isinstance(value, MarkedText):
            name, expert = _shown_name(value), None
        else:
            name, expert = _name_of(value), None
            if name:
                expert = _expert(value, name, page)
        expert = expert or expert_of(name)
        if expert:
            experts.append(expert)
        elif name:
            names.append(name)
    if experts:
        return None, tuple(dict.fromkeys(experts))
    return (names[0] if names else None), ()


def _shown_name(text: MarkedText) -> str:
    name = text.text
    if _ADDRESS.match(name):  # a link's target: its text is the name
        name = "" if text.element is None else "".join(text.element.itertext())
    name = collapse(html_free(name))
    return name if len(name) <= _LONGEST_NAME else ""


def _name_of(person: Item) -> str:
    name = next(filter(None, map(_shown_name, person.texts("name", "alternateName"))), "")
    if not name:
        parts = (person.text("givenName"), person.text("familyName"))
        name = collapse(" ".join(filter(None, parts)))
    return name


def _expert(person: Item, name: str, page: OpenPage) -> Responder | None:
    """An expert by what an item says; None for anybody else."""
    job = collapse(person.text("jobTitle"))
    by_name = expert_of(name)
    titles = [title for text in person.texts("honorificPrefix")
              if _DOCTOR.match(title := collapse(text.text))]  # fmt: skip
    degrees = [*titles, *(by_name.credentials if by_name else ()), *_degrees(person)]
    if not (person.types & _EXPERTS or degrees or _PROFESSIONS.search(job)):
        return None
    held = ("worksFor", "affiliation", "memberOf", "hospitalAffiliation")
    places = (collapse(each.text("name")) for each in person.items(*held))
    place = next(filter(None, places), "") or collapse(person.text("worksFor", "affiliation"))
    return Responder(
        name=by_name.name if by_name else name,
        credentials=tuple(dict.fromkeys(degrees)),
        title=job or (by_name.title if by_name else None) or None,
        institution=place or None,
        url=_address(person.text("url"), page),
    )


def _degrees(person: Item) -> Iterator[str]:
    texts = [text.text for text in person.texts("honorificSuffix")]
    for held in person.properties.get("hasCredential", ()):
        if isinstance(held, MarkedText):
            texts.append(held.text)
        else:
            texts.append(held.text("credentialCategory", "name"))
    for text in texts:
        for word in re.split(r"[\s,;]+", text):
            if is_credential(word):
                yield word


def html_free(text: str) -> str:
    """A short text without markup: entities undone, tags left out."""
    if "<" not in text and "&" not in text:
        return text
    return re.sub(r"<[^<>]*>", " ", html.fromstring(f"<p>{text}</p>").text_content())


# When, where, what about -------------------------------------------------------------------------


def day(item: Item, page: OpenPage, language: str) -> date | None:
    """The day on which something was written."""
    names = ("dateCreated", "datePublished", "uploadDate", "commentTime", "dateModified")
    for text in item.texts(*names):
        try:
            return date.fromisoformat(text.text.strip()[:10])
        except ValueError:
            known = day_in(text.text, language, page.capture.captured_at)
            if known:
                return known.day
    return None


def score(item: Item) -> int | None:
    """What readers gave a post: votes for it less those against it, or how many like it."""
    votes = item.number("upvoteCount")
    if votes is not None:
        return votes - abs(item.number("downvoteCount") or 0)
    for counter in item.items("interactionStatistic"):
        kinds = counter.items("interactionType")
        kind = counter.text("interactionType") + "".join(t for k in kinds for t in k.types)
        if re.search(r"(?<!Dis)LikeAction", kind):
            return counter.number("userInteractionCount")
    return None


def address(item: Item, page: OpenPage) -> str | None:
    """The address of a post, where it has one of its own."""
    own = canonical_url(page.url)
    named = item.id if item.id.startswith("http") else ""  # others are names within the markup
    for text in (item.text("url"), named):
        url = _address(text, page)
        if url and url != own:
            return url
    if item.element is not None and (name := item.element.get("id")):
        return f"{own}#{name}"
    return None


def _address(text: str, page: OpenPage) -> str | None:
    """A whole address, with the part of its page that it names; None if a text is no address."""
    if not re.match(r"https?:|/|#|\?", text, re.I):
        return None
    target, _, fragment = text.partition("#")
    url = resolve(page.base, target) if target else canonical_url(page.url)
    return f"{url}#{fragment}" if url and fragment else url


def language(items: Iterable[Item], page: OpenPage) -> str:
    """The language of a page, as the items or the page itself say it; "" where nobody does."""
    tags = [item.text("inLanguage") for item in items]
    if page.tree is not None:
        tags.append(page.tree.get("lang") or page.tree.get("xml:lang") or "")
    return next((tag for tag in map(str.strip, tags) if _LANGUAGE.fullmatch(tag)), "")


def topics(item: Item, items: Iterable[Item], title: str, page: OpenPage) -> tuple[TopicLink, ...]:
    """What a question is about: its keywords, what it names, its section or the crumb above it."""
    names: list[TopicLink] = []
    for about in item.items("about"):
        names.append(TopicLink(collapse(about.text("name")), _address(about.text("url"), page)))
    words = [word for text in item.texts("keywords") for word in re.split("[,;]", text.text)]
    if len(words) <= _MOST_TOPICS:
        names += (TopicLink(collapse(html_free(word)), None) for word in words)
    names += (TopicLink(collapse(html_free(each.text)), None)
              for each in item.texts("about", "articleSection"))  # fmt: skip
    names = [topic for topic in names if 0 < len(topic.name) <= _LONGEST_TOPIC
             and not _ADDRESS.match(topic.name)]  # fmt: skip
    return tuple(dict.fromkeys(names or _crumbs(items, title, page)))


def _crumbs(items: Iterable[Item], title: str, page: OpenPage) -> list[TopicLink]:
    """The crumb just above the page, where there is one between it and two above."""
    for trail in items:
        if "BreadcrumbList" not in trail.types:
            continue
        crumbs: list[TopicLink] = []
        for entry in trail.items("itemListElement"):
            inner = (*entry.items("item"), entry)
            names = (collapse(html_free(each.text("name"))) for each in inner)
            targets = (each.id or each.text("item", "url") for each in inner)
            name, target = next(filter(None, names), ""), next(filter(None, targets), "")
            crumbs.append(TopicLink(name, _address(target, page)))
        own = canonical_url(page.url).rstrip("/")
        while crumbs and (crumbs[-1].name == title or (crumbs[-1].url or "").rstrip("/") == own):
            crumbs.pop()
        if len(crumbs) > 2 and 0 < len(crumbs[-1].name) <= _LONGEST_TOPIC:
            return crumbs[-1:]
    return []
