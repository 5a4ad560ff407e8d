"""Which links are on the site, and where they are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.scope import Scope
from parsers import declare, read_declaration
from parsers.sites.declaration import BUILT_IN

SITE = "http://www.netwellness.org"
PAGE = f"{SITE}/healthtopics/sleep/list2.htm"
NETWELLNESS = next(site for site in BUILT_IN if site.name == "netwellness")


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("/question.cfm/29280.htm", f"{SITE}/question.cfm/29280.htm"),
        (
            "https://netwellness.org/question.cfm/29280.htm?print=1",
            f"{SITE}/question.cfm/29280.htm",
        ),
        ("list3.htm", f"{SITE}/healthtopics/sleep/list3.htm"),
        ("../asthma/", f"{SITE}/healthtopics/asthma/"),
        ("  /about.htm#team ", f"{SITE}/about.htm"),
        ("?page=2", f"{SITE}/healthtopics/sleep/list2.htm?page=2"),
    ],
)
def test_links_on_the_site_get_one_identity(href: str, canonical: str) -> None:
    assert Scope(NETWELLNESS).resolve(href, PAGE) == canonical


@pytest.mark.parametrize(
    "href",
    [
        "http://www.example.org/question.cfm/29280.htm",
        "//example.org/",
        "mailto:a@example.org",
        "javascript:void(0)",
        "JAVASCRIPT:alert(1)",
        "ftp://www.netwellness.org/a",
        "http://[::1",
        "/photo.JPG",
        "/" + "a" * 3000,
    ],
)
def test_what_is_not_a_page_of_the_site_is_left(href: str) -> None:
    assert Scope(NETWELLNESS).resolve(href, PAGE) is None


def test_a_copy_is_fetched_from_where_it_is_served() -> None:
    scope = Scope(NETWELLNESS, "http://127.0.0.1:8042/")
    url = scope.resolve("http://www.netwellness.org/question.cfm/7.htm", "http://127.0.0.1:8042/")
    assert url == f"{SITE}/question.cfm/7.htm"
    assert scope.fetch_url(url) == "http://127.0.0.1:8042/question.cfm/7.htm"
    assert scope.fetch_url(f"{SITE}/search?q=a&p=2") == "http://127.0.0.1:8042/search?q=a&p=2"


@pytest.mark.parametrize("base", ["netwellness.org", "file:///etc/passwd", "http://"])
def test_a_base_that_is_no_web_address_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="no web address"):
        Scope(NETWELLNESS, base)


TEXT = """
name = "clinic"
hosts = ["www.clinic.example", "ask.clinic.example"]
start = ["http://www.clinic.example/ask/", "http://ask.clinic.example/new"]
questions = ["/ask/{id}/"]
follow = ["/ask/*", "/tags/*"]
skip = ["/tags/a*", "*print*"]
"""


@pytest.fixture
def clinic() -> Iterator[Scope]:
    site = read_declaration(TEXT, "clinic.toml")
    declare([site])
    yield Scope(site)
    declare(())


def test_a_declared_site_begins_where_it_says(clinic: Scope) -> None:
    origin = "http://www.clinic.example"
    assert clinic.base == f"{origin}/"
    assert clinic.starts == (f"{origin}/ask/", f"{origin}/new")
    assert clinic.grows


@pytest.mark.parametrize(
    ("href", "is_wanted"),
    [
        ("/ask/itch/", True),
        ("http://ask.clinic.example/ask/itch/?utm_source=x", True),
        ("/ask/?page=2", True),
        ("/tags/itch", True),
        ("/tags/ache", False),
        ("/ask/print-itch/", True),
        ("/about", False),
        ("/new", True),
    ],
)
def test_what_is_followed_and_skipped(clinic: Scope, href: str, is_wanted: bool) -> None:
    assert (clinic.resolve(href, clinic.base) is not None) == is_wanted


def test_a_base_must_be_one_of_the_site(clinic: Scope) -> None:
    with pytest.raises(ValueError, match=r"^base=http://127\.0\.0\.1:8000/ .* add its host to the"):
        Scope(read_declaration(TEXT, "clinic.toml"), "http://127.0.0.1:8000/")


def test_a_start_that_is_not_of_the_site_is_named(clinic: Scope) -> None:
    site = read_declaration(TEXT, "clinic.toml")
    with pytest.raises(ValueError, match=r"^start=http://b\.example/ask is not of the site"):
        Scope(replace(site, start=("http://b.example/ask",)))


@given(st.text(max_size=60), st.sampled_from([PAGE, f"{SITE}/"]))
def test_no_link_is_an_exception(href: str, page: str) -> None:
    url = Scope(NETWELLNESS).resolve(href, page)
    assert url is None or url.startswith(SITE)


def test_the_links_of_a_page_are_what_each_resolves_to_once() -> None:
    scope = Scope(NETWELLNESS)
    page = PAGE
    hrefs = ["/question.cfm/1.htm", "../question.cfm/2.htm", "HTTP://netwellness.org/about.htm"]
    hrefs += ["http://elsewhere.example/", "javascript:void(0)", "/picture.gif", *hrefs]
    resolved = [scope.resolve(href, page) for href in hrefs]
    expected = tuple(dict.fromkeys(url for url in resolved if url))
    assert len(expected) == 3
    for _ in range(2):  # of what is remembered, the same
        assert scope.links_of(page, hrefs) == expected


@pytest.mark.parametrize(
    ("base", "url", "is_held"),
    [
        ("", "http://www.netwellness.org/sitemap.xml", True),
        ("", "https://netwellness.org:443/sitemap.xml", True),
        ("", "http://www.netwellness.org:8080/sitemap.xml", False),
        ("", "http://www.netwellness.org:22/sitemap.xml", False),
        ("", "http://www.netwellness.org:99999/sitemap.xml", False),
        ("http://127.0.0.1:8042/", "http://127.0.0.1:8042/sitemap.xml", True),
        ("http://127.0.0.1:8042/", "http://127.0.0.1:8043/sitemap.xml", False),
        ("http://127.0.0.1:8042/", "http://localhost:6379/sitemap.xml", False),
        ("http://127.0.0.1:8042/", "http://www.netwellness.org/sitemap.xml", True),
    ],
)
def test_a_sitemap_on_another_port_is_on_another_host(base: str, url: str, is_held: bool) -> None:
    assert Scope(NETWELLNESS, base).holds(url) is is_held
