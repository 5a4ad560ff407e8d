"""What a declaration selects with CSS, field by field, over what another reader reads.

``post`` is what each answer stands in; ``text``, ``author``, ``answered_on``, ``accepted``,
``score``, ``responders`` and ``url`` are looked for within it, and ``text`` is the whole of it
where that is not said. Without ``post`` each ``text`` is an answer. ``title``, ``question``,
``asker``, ``asked_on`` and ``topics`` are looked for in the whole page; without ``question`` the
first post of a thread asks. What is not selected is the other reader's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lxml import html

from parsers.css import Match, select
from parsers.page.lines import collapse
from parsers.page.opened import OpenPage
from parsers.page.prose import prose
from parsers.qa.people import read_people
from parsers.readers.candidate import Candidate
from parsers.readers.days import day_in
from parsers.records import Answer, Responder, TopicLink
from parsers.sites.site import Site
from parsers.urls import canonical_url, question_of, resolve

PARSER = "selectors@1"

_SURE = 0.97
_UNMATCHED = 0.9  # is left of the confidence for each selector that matches nothing
_RARE = ("accepted", "score", "topics", "url")  # what many pages do not have
_NUMBER = re.compile(r"[-−]?\d{1,9}")


def overlay(candidates: tuple[Candidate, ...], page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """The fields that a site's selectors give, over those that another reader read.

    A page with several questions stays as it was read: no selector says where each begins.
    """
    if page.tree is None or len(candidates) > 1:
        return candidates
    chosen = _Selection(page, page.tree, site)
    base = candidates[0] if candidates else Candidate(PARSER, page.document.title, "", (), _SURE)
    posts = _posts(chosen)
    question = chosen.prose("question")
    if not candidates and not posts and not question:
        return candidates
    return (_over(base, chosen, question, posts),)


@dataclass
class _Selection:
    """What a site's selectors select on a page; ``missing`` are those that select nothing."""

    page: OpenPage
    tree: html.HtmlElement
    site: Site
    missing: list[str] = field(default_factory=list)

    @property
    def selectors(self) -> Mapping[str, str]:
        return self.site.selectors

    def all_of(self, name: str) -> Sequence[html.HtmlElement | Match]:
        """What the selector of a field selects on the page; noted if it is nothing."""
        if name not in self.selectors:
            return []
        matches = select(self.selectors[name], self.tree)
        if not matches and name not in _RARE:
            self.missing.append(name)
        return matches

    def text(self, name: str) -> str:
        """The first text of a field, in one line."""
        return next(filter(None, map(_line, self.all_of(name))), "")

    def prose(self, name: str) -> str:
        """All texts of a field, in paragraphs."""
        return "\n\n".join(filter(None, map(_prose, self.all_of(name))))

    def day(self, text: str) -> date | None:
        """The day that a text names."""
        known = day_in(text, self.site.language, self.page.capture.captured_at) if text else None
        return known.day if known else None


@dataclass(frozen=True)
class _Post:
    """A post of the page: its element, its answer, and the element of its text."""

    answer: Answer
    texts: tuple[html.HtmlElement, ...]


def _over(base: Candidate, chosen: _Selection, question: str, posts: list[_Post]) -> Candidate:
    address = question_of(chosen.page.url)
    part = max(base.part, address.part if address else 1)
    title = chosen.text("title")
    asker, asked_on = chosen.text("asker"), chosen.day(chosen.text("asked_on"))
    answers = [post.answer for post in posts]
    asks = _asking(base, chosen, posts, question, part)
    if asks is not None:
        answers.remove(asks)
        question = question or asks.text
        asker = asker or asks.author or next((who.name for who in asks.responders), "")
        asked_on = asked_on or asks.answered_on
    topics = _topics(chosen)
    selected = {
        "title": title, "question": question, "answer": posts, "asker": asker,
        "asked_on": asked_on, "topics": topics,
    }  # fmt: skip
    missing = [
        f"the selector for {name}, {chosen.selectors[name]!r}, matches nothing"
        for name in chosen.selectors
        if name in chosen.missing
    ]
    is_read = bool(question or posts)
    read = replace(
        base,
        reader=PARSER if is_read else base.reader,
        title=title or base.title,
        question=question or ("" if posts and part > 1 else base.question),
        answers=tuple(answers) if posts else base.answers,
        asker=asker or base.asker,
        asked_on=asked_on or base.asked_on,
        topics=topics or base.topics,
        part=part,
        confidence=(max(base.confidence, _SURE) if posts else base.confidence)
        * _UNMATCHED ** len(missing),
        warnings=(*(() if posts else base.warnings), *missing),
        origins=_origins(base, selected),
    )
    return replace(read, unanswered=base.unanswered and not read.answers)


def _origins(base: Candidate, selected: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """How each field is known: those that were selected, by a selector."""
    known = dict(base.origins) | {name: "selector" for name, value in selected.items() if value}
    return tuple(known.items())


def _asking(
    base: Candidate, chosen: _Selection, posts: list[_Post], question: str, part: int
) -> Answer | None:
    """The post that asks: the one with the question in it, or the first of a thread."""
    if not posts or part > 1:
        return None
    if "question" in chosen.selectors and question:
        asking = {node for node in chosen.all_of("question") if not isinstance(node, Match)}
        for post in posts:
            if any(node in asking for text in post.texts for node in text.iter()):
                return post.answer
        return None
    if base.question and base.question.split() != posts[0].answer.text.split():
        texts = {tuple(post.answer.text.split()) for post in posts}
        if tuple(base.question.split()) not in texts and base.answers:
            return None  # another reader knows the question, and it is none of the posts
    return posts[0].answer


# Posts -------------------------------------------------------------------------------------------


def _posts(chosen: _Selection) -> list[_Post]:
    name = "post" if "post" in chosen.selectors else "text"
    elements = [node for node in chosen.all_of(name) if not isinstance(node, Match)]
    holders = set(elements)
    posts = [_post(chosen, element, holders, by_text=name == "text") for element in elements]
    if name == "post" and elements:
        chosen.missing += [
            field for field in ("text", "author", "answered_on", "responders")
            if field in chosen.selectors
            and not any(select(chosen.selectors[field], element) for element in elements)
        ]  # fmt: skip
    return [post for post in posts if post.answer.text]


def _post(
    chosen: _Selection, element: html.HtmlElement, holders: set[html.HtmlElement], *, by_text: bool
) -> _Post:
    inner = holders & set(element.iterdescendants()) if len(holders) > 1 else set()

    def within(name: str) -> list[html.HtmlElement | Match]:
        css = chosen.selectors.get(name)
        matches = select(css, element) if css and not by_text else []
        return [each for each in matches if not inner or _holder(each, holders) is element]

    texts = [each for each in within("text") if not isinstance(each, Match)] or [element]
    first = {name: next(filter(None, map(_line, within(name))), "")
             for name in ("author", "answered_on", "score")}  # fmt: skip
    number = _NUMBER.search(first["score"])
    responders = _responders(chosen, within("responders"))
    answer = Answer(
        text=prose(texts, left_out=inner),
        author=None if responders else first["author"] or None,
        responders=responders,
        answered_on=chosen.day(first["answered_on"]),
        accepted=bool(within("accepted")),
        score=int(number[0].replace("−", "-")) if number else None,
        url=_address(chosen.page, within("url")),
    )
    return _Post(answer, (element,))


def _holder(match: html.HtmlElement | Match, holders: set[html.HtmlElement]) -> html.HtmlElement:
    """The innermost post around something."""
    element = match.element if isinstance(match, Match) else match
    while element is not None and element not in holders:
        element = element.getparent()
    return element


def _responders(
    chosen: _Selection, matches: Sequence[html.HtmlElement | Match]
) -> tuple[Responder, ...]:
    people: list[Responder] = []
    for match in matches:
        if isinstance(match, Match):
            people += [Responder(name)] if (name := collapse(match)) else []
            continue
        read, _ = read_people(chosen.page.lines_of(match))
        people += read or ([Responder(name)] if (name := _line(match)) else [])
    return tuple(dict.fromkeys(people))


def _topics(chosen: _Selection) -> tuple[TopicLink, ...]:
    topics: list[TopicLink] = []
    for match in chosen.all_of("topics"):
        if name := _line(match):
            topics.append(TopicLink(name, _address(chosen.page, [match])))
    return tuple(dict.fromkeys(topics))


def _address(page: OpenPage, matches: Sequence[html.HtmlElement | Match]) -> str | None:
    """The first address among some matches: a text, or what an element links to."""
    for match in matches:
        href = match if isinstance(match, Match) else match.get("href")
        target, _, fragment = (href or "").strip().partition("#")
        url = resolve(page.document.base or page.url, target) if target else None
        url = url or (canonical_url(page.url) if fragment else None)
        if url:
            return f"{url}#{fragment}" if fragment else url
    return None


def _line(match: html.HtmlElement | Match) -> str:
    """A text in one line; of a ``<time>`` its moment."""
    if isinstance(match, Match):
        return collapse(match)
    return collapse(match.get("datetime") or prose([match]).replace("\n", " "))


def _prose(match: html.HtmlElement | Match) -> str:
    return collapse(match) if isinstance(match, Match) else prose([match])
