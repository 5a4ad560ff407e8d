"""What a declaration selects with CSS, field by field, over what another reader reads.

``post`` is what each answer stands in; ``text``, ``author``, ``answered_on``, ``accepted``,
``score``, ``responders`` and ``url`` are looked for within it. Without ``post`` each ``text`` is
an answer. ``title``, ``question``, ``asker``, ``asked_on`` and ``topics`` are looked for in the
whole page; without ``question`` the first post of a thread asks. What is not selected is the
other reader's, in the page as in each post.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from lxml import html

from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.readers.same_posts import OtherPosts
from parsers.readers.selected_posts import SelectedPost, read_posts
from parsers.readers.selection import SelectorMatches, element_of, line_of
from parsers.records import TopicLink
from parsers.sites.site import Site
from parsers.urls import question_of

PARSER = "selectors@2"

_SURE = 0.97
_UNMATCHED = 0.9  # is left of the confidence for each selector that should match and does not


def overlay(candidates: tuple[Candidate, ...], page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """The fields that a site's selectors give, over those that another reader read.

    A page with several questions stays as it was read: no selector says where each begins.
    """
    if page.tree is None or len(candidates) > 1:
        return candidates
    chosen = SelectorMatches(page, page.tree, site)
    base = candidates[0] if candidates else Candidate(PARSER, "", "", (), _SURE)
    others = OtherPosts(base)
    posts = read_posts(chosen, others)
    address = question_of(page.url)
    base = replace(base, part=max(base.part, address.part if address else 1))
    question = chosen.prose("question") if base.part == 1 else ""
    if not candidates and not posts and not question:
        return candidates
    read = _with_posts(base, chosen, posts, others) if posts else base
    return (_with_fields(read, chosen, question, is_read=bool(posts or question)),)


def _with_posts(
    base: Candidate, chosen: SelectorMatches, posts: list[SelectedPost], others: OtherPosts
) -> Candidate:
    """A reading with the posts that are selected: the first one asks, the others answer."""
    asking = _asking(chosen, posts, base.part)
    read = replace(
        base,
        answers=tuple(post.answer for post in posts if post not in asking),
        comments=0,
        confidence=max(base.confidence, _SURE),
        warnings=(),
        origins=_origins(base, {"answer": posts}),
    )
    if base.part > 1:
        return replace(read, question="", asker=None, asked_on=None)
    if not asking:
        is_post = any(post.other is others.asking for post in posts if post.other)
        return replace(read, asker=None, asked_on=None) if is_post else read
    asks = asking[0].answer
    return replace(
        read,
        question=asks.text,
        asker=asks.author or next((who.name for who in asks.responders), None),
        asked_on=asks.answered_on,
        origins=_origins(read, {"question": asks.text}),
    )


def _asking(chosen: SelectorMatches, posts: list[SelectedPost], part: int) -> list[SelectedPost]:
    """The posts that ask: those with the question in them, or the first of a thread."""
    if "question" in chosen.selectors:
        by_element = {post.element: post for post in posts}
        asking = []
        for match in chosen.all_of("question"):
            node: html.HtmlElement | None = element_of(match)
            while node is not None and node not in by_element:
                node = node.getparent()
            if node is not None and by_element[node] not in asking:
                asking.append(by_element[node])
        if asking or "question" not in chosen.missing:
            return asking
    return posts[:1] if part == 1 else []


def _with_fields(
    base: Candidate, chosen: SelectorMatches, question: str, *, is_read: bool
) -> Candidate:
    """A reading with what is selected of the whole page."""
    selected = {
        "title": chosen.text("title"),
        "question": question,
        "asker": chosen.text("asker") if base.part == 1 else "",
        "asked_on": chosen.day(chosen.text("asked_on")) if base.part == 1 else None,
        "topics": _topics(chosen),
    }
    fields = {name: value for name, value in selected.items() if value}
    fields.setdefault("title", base.title or _heading(chosen))
    missing = [name for name in chosen.selectors
               if name in chosen.missing and (name != "question" or base.part == 1)]  # fmt: skip
    warnings = [f"the selector for {name}, {chosen.selectors[name]!r}, matches nothing"
                for name in missing]  # fmt: skip
    is_other_layout = "post" in missing or ("post" not in chosen.selectors and "text" in missing)
    read = replace(
        base,
        reader=PARSER if is_read else base.reader,
        confidence=base.confidence
        * (1 if is_other_layout else _UNMATCHED ** len(missing))
        * prod(doubt.factor for doubt in chosen.doubts),
        warnings=(*base.warnings, *warnings, *(doubt.text for doubt in chosen.doubts)),
        origins=_origins(base, selected),
        **fields,  # type: ignore[arg-type]  # by the names of a candidate's fields
    )
    return replace(read, unanswered=base.unanswered and not read.answers)


def _origins(base: Candidate, selected: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """How each field is known: those that were selected, by a selector."""
    known = dict(base.origins) | {name: "selector" for name, value in selected.items() if value}
    return tuple(known.items())


def _heading(chosen: SelectorMatches) -> str:
    """The page's first heading, or what its head calls it."""
    headings = (line_of(node) for node in chosen.tree.iter("h1"))
    return next(filter(None, headings), "") or chosen.page.document.title


def _topics(chosen: SelectorMatches) -> tuple[TopicLink, ...]:
    links = [TopicLink(name, chosen.address([match]))
             for match in chosen.all_of("topics") if (name := line_of(match))]  # fmt: skip
    return tuple(dict.fromkeys(links))
