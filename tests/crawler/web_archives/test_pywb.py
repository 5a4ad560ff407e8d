"""A site that was recorded at three dates, recovered from a real web archive: pywb.

What comes back is compared with a live crawl of the site as it was last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sample import Site, serving
from sample.check import compare
from tests.conftest import run_scrapy, settings_for
from tests.crawler.web_archives.pywb import Pywb, index, record, running
from tests.crawler.web_archives.runs import digest, rescue, rows, sound

FIRST = Site(pages=30, seed=5, slow=0, big=0)
STATES = {
    datetime(2004, 6, 1, 8, 0, 1, tzinfo=UTC): FIRST,
    datetime(2008, 6, 1, 8, 0, 1, tzinfo=UTC): replace(FIRST, changed=0.3),
    datetime(2012, 6, 1, 8, 0, 1, tzinfo=UTC): replace(FIRST, changed=0.3, gone=0.1, added=0.2),
}
LAST = list(STATES.values())[-1]
QUESTIONS = "url=netwellness.org/question.cfm/*"
CHANGES = "changes"

#: What a question says, without when it was captured, and by which record.
RECORDS = """
SELECT q.source_id, q.url, q.title, q.question, q.answer, q.answered_on, q.status, q.institution,
    (SELECT json_group_array(one) FROM (SELECT json_array(l.name, l.credentials, l.title,
        l.college, l.institution, l.url) AS one FROM question_responders l
        WHERE l.question_id = q.id ORDER BY l.position)),
    (SELECT json_group_array(one) FROM (SELECT json_array(t.slug, l.name, l.url) AS one
        FROM question_topics l JOIN topics t ON t.id = l.topic_id
        WHERE l.question_id = q.id ORDER BY l.position)),
    (SELECT json_group_array(one) FROM (SELECT json_array(l.text, l.url) AS one
        FROM links l WHERE l.question_id = q.id ORDER BY l.position))
FROM questions q
"""
COLUMNS = (
    "source_id", "url", "title", "question", "answer", "answered_on", "status", "institution",
    "responders", "topics", "links",
)  # fmt: skip


@dataclass(frozen=True)
class Live:
    """A live crawl of the last state: its archive, and the paths of all pages that it had."""

    folder: Path
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    folder = tmp_path_factory.mktemp("live")
    with serving(LAST) as base:
        run = run_scrapy("crawl", "netwellness", "-a", f"base={base}", *settings_for(folder))
    assert run.returncode == 0, run.stdout + run.stderr
    found = rows(folder, "SELECT DISTINCT url FROM captures")
    return Live(folder, tuple(sorted("/" + url.split("/", 3)[3] for (url,) in found)))


@pytest.fixture(scope="module")
def pywb(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    folder = tmp_path_factory.mktemp("pywb")
    (folder / "collections").mkdir()
    with running(folder) as archive:
        for moment, site in STATES.items():
            record(folder, moment, site, sorted({*live.paths, *site.urls()}))
        index(folder)
        yield archive


@pytest.fixture(scope="module")
def rescued(pywb: Pywb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive with all questions, in each of their texts. Read it only."""
    folder = tmp_path_factory.mktemp("rescued")
    summary = rescue(pywb, folder, QUESTIONS, f"pick={CHANGES}")
    assert summary["outcome"] == "finished"
    return folder


def records(folder: Path) -> dict[str, dict[str, object]]:
    """All questions by id, each with all that it says."""
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows(folder, RECORDS)}


def test_the_records_are_those_of_a_live_crawl(live: Live, rescued: Path) -> None:
    alive, found = records(live.folder), records(rescued)
    assert alive
    assert {name: found.get(name) for name in alive} == alive
    # What had gone by then is there besides.
    gone = {name for name in found if name not in alive}
    assert gone == {page.source_id for page in FIRST.questions()} - set(alive)


def test_nothing_differs_from_what_the_site_says(rescued: Path) -> None:
    result = compare(LAST, rescued / "archive.db")
    gone = {name for name in records(rescued) if LAST.truth(name) is None}
    others = [one for one in result.differences if one.source_id not in gone]
    assert (others, result.missing, result.extra) == ([], [], [])
    marked = rows(rescued, "SELECT source_id FROM questions WHERE gone_at IS NOT NULL")
    assert {name for (name,) in marked} == gone


def test_versions_are_in_order_of_capture_not_of_arrival(rescued: Path) -> None:
    changed = [
        page.source_id
        for page in LAST.questions()
        if (old := FIRST.truth(page.source_id)) is not None and old.answer != page.answer
    ]
    assert changed
    for source_id in changed:
        found = rows(
            rescued,
            "SELECT v.answer, c.captured_at FROM versions v "
            "JOIN questions q ON q.id = v.question_id JOIN captures c ON c.id = v.first_capture_id "
            "WHERE q.source_id = ? ORDER BY c.captured_at",
            source_id,
        )
        old, new = FIRST.truth(source_id), LAST.truth(source_id)
        assert old is not None
        assert new is not None
        assert [(answer, moment[:4]) for answer, moment in found] == [
            (old.answer, "2004"), (new.answer, "2008"),
        ]  # fmt: skip


def test_captures_say_when_the_archive_had_them_and_when_and_where_we_did(
    pywb: Pywb, rescued: Path
) -> None:
    query = "SELECT url, captured_at, fetched_at, fetched_from FROM captures WHERE source = ?"
    found = rows(rescued, query, "wayback")
    assert found
    for url, captured_at, fetched_at, fetched_from in found:
        stamp = "".join(sign for sign in captured_at[:19] if sign.isdigit())
        assert stamp[:10] in {f"{moment:%Y%m%d%H}" for moment in STATES}
        assert fetched_from == f"{pywb.base}sample/{stamp}id_/{url}"
        assert fetched_at[:4] >= "2025"
        assert url.startswith("http://www.netwellness.org/question.cfm/")


def test_it_is_sound_and_can_be_made_again(rescued: Path) -> None:
    sound(rescued)


def test_a_second_run_fetches_nothing_again(pywb: Pywb, rescued: Path) -> None:
    before, content = len(pywb.pages()), digest(rescued)
    summary = rescue(pywb, rescued, QUESTIONS, f"pick={CHANGES}")
    assert summary["outcome"] == "finished"
    assert len(pywb.pages()) == before
    assert digest(rescued) == content


def test_a_plan_asks_the_index_only_and_the_same_command_goes_on(
    pywb: Pywb, rescued: Path, tmp_path: Path
) -> None:
    asked, pages = len(pywb.asked()), len(pywb.pages())
    planned = rescue(pywb, tmp_path, QUESTIONS, "plan=1")
    assert planned["outcome"] == "planned"
    plan = planned["plan"]
    assert len(pywb.pages()) == pages
    assert len(pywb.asked()) == asked + plan["index_requests"]
    assert plan["questions"] >= len(records(rescued))
    assert plan["already_fetched"] == 0

    asked = len(pywb.asked())
    summary = rescue(pywb, tmp_path, QUESTIONS)
    assert summary["outcome"] == "finished"
    fetched = [target.partition("/sample/")[2] for target in pywb.pages()[pages:]]
    wanted = [place.partition("/sample/")[2] for place in plan["fetch"]]
    assert len(pywb.asked()) == asked + len(fetched)  # the index is not asked again
    assert len(fetched) == len(set(fetched))
    assert set(wanted) <= set(fetched)
    # Where the page is no question, another capture of it may be one.
    others = {place.rpartition("/")[2].partition(".")[0] for place in set(fetched) - set(wanted)}
    assert not {name for name in others if all(site.truth(name) for site in STATES.values())}
    assert digest(tmp_path) == digest(rescued)


def test_another_limit_gives_the_same(pywb: Pywb, rescued: Path, tmp_path: Path) -> None:
    """pywb keeps to a limit, and knows no resume keys: the rest is asked for at once."""
    rescue(pywb, tmp_path, QUESTIONS, "limit=7")
    assert digest(tmp_path) == digest(rescued)


@pytest.mark.parametrize(("pick", "years"), [("newest", "2012"), ("first", "2004")])
def test_one_capture_of_each_page(pywb: Pywb, tmp_path: Path, pick: str, years: str) -> None:
    rescue(pywb, tmp_path, QUESTIONS, f"pick={pick}")
    site = LAST if pick == "newest" else FIRST
    alive = {page.source_id: page.answer for page in site.questions()}
    found = rows(
        tmp_path,
        "SELECT q.source_id, q.answer, c.captured_at FROM questions q "
        "JOIN captures c ON c.id = q.capture_id",
    )
    assert {name: answer for name, answer, _ in found if name in alive} == alive
    assert {when[:4] for name, _, when in found if name in alive} == {years}
    query = "SELECT canonical_url FROM captures WHERE source = 'wayback' AND status = 200"
    pages = Counter(url for (url,) in rows(tmp_path, query))
    names = {url: url.rpartition("/")[2].removesuffix(".htm") for url in pages}
    assert {pages[url] for url, name in names.items() if name in alive} == {1}
    sound(tmp_path)


def test_all_captures(pywb: Pywb, tmp_path: Path) -> None:
    rescue(pywb, tmp_path, QUESTIONS, "pick=all")
    (listed,) = rows(tmp_path, "SELECT count(*) FROM listings")
    (had,) = rows(tmp_path, "SELECT count(*) FROM captures WHERE source = 'wayback'")
    assert had == listed
    result = compare(LAST, tmp_path / "archive.db")
    # What had gone is known to be gone; its text is the last that there was, not the site's plan.
    gone = {name for name in records(tmp_path) if LAST.truth(name) is None}
    others = [one for one in result.differences if one.source_id not in gone]
    assert (others, result.missing, result.extra) == ([], [], [])
    marked = rows(tmp_path, "SELECT source_id FROM questions WHERE gone_at IS NOT NULL")
    assert {name for (name,) in marked} == gone
    sound(tmp_path)


def test_only_what_is_missing(pywb: Pywb, tmp_path: Path) -> None:
    rescue(pywb, tmp_path, QUESTIONS, "pick=newest", "to=2005")
    before = len(pywb.pages())
    here = {url for (url,) in rows(tmp_path, "SELECT url FROM questions")}
    summary = rescue(pywb, tmp_path, QUESTIONS, "pick=newest", "only=missing")
    assert summary["outcome"] == "finished"
    asked = {target.partition("id_/")[2] for target in pywb.pages()[before:]}
    assert asked.isdisjoint(here)
    added = {page.url for page in LAST.questions()} - {page.url for page in FIRST.questions()}
    assert added <= asked
    assert {url for (url,) in rows(tmp_path, "SELECT url FROM questions")} == here | added


def test_list_pages_come_too(pywb: Pywb, live: Live, tmp_path: Path) -> None:
    rescue(pywb, tmp_path, "url=netwellness.org/*", "pick=newest")
    query = "SELECT DISTINCT canonical_url FROM captures WHERE source <> 'index'"
    had = {url for (url,) in rows(tmp_path, query)}
    assert "http://www.netwellness.org/healthtopics/" in had
    lists = "AND url LIKE '%/healthtopics/%' AND status = 200"
    alive = {url for (url,) in rows(live.folder, f"{query} {lists}")}
    assert alive
    assert alive <= had
    assert set(records(live.folder)) <= set(records(tmp_path))
    sound(tmp_path)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("pick=some", "it is one of newest, first, changes, all"),
        ("only=new", "it can be: missing"),
        ("limit=0", "it is a number of rows"),
        ("from=then", "write it as 2004"),
        ("colapse=digest", "there is no such argument"),
        ("url=*", "say what is wanted"),
    ],
)
def test_a_wrong_argument_is_said(tmp_path: Path, argument: str, words: str) -> None:
    url = [] if argument.startswith("url=") else ["-a", QUESTIONS]
    run = run_scrapy("crawl", "wayback", *url, "-a", argument, *settings_for(tmp_path))
    assert run.returncode == 2, run.stdout + run.stderr
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "archive.db").exists()
