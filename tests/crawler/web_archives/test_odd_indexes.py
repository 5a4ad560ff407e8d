"""Indexes whose times are none, that break off, or have lost what they had; replay that leads on.

None of them ends as if all were well, and nothing that can be had is left out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sample import Site
from tests.conftest import run_scrapy, settings_for
from tests.crawler.web_archives.cdx_server import (
    STAMP,
    Answer,
    in_turn,
    memento,
    row,
    serving,
    text,
)
from tests.crawler.web_archives.runs import rescue, rows, sound

SITE = Site(pages=20, seed=4, slow=0, big=0)
HOST = "http://www.netwellness.org"
QUESTIONS = [page.url for page in SITE.questions()][:4]
WANTED = "url=netwellness.org/question.cfm/*"
ERROR = (
    "org.archive.util.io.RuntimeIOException: no connection within 2000 ms -- -r 1-2 part-02.gz\n"
)
TIMES = ("20000800241623", "20020001120000", "20041301000000", "20040506246199")


def page(url: str) -> bytes:
    return SITE.response(url.removeprefix(HOST))[2]


def captures(*urls: str, stamp: str = STAMP) -> dict[str, list[Answer]]:
    return {f"{stamp}id_/{url}": [memento(url, page(url))] for url in urls}


def listing(*urls: str, stamp: str = STAMP) -> str:
    return "".join(row(url, stamp, digest="-") + "\n" for url in urls)


def known_failures(folder: Path) -> list[str]:
    return [reason for (reason,) in rows(folder, "SELECT reason FROM failures WHERE stage='read'")]


def coverage(folder: Path) -> str:
    return run_scrapy("status", "--coverage", *settings_for(folder)).stdout


def test_odd_times_are_asked_for_as_they_are_listed(tmp_path: Path) -> None:
    lists = "".join(listing(url, stamp=time) for url, time in zip(QUESTIONS, TIMES, strict=True))
    known: dict[str, list[Answer]] = {}
    for url, time in zip(QUESTIONS, TIMES, strict=True):
        known |= captures(url, stamp=time)
    lists += row(QUESTIONS[0], "1f04c2", digest="-") + "\n"
    with serving(in_turn(text(lists)), known) as archive:
        planned = rescue(archive, tmp_path, WANTED, "plan=1")
        assert planned["plan"]["requests"] == 4
        (alarm,) = rescue(archive, tmp_path, WANTED, status=1)["alarms"]
        assert alarm.startswith("index rows: the index lists # row without a time")
    urls = {url for (url,) in rows(tmp_path, "SELECT url FROM questions")}
    assert urls == set(QUESTIONS)
    (reason,) = known_failures(tmp_path)
    assert "1 row without a time or address" in reason
    assert list(planned["plan"]["index_failures"].values()) == [reason]
    assert "an index was not read whole" in coverage(tmp_path)
    sound(tmp_path)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(ERROR, id="exception"),
        pytest.param("<html><body>502 Bad Gateway</body></html>\n", id="page"),
        pytest.param('{"message": "index unavailable"}\n', id="JSON", marks=pytest.mark.slow),
        pytest.param(row(QUESTIONS[1])[:60], id="cut", marks=pytest.mark.slow),
        pytest.param("Error\n", id="word", marks=pytest.mark.slow),
    ],
)
def test_an_answer_that_breaks_off(tmp_path: Path, end: str) -> None:
    lists = listing(QUESTIONS[0])
    with serving(in_turn(text(lists + end)), captures(*QUESTIONS)) as archive:
        planned = rescue(archive, tmp_path, WANTED, "plan=1", status=1)
        assert planned["outcome"] == "index_incomplete"
        assert "not whole" in "".join(planned["plan"]["index_failures"].values())
        summary = rescue(archive, tmp_path, WANTED, status=1)
        assert summary["outcome"] == "index_incomplete"
        assert rows(tmp_path, "SELECT url FROM questions") == [(QUESTIONS[0],)]
        assert "not whole" in known_failures(tmp_path)[0]
        assert "not whole" in coverage(tmp_path)
        archive.index = in_turn(text(listing(*QUESTIONS[:2])))
        assert rescue(archive, tmp_path, WANTED)["outcome"] == "finished"
    assert "not read whole" not in coverage(tmp_path)
    assert len(rows(tmp_path, "SELECT url FROM questions")) == 2
    sound(tmp_path)


def test_a_list_that_was_not_empty_before(tmp_path: Path) -> None:
    with serving(in_turn(text(listing(QUESTIONS[0]))), captures(*QUESTIONS)) as archive:
        assert rescue(archive, tmp_path, WANTED)["outcome"] == "finished"
        for empty in ("", "[]"):
            archive.index = in_turn(text(empty))
            summary = rescue(archive, tmp_path, WANTED, status=1)
            assert summary["outcome"] == "index_incomplete"
        assert known_failures(tmp_path)[0].startswith("the index lists nothing, where it listed 1")
        assert "lists nothing" in coverage(tmp_path)
        # Of another folder there was none, and none is there.
        other = rescue(archive, tmp_path, "url=netwellness.org/other/*")
        assert other["outcome"] == "finished"
        archive.index = in_turn(text(listing(*QUESTIONS[:2])))
        assert rescue(archive, tmp_path, WANTED)["outcome"] == "finished"
    sound(tmp_path)


@pytest.mark.parametrize(("cut", "whole"), [(0, 2), pytest.param(40, 1, marks=pytest.mark.slow)])
def test_an_index_that_is_shorter_than_its_length(tmp_path: Path, cut: int, whole: int) -> None:
    body = listing(*QUESTIONS[:2]).encode()
    short = replace(text(body[: len(body) - cut]), length=len(body) + 50)
    quick = ("RETRY_TIMES=1", "BACKOFF_BASE=0.1")
    with serving(in_turn(short), captures(*QUESTIONS)) as archive:
        summary = rescue(archive, tmp_path, WANTED, *quick, status=1)
        assert summary["outcome"] == "index_incomplete"
        assert len(rows(tmp_path, "SELECT url FROM questions")) == whole
        assert "not whole" in coverage(tmp_path)
        archive.index = in_turn(text(body))
        assert rescue(archive, tmp_path, WANTED, *quick)["outcome"] == "finished"
    assert len(rows(tmp_path, "SELECT url FROM questions")) == 2
    sound(tmp_path)


@pytest.mark.parametrize("place", [QUESTIONS[0], f"/web/{STAMP}/{QUESTIONS[0]}"])
@pytest.mark.parametrize("is_memento", [True, False])
def test_replay_that_redirects_to_itself(tmp_path: Path, place: str, *, is_memento: bool) -> None:
    url = QUESTIONS[0]
    known = captures(*QUESTIONS)
    answer = memento(url, b"", 302, Location=place)
    if not is_memento:
        answer = Answer(302, b"", (("Location", place.replace(HOST, f"/web/{STAMP}id_/{HOST}", 1)
                                    if place == url else place),))  # fmt: skip
    known[f"{STAMP}id_/{url}"] = [answer]
    with serving(in_turn(text(listing(*QUESTIONS))), known) as archive:
        summary = rescue(archive, tmp_path, WANTED)
    assert summary["failures"] == 1
    (reason,) = (reason for (reason,) in rows(tmp_path, "SELECT reason FROM open_failures"))
    assert reason.endswith("is redirected to itself")
    sound(tmp_path)


@pytest.mark.parametrize("absolute", [True, False])
def test_replay_that_leads_to_the_nearest_capture(tmp_path: Path, *, absolute: bool) -> None:
    url, near = QUESTIONS[0], "20050102030405"
    with serving(in_turn(text(listing(url)))) as archive:
        place = f"{archive.base if absolute else '/'}web/{near}/{url}"
        there = memento(url, page(url), date="Sun, 02 Jan 2005 03:04:05 GMT")
        archive.captures = {
            f"{STAMP}id_/{url}": [Answer(302, b"", (("Location", place),))],
            f"{near}id_/{url}": [there],
        }
        summary = rescue(archive, tmp_path, WANTED)
        assert archive.pages() == [f"{STAMP}id_/{url}", f"{near}id_/{url}"]
    assert summary["outcome"] == "finished"
    query = "SELECT captured_at FROM captures WHERE url = ?"
    assert rows(tmp_path, query, url) == [("2005-01-02T03:04:05.000000Z",)]
    assert rows(tmp_path, "SELECT url FROM open_failures") == []
    sound(tmp_path)


def test_replay_that_leads_round_in_a_circle_ends(tmp_path: Path) -> None:
    url, other = QUESTIONS[0], "20050102030405"
    with serving(in_turn(text(listing(url)))) as archive:
        archive.captures = {
            f"{one}id_/{url}": [Answer(302, b"", (("Location", f"/web/{two}id_/{url}"),))]
            for one, two in ((STAMP, other), (other, STAMP))
        }
        rescue(archive, tmp_path, WANTED, status=1)  # it gives nothing of what it lists
        assert len(archive.pages()) == 2
    reasons = {reason for (reason,) in rows(tmp_path, "SELECT reason FROM open_failures")}
    assert reasons == {f"the archive has no capture of that instant, and leads to another of {url}"}
