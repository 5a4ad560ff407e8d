"""The reader of threads: forums, discussions, comments, whatever the software and language.

Posts are known by what repeats on a page (:mod:`parsers.threads`). The post that asks is the
first of the first page; all others answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from lxml import html

from parsers.page.opened import OpenPage
from parsers.page.outline import Outline
from parsers.page.prose import prose
from parsers.qa.days import day_in, is_day_first, shown_day
from parsers.readers.candidate import Candidate
from parsers.records import Answer
from parsers.sites.site import PUBLIC, Site
from parsers.threads.code_labels import code_labels_in
from parsers.threads.details import accepted_of, addresses_of, scores_of
from parsers.threads.evidence import Evidence, evidence_of
from parsers.threads.headings import Heading, heading_of
from parsers.threads.lists import is_list, without_entries
from parsers.threads.openers import asked_in_heading, opener
from parsers.threads.paging import part_of
from parsers.threads.posts import Post, find_posts
from parsers.threads.quotes import quotes_in, without_names
from parsers.threads.roles import responder_of
from parsers.threads.signatures import RULE, without_signatures
from parsers.threads.single import single_post

PARSER = "thread@1"
_NOTICE = 60  # characters; a question that is longer than its heading says more than that
_ARTICLE = 2000  # characters
_SIGNED = 0.6  # of the posts have a date or an author
_SINGLE = 0.8  # the confidence in a post that stands alone
_CLOCK = "T"  # is in exact times alone: 2019-03-04T10:00:00Z
_RELATIVE = "days are counted from when the page was captured"


class _Thread(NamedTuple):
    """What was seen of a page."""

    page: Evidence
    posts: list[Post]
    heading: Heading
    part: int
    asked: Post | None  # with its text in the heading


def read_thread(page: OpenPage, site: Site | None) -> tuple[Candidate, ...]:
    """The thread on a page, or the part of one; () where there is none."""
    if page.tree is None:
        return ()
    columns = page.once(evidence_of)
    thread = _seen(columns, page.tree)
    if thread is None and _is_declared(site):
        thread = _alone(columns, page.tree)
    if thread is None:
        return ()
    language = (site.language if site else "") or page.language
    keep_names = site is None or site.keep_names
    return _candidate(thread, page, language, keep_names=keep_names)


def _is_declared(site: Site | None) -> bool:
    """Whether somebody says that a page is a question page of a site where the public answers."""
    return site is not None and bool(site.questions) and site.answers == PUBLIC


def _alone(page: Evidence, tree: html.HtmlElement) -> _Thread | None:
    """The only post of a page: a question without an answer, or the last answer of a thread."""
    heading = heading_of(page, tree, len(page.tags))
    post = single_post(page, heading)
    return _Thread(page, [post], heading, part_of(page, page.url), None) if post else None


def _seen(page: Evidence, tree: html.HtmlElement) -> _Thread | None:
    """Where everything is; None if there are no posts."""
    posts = without_entries(page, find_posts(page))
    if not posts or _are_halves(posts):
        return None
    heading = heading_of(page, tree, posts[0].record.first)
    part = part_of(page, page.url)
    asked = asking = None
    if part == 1:
        asking = opener(page, posts, heading.number)
        if asking is not None and _is_in_heading(page, asking, heading.text):
            asked = asking
        elif asking is not None:
            posts.insert(0, asking)
            if _are_halves(posts) and posts[0].date is not None:
                return None  # what stands below the question is no answer
        else:
            asked = asked_in_heading(page, posts, heading.number)
    if asking is not None and _is_article(page, posts, heading.text):
        return None
    if not _is_thread(page, posts, alone=asked is not None):
        return None
    return _Thread(page, posts, heading, part, asked)


def _are_halves(posts: Sequence[Post]) -> bool:
    """Whether two posts are one, with its day in one half alone."""
    return len(posts) == 2 and sum(post.date is not None for post in posts) == 1


def _is_in_heading(page: Outline, asking: Post, heading: str) -> bool:
    """Whether the heading says what is asked, and what stands below it does not."""
    below = sum(page.size[node] for node in asking.body.nodes)
    return heading.rstrip().endswith(("?", "？", "؟")) and below < min(_NOTICE, len(heading))


def _is_article(page: Outline, posts: Sequence[Post], heading: str) -> bool:
    """Whether what comments stand below is an article, which asks nothing."""
    first, *others = posts
    size = sum(page.size[node] for node in first.body.nodes)
    comments = sum("comment" in page.looks[page.look[post.record.first]][1] for post in others)
    return size > _ARTICLE and comments > len(others) / 2 and "?" not in heading


def _is_thread(page: Evidence, posts: Sequence[Post], *, alone: bool) -> bool:
    """Whether posts are those of a thread: signed, more than one, and no entries of a list."""
    signed = sum(post.date is not None or post.author is not None for post in posts)
    if len(posts) + alone < 2 or signed < _SIGNED * len(posts):
        return False
    return not is_list(page, posts)


def _candidate(
    thread: _Thread, opened: OpenPage, language: str, *, keep_names: bool
) -> tuple[Candidate, ...]:
    captured_at = opened.capture.captured_at
    days, relative = _days(thread, language, captured_at)
    answers = _answers(thread, days, keep_names=keep_names)
    if not answers:
        return ()
    question, asker, asked_on = "", None, None
    if thread.asked is not None:
        question = thread.heading.text
        asker = _name(thread.page, thread.asked)
        asked_on = _day(thread, thread.asked, language, captured_at)
    elif thread.part == 1:
        first = answers.pop(0)
        question, asked_on = first.text, first.answered_on
        asker = first.author or (first.responders[0].name if first.responders else None)
    return (
        Candidate(
            PARSER,
            thread.heading.text,
            question,
            tuple(answers),
            _confidence(thread.posts),
            warnings=(_RELATIVE,) if relative else (),
            asker=asker,
            asked_on=asked_on,
            language=language,
            part=thread.part,
            unanswered=not answers,
        ),
    )


def _answers(thread: _Thread, days: Sequence[date | None], *, keep_names: bool) -> list[Answer]:
    """All posts that have a text, in their order."""
    page, posts = thread.page, thread.posts
    names = [_name(page, post) for post in posts]
    texts = [text_of(page, post, keep_names=keep_names) for post in posts]
    texts = without_signatures(texts, names)
    details = zip(
        posts, texts, names, days, addresses_of(page, posts), accepted_of(page, posts),
        scores_of(page, posts), strict=True,
    )  # fmt: skip
    return [
        _answer(page, post, Answer(text, name, (), day, accepted, score, address))
        for post, text, name, day, address, accepted, score in details
        if text
    ]


def _name(page: Evidence, post: Post) -> str | None:
    return page.names[post.author] if post.author is not None else None


def _answer(page: Outline, post: Post, answer: Answer) -> Answer:
    """An answer with its author among the experts, if one is."""
    expert = responder_of(page, post, answer.author) if answer.author else None
    if expert is None:
        return answer
    return Answer(
        answer.text, None, (expert,), answer.answered_on, answer.accepted, answer.score, answer.url
    )


def _days(thread: _Thread, language: str, captured_at: datetime) -> tuple[list[date | None], bool]:
    """The day of each post, and whether any was counted from the capture."""
    written = [thread.page.written.get(post.date or -1, "") for post in thread.posts]
    first = is_day_first(written, language)
    found = [day_in(text, language, captured_at, first) if text else None for text in written]
    days = [
        shown_day(each.day, thread.page.text(post.date), captured_at, day_first=first)
        if each and post.date is not None and _CLOCK in text
        else (each.day if each else None)
        for each, post, text in zip(found, thread.posts, written, strict=True)
    ]
    return days, any(each.relative for each in found if each)


def _day(thread: _Thread, post: Post, language: str, captured_at: datetime) -> date | None:
    day = day_in(thread.page.written.get(post.date or -1, ""), language, captured_at)
    return day.day if day else None


def _confidence(posts: Sequence[Post]) -> float:
    """How sure it is that posts are posts: by how many have a date, and how many an author."""
    if len(posts) == 1:
        return _SINGLE
    dated = sum(post.date is not None for post in posts) / len(posts)
    named = sum(post.author is not None for post in posts) / len(posts)
    return 0.4 + 0.25 * dated + 0.2 * named + 0.05 * (len(posts) > 2)


def text_of(page: Outline, post: Post, *, keep_names: bool = True) -> str:
    """A post's text, with quotes marked and what is no part of it left out.

    :param keep_names: False to leave out who is quoted
    """

    def nodes(numbers: Iterable[int]) -> list[html.HtmlElement]:
        return [page.elements[n] for n in numbers]

    quotes: set[html.HtmlElement] = set()
    left_out = set(nodes(post.body.left_out))
    same = set(nodes(post.body.nodes))
    for node in post.body.nodes:
        within = quotes_in(page, node)
        quotes |= within.marked
        same |= within.same
        left_out |= set() if keep_names else within.named
        left_out.update(nodes(code_labels_in(page, node)))
    text = prose(
        nodes(post.body.nodes),
        left_out=left_out,
        quotes=quotes,
        plain=same,
        tails=len(post.body.nodes) > 1,
        rule=RULE,
    )
    return text if keep_names else without_names(text)
