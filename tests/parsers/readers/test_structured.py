"""Pages that describe themselves by schema.org, as they should and as they should not."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from parsers.readers.candidate import Candidate
from parsers.readers.structured import read_structured
from parsers.records import Responder, TopicLink
from tests.parsers.readers.pages import URL, json_ld, open_page, script, site_of

ASKS = "My knee clicks when I climb stairs, and it has done so since the spring."
HELPS = "Clicking without pain is common, and it seldom means that anything is torn."
ADDS = "Mine clicked for years. Exercises for the thigh made it quiet again."
SHOWN = f"""
<h1>Clicking knee</h1>
<div class=post id=p1><b>walker</b><div class=body><p>{ASKS}</p><p>Should I rest?</p></div></div>
<div class=post id=p2><b>Jane Roe</b><div class=body><p>{HELPS}</p><ul><li>Walk<li>Swim</ul></div>
</div>
<div class=post id=p3><b>runner</b><div class=body><p>{ADDS}</p></div></div>
"""
QUESTION: dict[str, Any] = {
    "@type": "Question",
    "name": "Clicking knee",
    "text": f"{ASKS}\n\nShould I rest?",
    "dateCreated": "2020-03-01T23:30:00-05:00",
    "author": {"@type": "Person", "name": "walker"},
    "answerCount": 2,
    "acceptedAnswer": {
        "@type": "Answer",
        "text": f"{HELPS} Walk Swim",
        "upvoteCount": 7,
        "url": f"{URL}#p2",
        "dateCreated": "2020-03-02",
        "author": {"@type": "Physician", "name": "Jane Roe", "honorificSuffix": "MD, PhD"},
    },
    "suggestedAnswer": [{"@type": "Answer", "text": ADDS, "author": ["runner"]}],
}
PAGE = {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": QUESTION}


def read(markup: str, url: str = URL) -> tuple[Candidate, ...]:
    return read_structured(open_page(markup, url), site_of(url))


def only(markup: str, url: str = URL) -> Candidate:
    (candidate,) = read(markup, url)
    return candidate


def with_page(changes: dict[str, Any], shown: str = SHOWN) -> str:
    page = {**PAGE, "mainEntity": {**QUESTION, **changes}}
    return json_ld(page) + shown


# Questions with answers --------------------------------------------------------------------------


def test_a_question_page_in_json() -> None:
    page = only(json_ld(PAGE) + SHOWN)
    assert page.title == "Clicking knee"
    assert page.question == f"{ASKS}\n\nShould I rest?"
    assert (page.asker, page.asked_on) == ("walker", date(2020, 3, 1))
    first, second = page.answers
    assert first.text == f"{HELPS}\n\n- Walk\n- Swim"
    assert first.responders == (Responder("Jane Roe", ("MD", "PhD")),)
    assert (first.author, first.accepted, first.score, first.url) == (None, True, 7, f"{URL}#p2")
    assert first.answered_on == date(2020, 3, 2)
    assert (second.text, second.author, second.accepted) == (ADDS, "runner", False)
    assert page.confidence > 0.95
    assert page.warnings == ()
    assert page.reader == "structured@1"


def test_answers_stand_as_the_page_has_them() -> None:
    swapped = with_page({
        "acceptedAnswer": QUESTION["suggestedAnswer"][0],
        "suggestedAnswer": QUESTION["acceptedAnswer"],
    })  # fmt: skip
    assert [answer.accepted for answer in only(swapped).answers] == [False, True]


@pytest.mark.parametrize("vocabulary", ["http://schema.org/", "https://www.schema.org/", "schema:"])
def test_names_may_have_their_vocabulary_with_them(vocabulary: str) -> None:
    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                (key if key[0] == "@" else vocabulary + key): (
                    [vocabulary + inner] if key == "@type" else named(inner)
                )
                for key, inner in value.items()
                if key != "@context"
            }
        return [named(each) for each in value] if isinstance(value, list) else value

    assert only(json_ld(named(PAGE)) + SHOWN) == only(json_ld(PAGE) + SHOWN)


def test_a_graph_of_items_that_name_each_other() -> None:
    answer = {**QUESTION["acceptedAnswer"], "@id": "#a", "author": {"@id": "#who"}}
    question = {**QUESTION, "@id": "#q", "acceptedAnswer": [{"@id": "#a"}]}
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": ["WebPage", "QAPage"], "mainEntity": {"@id": "#q"}},
            answer,
            question,
            {"@id": "#who", "@type": "Person", "name": "Jane Roe", "jobTitle": "Family physician",
             "worksFor": {"@type": "Hospital", "name": "Lakeside Hospital"}},
        ],
    }  # fmt: skip
    first = only(json_ld(graph) + SHOWN).answers[0]
    assert first.responders == (
        Responder("Jane Roe", (), "Family physician", institution="Lakeside Hospital"),
    )


def test_items_that_name_each_other_in_a_circle_end() -> None:
    circle = {"@graph": [
        {"@id": "#a", "@type": "DiscussionForumPosting", "text": ASKS, "comment": {"@id": "#b"}},
        {"@id": "#b", "@type": "Comment", "text": HELPS, "comment": {"@id": "#a"}},
    ]}  # fmt: skip
    page = only(json_ld({"@context": "https://schema.org", **circle}) + SHOWN)
    assert len(page.answers) == 1


def test_html_within_strings_escaped_once_or_twice() -> None:
    page = {"answerCount": 1, "suggestedAnswer": [],
            "text": f"<p>{ASKS}</p><p>Should I rest?</p>",
            "acceptedAnswer": {"text": "&lt;p&gt;Rest &amp;amp; ice.&lt;/p&gt;&lt;ul&gt;&lt;li&gt;"
                                       "Ice&lt;/li&gt;&lt;/ul&gt;"}}  # fmt: skip
    read_page = only(with_page(page))
    assert read_page.question == f"{ASKS}\n\nShould I rest?"
    assert read_page.answers[0].text == "Rest & ice.\n\n- Ice"


def test_no_answers_by_its_own_count() -> None:
    none = {"answerCount": 0, "acceptedAnswer": [], "suggestedAnswer": []}
    page = only(with_page(none, SHOWN.partition("<div class=post id=p2>")[0]))
    assert page.unanswered
    assert page.answers == ()
    assert page.confidence > 0.9


def test_topics_and_language() -> None:
    topics = {"keywords": "Knee, Joints", "about": {"name": "Sport"}}
    page = only('<html lang="de-AT">' + with_page(topics))
    assert page.topics == (
        TopicLink("Sport", None), TopicLink("Knee", None), TopicLink("Joints", None),
    )  # fmt: skip
    assert page.language == "de-AT"


def test_the_crumb_above_the_page_is_its_topic() -> None:
    crumbs = {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "name": "Home", "item": "/"},
        {"@type": "ListItem", "position": 2, "name": "Questions", "item": "/ask/"},
        {"@type": "ListItem", "position": 3, "item": {"@id": "/ask/joints/", "name": "Joints"}},
        {"@type": "ListItem", "position": 4, "name": "Clicking knee"},
    ]}  # fmt: skip
    page = only(json_ld(crumbs, PAGE) + SHOWN)
    assert page.topics == (TopicLink("Joints", "https://clinic.example/ask/joints/"),)


# Markup and page disagree ------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [" [...]", "…", "...", " (more)"])
def test_the_page_has_in_full_what_the_markup_cuts(cut: str) -> None:
    page = only(with_page({"text": ASKS[:30] + cut}))
    assert page.question == f"{ASKS}\n\nShould I rest?"
    assert page.warnings == ()


def test_a_text_that_is_cut_without_dots() -> None:
    long = " ".join(f"word{n}" for n in range(60))
    shown = SHOWN.replace(ADDS, long)
    page = only(with_page({"suggestedAnswer": {"text": long[:200]}}, shown))
    assert page.answers[1].text == long


def test_quotes_that_the_markup_leaves_out_are_of_the_post() -> None:
    shown = SHOWN.replace(f"<p>{ADDS}", f"<blockquote>{HELPS[:39]}</blockquote><p>{ADDS}")
    assert only(json_ld(PAGE) + shown).answers[1].text == f"> {HELPS[:39]}\n\n{ADDS}"


def test_a_short_answer_is_not_found_within_another_text() -> None:
    shown = SHOWN.replace(ADDS, f"It is bad, yes, I think. {ADDS}")
    shown += "<div class=post id=p4><b>who</b><div class=body>Yes</div></div>"
    longer = {"text": f"It is bad, yes, I think. {ADDS}"}
    page = only(with_page({"suggestedAnswer": [{"text": "yes"}, longer]}, shown))
    assert page.answers[-1].text == "Yes"


def test_what_the_page_does_not_show_is_taken_with_a_warning() -> None:
    page = only(with_page({"suggestedAnswer": {"text": "Nobody sees this answer at all."}}))
    assert page.answers[1].text == "Nobody sees this answer at all."
    assert page.warnings == ("1 of 3 texts are in the markup alone, not on the page",)
    assert page.confidence < 0.9


def test_answers_that_the_markup_counts_and_leaves_out() -> None:
    page = only(with_page({"answerCount": 9}))
    assert page.warnings == ("the markup counts 9 answers, and describes 2",)
    assert page.confidence < 0.3


def test_posts_that_the_page_shows_and_the_markup_leaves_out() -> None:
    more = f"<div class=post id=p4><b>who</b><div class=body>{ASKS} Me too, by the way.</div></div>"
    page = only(json_ld(PAGE) + SHOWN + more)
    assert page.warnings == ("the page shows 1 more posts like those of the markup",)
    assert page.confidence < 0.7


def test_the_one_answer_of_the_markup_stands_among_others() -> None:
    page = only(with_page({"answerCount": 1, "suggestedAnswer": []}))
    assert page.warnings == ("the page shows 1 more posts like those of the markup",)


def test_a_title_is_the_heading_that_shows_it() -> None:
    page = only(with_page({"name": "Clicking &amp; kn…"}, SHOWN.replace("Clicking", "Clicking &")))
    assert page.title == "Clicking & knee"


# Broken JSON -------------------------------------------------------------------------------------

TEXT = json.dumps(PAGE)
IN_ORDER = {
    "a comment around": f"<!-- {TEXT} -->",
    "CDATA around": f"//<![CDATA[\n{TEXT}\n//]]>",
    "line breaks in strings": TEXT.replace("\\n", "\n"),
    "two values": TEXT + TEXT,
}
BROKEN = {
    "a comma too many": TEXT.replace('"walker"}', '"walker",},'),
    "a comma too few": TEXT.replace('"walker"},', '"walker"}'),
    "comments": "/* ours */" + TEXT.replace(', "text"', ', // the text\n "text"'),
    "quotes in strings": TEXT.replace("My knee", 'My "good" knee'),
    "an escape that is none": TEXT.replace("My knee", r"My knee\'s"),
    "the end missing": TEXT[:-1],
}


@pytest.mark.parametrize("text", IN_ORDER.values(), ids=IN_ORDER)
def test_json_in_order_by_other_means(text: str) -> None:
    page = only(script(text) + SHOWN)
    assert (len(page.answers), page.warnings) == (2, ())


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_json_is_read_as_far_as_it_goes(text: str) -> None:
    page = only(script(text) + SHOWN)
    assert page.title == "Clicking knee"
    assert len(page.answers) == 2
    assert page.warnings[0] == "the JSON-LD is broken, and was read as far as it goes"


# Microdata and RDFa ------------------------------------------------------------------------------

MICRODATA = f"""
<html itemscope itemtype="http://schema.org/QAPage"><body>
<div itemprop=mainEntity itemscope itemtype="http://schema.org/Question">
  <h1 itemprop=name>Clicking knee</h1>
  <span itemprop=author itemscope itemtype="http://schema.org/Person">
    <i itemprop=name>walker</i></span>
  <time itemprop=dateCreated datetime="2020-03-01T10:00">a year ago</time>
  <div itemprop=text><p>{ASKS}</p></div> <span itemprop=answerCount>2</span>
  <div id=p2 itemprop=acceptedAnswer itemscope itemtype="http://schema.org/Answer">
    <meta itemprop=upvoteCount content="-3">
    <a itemprop=author href="/people/7">Dr. Jane Roe</a>
    <div itemprop=text>{HELPS}<br>Walk.<script>never()</script></div>
  </div>
</div>
<div itemprop=suggestedAnswer itemscope itemtype="http://schema.org/Answer">
  <a itemprop=url href="?show=3#a3">link</a><div itemprop=text>{ADDS}</div>
</div>
"""
AS_RDFA = (("itemscope itemtype", "typeof"), ("itemprop", "property"), ("http://schema.org/", ""))


def as_rdfa(markup: str) -> str:
    for microdata, rdfa in AS_RDFA:
        markup = markup.replace(microdata, rdfa)
    return markup.replace("<body>", '<body vocab="http://schema.org/">')


@pytest.mark.parametrize("markup", [MICRODATA, as_rdfa(MICRODATA)], ids=["microdata", "rdfa"])
def test_attributes_describe_a_question(markup: str) -> None:
    page = only(markup)
    assert (page.title, page.question) == ("Clicking knee", ASKS)
    assert (page.asker, page.asked_on) == ("walker", date(2020, 3, 1))
    first, second = page.answers
    assert first.text == f"{HELPS}\nWalk."
    assert first.responders == (Responder("Jane Roe", ("Dr.",)),)
    assert (first.accepted, first.score, first.url) == (True, -3, f"{URL}#p2")
    assert second.text == ADDS
    assert second.url == f"{URL}?show=3#a3"
    assert page.confidence > 0.95


def test_properties_that_stand_elsewhere_by_itemref() -> None:
    away = MICRODATA.replace("<h1 itemprop=name>Clicking knee</h1>", "").replace(
        "itemprop=mainEntity itemscope", "itemprop=mainEntity itemref=head itemscope"
    )
    assert only(away + "<div id=head><h2 itemprop=name>Noisy knee</h2></div>").title == "Noisy knee"


# Several questions -------------------------------------------------------------------------------


def faq(count: int) -> dict[str, Any]:
    questions = [
        {"@type": "Question", "name": f"Is number {n} safe?",
         "acceptedAnswer": {"@type": "Answer", "text": f"Number {n} is as safe as any."}}
        for n in range(count)
    ]  # fmt: skip
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}


def test_a_page_of_frequent_questions() -> None:
    shown = "".join(
        f"<section id=n{n}><h3>Is number {n} safe?</h3><p>Number {n} is as safe as any.</p>"
        "</section>"
        for n in range(3)
    )
    pages = read(json_ld(faq(3)) + "<body>" + shown)
    assert [page.question for page in pages] == [f"Is number {n} safe?" for n in range(3)]
    assert [page.anchor for page in pages] == ["n0", "n1", "n2"]
    assert [page.answers[0].text for page in pages] == [
        f"Number {n} is as safe as any." for n in range(3)
    ]
    assert all(page.asker is None and not page.answers[0].accepted for page in pages)
    assert all(page.confidence > 0.95 for page in pages)


def test_one_frequent_question_is_enough() -> None:
    assert only(json_ld(faq(1))).question == "Is number 0 safe?"


def test_a_list_of_questions_without_answers_is_an_index() -> None:
    index = [{"@type": "Question", "name": f"Question {n}", "url": f"/ask/{n}"} for n in range(9)]
    assert read(json_ld({"@context": "https://schema.org", "@graph": index})) == ()


# Forums ------------------------------------------------------------------------------------------

POSTING = {
    "@context": "https://schema.org", "@type": "DiscussionForumPosting",
    "headline": "Clicking knee",
    "text": f"{ASKS} Should I rest?", "author": {"name": "walker"}, "datePublished": "2020-03-01",
}  # fmt: skip
COMMENTS = [
    {"@type": "Comment", "text": HELPS, "author": {"name": "Jane"},
     "comment": {"@type": "Comment", "text": ADDS, "author": {"name": "runner"}}},
]  # fmt: skip


def test_a_discussion_with_comments_on_comments() -> None:
    page = only(json_ld({**POSTING, "comment": COMMENTS}) + SHOWN)
    assert page.question == f"{ASKS}\n\nShould I rest?"
    assert [answer.author for answer in page.answers] == ["Jane", "runner"]
    assert page.confidence > 0.95


def test_a_first_post_alone_is_doubtful() -> None:
    page = only(json_ld(POSTING) + SHOWN)
    assert page.warnings == (
        "the markup describes a question alone",
        "the page shows 2 more posts like those of the markup",
    )
    assert page.confidence < 0.4


def test_a_first_post_that_is_marked_alone_has_no_replies() -> None:
    page = only(posts("Knee"))
    assert page.unanswered
    assert page.confidence > 0.9


def test_a_first_post_that_is_marked_among_others_has_replies() -> None:
    marked = posts("Knee").replace("<div itemscope", "<div class=post itemscope")
    page = only(marked + "<div class=post>Another post, with words.</div>")
    assert page.warnings[1] == "the page shows 1 more posts like those of the markup"
    assert page.confidence < 0.3


def test_comments_that_stand_for_themselves_are_of_the_one_discussion() -> None:
    shown = SHOWN.replace(
        "<div class=post id=p2>", "<div id=p2 itemscope itemtype='https://schema.org/Comment'>"
    )
    shown = shown.replace(f"<div class=body><p>{HELPS}", f"<div itemprop=text><p>{HELPS}")
    page = only(json_ld(POSTING) + shown)
    assert [answer.text[: len(HELPS)] for answer in page.answers] == [HELPS]
    assert page.answers[0].url == f"{URL}#p2"


def posts(*headlines: str) -> str:
    return "".join(
        f"<div itemscope itemtype='http://schema.org/DiscussionForumPosting'>"
        f"<meta itemprop=headline content='{headline}'>"
        f"<div itemprop=articleBody>Post {n}, with words.</div></div>"
        for n, headline in enumerate(headlines)
    )


def test_postings_side_by_side_are_one_thread() -> None:
    page = only(posts("Knee", "Re: Knee", "Re: Re: Knee"))
    assert (page.title, page.question, len(page.answers)) == ("Knee", "Post 0, with words.", 2)


def test_postings_of_several_threads_are_an_index() -> None:
    assert read(posts("Knee", "Elbow", "Neck")) == ()


def test_the_first_post_of_a_thread_may_stand_on_another_page() -> None:
    asked = "What somebody asked long ago, on the first page."
    away = {**POSTING, "text": asked, "comment": COMMENTS}
    filler = "<p>" + " ".join(f"menu{n}" for n in range(80))
    page = only(json_ld(away) + SHOWN + filler)
    assert (page.question, page.part, len(page.answers)) == ("", 2, 2)


def test_a_post_described_twice_is_one() -> None:
    twin = {"@type": "Comment", "text": f"{ASKS} Should I rest?", "url": f"{URL}#p1"}
    nameless = {**POSTING, "author": {"url": "/people/7"}, "commentCount": 3}
    comments = [{**twin, "author": {"name": "walker"}}, *COMMENTS]
    page = only(json_ld({**nameless, "comment": comments}) + SHOWN)
    assert (page.asker, len(page.answers), page.warnings) == ("walker", 2, ())


# No questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", [
    {"@type": "Article", "headline": "Knees", "comment": COMMENTS},
    {"@type": "Question"},
    {"@type": "QAPage"},
    {"@type": "FAQPage", "mainEntity": []},
    {"@type": "BreadcrumbList"},
    [],
    {},
    {"@type": 7, "@id": [1], "mainEntity": None, "author": {"@list": [{"@value": 1}]}},
])  # fmt: skip
def test_other_things_are_no_questions(item: Any) -> None:
    context = {"@context": "https://schema.org"}
    value = {**context, **item} if isinstance(item, dict) else item
    assert read(json_ld(value) + SHOWN + "schema.org") == ()


@pytest.mark.parametrize(("author", "named"), [
    ("Jane Roe, MD", Responder("Jane Roe", ("MD",))),
    ({"name": "Jane Roe, RN, MSN"}, Responder("Jane Roe", ("RN", "MSN"))),
    ({"name": "Dr Jane Roe"}, Responder("Jane Roe", ("Dr",))),
    ({"name": "Jane Roe", "honorificPrefix": "Dr."}, Responder("Jane Roe", ("Dr.",))),
    ({"name": "Jane Roe", "jobTitle": "Kinderärztin"}, Responder("Jane Roe", (), "Kinderärztin")),
    ({"name": "Jane Roe", "jobTitle": "Moderator"}, "Jane Roe"),
    ([{"name": "jane"}], "jane"),
    ("jane", "jane"),
    ({"@type": "Person"}, None),
    ({"givenName": "Jane", "familyName": "Roe"}, "Jane Roe"),
    ("https://clinic.example/people/7", None),
])  # fmt: skip
def test_experts_and_others(author: Any, named: Responder | str | None) -> None:
    answer = only(with_page({"suggestedAnswer": {"text": ADDS, "author": author}})).answers[1]
    assert (answer.responders or (answer.author,))[0] == named
