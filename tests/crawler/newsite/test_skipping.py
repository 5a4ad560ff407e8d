"""Addresses that a crawl had better skip."""

from __future__ import annotations

import pytest

from crawler.newsite.choosing import by_promise, is_useless, spread
from crawler.newsite.skipping import globs_to_skip
from parsers.sites.address import AddressPattern

HOST = "http://clinic.example"


@pytest.mark.parametrize(
    ("pattern", "paths", "globs"),
    [
        (
            "/viewtopic.php?t={id:digits}[&start={offset}]",
            ["/viewtopic.php?t=5", "/viewtopic.php?p=77", "/ucp.php?mode=login"],
            ("*=login*", "/viewtopic.php?p=*"),
        ),
        (
            "/threads/{slug}.{id:digits}/[page-{page}]",
            [
                "/threads/dry-hands.5/",
                "/threads/dry-hands.5/post-77",
                "/threads/dry-hands.5/page-2",
            ],
            ("/threads/*.*/*",),
        ),
        # A list's further pages lie below it as posts lie below a thread.
        (
            "/ask/{id}/",
            ["/ask/dry-hands/", "/ask/dry-hands/print/", "/ask/page/2/"],
            ("*/print*",),
        ),
        ("/ask/{id}/", ["/ask/dry-hands/", "/about/", "/"], ()),
        (  # as many addresses as there are pages that lead to it
            "/ask/{id}/",
            [
                "/say/?next=/ask/dry-hands/",
                "/say/?a=1&back_url=%2Fask%2F",
                "/list?next=2",
                f"/help?return={'x' * 40}",
            ],
            ("*&back_url=*", "*?next=*", "*?return=*"),
        ),
    ],
)
def test_globs(pattern: str, paths: list[str], globs: tuple[str, ...]) -> None:
    assert globs_to_skip([AddressPattern(pattern)], [HOST + path for path in paths]) == globs


def test_what_leads_on_from_a_post_to_its_thread_is_skipped() -> None:
    patterns = [AddressPattern("/topic/{id:digits}/[?page={page}]")]
    posts = [f"{HOST}/forum/post/{n}/" for n in (71, 72, 80)]
    threads = [f"{HOST}/topic/{n}/" for n in (3, 4, 5)]
    assert globs_to_skip(patterns, [], [*posts, *threads]) == ("/forum/post/*",)
    assert globs_to_skip(patterns, [], posts[:1]) == ()
    assert globs_to_skip(patterns, [], [f"{HOST}/{n}" for n in range(9)]) == ()


def test_questions_are_many_and_their_links_have_many_words() -> None:
    links = {
        f"{HOST}/login?next=/": "Log in to ask a question of your own",
        f"{HOST}/about/": "About us",
        **{f"{HOST}/ask/{n}/": f"Why does number {n} itch?" for n in range(5)},
        **{f"{HOST}/tag/{n}/": f"tag {n}" for n in range(9)},
        f"{HOST}/photo.jpg": "A photo of all of us in the garden",
    }
    groups = by_promise(links)
    assert groups[0] == [f"{HOST}/ask/{n}/" for n in range(5)]
    assert f"{HOST}/photo.jpg" not in [url for group in groups for url in group]
    assert is_useless(f"{HOST}/login?next=/")
    assert not is_useless(f"{HOST}/ask/login-trouble-and-headache/")


def test_some_of_a_group_are_from_all_over_it() -> None:
    assert spread(list("abcdefgh"), 4) == list("aceg")
    assert spread(list("ab"), 4) == list("ab")
    assert spread(list("ab"), 0) == []
