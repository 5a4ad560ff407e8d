"""``scrapy crawl site`` and ``crawl pages``, against a small forum on loopback."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Scrapy, settings_for
from tests.crawler.small_forum import SmallForum, declare, serving

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "PARSE_WORKERS=0")


@pytest.fixture
def forum() -> Iterator[SmallForum]:
    forum = SmallForum()
    for number in range(14):
        forum.ask(f"Restless nights {number}", replies=number % 4)
    forum.reply(3, 9)  # now of three pages
    with serving(forum):
        yield forum


def run(scrapy: Scrapy, folder: Path, *words: str, status: int = 0) -> dict[str, Any]:
    done = scrapy("crawl", *words, "--json", *QUICK, *settings_for(folder))
    assert done.returncode == status, done.stdout + done.stderr
    return dict(json.loads(done.stdout)) if done.stdout else {"error": done.stderr}


def asked(forum: SmallForum) -> Counter[str]:
    """How often each page was asked for since the last call, sessions aside."""
    requests = Counter(request for request in forum.requests)
    forum.requests.clear()
    return requests


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


def test_every_page_of_every_thread_is_asked_once_and_without_sessions(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    requests = asked(forum)
    assert max(requests.values()) == 1
    assert not [request for request in requests if "sid=" in request]
    threads = {request for request in requests if request.startswith("/topic/")}
    assert threads == {forum.topic(number) for number in forum.threads} | {
        f"{forum.topic(number)}?page={page}"
        for number in forum.threads
        for page in range(2, forum.pages(number) + 1)
    }
    assert requests["/sitemap.xml"] == 1
    ((spider, arguments),) = rows(tmp_path, "SELECT spider, arguments FROM crawls")
    assert spider == "site"
    assert json.loads(arguments) == {"base": f"{forum.address}/", "site": "kitchen"}


def test_a_recrawl_asks_for_lists_newest_pages_and_new_threads_only(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    asked(forum)
    newest = {_page(forum, number, forum.pages(number)) for number in forum.threads}
    last = f"{forum.topic(3)}?page={forum.pages(3)}"
    forum.reply(3, 4)
    assert forum.pages(3) == 4
    new = forum.ask("A stiff neck", replies=1)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    requests = asked(forum)
    assert {last, f"{forum.topic(3)}?page=4", forum.topic(new)} <= requests.keys()
    topics = {path for path in requests if path.startswith("/topic/")}
    assert topics <= newest | {f"{forum.topic(3)}?page=4", forum.topic(new)}
    assert max(requests.values()) == 1


def _page(forum: SmallForum, number: int, page: int) -> str:
    return forum.topic(number) + (f"?page={page}" if page > 1 else "")


def test_lists_that_are_as_they_were_bring_no_requests_for_quiet_threads(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    forum.has_sessions = False
    declare(tmp_path, forum.address)
    for _ in range(2):
        run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    asked(forum)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    assert not [path for path in asked(forum) if path.startswith("/topic/")]
    forum.reply(14)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    requests = asked(forum)
    assert forum.topic(14) in requests  # on the first list, which has changed
    assert len([path for path in requests if path.startswith("/topic/")]) < len(forum.threads)


def test_of_a_list_that_always_changes_only_entries_that_did_count(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address)
    for _ in range(2):
        run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    asked(forum)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    assert not [path for path in asked(forum) if path.startswith("/topic/")]
    forum.reply(14)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    topics = {path for path in asked(forum) if path.startswith("/topic/")}
    assert forum.topic(14) in topics
    assert topics <= {forum.topic(14), _page(forum, 3, forum.pages(3))}  # which was above it


def test_links_that_only_lead_on_to_threads_are_asked_for_once(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    forum.has_permalinks = True
    declare(tmp_path, forum.address)
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    assert [path for path in asked(forum) if path.startswith("/post/")]
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    assert not [path for path in asked(forum) if path.startswith("/post/")]
    run(scrapy, tmp_path, "site", "-a", "site=kitchen", "-a", "revisit=all")
    assert [path for path in asked(forum) if path.startswith("/post/")]


def test_a_feed_brings_what_no_list_leads_to(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(
        tmp_path, forum.address, f'feeds = ["{forum.address}/feed.xml"]', 'skip = ["/board/?*"]'
    )
    hidden = forum.ask("Only in the feed", replies=0)
    forum.is_listed = False
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    requests = asked(forum)
    assert forum.topic(hidden) in requests
    assert not [path for path in requests if path.startswith("/board/?")]


def test_a_sitemap_that_nobody_names_may_be_missing(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address)
    summary = run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    assert asked(forum)["/sitemap.xml"] == 1
    failed = rows(tmp_path, "SELECT canonical_url FROM failures")
    assert not [url for (url,) in failed if url.endswith(("/sitemap.xml", "/robots.txt"))]
    assert rows(tmp_path, "SELECT status FROM captures WHERE url LIKE '%/sitemap.xml'") == [(404,)]
    assert summary["failures"] == len(failed)


def test_only_what_is_followed_is_asked_for(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address, 'follow = ["/board/*"]', "sitemaps = []")
    run(scrapy, tmp_path, "site", "-a", "site=kitchen")
    requests = asked(forum)
    assert "/login" not in requests
    assert "/sitemap.xml" not in requests
    assert forum.topic(1) in requests


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["site=nowhere"], "no such site is declared; there are kitchen, netwellness"),
        ([], "no such site is declared"),
        (["site=kitchen", "base=http://127.0.0.2:9/"], "add its host to the hosts"),
    ],
)
def test_a_site_that_cannot_be_crawled(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path, words: list[str], message: str
) -> None:
    declare(tmp_path, forum.address)
    arguments = [each for word in words for each in ("-a", word)]
    assert message in run(scrapy, tmp_path, "site", *arguments, status=2)["error"]


def test_a_wrong_declaration_stops_a_crawl_before_it_begins(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    declare(tmp_path, forum.address, "language = 7")
    error = run(scrapy, tmp_path, "site", "-a", "site=kitchen", status=2)["error"]
    assert f"{tmp_path}/sites/kitchen.toml, line 5: language must be" in error
    assert "Traceback" not in error
    assert forum.requests == []


def test_pages_asks_for_the_list_and_nothing_else(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    listed = tmp_path / "list.txt"
    paths = [forum.topic(1), f"{forum.topic(3)}?page=2", "/board/"]
    listed.write_text(
        "# three pages\n\n" + "\n".join(f"{forum.address}{path}" for path in [*paths, paths[0]])
    )
    run(scrapy, tmp_path, "pages", "-a", f"urls={listed}")
    assert asked(forum) == Counter(["/robots.txt", *paths])
    urls = [urlsplit(url).path for (url,) in rows(tmp_path, "SELECT url FROM captures ORDER BY id")]
    assert len(urls) == 4
    assert rows(tmp_path, "SELECT count(*) FROM questions") == [(0,)]
    run(scrapy, tmp_path, "pages", "-a", f"urls={forum.address}{paths[0]}")
    assert asked(forum) == Counter(["/robots.txt", paths[0]])


def test_pages_obeys_robots_txt(scrapy: Scrapy, forum: SmallForum, tmp_path: Path) -> None:
    forum.robots = "User-agent: *\nDisallow: /topic/\n"
    listed = tmp_path / "list.txt"
    listed.write_text(f"{forum.address}{forum.topic(1)}\n{forum.address}/board/\n")
    run(scrapy, tmp_path, "pages", "-a", f"urls={listed}")
    assert asked(forum) == Counter(["/robots.txt", "/board/"])


def test_a_host_that_does_not_answer_keeps_no_other_from_being_asked(
    scrapy: Scrapy, forum: SmallForum, tmp_path: Path
) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"http://127.0.0.2:9/a\n{forum.address}{forum.topic(1)}\n")
    quick = ("-s", "RETRY_TIMES=1", "-s", "BACKOFF_BASE=0.01")
    summary = run(scrapy, tmp_path, "pages", "-a", f"urls={listed}", *quick)
    assert forum.topic(1) in asked(forum)
    assert summary["outcome"] == "finished"
    ((reason,),) = rows(tmp_path, "SELECT reason FROM failures WHERE url = 'http://127.0.0.2:9/a'")
    assert "robots.txt" in reason


def test_a_line_that_is_no_address_is_named(scrapy: Scrapy, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("http://127.0.0.1:9/a\nwww.clinic.example/b\n")
    error = run(scrapy, tmp_path, "pages", "-a", f"urls={listed}", status=2)["error"]
    assert f"{listed}, line 2: 'www.clinic.example/b' is no web address" in error
