"""Crawls without end come to one, and sites that are large and honest are read to theirs."""

from __future__ import annotations

import hashlib
import itertools
from calendar import month_name
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin

import pytest

from crawler.frontier.traps import TrapGuard, glob_of, repeats_itself, shape
from parsers import canonical_url, is_question_url

SITE = "http://www.netwellness.org"
#: Takes a canonical URL, gives the text of its page and its links.
Serve = Callable[[str], tuple[str, list[str]]]
MENU = ["help", "about", "contact", "topics", "search", "privacy"]


def crawl(serve: Serve, *, most: int = 60_000, patience: int = 40) -> list[str]:
    """What a crawl of a site asks for, as the spider and the scheduler do it."""
    guard = TrapGuard(patience, max_depth=500)
    start = f"{SITE}/"
    known, waiting, late = {start}, deque([(start, 0)]), deque[tuple[str, int]]()
    asked: list[str] = []
    while (waiting or late) and len(asked) < most:
        url, depth = (waiting or late).popleft()
        if not guard.allows(url, depth):
            continue
        asked.append(url)
        text, hrefs = serve(url)
        links = dict.fromkeys(canonical_url(urljoin(url, href)) for href in hrefs)
        new = [link for link in links if link not in known]
        news = guard.visited(url, new, text.encode()) if not is_question_url(url) else True
        for link in new:
            if guard.allows(link, further := 1 if news else depth + 1):
                known.add(link)
                (late if is_question_url(link) else waiting).append((link, further))
    return asked


def question(number: int) -> str:
    return f"/question.cfm/{number}.htm"


_clock = itertools.count()


def token() -> str:
    return hashlib.md5(str(next(_clock)).encode()).hexdigest()


def pages_with_sessions(link: str) -> Serve:
    """Ten lists and fifty questions, whose links all have a session of their own."""

    def serve(url: str) -> tuple[str, list[str]]:
        path = url.split("/list", 1)[-1][:1] if "/list" in url else "0"
        number = int(path) if path.isdigit() else 0
        links = [link.format(page=f"list{n}.cfm", token=token()) for n in range(10)]
        links += [question(number * 5 + n) for n in range(5)]
        return f"<p>List {'abcdefghij'[number]} of all that was asked</p>", links

    return serve


def growing_path(url: str) -> tuple[str, list[str]]:
    return "<p>Where to find us</p>", ["about/", "us/here/", question(1)]


def soft_404(url: str) -> tuple[str, list[str]]:
    return "<p>There is nothing here</p>", [f"{word}/" for word in MENU]


def calendar(url: str) -> tuple[str, list[str]]:
    if "/events/" not in url:
        return "<p>Home</p>", ["/events/2026/11/", question(1)]
    year, month = map(int, url.split("/events/")[1].split("/")[:2])
    after, before = divmod(year * 12 + month, 12), divmod(year * 12 + month - 2, 12)
    links = [f"/events/{y}/{m + 1:02}/" for y, m in (after, before)]
    days = [f"/events/{year}/{month:02}/{day:02}/" for day in range(1, 29)]
    return f"<p>Events of {month_name[month]} {year}</p><p>none</p>", links + days


def facets(url: str) -> tuple[str, list[str]]:
    path, _, query = url.partition("?")
    if not path.endswith("/shop"):
        return "<p>Home</p>", ["/shop", question(1)]
    chosen = [piece for piece in query.split("&") if piece]
    more = [f"f{name}=v{value}" for name in "abcdefgh" for value in "xyz"]
    return "<p>Herbs</p><p>Teas</p>", [f"/shop?{'&'.join([*chosen, one])}" for one in more]


def orders(url: str) -> tuple[str, list[str]]:
    page = int(url.partition("page=")[2].partition("&")[0] or 1)
    others = [f"/list?sort={by}&page={page}" for by in ("title", "date", "views", "author")]
    numbers = range(page * 10, page * 10 + 10)
    text = "".join(
        f"<p>{'abcdefghijklmnopqrstuvwxyz'[n % 26] * (n // 26 + 4)}</p>" for n in numbers
    )
    more = [f"{url.partition('?')[0]}?{url.partition('?')[2].partition('page=')[0]}page={page + 1}"]
    return text, ["/list?page=1", *others, *(more if page < 60 else []), *map(question, numbers)]


def parameters_that_grow(url: str) -> tuple[str, list[str]]:
    query = url.partition("?")[2]
    return "<p>Log in</p>", [f"/login?back={query}&step=one", f"/login?{query}&from=menu"]


def random_ids(url: str) -> tuple[str, list[str]]:
    return "<p>Thank you for your visit</p>", [f"/track/{token()[:9]}/go" for _ in range(5)]


def counter(url: str) -> tuple[str, list[str]]:
    number = int("".join(filter(str.isdigit, url)) or 0)
    return f"<p>Number {number}</p>", [f"/numbers/{number + 1}.htm", question(1)]


def redirects_in_redirects(url: str) -> tuple[str, list[str]]:
    return "<p>Please log in</p>", [f"/login?return={url.replace('/', '%2F').replace('?', '%3F')}"]


@pytest.mark.parametrize(
    ("serve", "questions", "most"),
    [
        (pages_with_sessions("/{page}?CFID=17&CFTOKEN={token}"), 50, 61),
        (pages_with_sessions("/{page};jsessionid={token}!17"), 50, 61),
        (pages_with_sessions("/(S({token}))/{page}"), 50, 61),
        (pages_with_sessions("/PHPSESSID={token}/{page}"), 50, 61),
        (pages_with_sessions("/{page}?a=1;PHPSESSID={token}"), 50, 61),
        (pages_with_sessions("/{page}?ticket={token}"), 50, 800),
        (pages_with_sessions("/~{token}/{page}"), 50, 800),
        (growing_path, 1, 200),
        (soft_404, 0, 3000),
        (calendar, 1, 2500),
        (facets, 1, 1500),
        (orders, 600, 1500),
        (parameters_that_grow, 0, 200),
        (random_ids, 0, 300),
        (counter, 1, 100),
        (redirects_in_redirects, 0, 10),
    ],
)  # fmt: skip
def test_a_crawl_without_end_comes_to_one(serve: Serve, questions: int, most: int) -> None:
    asked = crawl(serve, most=most + 1)
    assert len(asked) <= most
    assert sum(map(is_question_url, asked)) == questions
    assert len(asked) == len(set(asked))


def named(number: int) -> str:
    """A text that no other number has."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")


def board(url: str) -> tuple[str, list[str]]:
    """Twelve thousand questions in a chain of pages, each in its order."""
    page = int(url.partition("page=")[2] or 1)
    links = [f"/forumdisplay.cfm?f=3&order=desc&page={page + 1}"] if page < 600 else []
    numbers = range(page * 20, page * 20 + 20)
    return "<p>Forum</p>", links + [question(number) for number in numbers]


def next_question(url: str) -> tuple[str, list[str]]:
    """Three thousand questions, each of which leads to the next only."""
    number = int("".join(filter(str.isdigit, url)) or 0)
    return "", [question(number + 1)] if number < 3000 else []


def by_day(url: str) -> tuple[str, list[str]]:
    """Twenty-five years of indexes that hold nothing but numbers, then questions."""
    path = url.split("/archive/")[1].strip("/").split("/") if "/archive/" in url else []
    if not path:
        return "<p>Home</p>", [f"/archive/{year}/" for year in range(1990, 2015)]
    below = {1: 12, 2: 28}.get(len(path), 0)
    links = [f"/archive/{'/'.join(path)}/{n}/" for n in range(1, below + 1)]
    if not below:
        year, month, day = map(int, path)
        links = [question((year * 12 + month) * 31 + day)]
    return "<p>Archive</p>", links


def tags(url: str) -> tuple[str, list[str]]:
    """Two thousand tags with words and numbers, whose questions are known."""
    kind, _, number = url.partition("?")[0].rpartition("/")
    if kind.endswith("/tags"):
        page = int(number)
        own = [f"/tagged/{named(n)}-b12" for n in range(page * 10, page * 10 + 10)]
        return f"<p>{named(page)} and others</p>", [f"/tags/{page + 1}", *own][page == 200 :]
    if kind.endswith("/tagged"):
        return f"<p>{number[:5]}</p>", [question(1), f"/tagged/{number}?page=2"]
    return "<p>Tags</p>", ["/tags/1", question(1)]


def articles(url: str) -> tuple[str, list[str]]:
    """Three thousand articles under numbers and tokens, each of which names the next ones."""
    number = int(url.rpartition("=")[2]) if "=" in url else 0
    links = [f"/node/{hashlib.md5(b'%d' % n).hexdigest()}?n={n}" for n in (number + 1, number + 2)]
    return f"<p>On {named(number)}</p>", links if number < 3000 else []


@pytest.mark.parametrize(
    ("serve", "pages", "questions"),
    [
        (board, 600, 12_000),
        (next_question, 1, 3000),
        (by_day, 1 + 25 * (1 + 12 + 12 * 28), 25 * 12 * 28),
        (tags, 1 + 200 + 2000 * 2, 1),
        (articles, 3002, 0),
    ],
)
def test_a_large_site_is_never_cut(serve: Serve, pages: int, questions: int) -> None:
    asked = crawl(serve)
    found = sum(map(is_question_url, asked))
    assert (len(asked) - found, found) == (pages, questions)


@pytest.mark.parametrize(
    ("url", "like"),
    [
        ("/events/2004/06.htm?day=7", "/events/0/0.htm?day=0"),
        ("/events/june.htm", "/events/june.htm"),
        ("/view/550e8400-e29b-41d4-a716-446655440000/x", "/view/0/x"),
        ("/list?z=AbCdEfGhIjKlMnOp1_-&a=deadbeef", "/list?a=0&z=0"),
        ("/a-vaccine-for-covid19", "/a-vaccine-for-0"),
        ("/facade/decade", "/facade/decade"),
    ],
)
def test_a_shape_forgets_numbers_and_tokens(url: str, like: str) -> None:
    assert shape(SITE + url) == like


@pytest.mark.parametrize(
    ("path", "repeats"),
    [
        ("/a/b/a/b/a/b/a/b/", True),
        ("/" + "x/" * 4, True),
        ("/i.php?a=1&amp;amp;amp;amp;b=2", True),
        ("/i?p=1&p=2&p=3&p=4&p=5&p=6&p=7", True),
        ("/" + "/".join("abcdefghijklmnopqrstu") + "/", True),
        ("/2011/11/11/11/11/index.htm", False),
        ("/en/help/en/", False),
        ("/find?tag=a&tag=b&tag=c", False),
        ("/", False),
    ],
)
def test_what_repeats_itself(path: str, repeats: bool) -> None:
    assert repeats_itself(SITE + path) is repeats


def test_what_the_declaration_allows_is_no_trap() -> None:
    url = f"{SITE}/calendar/2004/06.htm"
    guard = TrapGuard(5, 500)
    assert not guard.allows(url)
    assert (dict(guard.cut), guard.examples) == (
        {"/calendar/*/*.htm": 1},
        {"/calendar/*/*.htm": url},
    )
    assert TrapGuard(5, 500, [glob_of(url)]).allows(url)
    assert not TrapGuard(5, 500, ["/other/*"]).allows(url)
    looping = f"{SITE}/a/b/a/b/a/b/a/b/"
    assert TrapGuard(5, 500, [glob_of(looping)]).allows(looping)


def test_the_same_parameters_in_another_order_are_one_page() -> None:
    guard = TrapGuard(5, 500)
    assert guard.allows(f"{SITE}/list?a=1&b=2")
    assert guard.allows(f"{SITE}/list?a=1&b=2")
    assert not guard.allows(f"{SITE}/list?b=2&a=1")
    assert guard.allows(f"{SITE}/list?b=1&a=2")
