"""A question in the post of a blog: its lines, who answers and when, the comments on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urljoin

from lxml import html

from parsers.articles.article import ABOUT, TEXT, Article, around, article_of
from parsers.articles.comments import comments_of
from parsers.articles.credits import credits_of
from parsers.page.lines import Line
from parsers.page.opened import OpenPage
from parsers.qa.days import day_in, is_day_first
from parsers.qa.experts import expert_of
from parsers.qa.layout import Page
from parsers.readers.candidate import Candidate
from parsers.readers.labelled_byline import Byline, byline_of, named_expert, read_byline
from parsers.readers.thread import text_of
from parsers.records import Answer, Responder
from parsers.sites.site import EXPERTS, Site
from parsers.threads.evidence import Evidence, evidence_of
from parsers.threads.paging import part_of
from parsers.threads.posts import Post
from parsers.urls import canonical_url, resolve
from parsers.words.vocabulary import Vocabulary, vocabulary

_FILED_LIMIT = 200  # characters
_MOST_ABOUT = 20  # parts of a text that tell of it


@dataclass(frozen=True)
class BlogPost:
    """The article of a page, its lines, and what on the page may be a name or a day.

    ``lines`` end with the article's text, which begins at the number ``start``.
    """

    article: Article
    evidence: Evidence
    lines: Sequence[Line]
    start: int


def post_of(page: OpenPage) -> BlogPost | None:
    """The one post of a blog that a page shows; None for any other page."""
    if page.tree is None:
        return None
    article = article_of(page)
    if article is None:
        return None
    outline, content = page.outline, article.content
    holders = {content, *around(outline, content)}
    asides = _outermost(page, article, TEXT, holders)
    last = outline.elements[content]
    lines = page.lines_of(page.tree, asides, until=last)
    start = len(page.lines_of(page.tree, asides | {last}, until=last))
    return BlogPost(article, page.once(evidence_of), lines, start)


def text_lines(page: OpenPage, post: BlogPost, words: Vocabulary) -> Sequence[Line]:
    """The lines of a post without "Tags: ..." at their end.

    Its title may be a link to the post itself, and is none then.
    """
    end = len(post.lines)
    while end > post.start and _is_filed(post.lines[end - 1], words):
        end -= 1
    here = canonical_url(page.url)
    base = page.base
    return [
        line._replace(links=())
        if line.level and line.links and resolve(base, line.links[0].href) == here
        else line
        for line in post.lines[:end]
    ]


def _is_filed(line: Line, words: Vocabulary) -> bool:
    match = words.filed.match(line.text) if len(line.text) <= _FILED_LIMIT else None
    return match is not None and (bool(line.links) or ":" in line.text[: match.end() + 2])


def _outermost(
    page: OpenPage, article: Article, least: int, holders: Collection[int]
) -> set[html.HtmlElement]:
    """The elements of a page that are more than some kind, without what stands in them.

    :param holders: elements that are to be kept whatever they are
    """
    outline, kinds = page.outline, article.kinds
    nodes: set[html.HtmlElement] = set()
    number = 0
    while number < len(kinds):
        if kinds[number] > least and number not in holders:
            nodes.add(outline.elements[number])
            number = outline.end[number]
        else:
            number += 1
    return nodes


def post_byline(page: OpenPage, layout: Page, post: BlogPost, site: Site) -> Byline:
    """When a post was published and who wrote it: by its elements, or by a line around it."""
    evidence, article = post.evidence, post.article
    language = site.language or page.language
    credited = credits_of(evidence, article)
    day = _day(page, evidence.written[credited.day], language) if credited.day else None
    people: tuple[Responder, ...] = ()
    if credited.author is not None:
        name = evidence.names[credited.author]
        expert = expert_of(name) or (named_expert(name) if site.answers == EXPERTS else None)
        if expert is not None:
            href = evidence.attributes[credited.author].get("href")
            url = resolve(page.base, href) if href else None
            people = (replace(expert, url=url),)
    if day is None or not people:
        byline = byline_of(_lines_around(page, post), page, layout.words, site)
        day, people = day or byline.day, people or byline.responders
    return Byline(day, people)


def byline_around(
    page: OpenPage, layout: Page, labels: range, last: Line | None, site: Site,
    post: BlogPost | None,
) -> Byline:  # fmt: skip
    """Who wrote a question's answer and when: by its post, or by what stands around the two.

    :param labels: the numbers of the lines from the question's first to the answer's first
    :param last: the last line of the answer
    """
    if post is not None:
        return post_byline(page, layout, post, site)
    ends = (n for n, line in enumerate(layout.lines) if line is last)
    return read_byline(page, layout, labels.start, next(ends, labels.stop - 1) + 1, site)


def is_experts_article(candidate: Candidate, page: OpenPage) -> bool:
    """Whether what is taken for a thread is a post by an expert, with the comments on it if any.

    No labels show a question in it, and the public asks in threads.
    """
    post = page.once(post_of)
    if post is None:
        return False
    author = credits_of(post.evidence, post.article).author
    expert = expert_of(post.evidence.names[author]) if author is not None else None
    if expert is None:
        return False
    if candidate.answers and not comments_of(post.evidence, post.article):
        return False
    return candidate.part > 1 or candidate.asker == expert.name


def _lines_around(page: OpenPage, post: BlogPost) -> list[Line]:
    """The lines beside the text of a post that may tell of it."""
    outline, article = page.outline, post.article
    holders = {article.scope, *around(outline, article.content)}
    without = _outermost(page, article, ABOUT, holders) | {outline.elements[article.content]}
    lines = page.lines_of(outline.elements[article.scope], without)
    inside = range(article.content, outline.end[article.content])
    about = (n for n in inside if article.kinds[n] == ABOUT)
    tops = [n for n in about if article.kinds[outline.parent[n]] != ABOUT][:_MOST_ABOUT]
    return lines + [line for n in tops for line in page.lines_of(outline.elements[n])]


def _day(page: OpenPage, written: str, language: str) -> date | None:
    day = day_in(written, language, page.capture.captured_at)
    return day.day if day else None


def with_comments(
    candidates: tuple[Candidate, ...], page: OpenPage, site: Site, post: BlogPost
) -> tuple[Candidate, ...]:
    """The reading of a post with what the public wrote below it.

    On further pages of the comments nothing but them counts.
    """
    if len(candidates) != 1:
        return candidates
    comments = _comments(page, site, post)
    part = part_of(page.outline, page.url) if comments else 1
    candidate = candidates[0]
    if part > 1:
        answers = comments
        candidate = replace(candidate, question="", asker=None, asked_on=None, part=part)
    else:
        answers = candidate.answers + comments
    return (replace(candidate, answers=answers, comments=len(comments)),)


def _comments(page: OpenPage, site: Site, post: BlogPost) -> tuple[Answer, ...]:
    evidence = post.evidence
    posts = comments_of(evidence, post.article)
    language = site.language or page.language
    words = vocabulary(language, site.labels)
    written = [evidence.written[each.date] if each.date else "" for each in posts]
    day_first = is_day_first(written, language)
    answers = []
    for each, when in zip(posts, written, strict=True):
        name = evidence.names[each.author] if each.author else None
        text = _without_says(text_of(evidence, each, keep_names=site.keep_names), name, words)
        day = day_in(when, language, page.capture.captured_at, day_first) if when else None
        if text:
            answer = Answer(text, answered_on=day.day if day else None, url=_address(page, each))
            answers.append(_signed(answer, name))
    return tuple(answers)


def _without_says(text: str, name: str | None, words: Vocabulary) -> str:
    """A comment without the "says:" that stands between its author's name and it."""
    first, _, rest = text.partition("\n")
    is_label = name and first.endswith(":") and words.says.fullmatch(f"{name} {first}")
    return rest.lstrip("\n") if is_label else text


def _signed(answer: Answer, name: str | None) -> Answer:
    expert = expert_of(name) if name else None
    return replace(answer, author=None if expert else name, responders=(expert,) if expert else ())


def _address(page: OpenPage, comment: Post) -> str | None:
    """The page's address with the comment's anchor."""
    name = page.outline.attributes[comment.record.first].get("id", "")
    is_anchor = name and not any(map(str.isspace, name)) and "//" in page.url
    return urljoin(page.url, f"#{name}") if is_anchor else None
