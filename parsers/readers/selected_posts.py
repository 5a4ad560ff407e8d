"""The posts that a site's selectors select, each completed by what another reader read of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from lxml import html

from parsers.css import select
from parsers.page.lines import Line
from parsers.page.prose import prose
from parsers.qa.experts import expert_of
from parsers.qa.people import folded_name, read_people
from parsers.readers.completed import completed_answer
from parsers.readers.same_posts import OtherPosts
from parsers.readers.selection import Selected, SelectorMatches, element_of, line_of
from parsers.records import Answer, Responder
from parsers.schema.page_text import tokens

_FIELDS = ("text", "author", "responders", "answered_on", "accepted", "score", "url")
_ABOUT = ("author", "responders", "answered_on", "score", "accepted")  # the post, not its text
_NUMBER = re.compile(r"[-−]?\d{1,9}")
_GUESS = 0.8  # is left of the confidence
_HEADER = 8  # lines
_FOOTER = 2  # lines
_HEADER_LINE = 80  # characters
_NAME_LINE = 30  # characters
_SENTENCE = tuple(".!?…,;")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(slots=True, eq=False)
class SelectedPost:
    """A post of the page: its element, its answer, and the same post as another reader read it."""

    element: html.HtmlElement
    has_text: bool = False  # of its own, not of the posts within it
    matches: dict[str, list[Selected]] = field(default_factory=dict)  # by field
    inner: list[html.HtmlElement] = field(default_factory=list)  # the posts directly within it
    named: list[html.HtmlElement] = field(default_factory=list)  # who is quoted in it
    same: list[html.HtmlElement] = field(default_factory=list)  # quotes that are those around them
    answer: Answer = field(default_factory=lambda: Answer(""))
    other: Answer | None = None


def read_posts(chosen: SelectorMatches, others: OtherPosts) -> list[SelectedPost]:
    """The posts that are selected, in order, without those that have no text."""
    name = "post" if "post" in chosen.selectors else "text"
    posts = {(element := element_of(match)): SelectedPost(element) for match in chosen.all_of(name)}
    if not posts:
        return []
    _assign(chosen, posts, _FIELDS if name == "post" else ())
    for post in posts.values():
        _read(chosen, post, others)
    return [post for post in posts.values() if post.answer.text]


def _assign(
    chosen: SelectorMatches, posts: Mapping[html.HtmlElement, SelectedPost], fields: Sequence[str]
) -> None:
    """Give each post what is selected within it, and not within another post in it."""
    around: dict[html.HtmlElement, SelectedPost | None] = {}
    for node in chosen.tree.iter():
        outer = around.get(node.getparent())
        around[node] = posts.get(node, outer)
        if node in posts and outer is not None:
            outer.inner.append(node)
        for post, text in ((around[node], node.text), (outer, node.tail)):
            if post is not None and text and not text.isspace():
                post.has_text = True
    for node in () if chosen.site.keep_names else chosen.quotes.named:
        if (post := around.get(node)) is not None:
            post.named.append(node)
    for node in chosen.quotes.same:
        if (post := around.get(node)) is not None:
            post.same.append(node)
    for name in fields:
        if name not in chosen.selectors:
            continue
        for match in select(chosen.selectors[name], chosen.tree):
            if (post := around.get(element_of(match))) is not None:
                post.matches.setdefault(name, []).append(match)
        if name in ("text", "author") and not any(name in post.matches for post in posts.values()):
            chosen.missing.append(name)


def _read(chosen: SelectorMatches, post: SelectedPost, others: OtherPosts) -> None:
    """Read a post's answer."""
    if not post.has_text or not (whole := _prose(chosen, post, [post.element])):
        return
    matches = post.matches
    first = {name: next(filter(None, map(line_of, matches.get(name, ()))), "")
             for name in ("author", "answered_on", "score")}  # fmt: skip
    text = _text(chosen, post, whole, others)
    author, responders = _writer(first["author"], matches.get("responders", ()), chosen, post.other)
    answer = Answer(
        text=text,
        author=author,
        responders=responders,
        answered_on=chosen.day(first["answered_on"]),
        accepted="accepted" in matches,
        score=_score(chosen, first["score"]),
        url=chosen.address(matches.get("url", ())),
    )
    post.answer = completed_answer(answer, post.other)


# Texts -------------------------------------------------------------------------------------------


def _text(chosen: SelectorMatches, post: SelectedPost, whole: str, others: OtherPosts) -> str:
    """A post's text: what is selected, or what another reader read, or all but its header."""
    if "post" in chosen.selectors:
        texts = list(dict.fromkeys(map(element_of, post.matches.get("text", ()))))
    else:
        texts = [post.element]
    about = {element_of(match) for name in _ABOUT for match in post.matches.get(name, ())}
    left_out = (about | set(post.named)) - {post.element, *texts}
    if texts and (text := _prose(chosen, post, _outermost(texts), left_out)):
        post.other = others.take(whole, text)
        return text
    post.other = others.take(whole)
    if post.other is not None:
        return post.other.text
    rest = _prose(chosen, post, [post.element], left_out)
    names = {folded_name(line_of(match)) for name in ("author", "responders")
             for match in post.matches.get(name, ())}  # fmt: skip
    text = _without_header(whole, rest, sorted(filter(None, names)), chosen)
    if text:
        chosen.doubt("the texts of posts are a guess: no selector selects them", _GUESS)
    return text


def _prose(
    chosen: SelectorMatches,
    post: SelectedPost,
    texts: Sequence[html.HtmlElement],
    left_out: Collection[html.HtmlElement] = (),
) -> str:
    """Texts of a post, with its quotes marked; a ``<blockquote>`` that is all of it is none."""
    marked = chosen.quotes.marked
    return prose(
        texts,
        left_out={*left_out, *post.inner},
        quotes=marked if marked.isdisjoint(texts) else marked - set(texts),
        plain={*post.same, *(texts if len(texts) == 1 else ())},
    )


def _outermost(elements: Sequence[html.HtmlElement]) -> list[html.HtmlElement]:
    """Elements, in document order, that stand in no other of them."""
    inside: set[html.HtmlElement] = set()
    outermost = []
    for element in elements:
        if element not in inside:
            outermost.append(element)
            inside.update(element.iterdescendants())
    return outermost


def _without_header(whole: str, rest: str, names: Sequence[str], chosen: SelectorMatches) -> str:
    """A post's lines without those that say who wrote it and when.

    :param rest: the same text without the elements that are selected for that
    """
    lines = whole.split("\n")
    left_out = _header(lines, names, chosen)
    kept = {"", *(line for number, line in enumerate(lines) if number not in left_out)}
    cut = set(rest.split("\n")) - set(lines)  # lines of which a part is left out
    lines = [
        line for line in rest.split("\n")
        if (line in kept or (line in cut and _is_text(line))) and folded_name(line) not in names
    ]  # fmt: skip
    text = _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
    return text or (rest if names and folded_name(rest) not in names else "")


def _header(lines: Sequence[str], names: Sequence[str], chosen: SelectorMatches) -> set[int]:
    """The numbers of the lines that are about a post: down to the last with a name or a day.

    :param names: of who wrote it, folded; without any a short first line is taken for one
    """
    top = list(takewhile(lambda n: not _is_sentence(lines[n]), range(min(_HEADER, len(lines)))))
    about = {
        number for number in {*top, *range(len(lines))[-_FOOTER:]}
        if not _is_sentence(line := lines[number])
        and (any(_names(line, name) for name in names) or chosen.day(line))
    }  # fmt: skip
    texts = [number for number, line in enumerate(lines) if line and number not in about]
    header = max(
        (number for number in about & set(top) if texts and number < texts[-1]), default=-1
    )
    about.update(range(header + 1))
    if header < 0 and not names and len(texts) > 1 and not _is_text(lines[0]):
        about.add(0)
    return about


def _names(line: str, name: str) -> bool:
    """Whether a line has a name in it."""
    return f" {' '.join(tokens(name))} " in f" {' '.join(tokens(line))} "


def _is_sentence(line: str) -> bool:
    """Whether a line is one of a text rather than about it."""
    return len(line) > _HEADER_LINE or line.endswith(_SENTENCE)


def _is_text(line: str) -> bool:
    """Whether a line is more than a name or a few words about the post."""
    return len(line) > _NAME_LINE or line.endswith((*_SENTENCE, ":"))


def _score(chosen: SelectorMatches, text: str) -> int | None:
    number = _NUMBER.search(text)
    if text and number is None:
        css = chosen.selectors["score"]
        chosen.doubt(f"the selector for score, {css!r}, matches no number", 1.0)
    return int(number[0].replace("−", "-")) if number else None


# Writers -----------------------------------------------------------------------------------------


def _writer(
    author: str, responders: Sequence[Selected], chosen: SelectorMatches, other: Answer | None
) -> tuple[str | None, tuple[Responder, ...]]:
    """Who wrote a post: a member of the public, or experts; neither where nothing is selected."""
    known = other.responders if other else ()
    experts = [expert for match in responders for expert in _people(chosen, match)]
    if not experts and author:
        expert = expert_of(author)
        experts = [expert] if expert else [
            person for person in known if _names(author, person.name)
        ]  # fmt: skip
    if not experts:
        return author or None, ()
    return None, tuple(dict.fromkeys(_same_person(expert, known) for expert in experts))


def _people(chosen: SelectorMatches, match: Selected) -> list[Responder]:
    """The experts whom a match names."""
    line = line_of(match)
    if expert := expert_of(line):
        return [expert]
    read, _ = read_people([Line(line)] if match is not element_of(match)
                          else chosen.page.lines_of(element_of(match)))  # fmt: skip
    return [_split(person) for person in read] or ([Responder(line)] if line else [])


def _split(person: Responder) -> Responder:
    """A person with a title before the name among the credentials."""
    expert = expert_of(person.name)
    if expert is None:
        return person
    credentials = tuple(dict.fromkeys((*expert.credentials, *person.credentials)))
    return replace(person, name=expert.name, credentials=credentials)


def _same_person(person: Responder, known: Sequence[Responder]) -> Responder:
    """A person with what another reader knows of the same."""
    for other in known:
        if folded_name(other.name) == folded_name(person.name):
            return Responder(
                person.name,
                person.credentials or other.credentials,
                person.title or other.title,
                person.college or other.college,
                person.institution or other.institution,
                person.url or other.url,
            )
    return person
