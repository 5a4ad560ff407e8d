"""What web archives do to those who ask them: answers that were recorded, and worse ones."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from pipelines.capture.cdx import parse_cdx
from sample import Site
from tests.conftest import ROOT
from tests.crawler.web_archives.cdx_server import (
    STAMP,
    Answer,
    in_turn,
    memento,
    missing,
    paged,
    row,
    serving,
    text,
)
from tests.crawler.web_archives.runs import rescue, rows, sound

RECORDED = ROOT.parent / "shared/data/cdx"
needs_recorded = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded answers of archives are not here: shared/data/cdx"
)
SITE = Site(pages=20, seed=4, slow=0, big=0)
HOST = "http://www.netwellness.org"
QUESTIONS = [page.url for page in SITE.questions()][:4]
WANTED = "url=netwellness.org/question.cfm/*"
QUICK = ("RETRY_TIMES=2", "BACKOFF_BASE=0.01")
SLOTS = 'DOWNLOAD_SLOTS={"127.0.0.1": {"delay": 0, "jitter": 0, "concurrency": 1, %s}}'
#: As on this machine, but one request after the other.
ONE_BY_ONE = SLOTS % '"throttle": false, "backoff": 0.01'


def page(url: str) -> bytes:
    return SITE.response(url.removeprefix(HOST))[2]


def key(url: str, stamp: str = STAMP) -> str:
    return f"{stamp}id_/{url}"


def captures(*urls: str) -> dict[str, list[Answer]]:
    """Good captures of pages."""
    return {key(url): [memento(url, page(url))] for url in urls}


def listing(*urls: str, digest: bool = False) -> str:
    return "".join(row(url, digest="-") + "\n" for url in urls)


def recorded(name: str) -> Answer:
    """A recorded answer, with its own status and header fields."""
    entries = json.loads((RECORDED / "INDEX.json").read_text("utf-8"))
    (entry,) = [one for one in entries if one["file"].rpartition("/")[2] == name]
    kept = {k.title(): v for k, v in entry["headers"].items() if k.lower() != "content-length"}
    return Answer(entry["status"], (RECORDED / name).read_bytes(), tuple(kept.items()))


def failures(folder: Path) -> dict[str, str]:
    """Why which page was not fetched."""
    return dict(rows(folder, "SELECT url, reason FROM failures WHERE stage = 'fetch'"))


def statuses(folder: Path) -> list[tuple[str, int]]:
    query = "SELECT url, status FROM captures WHERE source = 'wayback' ORDER BY url"
    return [(url, status) for url, status in rows(folder, query)]


def questions(folder: Path) -> set[str]:
    return {url for (url,) in rows(folder, "SELECT url FROM questions")}


# -- the index ---------------------------------------------------------------------------


@needs_recorded
@pytest.mark.parametrize("twice", [False, True], ids=["decoded once", "decoded twice"])
def test_parts_with_resume_keys(tmp_path: Path, twice: bool) -> None:
    """Keys come encoded; the Wayback Machine takes them encoded once, and twice."""
    first, second = (recorded(f"search_multipage_0{n}.txt").body.decode() for n in (0, 1))
    rest = recorded("search_multipage_14.txt").body.decode()
    body = [part.partition("\n\n")[0] + "\n" for part in (first, second)]
    keys = [part.partition("\n\n")[2].strip() for part in (first, second)]
    assert all(keys)
    parts = [("", body[0]), (keys[0], body[1]), (keys[1], rest)]

    accept = paged(parts, unquote_plus)

    def index(query: dict[str, str]) -> Answer:
        key = query.get("resumeKey", "")
        return accept({"resumeKey": unquote_plus(key) if twice else key})

    with serving(index) as archive:
        summary = rescue(archive, tmp_path, "url=cnn.com", "plan=1", "limit=25")
        asked = archive.index_queries()
    assert summary["outcome"] == "planned"
    assert summary["plan"]["index_requests"] == len(asked) == 3
    listed = {(one.original, one.timestamp) for one in parse_cdx("".join(body).encode()).rows}
    (count,) = rows(tmp_path, "SELECT count(*) FROM listings")
    assert count == (len(listed),)
    assert summary["plan"]["captures_listed"] == len(listed)


@needs_recorded
def test_rows_that_repeat_count_once(tmp_path: Path) -> None:
    answer = recorded("search_duplicates.txt")
    lines = [line for line in answer.body.decode().splitlines() if line.strip()]
    repeated = replace(answer, body="\n".join([*lines, *lines[:5], ""]).encode())
    with serving(in_turn(repeated)) as archive:
        summary = rescue(archive, tmp_path, "url=energystar.gov/", "plan=1", "pick=all")
        assert len(archive.log) == 1
    assert summary["plan"]["captures_listed"] <= len(set(lines))


@needs_recorded
@pytest.mark.parametrize("name", ["ia_index.json", "cc_index.ndjson"])
def test_forms_of_json(tmp_path: Path, name: str) -> None:
    with serving(in_turn(recorded(name))) as archive:
        summary = rescue(archive, tmp_path, "url=commoncrawl.org/*", "plan=1")
    assert summary["plan"]["captures_listed"] == len(parse_cdx(recorded(name).body).rows) > 0


def test_an_empty_part_that_has_a_key_and_a_key_with_a_colon_at_its_end(tmp_path: Path) -> None:
    parts = [
        ("", listing(QUESTIONS[0])),
        ("org%2Cexample%29%2F+2001041400593%3A", ""),
        ("org%2Cexample%29%2F+20010509235545:", listing(QUESTIONS[1])),
    ]
    with serving(paged(parts, unquote_plus), captures(*QUESTIONS[:2])) as archive:
        summary = rescue(archive, tmp_path, WANTED, "limit=1")
        assert [query.get("resumeKey") for query in archive.index_queries()] == [
            None, "org,example)/ 2001041400593:", "org,example)/ 20010509235545:",
        ]  # fmt: skip
    assert summary["outcome"] == "finished"
    assert questions(tmp_path) == set(QUESTIONS[:2])
    sound(tmp_path)


def test_an_index_that_goes_in_a_circle_ends(tmp_path: Path) -> None:
    answer = text(listing(QUESTIONS[0]) + "\nthe-same-key\n")
    with serving(in_turn(answer), captures(*QUESTIONS)) as archive:
        summary = rescue(archive, tmp_path, WANTED, status=1)
        assert len(archive.index_queries()) == 2
    assert "circle" in summary["log"]


def test_a_server_that_knows_no_keys_but_keeps_to_a_limit(tmp_path: Path) -> None:
    def index(query: dict[str, str]) -> Answer:
        return text(listing(*QUESTIONS[: int(query.get("limit", 1000))]))

    with serving(index, captures(*QUESTIONS)) as archive:
        rescue(archive, tmp_path, WANTED, "limit=2")
    assert questions(tmp_path) == set(QUESTIONS)


@needs_recorded
def test_a_blocked_site_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    with serving(in_turn(recorded("search_blocked_403.txt"))) as archive:
        summary = rescue(archive, tmp_path, WANTED, status=1)
        assert len(archive.log) == 1
        assert summary["outcome"] == "index_incomplete"
        assert "will not list this" in summary["log"]
        assert "Blocked Site" in summary["log"]
        # Once it is no longer blocked, the same command goes on.
        archive.index, archive.captures = in_turn(text(listing(QUESTIONS[0]))), captures(*QUESTIONS)
        rescue(archive, tmp_path, WANTED)
    assert questions(tmp_path) == {QUESTIONS[0]}


@needs_recorded
def test_an_address_that_is_no_index_is_said(tmp_path: Path) -> None:
    with serving(in_turn(recorded("wrong_endpoint_404.html"))) as archive:
        summary = rescue(archive, tmp_path, WANTED, status=1)
    assert "HTTP 404" in summary["log"]
    assert "is that a CDX server?" in summary["log"]


@needs_recorded
def test_errors_in_the_middle_of_the_index_pass(tmp_path: Path) -> None:
    gateway = recorded("cc_504_gateway.html")
    parts = text(listing(QUESTIONS[0]) + "\nnext\n"), gateway, text(listing(QUESTIONS[1]))
    with serving(in_turn(*parts), captures(*QUESTIONS)) as archive:
        summary = rescue(archive, tmp_path, WANTED, *QUICK)
    assert summary["outcome"] == "finished"
    assert questions(tmp_path) == set(QUESTIONS[:2])


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Answer(502, b"<html>Bad Gateway</html>"), id="502"),
        pytest.param(Answer(200, (listing(QUESTIONS[1]) * 2).encode(), length=5000), id="cut"),
        pytest.param(text("<html>Down</html>"), id="a page", marks=pytest.mark.slow),
        pytest.param(text('[["urlkey","timestamp"],["o'), id="cut JSON", marks=pytest.mark.slow),
        pytest.param(text('{"a": 1}\n'), id="other JSON", marks=pytest.mark.slow),
        pytest.param(text("\x00\xff\x00garbage"), id="no text", marks=pytest.mark.slow),
    ],
)
def test_an_index_that_stays_broken_stops_and_the_same_command_goes_on(
    tmp_path: Path, broken: Answer
) -> None:
    first = text(listing(QUESTIONS[0]) + "\nnext\n")
    with serving(in_turn(first, broken), captures(*QUESTIONS)) as archive:
        summary = rescue(archive, tmp_path, WANTED, *QUICK, status=1)
        assert summary["outcome"] in ("index_incomplete", "unreachable")
        # The rest of the index was not given: the same question is asked, and nothing but it.
        before = len(archive.index_queries())
        archive.index = in_turn(text(listing(QUESTIONS[1])))
        summary = rescue(archive, tmp_path, WANTED, *QUICK)
        assert [one.get("resumeKey") for one in archive.index_queries()[before:]] == ["next"]
        assert len(archive.pages()) == len(set(archive.pages()))
    assert summary["outcome"] == "finished"
    assert questions(tmp_path) == set(QUESTIONS[:2])
    sound(tmp_path)


# -- captures ----------------------------------------------------------------------------


@needs_recorded
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("memento_blocked_200.html", "excludes this page (HTTP 200"),
        ("memento_not_archived_404.html", "has no such capture (HTTP 404"),
        ("memento_view_redirect_200.html", "a redirect (HTTP 301 at crawl time)"),
    ],
)
def test_what_is_no_memento_is_a_failure_and_never_a_page(
    tmp_path: Path, name: str, words: str
) -> None:
    given = captures(*QUESTIONS[:2]) | {key(QUESTIONS[0]): [recorded(name)]}
    with serving(in_turn(text(listing(*QUESTIONS[:2]))), given) as archive:
        rescue(archive, tmp_path, WANTED)
        assert sorted(archive.pages()) == sorted(map(key, QUESTIONS[:2]))
    assert statuses(tmp_path) == [(QUESTIONS[1], 200)]
    assert questions(tmp_path) == {QUESTIONS[1]}
    reasons = failures(tmp_path)
    assert list(reasons) == [QUESTIONS[0]]
    assert words in reasons[QUESTIONS[0]]
    sound(tmp_path)


@needs_recorded
@pytest.mark.parametrize(
    ("name", "status"), [("memento_archived_404.html", 404), ("memento_archived_429.html", 429)]
)
def test_what_a_site_once_refused_is_kept_and_not_asked_for_again(
    tmp_path: Path, name: str, status: int
) -> None:
    answer = recorded(name)
    link = dict(answer.headers)["Link"]
    original = link.partition("<")[2].partition(">")[0]
    stamp = "20150129034904" if status == 429 else "20201027220743"
    with serving(
        in_turn(text(row(original, stamp, str(status), "-") + "\n")),
        {key(original, stamp): [answer]},
    ) as archive:
        rescue(archive, tmp_path, f"url={original}", "pick=all", "MAX_RETRY_AFTER=1")
        assert len(archive.pages()) == 1
    assert statuses(tmp_path) == [(original, status)]
    sound(tmp_path)


def test_another_capture_is_tried_where_one_cannot_be_had(tmp_path: Path) -> None:
    url, older = QUESTIONS[0], "20030101000000"
    lines = row(url, older, digest="B" * 32) + "\n" + row(url, digest="C" * 32) + "\n"
    given = {
        key(url): [missing()],
        key(url, older): [memento(url, page(url), date="Wed, 01 Jan 2003 00:00:00 GMT")],
    }
    with serving(in_turn(text(lines)), given) as archive:
        rescue(archive, tmp_path, WANTED, "pick=newest")
        assert archive.pages() == [key(url), key(url, older)]
    assert questions(tmp_path) == {url}
    # The index's digests are not those of these bytes: that is noted.
    noted = rows(tmp_path, "SELECT reason FROM failures WHERE stage = 'read'")
    assert ["not the bytes that the archive's index lists" in why for (why,) in noted] == [True]


@pytest.mark.parametrize("kind", ["asked to wait", "out of order"])
def test_an_archive_that_says_wait_is_waited_for(tmp_path: Path, kind: str) -> None:
    url = QUESTIONS[0]
    wait = (
        Answer(429, b"slow down", (("Retry-After", "1"),))
        if kind == "asked to wait"
        else Answer(503, b"busy")
    )
    given = {key(url): [wait, memento(url, page(url))]}
    with serving(in_turn(text(listing(url))), given) as archive:
        rescue(archive, tmp_path, WANTED, *QUICK)
        first, second = (one.at for one in archive.log if not one.is_index)
    assert kind != "asked to wait" or second - first >= 1.0
    assert questions(tmp_path) == {url}
    sound(tmp_path)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("where", ["index", "captures"])
def test_patience_ends_and_a_later_run_goes_on(tmp_path: Path, status: int, where: str) -> None:
    wait = Answer(status, b"later", (("Retry-After", "0"),))
    good = captures(*QUESTIONS)
    bad = {name: [*([] if name == key(QUESTIONS[0]) else [wait] * 99)] for name in good}
    bad[key(QUESTIONS[0])] = good[key(QUESTIONS[0])]
    listed = text(listing(*QUESTIONS))
    first = in_turn(wait) if where == "index" else in_turn(listed)
    with serving(first, bad) as archive:
        summary = rescue(archive, tmp_path, WANTED, *QUICK, ONE_BY_ONE, status=3)
        assert summary["outcome"] == "asked_to_wait"
        asked = len(archive.log)
        assert asked <= 2 + 3 * 2  # no storm: what was tried is tried again, and no more
        archive.captures = good
        archive.index = in_turn(listed)
        had = questions(tmp_path) if where == "captures" else set()
        summary = rescue(archive, tmp_path, WANTED, *QUICK)
        later = [one.target for one in archive.log[asked:]]
    assert summary["outcome"] == "finished"
    assert where == "index" or not any(target.startswith("/cdx") for target in later)
    assert not {target.partition("id_/")[2] for target in later} & had
    assert questions(tmp_path) == set(QUESTIONS)
    sound(tmp_path)


def test_an_archive_that_wants_more_patience_than_we_have(tmp_path: Path) -> None:
    url = QUESTIONS[0]
    given = {key(url): [Answer(429, b"", (("Retry-After", "3600"),)), memento(url, page(url))]}
    with serving(in_turn(text(listing(url))), given) as archive:
        summary = rescue(archive, tmp_path, WANTED, *QUICK, status=3)
        assert summary["outcome"] == "asked_to_wait"
        assert len(archive.pages()) == 1
        rescue(archive, tmp_path, WANTED, *QUICK)
    assert questions(tmp_path) == {url}


@needs_recorded
def test_a_page_as_it_is_shown_is_read_as_it_was(tmp_path: Path) -> None:
    """An archive that knows no "id_" gives pages with its toolbar, its links led through it."""
    answer = recorded("memento_view_mode_toolbar.html")
    assert b"BEGIN WAYBACK TOOLBAR INSERT" in answer.body
    stamp, url = "20171124151315", "https://www.fws.gov/birds/"
    with serving(
        in_turn(text(row(url, stamp, digest="-") + "\n")), {key(url, stamp): [answer]}
    ) as archive:
        rescue(archive, tmp_path, f"url={url}")
    assert statuses(tmp_path) == [(url, 200)]
    sound(tmp_path)


@needs_recorded
def test_a_question_as_it_is_shown_is_read_as_it_was(tmp_path: Path) -> None:
    """The toolbar that was recorded, around a page of ours, with links led as they are led."""
    shown = recorded("memento_view_mode_toolbar.html").body
    (toolbar,) = re.findall(
        rb"<!-- BEGIN WAYBACK TOOLBAR INSERT -->.*?<!-- END WAYBACK TOOLBAR INSERT -->", shown, re.S
    )
    url = QUESTIONS[0]
    body = re.sub(rb"(<body[^>]*>)", lambda found: found[1] + toolbar, page(url))
    assert toolbar in body
    led = rb"\1https://web.archive.org/web/" + STAMP.encode() + rb"/\2"
    body = re.sub(rb"(href=\")(https?://)", led, body)
    rooted = rb"\1https://web.archive.org/web/" + STAMP.encode() + rb"/" + HOST.encode() + rb"/"
    body = re.sub(rb"(href=\")/(?!/)", rooted, body)
    assert b"web.archive.org" in body
    with serving(in_turn(text(listing(url))), {key(url): [memento(url, body)]}) as archive:
        rescue(archive, tmp_path, WANTED)
    truth = SITE.truth(url.rpartition("/")[2].removesuffix(".htm"))
    assert truth is not None
    (found,) = rows(tmp_path, "SELECT title, question, answer FROM questions")
    assert found == (truth.title, truth.question, truth.answer)
    links = rows(tmp_path, "SELECT url FROM links ORDER BY position")
    assert [one for (one,) in links] == [one.url for one in truth.links]
    for table in ("links", "responders", "topics", "question_responders", "question_topics"):
        led_urls = f"SELECT url FROM {table} WHERE url LIKE '%archive.org%'"
        assert rows(tmp_path, led_urls) == []
    sound(tmp_path)


# -- how often it asks ---------------------------------------------------------------------


def sent(folder: Path, column: str, where: str) -> list[float]:
    """When requests were sent, in seconds."""
    moments = rows(folder, f"SELECT {column} FROM captures WHERE {where} ORDER BY {column}")
    return [datetime.fromisoformat(moment).timestamp() for (moment,) in moments]


def test_requests_keep_their_distance(tmp_path: Path) -> None:
    parts = [(str(n) if n else "", listing(url)) for n, url in enumerate(QUESTIONS)]
    with serving(paged(parts), captures(*QUESTIONS)) as archive:
        settings = ("DOWNLOAD_SLOTS={}", "ARCHIVE_INDEX_PER_MINUTE=240")
        rescue(archive, tmp_path, WANTED, *settings, "WAYBACK_PAGES_PER_MINUTE=600")
    # By the crawler's own clock: how late a busy server notes a request says nothing of it.
    index = sent(tmp_path, "captured_at", "source = 'index'")
    pages = sent(tmp_path, "fetched_at", "fetched_at IS NOT NULL AND source <> 'index'")
    assert (len(index), len(pages)) == (4, 4)
    assert min(later - sooner for sooner, later in pairwise(index)) >= 0.25
    assert min(later - sooner for sooner, later in pairwise(pages)) >= 0.1
    assert questions(tmp_path) == set(QUESTIONS)


@pytest.mark.parametrize(
    "end", ["?a=é", "?a|b^c`d", "?q={x}[y]", "?x=%C3%A9%zz", "#part", "?a=b;jsessionid=1"]
)
def test_addresses_that_are_written_in_odd_ways(tmp_path: Path, end: str) -> None:
    url = QUESTIONS[0] + end
    given = memento(QUESTIONS[0], page(QUESTIONS[0]))
    with serving(in_turn(text(listing(url)))) as archive:
        archive.any = given
        rescue(archive, tmp_path, WANTED)
        assert len(archive.pages()) == 1
        assert questions(tmp_path) == {QUESTIONS[0]}
        rescue(archive, tmp_path, WANTED)
        assert len(archive.pages()) == 1  # known by the place that it was had from
    sound(tmp_path)


def test_an_address_that_is_none_hinders_no_other(tmp_path: Path) -> None:
    lines = listing("http://[netwellness.org/question.cfm/1.htm", "http://", QUESTIONS[0])
    with serving(in_turn(text(lines)), captures(QUESTIONS[0])) as archive:
        rescue(archive, tmp_path, WANTED)
    assert questions(tmp_path) == {QUESTIONS[0]}
    sound(tmp_path)
