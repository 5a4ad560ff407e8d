"""The pattern of question addresses, from a few of them and the links around."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.newsite.address_parts import session_parameters, without
from crawler.newsite.paging import PageForm, first_page, page_forms
from crawler.newsite.shapes import question_patterns
from parsers.sites.address import AddressPattern, question_address

HOST = "http://clinic.example"


def patterns(questions: list[str], links: list[str], several: tuple[str, ...] = ()) -> list[str]:
    def whole(paths: list[str] | tuple[str, ...]) -> list[str]:
        return [HOST + path for path in paths]

    return list(question_patterns(whole(questions), whole(links), (), whole(several)))


@pytest.mark.parametrize(
    ("questions", "links", "pattern"),
    [
        (
            ["/board/heart-2/topic/racing-pulse-44/", "/board/skin-3/topic/dry-hands-45/"],
            ["/board/heart-2/?page=2", "/board/skin-3/topic/red-spots-46/?post=801"],
            "/board/{slug}-{number:digits}/topic/{board}-{id:digits}/[?page={page}]",
        ),
        (
            ["/viewtopic.php?f=1&t=9", "/viewtopic.php?f=1&t=12&start=10"],
            ["/viewtopic.php?f=2&t=33", "/viewtopic.php?f=1&t=9&p=55",
             "/viewtopic.php?f=1&t=12&start=20", "/viewtopic.php?f=1&t=12"],
            "/viewtopic.php?t={id:digits}[&start={offset}]",
        ),
        (  # a thread that a sample reached by links to its posts
            ["/topic/dry-hands-45/?post=801", "/topic/racing-pulse-44/?post=790"],
            ["/topic/dry-hands-45/", "/topic/racing-pulse-44/", "/topic/rash-46/?post=812",
             "/topic/rash-46/", "/topic/rash-46/?page=2"],
            "/topic/{slug}-{id:digits}/[?page={page}]",
        ),
        (  # a slug that some links leave out
            ["/topic/9-dry-hands", "/topic/12?page=2", "/topic/15-racing-pulse"],
            ["/topic/12-rash", "/topic/15?page=1", "/topic/15?page=2"],
            "/topic/{id:digits}[-{slug}][?page={page}]",
        ),
        (  # a number before titles that happen to end in numbers
            ["/topic/9-dry-hands-in-2019", "/topic/12-after-day-2"],
            ["/topic/15-rash-at-40", "/topic/15"],
            "/topic/{id:digits}[-{slug}]",
        ),
        (
            ["/question/9/dry-hands/", "/question/12/racing-pulse/"],
            ["/question/9/", "/question/15/rash/"],
            "/question/{id:digits}/[{slug}/]",
        ),
        (  # numbers alone, which count up from 1 as pages do
            ["/t/5", "/t/17"],
            ["/t", *(f"/t/{n}" for n in range(1, 41)), "/t/5?page=2"],
            "/t/{id:digits}[?page={page}]",
        ),
        (["/board/2/3", "/board/2/4"], ["/board/2", "/board/2/2", "/board/2/5"],
         "/board/{number:digits}/{id:digits}"),
        (  # titles that end in numbers of their own
            ["/topic/55/covid-19/", "/topic/56/day-20/", "/topic/57/week-21/"],
            ["/topic/58/month-22/"],
            "/topic/{id:digits}/{slug}/",
        ),
        (
            ["/ask/dry-hands/", "/ask/racing-pulse/"],
            ["/ask/dry-hands/comment-page-1/", "/ask/rash/", "/ask/red-spots/"],
            "/ask/{id}/[comment-page-{page}/]",
        ),
        (
            ["/showthread.php?t=9"],
            ["/showthread.php?t=9&page=2", "/forumdisplay.php?f=3"],
            "/showthread.php?t={id:digits}[&page={page}]",
        ),
        (
            ["/showthread.php?12-racing-pulse", "/showthread.php?14-rash"],
            ["/showthread.php?12-racing-pulse/page2", "/showthread.php?13-dry-eyes"],
            "/showthread.php?{id:digits}-{slug}[/page{page}]",
        ),
        (
            ["/threads/racing-pulse.12/", "/threads/a-b-c.13/"],
            ["/threads/racing-pulse.12/page-2", "/threads/racing-pulse.12/post-77"],
            "/threads/{slug}.{id:digits}/[page-{page}]",
        ),
        (
            ["/t/racing-pulse/44", "/t/dry-hands/45"],
            ["/t/racing-pulse/44/7", "/t/red-spots/46", "/t/dry-hands/45?page=2"],
            "/t/{slug}/{id:digits}[?page={page}]",
        ),
        (
            ["/2013/05/racing-pulse/", "/2014/06/covid-19/"],
            ["/2015/06/dry-hands/", "/2013/05/", "/page/2/", "/page/3/"],
            "/{number:digits}/{board_number:digits}/{id}/",
        ),
        (
            ["/ask-the-doctor/racing-pulse/", "/ask-the-doctor/rash/"],
            ["/ask-the-doctor/", "/ask-the-doctor/page/2/", "/about/"],
            "/ask-the-doctor/{id}/",
        ),
        (
            ["/questions/123/racing-pulse", "/questions/124/rash"],
            ["/questions?page=2", "/questions", "/questions/tagged/skin"],
            "/questions/{id:digits}/{slug}[?page={page}]",
        ),
        (
            ["/index.php?topic=5.0", "/index.php?topic=7.0"],
            ["/index.php?topic=5.15", "/index.php?topic=5.msg77", "/index.php?board=1.0"],
            "/index.php?topic={id:digits}.{offset}",
        ),
        (["/question.cfm/29280.htm"], ["/healthtopics/sleep/"], "/question.cfm/{id:digits}.htm"),
        (
            ["/thread-12.html", "/thread-13.html"],
            ["/thread-12-page-2.html", "/forum-1.html"],
            "/thread-{id:digits}[-page-{page}].html",
        ),
        (
            ["/boards/heart/topic/5", "/boards/skin/topic/6"],
            ["/boards/ear/topic/9"],
            "/boards/{slug}/topic/{id:digits}",
        ),
        (["/ask?id=5"], ["/"], "/ask?id={id:digits}"),
    ],
)  # fmt: skip
def test_the_pattern_of_a_kind_of_software(
    questions: list[str], links: list[str], pattern: str
) -> None:
    assert patterns(questions, [*links, *questions]) == [pattern]


def test_a_page_with_all_questions_stands_alone() -> None:
    links = ["/", "/about.html", "/contact.html"]
    assert patterns(["/faq.html"], links, several=("/faq.html",)) == ["/faq.html"]
    both = ["/faq/skin/", "/faq/heart/"]
    assert patterns(both, [*links, "/faq/ear/"], several=tuple(both)) == ["/faq/{id}/"]


def test_two_kinds_of_addresses_are_two_patterns() -> None:
    found = patterns(["/ask/12", "/forum/thread/7"], ["/ask/13", "/forum/thread/8"])
    assert found == ["/ask/{id:digits}", "/forum/thread/{id:digits}"]


def test_a_session_is_told_by_its_values() -> None:
    links = [f"{HOST}/a?sess=0123456789abcdef0123&t={n}" for n in range(3)]
    assert session_parameters(links) == ("sess",)
    assert without(links[0], ("sess",)) == f"{HOST}/a?t=0"


@pytest.mark.parametrize(
    ("links", "form"),
    [
        (["/l", "/l?page=2"], PageForm("page", "", "", "page")),
        (["/l", "/l?n=2", "/l?n=3"], PageForm("n", "", "", "page")),
        (["/l", "/l?n=20", "/l?n=40"], PageForm("n", "", "", "offset")),
        (["/l/", "/l/page/2/"], PageForm("", "/page/", "/", "page")),
        (["/l", "/l/2", "/l/3"], PageForm("", "/", "", "page")),
    ],
)
def test_the_form_in_which_pages_are_numbered(links: list[str], form: PageForm) -> None:
    forms = page_forms([HOST + link for link in links])
    assert list(forms) == [form]
    assert {first_page(HOST + link, forms) for link in links} == {HOST + links[0]}


@pytest.mark.parametrize(
    "links", [["/l", "/l?post=8123"], ["/l/", "/l/77"], ["/l", "/l?u=7", "/l?u=23"], []]
)
def test_other_numbers_are_no_pages(links: list[str]) -> None:
    assert page_forms([HOST + link for link in links]) == {}


_SEGMENT = st.text("abcxyz0189-_.~%", min_size=1, max_size=9)
_PATH = st.builds(
    lambda segments, query: "/" + "/".join(segments) + query,
    st.lists(_SEGMENT, max_size=4),
    st.one_of(st.just(""), st.builds("?{}={}".format, st.sampled_from("tp"), _SEGMENT)),
)


@given(st.lists(_PATH, min_size=1, max_size=4), st.lists(_PATH, max_size=8))
def test_every_pattern_is_one_and_the_questions_fit(questions: list[str], links: list[str]) -> None:
    made = [AddressPattern(text) for text in patterns(questions, links)]
    for path in questions:
        parts = urlsplit(HOST + path)
        fits = [
            (pattern, values)
            for pattern in made
            if (values := pattern.match(parts.path or "/", parts.query)) is not None
        ]
        assert fits
        assert question_address(*fits[0]).part >= 1
