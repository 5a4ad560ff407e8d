"""What the items of a page mean: which of them asks, which answer, how many answers there are.

A question with answers, the questions of an FAQ, a post with comments, or posts side by side that
are one thread. An article with comments is none of these, nor is a list of links to questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from parsers.schema.items import Item, MarkedText
from parsers.schema.page_text import tokens

TEXT = ("text", "articleBody", "commentText", "reviewBody", "description")
TITLE = ("name", "headline", "alternativeHeadline", "title")
_POSTINGS = frozenset(("DiscussionForumPosting", "SocialMediaPosting"))
_PAGES = frozenset(("QAPage", "FAQPage", "WebPage", "MedicalWebPage", "ItemPage"))
_COMMENTS = frozenset(("Comment", "Answer", "UserComments", "CorrectionComment"))
_ACCEPTED = "acceptedAnswer"
_ANSWERS = (_ACCEPTED, "suggestedAnswer")
_QUIZ = "eduQuestionType"  # what learners are asked
_COUNTS = ("answerCount", "commentCount")
_REPLIES = re.compile(r"(?:Comment|Reply|Answer)Action", re.I)
_REPLY = re.compile(r"^(?:\W*(?:re|aw|sv|rép|antw)\s*:)+", re.I)
_MOST_POSTS = 5000


@dataclass(frozen=True, slots=True)
class MarkedPost:
    """What somebody wrote: ``item`` says it (a text alone is an item without properties)."""

    item: Item
    accepted: bool = False

    @property
    def text(self) -> MarkedText | None:
        """Its text, as the page shows it where an element does; None where there is none."""
        for name in TEXT:
            texts = [text for text in self.item.texts(name) if text.text]
            shown = (text for text in texts if text.element is not None)
            if texts:
                return next(shown, texts[0])
        return None

    def with_text(self, text: MarkedText) -> MarkedPost:
        """The post with a text, which it lacks."""
        return self._with(Item(frozenset(), properties={TEXT[0]: [text]}))

    def with_all_of(self, other: MarkedPost) -> MarkedPost:
        """The post with what another description of it says besides."""
        return replace(self._with(other.item), accepted=self.accepted or other.accepted)

    def _with(self, other: Item) -> MarkedPost:
        item = self.item
        element = item.element if item.element is not None else other.element
        properties = {
            name: item.properties.get(name, []) + other.properties.get(name, [])
            for name in (*item.properties, *other.properties)
        }
        return replace(self, item=Item(item.types, item.id or other.id, element, properties))


@dataclass(frozen=True, slots=True)
class Thread:
    """A question and its answers. ``question`` is None where the page does not have it.

    ``title`` is the first post's, ``count`` how many answers there are by the markup, None where
    it does not say. ``is_faq`` says that the questions of the page stand side by side, asked by
    nobody; ``is_forum`` that each post was marked by itself, and the first asks. ``hints`` are
    the same posts as another description has them, which may be some of them, or say more.
    """

    question: MarkedPost | None
    answers: tuple[MarkedPost, ...]
    title: MarkedText | None
    count: int | None
    is_faq: bool = False
    is_forum: bool = False
    hints: tuple[MarkedPost, ...] = ()

    @property
    def posts(self) -> tuple[MarkedPost, ...]:
        """All of its posts that have a text."""
        posts = (self.question, *self.answers) if self.question else self.answers
        return tuple(post for post in posts if post.text)


def threads(items: list[Item]) -> list[Thread]:
    """The questions of a page with their answers, in order."""
    questions = _questions(items)
    if len(questions) > 1:
        return questions
    postings = [item for item in items if item.types & _POSTINGS]
    both = questions + _discussion(postings, [] if questions else _stray(items))
    if not both:
        return []
    fullest = max(both, key=lambda thread: len(thread.posts))
    others = [post for thread in both if thread is not fullest for post in thread.posts]
    return [replace(fullest, hints=tuple(others))]


# Questions and answers --------------------------------------------------------------------------


def _questions(items: list[Item]) -> list[Thread]:
    questions = [item for item in items
                 if "Question" in item.types and _QUIZ not in item.properties]  # fmt: skip
    pages = [item for item in items if "QAPage" in item.types]
    main = [each for page in pages for each in page.items("mainEntity") if each in questions]
    if main:
        questions = main
    stray = _stray(items)
    if len(questions) == 1 or len({_key(item) for item in questions}) == 1:
        question = max(questions, key=lambda item: len(list(_answers(item))))
        answers = [*_answers(question), *(_post(item) for item in stray)]
        return [_thread(question, answers, is_faq=_is_faq(items, question))]
    several: dict[tuple[str, ...], Item] = {}
    for item in questions:  # a list of questions without answers is an index
        if next(_answers(item), None) and _key(item):
            several.setdefault(_key(item), item)
    is_faq = not main
    return [_thread(item, list(_answers(item)), is_faq=is_faq) for item in several.values()]


def _thread(question: Item, answers: list[MarkedPost], *, is_faq: bool) -> Thread:
    title = next((text for text in question.texts(*TITLE) if text.text), None)
    return Thread(MarkedPost(question), tuple(answers), title, _count(question), is_faq=is_faq)


def _is_faq(items: list[Item], question: Item) -> bool:
    faqs = (item for item in items if "FAQPage" in item.types)
    return any(question in faq.items("mainEntity") for faq in faqs)


def _answers(question: Item) -> Iterator[MarkedPost]:
    """The answers that a question names, each once, the accepted ones first."""
    seen: set[int] = set()
    for name in _ANSWERS:
        for value in question.properties.get(name, ()):
            if isinstance(value, MarkedText):
                value = _of_text(value)
            if id(value) not in seen:
                seen.add(id(value))
                yield MarkedPost(value, accepted=name == _ACCEPTED)


def _of_text(text: MarkedText) -> Item:
    return Item(frozenset(), properties={"text": [text]})


def _post(item: Item) -> MarkedPost:
    return MarkedPost(item, accepted=item.role == _ACCEPTED)


def _key(question: Item) -> tuple[str, ...]:
    return tuple(tokens(question.text(*TITLE) or question.text(*TEXT))[:30])


def _count(item: Item) -> int | None:
    """How many answers an item says that it has."""
    count = item.number(*_COUNTS)
    if count is not None:
        return count
    for counter in item.items("interactionStatistic"):
        kinds = counter.items("interactionType")
        kind = counter.text("interactionType") + "".join(t for k in kinds for t in k.types)
        if _REPLIES.search(kind):
            return counter.number("userInteractionCount")
    match = _REPLIES.search(item.text("interactionCount"))  # "UserComments:12", of old
    return item.number("interactionCount") if match else None


# Forums -----------------------------------------------------------------------------------------


def _stray(items: list[Item]) -> list[Item]:
    """Comments and answers that stand on the page by themselves, or that the page names."""
    return [item for item in items if item.types & _COMMENTS and not item.types & _POSTINGS
            and (item.holder is None or item.holder.types & _PAGES)]  # fmt: skip


def _discussion(postings: list[Item], stray: list[Item]) -> list[Thread]:
    """The one thread that postings and comments make; none where they are of several."""
    roots = [item for item in postings if MarkedPost(item).text or item.text(*TITLE)]
    replies = {id(reply) for root in roots for reply in _replies(root)}
    roots = [item for item in roots if id(item) not in replies]
    titles = {tuple(tokens(_REPLY.sub("", item.text(*TITLE)))) for item in roots} - {()}
    if not roots or len(titles) > 1:
        return []
    posts: list[MarkedPost] = []
    for root in roots:
        posts.append(MarkedPost(root))
        posts += map(MarkedPost, _replies(root))
    posts += map(MarkedPost, stray)
    title = next((text for root in roots for text in root.texts(*TITLE) if text.text), None)
    counts = [count for root in roots[:1] if (count := _count(root)) is not None]
    with_text = [post for post in posts if post.text][:_MOST_POSTS]
    if not with_text:
        return []
    first = with_text[0] if with_text[0].item is roots[0] else None
    answers = with_text[1:] if first else with_text
    return [Thread(first, tuple(answers), title, next(iter(counts), None), is_forum=True)]


def _replies(root: Item) -> Iterator[Item]:
    """All comments on a post and on its comments, in order."""
    seen = {id(root)}
    ahead: list[Item] = list(_comments(root))[::-1]
    while ahead:
        reply = ahead.pop()
        if id(reply) in seen:
            continue
        seen.add(id(reply))
        yield reply
        ahead += list(_comments(reply))[::-1]


def _comments(item: Item) -> Iterable[Item]:
    return item.items("comment", "comments")
