"""How long a server is left alone: the arithmetic, then crawls, by the times in their archives.

A busy machine makes gaps longer and never shorter, as long as one clock measures both ends:
the crawler's own, by which it says when it sent each request.
"""

from __future__ import annotations

import itertools
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.net.pace import LONGEST, backoff, retry_after_seconds
from pipelines.files.timestamps import parse_http_date
from tests.conftest import ROOT, Scrapy, settings_for
from tests.crawler.net.raw_server import Answer, RawServer

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOW_TEXT = "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("5", 5.0),
        (" 120 ", 120.0),
        ("9" * 5000, LONGEST),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun Mar  1 12:00:30 2026", 30.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
        ("", None),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("\u0661", None),  # a digit, but none of ASCII
        ("soon", None),
        ("Sun, 01 Mar 2026 11:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
        (NOW_TEXT, None),
    ],
)
def test_what_retry_after_asks_for(value: str, wait: float | None) -> None:
    assert retry_after_seconds(value, "", NOW) == wait


def test_a_moment_is_read_by_the_servers_own_clock() -> None:
    later = "Sun, 01 Mar 2026 12:00:30 GMT"
    wrong_clock = datetime(2030, 1, 1, tzinfo=UTC)
    assert retry_after_seconds(later, NOW_TEXT, wrong_clock) == 30.0
    assert retry_after_seconds(later, "no date", NOW) == 30.0


def test_a_date_without_a_zone_is_utc() -> None:
    assert parse_http_date("Sun Mar  1 12:00:00 2026") == NOW


def test_backoff_doubles_up_to_its_end_with_full_jitter() -> None:
    waits = [backoff(nth, 2.0, 60.0, lambda: 1.0) for nth in range(1, 8)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert backoff(10_000, 2.0, 60.0, lambda: 1.0) == 60.0
    assert backoff(3, 2.0, 60.0, lambda: 0.0) == 0.0
    drawn = [backoff(3, 2.0, 60.0) for _ in range(500)]
    assert 0.0 <= min(drawn) < 2.0
    assert 6.0 < max(drawn) <= 8.0


# -- over the wire ----------------------------------------------------------------------------


def answer(status: str, body: bytes = b"", headers: str = "", after: float = 0.0) -> Answer:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return Answer(head.encode() + body, after=after)


LINKS = b" ".join(b'<a href="/p%d">p</a>' % number for number in range(6))
HOME = answer("200 OK", LINKS, "Content-Type: text/html\r\n")


def robots(lines: bytes) -> Answer:
    return answer("200 OK", b"User-agent: *\n" + lines)


def crawl(scrapy: Scrapy, server: RawServer, folder: Path, *more: str) -> tuple[str, str]:
    """The outcome, and what was said."""
    run = scrapy("crawl", "netwellness", "-a", f"base={server.base}", *settings_for(folder), *more)
    outcome = re.search(r"netwellness: (\w+) in", run.stdout)
    assert outcome, run.stdout + run.stderr
    return outcome[1], run.stdout + run.stderr


def sent(folder: Path, pattern: str = "%") -> list[tuple[str, float]]:
    """The path of each request that was answered, and when it was sent (seconds), in order."""
    with sqlite3.connect(folder / "archive.db") as connection:
        query = "SELECT url, captured_at FROM captures WHERE url LIKE ? ORDER BY captured_at"
        return [
            (urlsplit(url).path, datetime.fromisoformat(moment).timestamp())
            for url, moment in connection.execute(query, (f"http://127.0.0.1:%{pattern}",))
        ]


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def waits(said: str) -> list[float]:
    """How long the host was left alone each time, by the log."""
    return [float(seconds) for seconds in re.findall(r"no request to it for ([\d.]+) s", said)]


DELAY, WAIT = 0.4, 2


def test_crawl_delay_and_retry_after_are_obeyed(scrapy: Scrapy, tmp_path: Path) -> None:
    busy = answer("429 Too Many Requests", headers=f"Retry-After: {WAIT}\r\n")
    page = answer("200 OK", b"page")
    answers = {
        "/robots.txt": [robots(b"Crawl-delay: %g" % DELAY)],
        "/": [HOME],
        "/p2": [busy, page],
        # One that connects and answers slowly must not let the next one come too soon.
        "/p3": [answer("200 OK", b"slow", after=DELAY / 2)],
    }
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path)
    assert outcome == "finished", said
    assert server.paths()[:2] == ["/robots.txt", "/"]
    assert server.paths().count("/p2") == 2
    requests = sent(tmp_path)
    assert [path for path, _ in requests] == server.paths()
    found = gaps([moment for _, moment in requests])
    assert len(found) == 8 + server.paths().count("/sitemap.xml")
    assert min(found) >= DELAY, found
    assert found[server.paths().index("/p2")] >= WAIT, found
    (wait,) = waits(said)
    assert WAIT <= wait < WAIT + DELAY


def test_nothing_goes_to_a_host_that_wants_rest(scrapy: Scrapy, tmp_path: Path) -> None:
    """Eight at a time: what was on its way already may arrive, and then nothing for a while."""
    busy = answer("503 Service Unavailable", headers="Retry-After: 2\r\n")
    answers = {"/robots.txt": [robots(b"")], "/": [HOME]}
    answers |= {f"/p{n}": [busy, answer("200 OK", b"page")] for n in range(6)}
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path)
    assert outcome == "finished", said
    for number in range(6):
        first, *later = [moment for _, moment in sent(tmp_path, f"/p{number}")]
        assert later
        assert later[0] - first >= 2, (number, first, later)


def test_a_host_that_wants_too_much_rest_ends_the_run(scrapy: Scrapy, tmp_path: Path) -> None:
    busy = answer("429 Too Many Requests", headers="Retry-After: 86400\r\n")
    answers = {"/robots.txt": [robots(b"Crawl-delay: 0.1")], "/": [HOME], "/p0": [busy]}
    answers |= {f"/p{n}": [busy] for n in range(6)}
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path)
    assert outcome == "asked_to_wait", said
    assert "86400 s" in said
    assert len([path for path in server.paths() if path.startswith("/p")]) == 1


def test_refusals_without_a_time_are_answered_with_longer_and_longer_waits(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    answers = {"/robots.txt": [robots(b"")], "/": [answer("429 No")] * 3 + [HOME]}
    slots = '{"127.0.0.1": {"delay": 0, "backoff": 0.2, "throttle": false}}'
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path, "-s", f"DOWNLOAD_SLOTS={slots}")
    assert outcome == "finished", said
    assert server.paths().count("/") == 4
    found, said_waits = gaps([moment for _, moment in sent(tmp_path, "/")]), waits(said)
    assert len(found) == len(said_waits) == 3
    for nth, (gap, wait) in enumerate(zip(found, said_waits, strict=True)):
        assert wait - 0.05 <= gap  # the log rounds
        assert wait <= 0.2 * 2**nth


def test_a_page_that_stays_refused_reaches_the_spider(scrapy: Scrapy, tmp_path: Path) -> None:
    answers = {"/robots.txt": [robots(b"")], "/": [HOME], "/p1": [answer("503 Never")]}
    with RawServer(answers) as server:
        _, said = crawl(scrapy, server, tmp_path, "-s", "RETRY_TIMES=2")
    assert server.paths().count("/p1") == 3, said
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        (reasons,) = connection.execute(
            "SELECT count(*) FROM failures WHERE reason LIKE 'HTTP 503%'"
        ).fetchone()
    assert reasons >= 1


def test_autothrottle_does_not_undercut_crawl_delay(scrapy: Scrapy, tmp_path: Path) -> None:
    answers = {"/robots.txt": [robots(b"Crawl-delay: 0.5")], "/": [HOME]}
    throttled = ["-s", "DOWNLOAD_SLOTS={}", "-s", "DOWNLOAD_DELAY=0"]
    throttled += ["-s", "AUTOTHROTTLE_START_DELAY=0"]
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path, *throttled)
    assert outcome == "finished", said
    found = gaps([moment for _, moment in sent(tmp_path)])
    assert len(found) >= 7
    assert min(found) >= 0.5, found


def test_autothrottle_slows_down_for_a_slow_server(scrapy: Scrapy, tmp_path: Path) -> None:
    slow = answer("200 OK", LINKS, "Content-Type: text/html\r\n", after=0.8)
    answers = {"/robots.txt": [robots(b"")], "/": [slow]}
    throttled = ["-s", 'DOWNLOAD_SLOTS={"127.0.0.1": {"delay": 0, "concurrency": 8}}']
    throttled += ["-s", "DOWNLOAD_DELAY=0"]
    with RawServer(answers) as server:
        outcome, said = crawl(scrapy, server, tmp_path, *throttled)
    assert outcome == "finished", said
    # Eight at a time and no delay: without the throttle all would come at once after it.
    found = gaps([moment for _, moment in sent(tmp_path, "/p_")])
    assert found[0] > 0.2, found


def test_ctrl_c_does_not_wait_for_the_wait(tmp_path: Path) -> None:
    busy = answer("503 Busy", headers="Retry-After: 300\r\n")
    with RawServer({"/robots.txt": [robots(b"")], "/": [busy]}) as server:
        words = ["crawl", "netwellness", "-a", f"base={server.base}", *settings_for(tmp_path)]
        run = subprocess.Popen(
            [sys.executable, "-m", "scrapy", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 120
            while "/" not in server.paths() and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            run.send_signal(signal.SIGINT)
            output, _ = run.communicate(timeout=120)
        finally:
            run.kill()
    assert server.paths().count("/") == 1, output
