"""What is wanted of an archive, in the words of its spider's arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.web_archives.target import target_of

STAMP = "20040601080001"


@pytest.mark.parametrize(
    ("url", "bare", "match", "host"),
    [
        ("netwellness.org/question.cfm/*", "netwellness.org/question.cfm/", "prefix",
         "netwellness.org"),
        ("*.example.org", "example.org/", "domain", "example.org"),
        ("http://www.Example.org", "http://www.Example.org/", "exact", "example.org"),
        ("example.org*", "example.org/", "prefix", "example.org"),
        (" https://a.org/x?y=1 ", "https://a.org/x?y=1", "exact", "a.org"),
    ],
)  # fmt: skip
def test_what_is_said(url: str, bare: str, match: str, host: str) -> None:
    target = target_of(url)
    assert (target.url, target.match, target.host) == (bare, match, host)


@pytest.mark.parametrize("url", ["", "*", "*.", "a.org/*/b", "/path", "http://", "*.*"])
def test_what_says_nothing(url: str) -> None:
    with pytest.raises(ValueError, match="say what is wanted"):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "held", "not_held"),
    [
        ("a.org/x/*", ["http://www.a.org:80/x/1", "https://A.ORG/X/2?q"], ["http://a.org/y"]),
        ("*.a.org", ["http://a.org/", "http://b.a.org/z"], ["http://ba.org/", "http://a.org.b/"]),
        ("a.org/x", ["http://a.org/x", "http://a.org/x/"], ["http://a.org/x/1", "http://a.org/"]),
        ("a.org", ["http://a.org", "https://www.a.org/"], ["http://a.org/x"]),
    ],
)
def test_what_it_holds(url: str, held: list[str], not_held: list[str]) -> None:
    target = target_of(url)
    assert [one for one in held if not target.holds(one, STAMP)] == []
    assert [one for one in not_held if target.holds(one, STAMP)] == []


def test_bounds_are_included() -> None:
    target = target_of("a.org", "2004", "200406")
    for stamp in ("20040101000000", "20040630235959"):
        assert target.holds("http://a.org/", stamp)
    for stamp in ("20031231235959", "20040701000000"):
        assert not target.holds("http://a.org/", stamp)
    with pytest.raises(ValueError, match="from="):
        target_of("a.org", "yesterday")
    with pytest.raises(ValueError, match="to="):
        target_of("a.org", "", "20041301")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_is_too_odd(url: str, other: str) -> None:
    """A ValueError at most when it is asked for; an address that an archive lists raises none."""
    try:
        target = target_of(url)
    except ValueError:
        return
    for one in (other, f"http://{other}", f"http://[{other}"):
        assert target.holds(one, STAMP) in (True, False)
    assert "/" not in target.host
