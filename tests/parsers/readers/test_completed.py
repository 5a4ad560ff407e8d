"""What markup adds to another reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from parsers.readers.candidate import Candidate
from parsers.readers.completed import completed, with_article
from parsers.records import Answer, Responder, TopicLink
from parsers.sites.site import EXPERTS
from tests.parsers.readers.pages import json_ld, open_page, site_of

QUESTION = "My knee clicks when I climb stairs. Is that bad?"
READ = Candidate("thread@1", "", QUESTION, (Answer("No."), Answer("It is not.", "walker")), 0.8)
DAY = date(2020, 3, 1)
MARKED = Candidate(
    "structured@1", "Clicking knee", QUESTION,
    (Answer("It is not.", "Jane", (), DAY, True, 3, "https://clinic.example/#2"),), 0.4,
    asker="jo", asked_on=DAY, topics=(TopicLink("Knee", None),), language="en",
)  # fmt: skip


def test_what_a_reading_lacks_is_added() -> None:
    page = completed(READ, [MARKED])
    assert (page.title, page.asker, page.asked_on) == ("Clicking knee", "jo", DAY)
    assert (page.topics, page.language) == (MARKED.topics, "en")
    assert page.answers[0] == READ.answers[0]
    assert page.answers[1] == replace(MARKED.answers[0], author="walker")


def test_another_text_says_nothing() -> None:
    page = completed(READ, [replace(MARKED, question="Another", answers=(), language="")])
    assert page == READ


def test_several_questions_say_nothing() -> None:
    assert completed(READ, [MARKED, MARKED]) == READ


GRAPH = [
    {"@type": "WebPage"},
    {"@type": "Article", "author": {"@id": "#who"}, "datePublished": "2020-03-01",
     "articleSection": ["Knee"]},
    {"@id": "#who", "@type": "Person", "name": "Jane Roe, MD"},
]  # fmt: skip
ARTICLE = {"@context": "https://schema.org", "@graph": GRAPH}
COLUMN = replace(READ, answers=(Answer("No."),))


def test_the_article_of_a_column_has_day_and_doctor() -> None:
    page = with_article(COLUMN, open_page(json_ld(ARTICLE)), site_of())
    assert page.answers == (Answer("No.", None, (Responder("Jane Roe", ("MD",)),), DAY),)
    assert page.topics == (TopicLink("Knee", None),)


def test_an_author_who_is_no_expert_counts_where_experts_answer() -> None:
    plain = {"@context": "https://schema.org", "@type": "BlogPosting", "author": "jane"}
    page = open_page(json_ld(plain))
    assert with_article(COLUMN, page, site_of()).answers[0].author is None
    column = replace(site_of(), answers=EXPERTS)
    assert with_article(COLUMN, page, column).answers[0].author == "jane"


def test_what_the_page_says_counts_more() -> None:
    signed = replace(COLUMN, answers=(Answer("No.", "walker", (), date(2019, 1, 1)),))
    assert with_article(signed, open_page(json_ld(ARTICLE)), site_of()) == signed


def test_a_list_of_articles_says_nothing() -> None:
    listed = {"@context": "https://schema.org", "@graph": GRAPH * 2}
    assert with_article(COLUMN, open_page(json_ld(listed)), site_of()) == COLUMN


def test_a_thread_is_no_article() -> None:
    assert with_article(READ, open_page(json_ld(ARTICLE)), site_of()) == READ
