"""Sites that redirect oddly, hide pages behind leaves, or go away: no page is lost in silence."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import ROOT, Scrapy, settings_for

QUICK = (
    "-s", "RETRY_TIMES=1", "-s", "BACKOFF_BASE=0.01", "-s", "OUTAGE_AFTER=5",
    "-s", "MONITORS_ENABLED=False",  # these sites have no topics, among other oddities
)  # fmt: skip


@dataclass
class Page:
    """What is answered at an address; ``after`` (answers of the whole site) it goes away."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def links(*targets: str) -> Page:
    return Page("<html><body>" + "".join(f'<p><a href="{one}">x</a></p>' for one in targets))


def question(number: int) -> Page:
    return Page(
        f"<html><body><h1>Title {number}</h1><h2>Question</h2><p>What is number {number}, and "
        "why does it not go away?</p><h2>Answer</h2><p>It is a number. It will go away when it "
        f"is counted, as number {number} always does.</p><p>Response by: Ann Example, MD</p>"
    )


def moved(target: str, status: int = 301) -> Page:
    return Page(status=status, headers={"Location": target})


class OddServer(ThreadingHTTPServer):
    """Serves pages by path; what is not there is a 404."""

    daemon_threads = True

    def __init__(self, pages: dict[str, Page], dies_after: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages
        self.dies_after = dies_after
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: OddServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        # With the cookies that came, as another page: "/ seen=1".
        self.path += f" {self.headers['Cookie']}" if "Cookie" in self.headers else ""
        self.server.asked.append(self.path)
        if 0 < self.server.dies_after < len(self.server.asked):
            self.close_connection = True
            return
        page = self.server.pages.get(self.path, Page("not found", 404))
        body = page.body.encode()
        if page.status < 0:  # no HTTP
            self.wfile.write(b"SSH-2.0-Odd\r\n")
            self.close_connection = True
            return
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def odd_site(pages: dict[str, Page], *, dies_after: int = 0) -> Iterator[tuple[str, OddServer]]:
    server = OddServer(pages, dies_after)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def held(folder: Path) -> set[str]:
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as db:
        return {row[0] for row in db.execute("SELECT source_id FROM questions")}


def reasons(folder: Path) -> list[str]:
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as db:
        return [row[0] for row in db.execute("SELECT reason FROM failures")]


def crawl(scrapy: Scrapy, folder: Path, base: str, *words: str) -> subprocess.CompletedProcess[str]:
    run = scrapy(
        "crawl", "netwellness", "-a", f"base={base}", *QUICK, *words, *settings_for(folder)
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run


def test_a_page_that_moved_to_another_form_of_its_address(scrapy: Scrapy, tmp_path: Path) -> None:
    numbers = range(930001, 930004)
    pages = {"/": links(*(f"/question.cfm/{number}.htm" for number in numbers))}
    for number in numbers:
        pages[f"/question.cfm/{number}.htm"] = moved(f"/question.cfm/{number}.HTM")
        pages[f"/question.cfm/{number}.HTM"] = question(number)
    with odd_site(pages) as (base, _):
        run = crawl(scrapy, tmp_path, base)
        again = crawl(scrapy, tmp_path, base, "-a", "revisit=all")
    assert (run.returncode, again.returncode) == (0, 0)
    assert held(tmp_path) == set(map(str, numbers))


def test_a_page_that_redirects_to_itself_for_ever_is_a_failure(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    pages = {"/": links("/question.cfm/930001.htm"), "/question.cfm/930001.htm": moved("#top")}
    with odd_site(pages) as (base, server):
        run = crawl(scrapy, tmp_path, base)
    assert run.returncode == 0
    assert server.asked.count("/question.cfm/930001.htm") < 10
    assert any("redirected to itself" in reason for reason in reasons(tmp_path))


def test_leaf_pages_are_no_trap(scrapy: Scrapy, tmp_path: Path) -> None:
    people = [f"/people/{number}.htm" for number in range(80)]
    pages = {"/": links(*people[:50], "/more.htm"), "/more.htm": links(*people[50:])}
    pages |= {person: Page("<html><body>A person.") for person in people}
    with odd_site(pages) as (base, server):
        crawl(scrapy, tmp_path, base)
    assert set(people) <= set(server.asked)


def test_a_site_that_goes_away_near_the_end_is_not_finished(scrapy: Scrapy, tmp_path: Path) -> None:
    numbers = range(930001, 930011)
    pages = {"/": links(*(f"/question.cfm/{number}.htm" for number in numbers))}
    pages |= {f"/question.cfm/{number}.htm": question(number) for number in numbers}
    with odd_site(pages, dies_after=9) as (base, server):  # robots.txt, home, seven questions
        run = crawl(scrapy, tmp_path, base)
        assert run.returncode == 1
        assert "does not answer" in run.stdout
        server.dies_after = 0
        assert crawl(scrapy, tmp_path, base).returncode == 0
    assert held(tmp_path) == set(map(str, numbers))


def test_one_page_that_never_answers_does_not_keep_the_crawl_open(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    pages = {"/": links("/question.cfm/930001.htm", "/question.cfm/930002.htm")}
    pages["/question.cfm/930001.htm"] = question(930001)
    with odd_site(pages) as (base, server):
        server.pages["/question.cfm/930002.htm"] = Page(status=-1)
        run = crawl(scrapy, tmp_path, base)
    assert run.returncode == 0, run.stdout + run.stderr
    assert held(tmp_path) == {"930001"}
    assert len(reasons(tmp_path)) >= 1


def test_a_sitemap_that_must_wait_is_read_later(scrapy: Scrapy, tmp_path: Path) -> None:
    pages = {"/": Page("<html><body>Nothing links to the questions.")}
    pages["/question.cfm/930001.htm"] = question(930001)
    with odd_site(pages) as (base, server):
        server.pages["/robots.txt"] = Page(f"Sitemap: {base}sitemap.xml\n")
        server.pages["/sitemap.xml"] = Page(status=503, headers={"Retry-After": "3600"})
        assert crawl(scrapy, tmp_path, base).returncode == 3
        loc = f"<url><loc>{base}question.cfm/930001.htm</loc></url>"
        server.pages["/sitemap.xml"] = Page(f"<urlset>{loc}</urlset>")
        assert crawl(scrapy, tmp_path, base).returncode == 0
    assert held(tmp_path) == {"930001"}


@pytest.mark.parametrize("point", ["before the commit", "between commit and acknowledge"])
def test_where_a_redirect_led_is_known_after_a_kill(
    scrapy: Scrapy, tmp_path: Path, point: str
) -> None:
    numbers = range(930001, 930031)
    pages = {"/": links(*(f"/old/{number}.htm" for number in numbers))}
    for number in numbers:
        pages[f"/old/{number}.htm"] = moved(f"/question.cfm/{number}.htm")
        pages[f"/question.cfm/{number}.htm"] = question(number)
    with odd_site(pages) as (base, _):
        words = ["crawl", "netwellness", "-a", f"base={base}", "-s", "COMMIT_EVERY=10"]
        victim = [sys.executable, "-m", "tests.crash.victim", point, "scrapy", *words]
        died = subprocess.run([*victim, *settings_for(tmp_path)], cwd=ROOT, capture_output=True)
        assert died.returncode == -9
        run = crawl(scrapy, tmp_path, base)
    assert run.returncode == 0, run.stdout + run.stderr
    assert held(tmp_path) == set(map(str, numbers))


@pytest.mark.parametrize("status", [206, 304])
def test_answers_that_hold_no_page_are_failures(
    scrapy: Scrapy, tmp_path: Path, status: int
) -> None:
    pages = {"/": links("/question.cfm/930001.htm")}
    pages["/question.cfm/930001.htm"] = Page(question(930001).body if status == 206 else "", status)
    with odd_site(pages) as (base, server):
        crawl(scrapy, tmp_path, base)
        assert held(tmp_path) == set()
        assert any(f"HTTP {status}" in reason for reason in reasons(tmp_path))
        server.pages["/question.cfm/930001.htm"] = question(930001)
        crawl(scrapy, tmp_path, base)
    assert held(tmp_path) == {"930001"}


def test_a_frontier_that_is_damaged_is_told(scrapy: Scrapy, tmp_path: Path) -> None:
    frontier = tmp_path / "state" / "sites" / "netwellness-www.netwellness.org" / "frontier.db"
    frontier.parent.mkdir(parents=True)
    frontier.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    run = crawl(scrapy, tmp_path, "http://127.0.0.1:9/")
    assert run.returncode == 2
    assert "remove it" in run.stderr


def test_a_budget_ends_a_crawl_that_goes_on_later(scrapy: Scrapy, tmp_path: Path) -> None:
    numbers = range(930101, 930131)
    pages = {"/": links(*(f"/question.cfm/{number}.htm" for number in numbers))}
    pages |= {f"/question.cfm/{number}.htm": question(number) for number in numbers}
    with odd_site(pages) as (base, server):
        refused = scrapy("crawl", "netwellness", "-a", "pages=0", *settings_for(tmp_path))
        first = crawl(scrapy, tmp_path, base, "-a", "pages=4")
        pages_asked = sum(path != "/robots.txt" for path in server.asked)
        second = crawl(scrapy, tmp_path, base, "-a", "bytes=1000", "--json")
        third = crawl(scrapy, tmp_path, base, "-a", "minutes=60", "-a", "pages=60")
        asked = server.asked
    assert refused.returncode == 2
    assert "pages='0' is no number above zero" in refused.stderr
    assert (first.returncode, pages_asked) == (3, 4)
    assert "budget_spent" in first.stdout
    assert "the same command goes on" in first.stdout
    assert (second.returncode, json.loads(second.stdout)["outcome"]) == (3, "budget_spent")
    assert third.returncode == 0
    assert held(tmp_path) == {str(number) for number in numbers}
    assert len([path for path in asked if path != "/robots.txt"]) == 31


def test_a_trap_is_cut_and_named(scrapy: Scrapy, tmp_path: Path) -> None:
    """Links that are relative where they should not be: the server answers all of them."""
    deep = "us/" * 9
    pages = {f"/{deep[: 3 * n]}": links("us/", "/question.cfm/930121.htm") for n in range(10)}
    with odd_site(pages | {"/question.cfm/930121.htm": question(930121)}) as (base, server):
        run = crawl(scrapy, tmp_path, base)
        asked = server.asked
    assert {"/us/us/us/", "/us/us/us/us/"} & set(asked) == {"/us/us/us/"}
    assert 'us/us/us/us/ and its like; if it is none, declare allow = ["/us/*"]' in run.stdout
    assert held(tmp_path) == {"930121"}


def test_what_pages_ask_of_robots_is_recorded_and_honoured_if_set(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    first, second = question(930131), question(930132)
    first.headers["X-Robots-Tag"] = "googlebot: noindex"
    first.body = '<meta name="ROBOTS" content="NoArchive">' + first.body
    pages = {
        "/": Page('<a href="/list/">x</a> <a rel="nofollow" href="/login/">x</a>'),
        "/list/": Page('<meta name="robots" content="none"><a href="/question.cfm/930132.htm">x'),
        "/login/": links("/question.cfm/930131.htm"),
        "/question.cfm/930131.htm": first,
        "/question.cfm/930132.htm": second,
    }
    query = "SELECT robots FROM captures WHERE robots <> '' ORDER BY robots"
    with odd_site(pages) as (base, server):
        crawl(scrapy, tmp_path, base, "-s", "ROBOTS_META_OBEY=True")
        assert held(tmp_path) == set()
        assert "/login/" not in server.asked
        crawl(scrapy, tmp_path, base)
    assert held(tmp_path) == {"930131", "930132"}
    with sqlite3.connect(tmp_path / "archive.db") as db:
        asked = db.execute(query).fetchall()
    assert ("googlebot: noindex, noarchive",) in asked
    assert ("none",) in asked
    report = scrapy("report", *settings_for(tmp_path)).stdout
    assert "asked of robots" in report
    assert "noarchive" in report
    assert scrapy("verify", *settings_for(tmp_path)).returncode == 0
    assert scrapy("rebuild", "--full", *settings_for(tmp_path)).returncode == 0
    with sqlite3.connect(tmp_path / "archive.db") as db:
        assert db.execute(query).fetchall() == asked


def test_a_page_leads_where_it_leads_a_browser(scrapy: Scrapy, tmp_path: Path) -> None:
    ways = {
        "multiple": moved("/list1", 300),
        "header": Page(headers={"Refresh": "0.5; URL='/list2'"}),
        "latin": moved("/l\xefst3"),  # http.server sends latin-1
        "utf-8": moved("/l\xefst4".encode().decode("latin-1")),
        "frames": Page(
            "<frameset rows='*,*'><frame src=list5><frame src='about:blank'></frameset>"
        ),
        "meta": Page("<meta http-equiv=refresh content='3 list6'>moved"),
        "srcdoc": Page("<iframe srcdoc='&lt;base href=/x/>&lt;a href=list7>a&lt;/a>'></iframe>"),
        "missing": Page("<a href=/list8>here</a>", 302),
        "unreadable": Page("<a href=/list9>here</a>", 301, {"Location": "http://["}),
        "base": Page("<base target=_top><base href=/y/><base href=/z/><a href=list10>x</a>"),
    }
    lists = ("/list1", "/list2", "/l%EFst3", "/l%C3%AFst4", "/list5", "/list6", "/x/list7",
             "/list8", "/list9", "/y/list10")  # fmt: skip
    pages = {"/": links(*ways)}
    pages |= {f"/{name}": page for name, page in ways.items()}
    for number, path in enumerate(lists, 930001):
        pages[path] = links(f"/question.cfm/{number}.htm")
        pages[f"/question.cfm/{number}.htm"] = question(number)
    with odd_site(pages) as (base, _):
        run = crawl(scrapy, tmp_path, base)
    assert run.returncode == 0
    assert held(tmp_path) == {str(number) for number in range(930001, 930011)}


def test_a_page_that_sends_cookies_back_first(scrapy: Scrapy, tmp_path: Path) -> None:
    """A wall at the start page, and one of two steps; no other page is sent a cookie."""
    wall = Page(status=302, headers={"Location": "/", "Set-Cookie": "seen=1; path=/"})
    pages = {"/": wall, "/ seen=1": links("/question.cfm/930001.htm")}
    pages["/question.cfm/930001.htm"] = question(930001)
    with odd_site(pages) as (base, server):
        crawl(scrapy, tmp_path, base)
    assert held(tmp_path) == {"930001"}
    assert [path for path in server.asked if "robots" not in path and "sitemap" not in path] == [
        "/", "/ seen=1", "/question.cfm/930001.htm",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (Page("<frameset><frame src='http://frames.example/'></frameset>"), "frames.example"),
        (Page("<meta http-equiv=refresh content='0;url=http://new.example/'>"), "new.example"),
        (moved("http://new.example/"), "new.example"),
        (Page("<form action=/go><input type=submit></form>"), "scripts and forms"),
        (Page(status=302, headers={"Location": "/", "Set-Cookie": "a=1"}), "redirected to itself"),
    ],
)
def test_a_start_page_that_leads_nowhere_is_said(
    scrapy: Scrapy, tmp_path: Path, start: Page, what: str
) -> None:
    pages = {"/": start, "/ a=1": start}
    with odd_site(pages) as (base, _):
        run = crawl(scrapy, tmp_path, base, "-s", "MONITORS_ENABLED=True")
    assert run.returncode == 1
    assert "start pages: " in run.stdout
    assert any(what in reason for reason in reasons(tmp_path))
