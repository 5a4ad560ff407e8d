"""The reader of threads: forums, discussions, comments, whatever the software and language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import html

from parsers.page.opened import OpenPage
from parsers.page.outline import Outline, outline
from parsers.page.prose import prose
from parsers.readers.candidate import Candidate
from parsers.readers.days import day_in, is_day_first
from parsers.records import Answer
from parsers.sites.site import Site
from parsers.threads.evidence import QUOTE_TAGS, Evidence, gather
from parsers.threads.headings import heading_of
from parsers.threads.hints import QUOTE
from parsers.threads.lists import is_list
from parsers.threads.openers import opener
from parsers.threads.posts import Post, find_posts

PARSER = "thread@1"
_SIGNED = 0.6  # of the posts have a date or an author


def read_thread(page: OpenPage, site: Site | None) -> tuple[Candidate, ...]:
    """The thread on a page, or on one of its pages; () where there is none."""
    if page.tree is None:
        return ()
    columns = outline(page.tree)
    evidence = gather(columns, page.url)
    posts = find_posts(columns, evidence)
    if not _is_thread(evidence, posts):
        return ()
    heading = heading_of(columns, evidence, page.tree, posts[0].record.first)
    asking = opener(columns, evidence, posts, heading.number)
    if asking is not None:
        posts.insert(0, asking)
    language = (page.tree.get("lang") or "")[:5]
    written = [evidence.written[post.date] for post in posts if post.date is not None]
    first = is_day_first(written, language)
    answers = []
    for post in posts:
        text = text_of(columns, evidence, post)
        if not text:
            continue
        when = None
        if post.date is not None:
            when = day_in(evidence.written[post.date], language, page.capture.captured_at, first)
        author = evidence.names[post.author] if post.author is not None else None
        answers.append(Answer(text, author=author, answered_on=when.day if when else None))
    if not answers:
        return ()
    return (
        Candidate(
            PARSER,
            heading.text,
            answers[0].text,
            tuple(answers[1:]),
            _confidence(posts),
            asker=answers[0].author,
            asked_on=answers[0].answered_on,
        ),
    )


def _is_thread(evidence: Evidence, posts: Sequence[Post]) -> bool:
    """Whether posts are those of a thread: signed, more than one, and no entries of a list."""
    signed = sum(post.date is not None or post.author is not None for post in posts)
    if len(posts) < 2 or signed < _SIGNED * len(posts):
        return False
    return not is_list(evidence, posts)


def _confidence(posts: Sequence[Post]) -> float:
    """How sure it is that posts are posts: by how many have a date, and how many an author."""
    dated = sum(post.date is not None for post in posts) / len(posts)
    named = sum(post.author is not None for post in posts) / len(posts)
    return 0.4 + 0.25 * dated + 0.2 * named + 0.05 * (len(posts) > 2)


def text_of(page: Outline, evidence: Evidence, post: Post) -> str:
    """A post's text, with quotes marked and what is no part of it left out."""

    def nodes(numbers: Iterable[int]) -> list[html.HtmlElement]:
        return [page.elements[n] for n in numbers]

    quotes = [n for node in post.body.nodes for n in range(node + 1, page.end[node])
              if evidence.hints[n] & QUOTE and page.tags[n] in QUOTE_TAGS]  # fmt: skip
    return prose(
        nodes(post.body.nodes),
        left_out=set(nodes(post.body.left_out)),
        quotes=set(nodes(quotes)),
        plain=set(nodes(post.body.nodes)),
        tails=len(post.body.nodes) > 1,
    )
