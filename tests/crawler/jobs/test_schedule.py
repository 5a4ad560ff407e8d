"""What schedule.toml may say, and how what is wrong with it is messages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.jobs.schedule import (
    KEYS,
    Blackout,
    ScheduleError,
    ScheduleMissing,
    duration,
    parse_duration,
    parse_schedule,
    read_schedule,
)
from tests.conftest import ROOT

WHOLE = """
[[crawl]]
name = "netwellness"
spider = "netwellness"
arguments = {base = "http://127.0.0.1:8300/", depth = 3}
settings = {CONTACT = "a@example.org", ROBOTSTXT_OBEY = true}
calendar = "30 2 * * mon"
timezone = "Europe/Vienna"
blackout = ["08:00-18:00", "Fri-Mon 22:00-06:00"]

[[crawl]]
name = "other"
spider = "netwellness"
every = "2w"
enabled = false
"""


def problems(text: str, spiders: list[str] | None = None) -> list[str]:
    with pytest.raises(ScheduleError) as error:
        parse_schedule(text, spiders)
    return list(error.value.problems)


def job(line: str) -> str:
    return f'[[crawl]]\nname = "x"\nspider = "netwellness"\n{line}\n'


def test_everything_that_can_be_said() -> None:
    first, second = parse_schedule(WHOLE, ["netwellness"])
    assert first.arguments == {"base": "http://127.0.0.1:8300/", "depth": "3"}
    assert first.settings == {"CONTACT": "a@example.org", "ROBOTSTXT_OBEY": "True"}
    assert (first.calendar, first.zone.key) == ("30 2 * * mon", "Europe/Vienna")
    assert first.blackout == (
        Blackout(frozenset(range(7)), 480, 1080),
        Blackout(frozenset({4, 5, 6, 0}), 1320, 360),
    )
    assert (second.every, second.zone.key, second.enabled) == (timedelta(14), "UTC", False)


def test_an_empty_schedule_is_one_without_crawls() -> None:
    assert parse_schedule("") == ()
    assert parse_schedule("# nothing yet\n") == ()


def test_the_example_is_right() -> None:
    (only,) = read_schedule(ROOT / "schedule.example.toml", ["netwellness"])
    assert "CONTACT" in only.settings


def test_all_that_is_wrong_is_messages_at_once_with_its_line() -> None:
    found = problems(
        '[[crawl]]\nname = "a"\nspider = "nobody"\nevery = "soon"\ntimezone = "Mars"\n'
        '\n[[crawl]]\nname = "a"\nspyder = "x"\ncalendar = "61 2 * * 1"\nenabled = "yes"\n',
        ["netwellness"],
    )
    said = "\n".join(found)
    for expected in (
        "line 3, [[crawl]] 'a', spider: no spider is called 'nobody'; there are netwellness",
        "line 4, [[crawl]] 'a', every: 'soon' is no duration",
        "line 5, [[crawl]] 'a', timezone: 'Mars' is no time zone",
        "line 9, [[crawl]] 'a', spyder: is unknown; did you mean 'spider'?",
        "line 7, [[crawl]] 'a', spider: is missing",
        "line 10, [[crawl]] 'a', calendar: '61 2 * * 1' is no cron expression: bad minute",
        "line 11, [[crawl]] 'a', enabled: must be true or false, not 'yes'",
        "the name is used 2 times",
    ):
        assert expected in said
    assert len(found) == 8


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "needs exactly one of"),
        ('every = "1d"\ncalendar = "0 0 * * *"', "needs exactly one of"),
        ("every = 7", "is no duration"),
        ('every = "0m"', "between a minute and ten years"),
        ('every = "999999w"', "between a minute and ten years"),
        ('every = "٣d"', "is no duration"),
        ('calendar = "@daily"', "five fields"),
        ('calendar = "0 0 30 2 *"', "is no cron expression|never comes"),
        ('calendar = "0 0 0 * * *"', "five fields"),
        ('every = "1d"\nblackout = "08:00-18:00"', "must be a list"),
        ('every = "1d"\nblackout = ["8-18"]', "is no blackout"),
        ('every = "1d"\nblackout = ["25:00-26:00"]', "from 00:00 to 24:00"),
        ('every = "1d"\nblackout = ["08:00-08:00"]', "begins when it ends"),
        ('every = "1d"\nblackout = ["Abc 08:00-09:00"]', "days are Mon"),
        ('every = "1d"\nblackout = ["00:00-12:00", "12:00-24:00"]', "leaves no minute"),
        ('every = "1d"\nstop_at_blackout = true', "stop_at_blackout: is unknown"),
        ('every = "1d"\narguments = ["a"]', "must be a table"),
        ('every = "1d"\narguments = {base = ["a"]}', "must be text, a number"),
        ('every = "1d"\narguments = {"a=b" = "c"}', "cannot be passed"),
        ('every = "1d"\nsettings = {contact = "x"}', "names are in capitals"),
        ('every = "1d"\ntimezone = "../../etc/passwd"', "is no time zone"),
        ('every = "1d"\ntimezone = 1', "is no time zone"),
        ('every = "1d"\ntimeout = "1s"', "timeout: is unknown"),
    ],
)
def test_what_is_wrong_is_named(line: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        parse_schedule(job(line))


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScheduleMissing, match=r"schedule.example.toml"):
        read_schedule(tmp_path / "schedule.toml")
    (tmp_path / "schedule.toml").write_bytes(b"\xff")
    with pytest.raises(ScheduleError, match="cannot be read"):
        read_schedule(tmp_path / "schedule.toml")


def test_names_that_could_leave_the_log_folder_are_refused() -> None:
    (found,) = problems(job('every = "1d"').replace('"x"', '"../x"'))
    assert "is no name" in found


def test_other_toml_is_refused() -> None:
    assert "no valid TOML" in problems("[[crawl]\n")[0]
    assert (
        "'job' is unknown; there are [[crawl]] tables only" in problems("[[job]]\nname = 'x'\n")[0]
    )
    assert "must be tables" in problems("crawl = 3")[0]
    assert "is missing" in problems("crawl = [{}]")[0]


@given(st.text(max_size=200))
def test_any_text_is_a_schedule_or_a_named_error(text: str) -> None:
    for written in (text, f"[[crawl]]\n{text}", job(f"every = {text}"), job(f'calendar="{text}"')):
        try:
            jobs = parse_schedule(written, ["netwellness"])
        except ScheduleError as error:
            messages = error.problems
        else:
            messages = tuple(job.name for job in jobs) or ("no crawls",)
        assert all(messages)
        assert messages


@given(st.integers(1, 500), st.sampled_from("mhdw"))
def test_durations_are_written_as_they_are_read(number: int, unit: str) -> None:
    span = parse_duration(f"{number}{unit}")
    assert parse_duration(duration(span)) == span


def test_the_example_names_every_key() -> None:
    text = (ROOT / "schedule.example.toml").read_text("utf-8")
    assert {key for key in KEYS if f"{key} = " not in text} == set()
