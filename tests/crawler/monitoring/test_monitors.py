"""Alarms: when the sample site is altered under a crawl, and not when it is sound."""

from __future__ import annotations

import re
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler import settings as our_settings
from crawler.monitoring.monitors import (
    MONITORS,
    MonitoredRun,
    alarms_of,
    judge,
    percent,
    surely_above,
    surely_below,
    usual,
)
from pipelines.reports.run_figures import RunFigures, RunReport, Share, Unread
from pipelines.reports.run_report import history, run_report
from sample import Site
from tests.conftest import Crawled
from tests.site_crawls import HOST, Alter, as_it_is, crawl_site

SITE = Site(pages=120, seed=7)


def settings(**changes: object) -> Settings:
    found = Settings()
    found.setmodule(our_settings)
    found.update(changes)
    return found


def alarms(folder: Path, uid: str, *, skipped: int | None = None, **changes: object) -> list[str]:
    with sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True) as connection:
        return list(
            alarms_of(connection, run_report(connection, uid), settings(**changes), skipped=skipped)
        )


def on_questions(pattern: str, instead: str, every: int = 1) -> Alter:
    """What a redesign does: the pattern vanishes from each question page, or from some."""

    def alter(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        if status != 200 or "question.cfm" not in path or sum(map(ord, path)) % every:
            return status, body
        text = re.sub(pattern, instead, body.decode("latin-1"), flags=re.I | re.S)
        return status, text.encode("latin-1")

    return alter


no_responder = r"(<[^>]*>\s*)*(response by|answered by|reply by)\b.*"
no_answer = r"(>\s*answer:?\s*<).*?(for more information|response by|answered by|</body)"
NEW_APP = on_questions(r".*", "<html><body><h1>Welcome</h1><p>Our new app.</p></body></html>")
WITHDRAWN = on_questions(
    r"\A.*\Z", "<html><body><p>This question is no longer available.</p></body></html>"
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site crawled twice as it is."""
    folder = tmp_path_factory.mktemp("sound")
    for day in (0, 10):
        uid, _ = crawl_site(folder, SITE, day)
        assert alarms(folder, uid) == []
    return folder


@pytest.fixture
def archive(sound: Path, tmp_path: Path) -> Path:
    """A copy to crawl into."""
    return Path(shutil.copytree(sound, tmp_path / "archive"))


def test_a_responder_that_vanishes_is_named_with_examples(archive: Path) -> None:
    uid, counts = crawl_site(archive, SITE, 20, alter=on_questions(no_responder, ""))
    assert counts["changed"] > 50
    found = alarms(archive, uid)
    drift = next(one for one in found if one.startswith("template drift: responder: "))
    coverage = next(one for one in found if one.startswith("coverage: responder: "))
    assert re.search(r"responder: \d+ of \d+ changed pages lost their responder", drift)
    assert f"{HOST}/question.cfm/#.htm (labelled@" in drift
    assert re.search(
        r"known pages have one \(\d\.\d %\), 9\d(\.\d)? % in the last 2 crawls", coverage
    )
    examples = re.findall(r"http://\S+/question\.cfm/\d+\.htm", drift)
    assert len(examples) == 3
    with sqlite3.connect(archive / "archive.db") as connection:
        for url in examples:  # they had a responder, and have none
            query = (
                "SELECT instr(record, '\"responders\":[]') > 0 FROM versions v "
                "JOIN sightings s ON s.version_id = v.id "
                "JOIN captures c ON c.id = s.capture_id WHERE canonical_url = ? "
                "ORDER BY captured_at"
            )
            bits = [bit for (bit,) in connection.execute(query, (url,))]
            assert bits == [0, 0, 1]


def test_an_answer_that_cannot_be_read_is_named(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20, alter=on_questions(no_answer, r"\1br><\2"))
    found = alarms(archive, uid)
    assert any(one.startswith("template drift: answer: ") for one in found)
    assert any(
        re.match(
            r"parse errors: \d+ of 121 question pages could not be read, by field \d+ answer", one
        )
        for one in found
    )
    assert all("; e.g. http://" in one for one in found)


def test_pages_that_become_unanswered_are_drift_too(archive: Path) -> None:
    notice = r"\1p>This question has not been answered yet.</p></body></html>"
    uid, counts = crawl_site(archive, SITE, 20, alter=on_questions(r"(>\s*answer:?\s*<).*", notice))
    report, past = figures(archive, uid)
    lost = {one.field: one.count for one in report.readings.lost}
    assert counts["changed"] > 30
    assert lost["answer"] > 30
    assert any(
        (one.name, one.field) == ("template drift", "answer")
        for one in judge(MonitoredRun(report, past, settings()))
    )


def test_a_new_template_on_a_part_of_the_pages(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20, alter=on_questions(no_responder, "", every=4))
    names = [one.partition(" (")[0] for one in alarms(archive, uid)]
    # Too few for the share of all pages to fall far: only the changed ones show it.
    assert any(name.startswith("template drift: responder") for name in names)
    assert not any(name.startswith("coverage") for name in names)


def test_drift_shows_in_a_run_that_fetched_only_what_changed(archive: Path) -> None:
    later = Site(pages=120, seed=7, changed=0.2)
    paths = [
        path
        for path in later.urls()
        if (page := later.truth(path[14:-4])) and page != SITE.truth(page.source_id)
    ]
    assert 12 < len(paths) < 40
    sound_uid, _ = crawl_site(archive, later, 20, paths=paths)
    assert alarms(archive, sound_uid, skipped=121 - len(paths)) == []
    uid, _ = crawl_site(archive, SITE, 30, paths=paths, alter=on_questions(no_responder, ""))
    assert any("template drift: responder" in one for one in alarms(archive, uid))


def test_pages_without_any_question_are_not_taken_for_gone(archive: Path) -> None:
    uid, counts = crawl_site(archive, SITE, 20, alter=NEW_APP)
    assert counts == {"new": 0, "changed": 0, "unchanged": 0, "gone": 0, "back": 0}
    found = alarms(archive, uid)
    assert any(one.startswith("template drift: page: 121 of 121 changed pages") for one in found)
    assert any(
        "121 of 121 known question pages were asked for and not found" in one for one in found
    )


def test_pages_that_all_vanish_at_once(archive: Path) -> None:
    uid, counts = crawl_site(archive, SITE, 20, alter=WITHDRAWN)
    assert counts["gone"] == 121
    (alarm,) = alarms(archive, uid)
    assert alarm.startswith("pages found: 121 of 121 known")
    assert "; 121 of them are gone" in alarm


def test_a_site_that_answers_with_errors(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20, alter=lambda path, status, body: (503, b"later"))
    found = alarms(archive, uid)
    assert found[0].startswith("answers: no page could be fetched (137 x HTTP 503")

    def half(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        return (500, b"no") if sum(map(ord, path)) % 2 else (status, body)

    uid, _ = crawl_site(archive, SITE, 30, alter=half)
    assert re.match(
        r"answers: \d+ of 137 addresses gave an error or no answer \(5\d %\)",
        alarms(archive, uid)[0],
    )


def test_the_first_crawl_has_the_absolute_limits_only(tmp_path: Path) -> None:
    uid, _ = crawl_site(tmp_path, SITE, 0, alter=on_questions(no_responder, ""))
    found = alarms(tmp_path, uid)
    assert any(
        re.match(r"coverage: responder: \d of \d+ question pages have one .* at least 50 %", one)
        for one in found
    )
    assert not any(one.startswith("template drift") for one in found)


def test_known_pages_that_were_not_asked_for(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20, paths=["/", *list(SITE.urls())[:40]])
    assert alarms(archive, uid) == []  # nobody says that they should have been
    asked = figures(archive, uid)[0].questions.asked
    assert alarms(archive, uid, skipped=121 - asked) == []
    (alarm,) = alarms(archive, uid, skipped=0)
    assert alarm.startswith(
        f"pages found: {121 - asked} of 121 known question pages were not asked"
    )


@pytest.mark.parametrize("conditional", [True, False])
def test_no_alarm_where_one_in_a_hundred_changed(tmp_path: Path, conditional: bool) -> None:
    site = Site(pages=400, seed=5)
    uid, _ = crawl_site(tmp_path, site, 0)
    assert alarms(tmp_path, uid) == []
    later = Site(pages=400, seed=5, changed=0.01, gone=0.005, added=0.005)
    uid, counts = crawl_site(tmp_path, later, 10, conditional=conditional)
    assert counts["changed"] > 0
    assert alarms(tmp_path, uid, skipped=0) == []


@pytest.mark.parametrize("alter", [as_it_is, WITHDRAWN, on_questions(no_responder, "")])
def test_a_tiny_site_proves_nothing(tmp_path: Path, alter: Alter) -> None:
    site = Site(pages=6)
    crawl_site(tmp_path, site, 0)
    uid, _ = crawl_site(tmp_path, site, 10, alter=alter)
    assert alarms(tmp_path, uid) == []


def test_no_site_is_so_tiny_that_none_of_its_questions_need_be_read(tmp_path: Path) -> None:
    uid, _ = crawl_site(tmp_path, Site(pages=6), 0, alter=NEW_APP)
    (alarm,) = alarms(tmp_path, uid)
    assert re.match(
        r"question pages: (\d+) of \1 pages at question addresses hold no question that is read "
        r"\(100 %\); at most 25 % is allowed: \d+ x same page as others.*; "
        r"e\.g\. http://www\.netwellness\.org/question\.cfm/",
        alarm,
    )
    assert alarms(tmp_path, uid, MONITOR_MAX_UNREAD=1) == []


def test_a_declaration_whose_addresses_fit_no_page(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20)
    report, past = figures(archive, uid)

    def said(fetched: int) -> list[str]:
        unread = Unread(Share(0, 0), (), no_address=True)
        run = MonitoredRun(replace(report, unread=unread, fetched=fetched), past, settings())
        return [str(alarm) for alarm in judge(run)]

    assert said(5) == [
        "question pages: no address fits `questions` of the declaration: 5 pages were fetched, "
        "and none of them is asked for as a question"
    ]


def test_a_real_crawl_raises_no_alarm(crawled: Crawled) -> None:
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as connection:
        uids = [uid for (uid,) in connection.execute("SELECT uid FROM crawls ORDER BY started")]
        assert [alarms_of(connection, run_report(connection, uid), settings()) for uid in uids] == [
            (),
            (),
        ]


def test_monitors_can_be_switched_off_and_tuned(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20, alter=NEW_APP)
    assert alarms(archive, uid, MONITORS_ENABLED=False) == []
    assert (
        alarms(archive, uid, MONITOR_MIN_PAGES=500, MONITOR_MIN_ALTERED=500, MONITOR_MAX_UNREAD=1.0)
        == []
    )
    assert (
        alarms(archive, uid, MONITOR_MAX_LOST=1.0, MONITOR_MAX_FALL=1.0, MONITOR_MAX_UNREAD=1.0)
        == []
    )


def test_a_monitor_that_fails_itself_is_an_alarm(archive: Path) -> None:
    uid, _ = crawl_site(archive, SITE, 20)
    _, past = figures(archive, uid)
    broken = MonitoredRun(None, past, None)  # type: ignore[arg-type]
    alarms = [str(alarm) for alarm in judge(broken)]
    assert len(alarms) == len(MONITORS)
    assert all(re.match(r"monitors: \w+ failed: AttributeError", alarm) for alarm in alarms)


def figures(folder: Path, uid: str) -> tuple[RunReport, list[RunFigures]]:
    with sqlite3.connect(folder / "archive.db") as connection:
        return run_report(connection, uid), history(connection, uid, 5)


def test_shares_of_few_pages_prove_little() -> None:
    assert not surely_above(Share(2, 5), 0.1)
    assert surely_above(Share(200, 500), 0.1)
    assert not surely_below(Share(3, 5), 0.9)
    assert surely_below(Share(300, 500), 0.9)
    assert not surely_above(Share(0, 0), 0.0)
    assert not surely_below(Share(0, 0), 1.0)
    # The published interval of 15 in 50 at 99 % is 0.164 to 0.483.
    assert surely_above(Share(15, 50), 0.163)
    assert not surely_above(Share(15, 50), 0.166)
    assert surely_below(Share(15, 50), 0.485)
    assert not surely_below(Share(15, 50), 0.481)


def test_one_bad_crawl_does_not_move_what_is_usual() -> None:
    shares = [Share(98, 100), Share(3, 100), Share(96, 100), Share(1, 2)]
    assert usual(shares, 20) == (0.96, 3)
    assert usual([Share(1, 2)], 20) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.004, "0.4 %"), (0.137, "14 %"), (0.988, "98.8 %"), (1.0, "100 %")],
)
def test_percent(value: float, text: str) -> None:
    assert percent(value) == text
