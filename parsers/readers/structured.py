"""Pages that describe their questions for machines: schema.org in JSON-LD, microdata or RDFa.

The markup says which texts there are, and who wrote them when; the texts themselves are the
page's own wherever it shows them. What does not fit together lowers the confidence and is a
warning, so that a reader of the page itself is preferred.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.page.lines import collapse
from parsers.page.opened import OpenPage
from parsers.page.outline import Outline
from parsers.page.prose import prose
from parsers.readers import schema_facts as facts
from parsers.readers.candidate import Candidate
from parsers.records import Answer
from parsers.schema.items import Items, read_items
from parsers.schema.marked_text import is_cut
from parsers.schema.page_text import PageWords, page_text, tokens
from parsers.schema.texts import Located, locate
from parsers.schema.threads import Thread, threads
from parsers.sites.site import Site
from parsers.threads.paging import part_of
from parsers.urls import question_of

PARSER = "structured@1"

_SURE = 0.98
_BARE = 60  # words; a page with fewer shows no posts
_MOST_AROUND = 6  # elements
_POST_SIZE = 20  # characters; less beside posts is none


@dataclass(frozen=True)
class _Description:
    """A page, what it describes, what it shows."""

    page: OpenPage
    items: Items
    shown: PageWords
    language: str


def read_structured(page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """The questions that a page describes for machines; none where it describes none."""
    if b"schema" not in page.capture.body.replace(b"\0", b"").lower() or page.tree is None:
        return ()
    items = read_items(page.tree)
    described = threads(items.items)
    if not described:
        return ()
    language = site.language or facts.language(items.items, page)
    whole = _Description(page, items, page_text(page, keep_names=site.keep_names), language)
    candidates = [_read(thread, whole) for thread in described]
    return tuple(candidate for candidate in candidates if candidate)


def _read(thread: Thread, whole: _Description) -> Candidate | None:
    """The question of a thread; None where this page does not hold it."""
    question = thread.question
    if question and not question.text and thread.title and not thread.is_forum:
        question = question.with_text(thread.title)  # an FAQ's question is its title
    thread = replace(thread, question=question)
    posts = thread.posts
    located = locate([*posts, *thread.hints], whole.shown)[: len(posts)]
    has_question = question is not None and question.text is not None
    asks = located[0] if has_question else None
    answers: list[Located] = [post for post in located[has_question:] if post]
    address = question_of(whole.page.url)
    part = address.part if address else 1
    if thread.is_forum:
        part = max(part, part_of(whole.shown.outline, whole.page.url))
        if asks and _is_elsewhere(asks, whole.shown):
            asks = None  # the first post stands on another page of the thread
            part = max(part, 2)
        elif asks and part > 1:
            answers, asks = [asks, *answers], None
        if not asks and not answers:
            return None
    elif not asks:
        return None
    return _candidate(thread, whole, asks, _in_order(answers), part)


def _is_elsewhere(asks: Located, shown: PageWords) -> bool:
    """Whether a post is not on a page that shows others."""
    return asks.place is None and bool(tokens(asks.text)) and len(shown.words) > _BARE


def _in_order(answers: list[Located]) -> list[Located]:
    """Answers as the page has them; as the markup has them where one is not on the page."""
    places = [answer.place for answer in answers if answer.place]
    if len(places) < len(answers):
        return answers
    return sorted(answers, key=lambda answer: answer.place.start if answer.place else 0)


def _candidate(
    thread: Thread, whole: _Description, asks: Located | None, answers: list[Located], part: int
) -> Candidate:
    title, title_how = _title(thread, whole)
    item = asks.post.item if asks else None
    asker, experts = facts.writers(item, whole.page) if item else (None, ())
    doubts = _doubts(thread, whole, asks, answers, part)
    confidence = _SURE
    for _, factor in doubts:
        confidence *= factor
    first = asks or answers[0]
    origin = "schema.org, the page's text" if first.place else "schema.org"
    return Candidate(
        reader=PARSER,
        title=title,
        question=asks.text if asks else "",
        answers=tuple(_answer(each, thread, whole) for each in answers),
        confidence=confidence,
        warnings=tuple(why for why, _ in doubts),
        origins=(("title", title_how), ("question", origin), ("answer", origin)),
        asker=asker or next((expert.name for expert in experts), None),
        asked_on=facts.day(item, whole.page, whole.language) if item else None,
        topics=facts.topics(first.post.item, whole.items.items, title, whole.page),
        language=whole.language,
        part=part,
        anchor=_anchor(asks, whole.shown) if asks and thread.is_faq else "",
        unanswered=not answers and (thread.count == 0 or (not thread.count and _is_marked(asks))),
    )


def _answer(located: Located, thread: Thread, whole: _Description) -> Answer:
    item = located.post.item
    author, experts = facts.writers(item, whole.page)
    return Answer(
        text=located.text,
        author=author,
        responders=experts,
        answered_on=facts.day(item, whole.page, whole.language),
        accepted=located.post.accepted and not thread.is_faq,
        score=facts.score(item),
        url=None if thread.is_faq else facts.address(item, whole.page),
    )


# The title and the name of a place ---------------------------------------------------------------


def _title(thread: Thread, whole: _Description) -> tuple[str, str]:
    """The title as the page shows it, and how it is known."""
    headings = _headings(whole.shown)
    if thread.title is None:
        shown = next(iter(headings), "")
        return (shown, "heading") if shown else (whole.page.document.title, "<title>")
    title = collapse(facts.html_free(thread.title.text))
    if thread.title.element is not None:
        shown = collapse(prose([thread.title.element]).replace("\n", " "))
        return shown or title, "schema.org, the page's text"
    words = tokens(title)
    for heading in headings:
        own = tokens(heading)
        if words and (own == words or (is_cut(title) and own[: len(words) - 1] == words[:-1])):
            return heading, "schema.org, the page's heading"
    return title, "schema.org"


def _headings(shown: PageWords) -> list[str]:
    """The headings of a page, the largest first."""
    page = shown.outline
    numbers = [number for number, tag in enumerate(page.tags) if tag in ("h1", "h2", "h3")]
    numbers.sort(key=lambda number: page.tags[number])
    return [text for number in numbers if (text := page.text(number))]


def _anchor(asks: Located, shown: PageWords) -> str:
    """What the page calls the place of a question: an id on it, or on what begins with it."""
    elements = [asks.post.item.element] if asks.post.item.element is not None else []
    if asks.place:
        page, number = shown.outline, asks.place.element
        while number > 0 and shown.span(number)[0] == asks.place.start:
            elements.append(page.elements[number])
            number = page.parent[number]
    names = (element.get("id") or element.get("name") or "" for element in elements)
    return next(filter(None, map(str.strip, names)), "")


# Doubts ------------------------------------------------------------------------------------------


def _doubts(
    thread: Thread, whole: _Description, asks: Located | None, answers: Sequence[Located], part: int
) -> list[tuple[str, float]]:
    """What is uncertain about a reading, and which share of its confidence is left by each."""
    posts = [asks, *answers] if asks else [*answers]
    doubts: list[tuple[str, float]] = []
    if whole.items.broken:
        doubts.append(("the JSON-LD is broken, and was read as far as it goes", 0.95))
    away = sum(post.place is None for post in posts)
    if away:
        why = f"{away} of {len(posts)} texts are in the markup alone, not on the page"
        doubts.append((why, 1 - 0.4 * away / len(posts)))
    described = sum(post.text is not None for post in thread.answers)
    if thread.count and thread.count > described and part == 1:
        why = f"the markup counts {thread.count} answers, and describes {described}"
        doubts.append((why, max(0.3, described / thread.count)))
    elif not answers and thread.count is None:
        doubts.append(("the markup describes a question alone", 0.95 if _is_marked(asks) else 0.4))
    if more := _alike(posts, len(answers), whole.shown):
        why = f"the page shows {more} more posts like those of the markup"
        doubts.append((why, max(0.2, len(answers) / (len(answers) + more))))
    return doubts


def _alike(posts: Sequence[Located], answers: int, shown: PageWords) -> int:
    """How many elements stand beside the answers, and look alike, that the markup leaves out.

    One answer looks like others where it looks like the question, as in a forum.
    """
    page = shown.outline
    compared = posts[-answers:] if answers > 1 else posts
    numbers = [post.place.element for post in compared if post.place]
    if len(numbers) < 2:
        return _like_one(numbers[0], page) if numbers and not answers else 0
    first, last = min(numbers), max(numbers)
    common = page.parent[first]
    while common >= 0 and last >= page.end[common]:
        common = page.parent[common]
    children = page.children(common) if common >= 0 else []
    looks = {page.look[_around(children, number)] for number in numbers if children}
    taken = {_around(children, post.place.element) for post in posts if post.place and children}
    if len(looks) != 1:
        return 0
    return sum(
        page.look[child] in looks and child not in taken and page.size[child] > _POST_SIZE
        for child in children
    )


def _like_one(number: int, page: Outline) -> int:
    """How many elements stand beside the one around a post that has such, and look alike."""
    for _ in range(_MOST_AROUND):
        parent, look = page.parent[number], page.look[number]
        if parent < 0:
            break
        if "class" in page.attributes[number]:
            beside = (child for child in page.children(parent) if child != number)
            alike = sum(page.look[each] == look and page.size[each] > _POST_SIZE for each in beside)
            if alike:
                return alike
        number = parent
    return 0


def _is_marked(asks: Located | None) -> bool:
    """Whether it is the page's elements that are described: then answers would be as well."""
    text = asks.post.text if asks else None
    return text is not None and text.element is not None


def _around(children: Sequence[int], number: int) -> int:
    """The last child that begins before an element: the one that holds it, if any does."""
    return children[max(0, bisect_right(children, number) - 1)]
