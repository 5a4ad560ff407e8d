"""Patterns of addresses: what fits them, and what they say of a question."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.sites.address import (
    AddressPattern,
    PatternError,
    fits_glob,
    question_address,
)


@pytest.mark.parametrize(
    ("pattern", "path", "query", "source_id", "part"),
    [
        ("/ask/{id}/", "/ask/why-do-knees-crack/", "", "why-do-knees-crack", 1),
        ("/ask/{id}/", "//ASK//why-do-knees-crack", "utm=1", "why-do-knees-crack", 1),
        ("/t/{slug}/{id:digits}[/{page}]", "/t/my-knee/44", "", "44", 1),
        ("/t/{slug}/{id:digits}[/{page}]", "/t/my-knee/44/3", "", "44", 3),
        ("/threads/{slug}.{id:digits}/[page-{page}]", "/threads/a.b-c.7/page-2", "", "7", 2),
        ("/threads/{slug}.{id:digits}/[page-{page}]", "/threads/a.b-c.7", "", "7", 1),
        ("/viewtopic.php?t={id:digits}[&start={offset}]", "/viewtopic.php", "f=1&t=9", "9", 1),
        (
            "/viewtopic.php?t={id:digits}[&start={offset}]",
            "/viewtopic.php", "start=30&t=9&sid=0a", "9", 30,
        ),
        ("/topic/{slug}-{id:digits}/[?page={page}]", "/topic/a-1-b-200/", "page=2", "200", 2),
        ("/topic/{slug}-{id:digits}/[?page={page}]", "/topic/a-1-b-200/", "", "200", 1),
        ("/showthread.php?{id:digits}-{slug}", "/showthread.php", "12-my-knee", "12", 1),
        ("/index.php?topic={id:digits}.{offset}", "/index.php", "topic=5.0", "5", 1),
        ("/index.php?topic={id:digits}.{offset}", "/index.php", "topic=5.15", "5", 15),
        ("/fragen/{id:path}.html", "/fragen/haut/akne.html", "", "haut/akne", 1),
        ("/{id}", "/%C3%A4rzte", "", "ärzte", 1),
        ("/faq.html", "/faq.html", "", "faq.html", 1),
    ],
)  # fmt: skip
def test_addresses_that_fit(pattern: str, path: str, query: str, source_id: str, part: int) -> None:
    parsed = AddressPattern(pattern)
    values = parsed.match(path, query)
    assert values is not None
    address = question_address(parsed, values)
    assert (address.source_id, address.part) == (source_id, part)


@pytest.mark.parametrize(
    ("pattern", "path", "query"),
    [
        ("/ask/{id}/", "/ask/", ""),
        ("/ask/{id}/", "/ask/a/b/", ""),
        ("/t/{slug}/{id:digits}", "/t/my-knee/44x", ""),
        ("/viewtopic.php?t={id:digits}", "/viewtopic.php", "f=1"),
        ("/viewtopic.php?t={id:digits}", "/viewforum.php", "t=1"),
    ],
)
def test_addresses_that_do_not(pattern: str, path: str, query: str) -> None:
    assert AddressPattern(pattern).match(path, query) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("ask/{id}", "must begin with a slash"),
        ("/ask/{id:word}", "a placeholder is"),
        ("/ask/{id", "a placeholder is"),
        ("/{id}/{id}", "twice"),
        ("/ask/{id}[/{page}", "bracket"),
        ("/ask/{id}[/a[/{page}]]", "brackets within brackets"),
        ("/ask/{slug}{id}", "side by side"),
        ("/ask/*/{id}", "follow and skip"),
    ],
)
def test_patterns_that_are_none(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        AddressPattern(pattern)


_SEGMENTS = st.text("abcxyz0189-_~.%", min_size=1, max_size=12)


@given(_SEGMENTS, st.integers(2, 10**6))
def test_what_is_filled_in_fits_again(segment: str, page: int) -> None:
    pattern = AddressPattern("/t/{slug}/{id}[/page-{page}][?x={x}]")
    values = {"slug": "a", "id": segment, "page": str(page)}
    path = pattern.fill(values)
    assert pattern.match(path, "") == values
    assert pattern.fill({"slug": "a", "id": segment}) == f"/t/a/{segment}"


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_is_too_odd(path: str, query: str) -> None:
    AddressPattern("/a/{id:path}[/{page}]?t={x}[&u={offset}]").match("/a/" + path, "t=1&" + query)


@pytest.mark.parametrize("page", ["9" * 10, "9" * 5000])
def test_a_number_that_is_that_of_no_page_does_not_count(page: str) -> None:
    assert AddressPattern("/t/{id}/{page}").match(f"/t/a/{page}", "") is None
    assert AddressPattern("/t/{id}[?page={page}]").match("/t/a", f"page={page}") == {"id": "a"}


def test_an_id_in_another_encoding_stays_as_it_is_written() -> None:
    pattern = AddressPattern("/t/{id}")
    ids = {question_address(pattern, {"id": text}).source_id for text in ("caf%E9", "caf%E8")}
    assert ids == {"caf%E9", "caf%E8"}


@pytest.mark.parametrize(
    ("pattern", "address", "fits"),
    [
        ("*/login*", "/user/LOGIN?next=/", True),
        ("/forum/*", "/forum/a", True),
        ("/forum/*", "/boards/forum/a", False),
        ("/a*b*c", "/a-b-c", True),
        ("/a*b*bc", "/abc", False),
        ("/a*a", "/a", False),
        ("/about", "/about", True),
        ("/about", "/about/us", False),
        ("*", "", True),
    ],
)
def test_globs(pattern: str, address: str, fits: bool) -> None:
    assert fits_glob(pattern, address) is fits


@given(st.text("a*b", max_size=8), st.text("ab", max_size=30))
def test_globs_are_as_the_shell_has_them(pattern: str, address: str) -> None:
    assert fits_glob(pattern, address) is fnmatchcase(address, pattern)
