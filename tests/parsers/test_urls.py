"""One canonical URL a page, and what is no link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import canonical_url, is_question_url
from parsers.urls import resolve, site_of

ONE = "http://www.netwellness.org/question.cfm/29280.htm"


@pytest.mark.parametrize(
    "url",
    [
        ONE,
        "https://netwellness.org/question.cfm/29280.htm?print=yes#answer",
        "HTTP://WWW.NetWellness.ORG:80//question.cfm//29280.HTM",
        "https://www.netwellness.org:443/Question.CFM/29280.html",
        "http://127.0.0.1:8123/question.cfm/29280.htm",
        "http://localhost/question.cfm/29280.htm/",
        "http://[::1]:9/question.cfm/29280.htm",
        "http://127.3.2.1/question.cfm/29280.htm",
    ],
)
def test_question_pages_have_one_address(url: str) -> None:
    assert canonical_url(url) == ONE
    assert is_question_url(url)
    assert site_of(url) == "netwellness"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://netwellness.org", "http://www.netwellness.org/"),
        ("http://127.0.0.1:80/healthtopics//skin/?p=2#x", "http://www.netwellness.org/healthtopics/skin/?p=2"),
        ("http://netwellness.org/a/./b/../c d.htm", "http://www.netwellness.org/a/c%20d.htm"),
        ("HTTPS://Example.ORG:443/A?b#c", "https://example.org/A?b"),
        ("http://example.org:8080/question.cfm/7.htm?x", "http://example.org:8080/question.cfm/7.htm"),
        ("not a url", "not a url"),
        ("http://[broken", "http://[broken"),
    ],
)  # fmt: skip
def test_other_pages(url: str, wanted: str) -> None:
    assert canonical_url(url) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "http://www.netwellness.org/question.cfm/",
        "http://www.netwellness.org/question.cfm/12x.htm",
        "http://www.netwellness.org/healthtopics/question.cfm/1.htm",
        "ftp://www.netwellness.org/question.cfm/1.htm",
        "",
    ],
)
def test_no_question_pages(url: str) -> None:
    assert not is_question_url(url)


@pytest.mark.parametrize(
    "href",
    ["", "#top", "javascript:x()", " JavaScript :x", "java\nscript:x", "mailto:a@b", "data:,x",
     "tel:1"],
)  # fmt: skip
def test_what_leads_to_no_page(href: str) -> None:
    assert resolve(ONE, href) is None


@given(st.text(max_size=60))
def test_canonical_is_canonical(url: str) -> None:
    once = canonical_url("http://www.netwellness.org/" + url)
    assert canonical_url(once) == once
    canonical_url(url)
    resolve(url, url)


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("/a.do;jsessionid=AB12!3!-4?x=1", "/a.do?x=1"),
        ("/(S(lit3py55t21z5v55vlm25s55))/a.aspx?b=2", "/a.aspx?b=2"),
        ("/x/(X(1)A(abc)F(de)S(lit3py))/a.aspx", "/x/a.aspx"),
        ("/(lit3py55t21z5v55vlm25s55)/a.aspx", "/a.aspx"),
        ("/PHPSESSID=abc123/forum/", "/forum/"),
        ("/i.php?board=1.0;PHPSESSID=aaa;x", "/i.php?board=1.0;x"),
        ("/i.php?osCsid=1&a=1", "/i.php?a=1"),
        ("/x?session=3", "/x?session=3"),
        ("/x?session=0123456789abcdef0", "/x"),
        ("/list_(a(b))/x", "/list_(a(b))/x"),
        ("/a?x=1&&y=2", "/a?x=1&&y=2"),
    ],
)
def test_sessions_are_no_part_of_an_address(address: str, canonical: str) -> None:
    site = "http://www.netwellness.org"
    assert canonical_url(site + address) == site + canonical
