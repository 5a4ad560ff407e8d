"""What a page says for machines, added to what another reader reads: days, names, scores.

Only what a reading lacks is added, and only where both are about the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parsers.page.opened import OpenPage
from parsers.readers import schema_facts as facts
from parsers.readers.candidate import Candidate
from parsers.records import Answer
from parsers.schema.items import Item, read_items
from parsers.schema.page_text import tokens
from parsers.sites.site import EXPERTS, Site

_WORDS = 30  # by which texts are compared, from their beginning
_ARTICLES = frozenset(
    ("Article", "BlogPosting", "NewsArticle", "MedicalScholarlyArticle", "MedicalWebPage",
     "TechArticle", "ScholarlyArticle", "Report")
)  # fmt: skip


def completed(candidate: Candidate, described: Sequence[Candidate]) -> Candidate:
    """A reading, with what markup says besides of the same question and the same answers."""
    if len(described) != 1 or candidate.reader == described[0].reader:
        return candidate
    other = described[0]
    if candidate.question and _beginning(candidate.question) == _beginning(other.question):
        candidate = replace(
            candidate,
            title=candidate.title or other.title,
            asker=candidate.asker or other.asker,
            asked_on=candidate.asked_on or other.asked_on,
            topics=candidate.topics or other.topics,
        )
    others = {_beginning(answer.text): answer for answer in other.answers}
    answers = tuple(
        completed_answer(answer, others.get(_beginning(answer.text)))
        for answer in candidate.answers
    )
    return replace(candidate, answers=answers, language=candidate.language or other.language)


def completed_answer(answer: Answer, other: Answer | None) -> Answer:
    """An answer, with what another reading of the same says besides."""
    if other is None:
        return answer
    is_named = answer.author is not None or answer.responders
    return replace(
        answer,
        author=answer.author if is_named else other.author,
        responders=answer.responders if is_named else other.responders,
        answered_on=answer.answered_on or other.answered_on,
        accepted=answer.accepted or other.accepted,
        score=other.score if answer.score is None else answer.score,
        url=answer.url or other.url,
    )


def _beginning(text: str) -> tuple[str, ...]:
    """The first words of a text, which tell it from others."""
    return tuple(tokens(text)[:_WORDS])


def with_article(candidate: Candidate, page: OpenPage, site: Site) -> Candidate:
    """The reading of a page with one answer, with what markup says of the page as an article.

    A column of questions is often a blog: its doctor is the author of a post, and the day of the
    answer is that of the post. An author who is no expert may be whoever keeps the blog.
    """
    if len(candidate.answers) != 1 or page.tree is None:
        return candidate
    answer = candidate.answers[0]
    is_signed = bool(answer.author or answer.responders)
    if (answer.answered_on and is_signed) or b"schema" not in page.capture.body:
        return candidate
    article = _article(read_items(page.tree).items)
    if article is None:
        return candidate
    author, experts = facts.writers(article, page)
    answer = replace(
        answer,
        author=answer.author if is_signed or site.answers != EXPERTS else author,
        responders=answer.responders if is_signed else experts,
        answered_on=answer.answered_on or facts.day(article, page, candidate.language),
    )
    topics = candidate.topics or facts.topics(article, [], candidate.title, page)
    return replace(candidate, answers=(answer,), topics=topics)


def _article(items: Sequence[Item]) -> Item | None:
    """The one article that a page is; None where it is none, or lists several."""
    articles = [item for item in items if item.types & _ARTICLES]
    return articles[0] if len(articles) == 1 else None
