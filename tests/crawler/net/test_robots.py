"""robots.txt: what it says, and what is done when it cannot be had."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from crawler.net.robots import MOST_BYTES, parse_robots
from tests.conftest import Scrapy, settings_for
from tests.crawler.net.raw_server import Answer, RawServer

URL = "http://example.org/robots.txt"


def allowed(body: bytes, path: str) -> bool:
    return parse_robots(body, URL).allowed(f"http://example.org{path}")


STAR = b"User-agent: *\nDisallow: /all\n\n"


@pytest.mark.parametrize(
    ("body", "yes", "no"),
    [
        (b"", "/a", None),
        (STAR, "/a", "/all"),
        (STAR + b"User-agent: housecall\nDisallow: /ours\n", "/all", "/ours"),
        (STAR + b"User-Agent: HouseCall/2.0 # us\nDisallow: /ours\n", "/all", "/ours"),
        (STAR + b"user agent housecall\nDisallow: /ours\n", "/all", "/ours"),
        # One group, several names.
        (b"User-agent: x\nUser-agent: housecall\nDisallow: /ours\n", "/a", "/ours"),
        # Two groups of one name are one (2.2.1).
        (b"User-agent: *\nDisallow: /a\nUser-agent: x\nUser-agent: *\nDisallow: /b\n", "/c", "/b"),
        # A part of our name, or a longer name, is somebody else.
        (STAR + b"User-agent: house\nDisallow: /theirs\n", "/theirs", "/all"),
        (STAR + b"User-agent: housecalls\nDisallow: /theirs\n", "/theirs", "/all"),
        (STAR + b"User-agent: *bot\nDisallow: /theirs\n", "/theirs", "/all"),
        # The longest match wins, and a tie is allowed (2.2.2).
        (b"User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", "/a/c"),
        (b"User-agent: *\nDisallow: /*.cfm$\n", "/a.cfm?x", "/a.cfm"),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a\r\n", "/b", "/a"),
        ("\ufeffUser-agent: *\nDisallow: /a\n".encode("utf-16-le"), "/b", "/a"),
        ("User-agent: *\nDisallow: /caf\u00e9\n".encode("latin-1"), "/cafe", "/caf%C3%A9"),
        ("User-agent: *\nDisallow: /caf\u00e9\n".encode("latin-1"), "/cafe", "/caf%E9"),
        (b"User-agent: *\rDisallow: /a\r", "/b", "/a"),
        # What editors leave in it: marks twice and at any place, UTF-16 without one.
        (b"\xef\xbb\xbf\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "/b", "/a"),
        ("\u200bUser-agent: *\n\ufeffDisallow: /a\n".encode(), "/b", "/a"),
        ("User-agent: *\nDisallow: /a\n".encode("utf-16-le"), "/b", "/a"),
        (b"User-agent: *\0\nDisallow: /a\0\n", "/b", "/a"),
        # What is no robots.txt says nothing.
        (b"<html><title>Not found</title><p>Disallow: /", "/a", None),
        (bytes(range(256)) * 20, "/a", None),
        (b"Disallow: /a\n", "/a", None),
    ],
)
def test_rules(body: bytes, yes: str, no: str | None) -> None:
    assert allowed(body, yes)
    assert no is None or not allowed(body, no)


def test_half_a_line_at_the_limit_is_no_rule() -> None:
    start = b"User-agent: *\nDisallow: /private\n"
    filled = start + b"#" * (MOST_BYTES - len(start) - 12) + b"\nDisallow: /public\n" * 100
    assert filled[MOST_BYTES - 11 : MOST_BYTES] == b"Disallow: /"
    assert allowed(filled, "/public")
    assert not allowed(filled, "/private")


def test_thousands_of_groups_do_not_fill_the_memory() -> None:
    agents = b"".join(b"User-agent: a%d\n" % number for number in range(15_000))
    body = agents + b"Disallow: /x\n" * 15_000 + b"User-agent: *\nDisallow: /y\n"
    assert len(body) < MOST_BYTES
    assert allowed(body, "/x")
    assert not allowed(body, "/y")


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        (b"", 0.0),
        (b"Crawl-delay: 2.5", 2.5),
        (b"Request-rate: 1/10s", 10.0),
        (b"Request-rate: 4/1m\nCrawl-delay: 3", 15.0),
        (b"Crawl-delay: -1", 0.0),
        (b"Crawl-delay: inf", 0.0),
        (b"Crawl-delay: soon", 0.0),
    ],
)
def test_the_gap(lines: bytes, delay: float) -> None:
    assert parse_robots(b"User-agent: *\n" + lines, URL).delay == delay
    elsewhere = b"User-agent: other\nCrawl-delay: 9\nUser-agent: *\n" + lines
    assert parse_robots(elsewhere, URL).delay == delay


def test_sitemaps_are_absolute_and_named_once() -> None:
    body = (
        b"Sitemap: http://example.org/a.xml\nsitemap: /b.xml\nSitemap: http://[x\n"
        b"Sitemap: http://example.org/a.xml\nSitemap: javascript:x\n"
    )
    assert parse_robots(body, URL).sitemaps == (
        "http://example.org/a.xml",
        "http://example.org/b.xml",
    )


# -- over the wire ----------------------------------------------------------------------------

#: The exit status of a crawl of a site that has no question.
WITHOUT_QUESTIONS = 1


def answer(status: str, body: bytes = b"", headers: str = "") -> Answer:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return Answer(head.encode() + body)


def crawl(
    scrapy: Scrapy, server: RawServer, folder: Path, *more: str
) -> tuple[int, str, list[str], str]:
    """Exit status, outcome, the paths that were asked for, and what was said."""
    run = scrapy(
        "crawl", "netwellness", "-a", f"base={server.base}", *settings_for(folder),
        "-s", "RETRY_TIMES=2", *more,
    )  # fmt: skip
    outcome = re.search(r"netwellness: (\w+) in", run.stdout)
    assert outcome, run.stdout + run.stderr
    return run.returncode, outcome[1], server.paths(), run.stdout + run.stderr


def test_it_is_asked_for_once_and_first(scrapy: Scrapy, tmp_path: Path) -> None:
    page = b'<a href="/a">a</a> <a href="/b">b</a> <a href="/c">c</a>'
    rules = b"User-agent: *\nDisallow: /b\n"
    answers = {"/robots.txt": [answer("200 OK", rules)], "/": [answer("200 OK", page)]}
    with RawServer(answers) as server:
        status, outcome, paths, said = crawl(scrapy, server, tmp_path)
    assert (status, outcome) == (WITHOUT_QUESTIONS, "finished"), said
    assert paths[0] == "/robots.txt"
    assert paths.count("/robots.txt") == 1
    assert {"/", "/a", "/c"} <= set(paths)
    assert "/b" not in paths
    assert "1 forbidden by robots.txt" in said


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "410 Gone"])
def test_without_one_all_is_allowed(scrapy: Scrapy, tmp_path: Path, status: str) -> None:
    with RawServer({"/robots.txt": [answer(status, b"User-agent: *\nDisallow: /")]}) as server:
        code, outcome, paths, said = crawl(scrapy, server, tmp_path)
    assert (code, outcome) == (WITHOUT_QUESTIONS, "finished"), said
    assert "/" in paths


@pytest.mark.parametrize(
    "last",
    [
        answer("503 Busy"),
        answer("500 Oops"),
        answer("429 Slow"),
        Answer(b"", close=True),
        Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent: *\n", close=True),
    ],
    ids=["503", "500", "429", "nothing", "cut"],
)
def test_where_it_cannot_be_had_nothing_is_fetched(
    scrapy: Scrapy, tmp_path: Path, last: Answer
) -> None:
    with RawServer({"/robots.txt": [last]}) as server:
        status, outcome, paths, said = crawl(scrapy, server, tmp_path)
    assert outcome == "robots_unreachable", said
    assert status != 0
    assert set(paths) == {"/robots.txt"}
    assert 3 <= len(paths) <= 6  # the tries, and at most one more each on a stale connection
    assert "cannot be had" in said


def test_a_failure_that_passes_is_forgotten(scrapy: Scrapy, tmp_path: Path) -> None:
    answers = {"/robots.txt": [answer("500 Oops"), answer("200 OK", b"User-agent: *\n")]}
    with RawServer(answers) as server:
        status, outcome, paths, said = crawl(scrapy, server, tmp_path)
    assert (status, outcome) == (WITHOUT_QUESTIONS, "finished"), said
    assert paths[:3] == ["/robots.txt", "/robots.txt", "/"]


@pytest.mark.parametrize(("hops", "obeyed"), [(5, True), (6, False)])
def test_five_redirects_are_followed(
    scrapy: Scrapy, tmp_path: Path, hops: int, *, obeyed: bool
) -> None:
    names = ["/robots.txt", *(f"/r{number}" for number in range(1, hops + 1))]
    answers = {
        name: [answer("301 Moved", headers=f"Location: {target}\r\n")]
        for name, target in itertools.pairwise(names)
    }
    answers[names[-1]] = [answer("200 OK", b"User-agent: *\nDisallow: /\n")]
    with RawServer(answers) as server:
        _, _, paths, said = crawl(scrapy, server, tmp_path)
    assert paths[:6] == names[:6], said
    assert ("/" in paths) is not obeyed


def test_a_gap_too_long_for_one_run_ends_it(scrapy: Scrapy, tmp_path: Path) -> None:
    rules = b"User-agent: *\nCrawl-delay: 86400\n"
    with RawServer({"/robots.txt": [answer("200 OK", rules)]}) as server:
        status, outcome, paths, said = crawl(scrapy, server, tmp_path)
    assert (outcome, paths) == ("asked_to_wait", ["/robots.txt"]), said
    assert status != 0
    assert "86400 s" in said


def test_a_sitemap_that_is_cut_on_the_wire_is_read_as_far_as_it_came(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    with RawServer({}) as server:
        text = f"<urlset><url><loc>{server.base}a</loc></url><url><loc>{server.base}b"
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
        robots = answer("200 OK", f"Sitemap: {server.base}s.xml".encode())
        server.answers |= {
            "/robots.txt": [robots],
            "/s.xml": [Answer(head + text.encode(), close=True)],
            "/a": [answer("200 OK", b"a")],
        }
        _, _, paths, _ = crawl(scrapy, server, tmp_path, "-s", "RETRY_TIMES=0")
    assert "/a" in paths
    assert "/b" not in paths
