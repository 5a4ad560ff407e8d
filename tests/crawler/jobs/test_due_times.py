"""When crawls are due: intervals, calendars, clock changes, blackouts, downtime, retries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.jobs.due_times import (
    ALARMED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    REFUSED,
    STOPPED,
    PastRun,
    Retry,
    Slot,
    allowed,
    blacked_out,
    calendar_time,
    interval,
    outlook,
    slot,
)
from crawler.jobs.schedule import Blackout, Job, parse_schedule

ZONES = ("UTC", "Europe/Vienna", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata",
         "America/Santiago", "Pacific/Apia", "Africa/Casablanca")  # fmt: skip
CALENDARS = ("30 2 * * *", "0 * * * *", "*/15 * * * *", "15 1,2,3 * * *", "30 2 * * 1", "0 0 1 * *",
             "45 1 * * sun", "59 23 * * *", "0 0 29 2 *")  # fmt: skip
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RETRY = Retry()
instants = st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


def job(calendar: str | None = None, zone: str = "UTC", **more: object) -> Job:
    return Job("x", "netwellness", calendar=calendar, zone=ZoneInfo(zone), **more)  # type: ignore[arg-type]


def hourly(*, enabled: bool = True) -> Job:
    return job(every=HOUR, enabled=enabled)


def ran(
    started: datetime, seconds: float = 60, outcome: str = FINISHED, fresh: bool = True
) -> PastRun:
    finished = started + timedelta(seconds=seconds)
    return PastRun(1, "x", "netwellness", started, fresh, started, finished, 0, outcome)


def next_run(job: Job, since: datetime, runs: list[PastRun], now: datetime) -> datetime | None:
    return outlook(job, since, runs, now, RETRY, locked=False).next


def is_due(job: Job, since: datetime, runs: list[PastRun], now: datetime) -> bool:
    return next_run(job, since, runs, now) == now


def test_an_interval_is_due_at_once_and_then_counts_from_the_beginning() -> None:
    assert is_due(hourly(), NOW, [], NOW)
    runs = [ran(NOW, 1200)]
    assert next_run(hourly(), NOW, runs, NOW + 30 * MINUTE) == NOW + HOUR
    assert is_due(hourly(), NOW, runs, NOW + HOUR)


def test_a_calendar_waits_for_its_first_slot() -> None:
    weekly = job("30 2 * * 1")
    assert next_run(weekly, NOW, [], NOW) == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)


def test_downtime_over_many_slots_is_made_up_for_once() -> None:
    daily, since = job("30 2 * * *"), NOW - 30 * DAY
    runs = [ran(NOW - 10 * DAY)]
    assert is_due(daily, since, runs, NOW)
    assert not is_due(daily, since, [ran(NOW), *runs], NOW + HOUR)


def test_a_slot_during_a_run_is_served_by_that_run() -> None:
    daily = job("30 2 * * *")
    long = [ran(NOW - 2 * DAY, 2 * 86400 - 60)]
    assert next_run(daily, NOW - 9 * DAY, long, NOW) == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)


def test_what_is_not_enabled_never_runs() -> None:
    assert next_run(hourly(enabled=False), NOW - DAY, [], NOW) is None


def test_a_job_that_is_running_says_so() -> None:
    run = replace(ran(NOW), finished=None, outcome=None)
    runs = [run, ran(NOW - DAY)]
    stand = outlook(hourly(), NOW, runs, NOW + HOUR, RETRY, locked=True)
    assert (stand.running, stand.last) == (run, runs[1])
    assert outlook(hourly(), NOW, runs, NOW + HOUR, RETRY, locked=False).running is None


@pytest.mark.parametrize(
    ("zone", "calendar", "day", "expected"),
    [
        # Clocks go from 2:00 to 3:00; from 3:00 back to 2:00.
        ("Europe/Vienna", "30 2 * * *", (3, 28, 12), ["03-29 01:00", "03-30 00:30"]),
        ("Europe/Vienna", "30 2 * * *", (10, 24, 12), ["10-25 00:30", "10-26 01:30"]),
        # By half an hour: from 2:00 to 2:30; from 2:00 back to 1:30.
        ("Australia/Lord_Howe", "15 2 * * *", (10, 3, 0), ["10-03 15:30", "10-04 15:15"]),
        ("Australia/Lord_Howe", "45 1 * * *", (4, 4, 0), ["04-04 14:45", "04-05 15:15"]),
    ],
)  # fmt: skip
def test_clock_changes(
    zone: str, calendar: str, day: tuple[int, int, int], expected: list[str]
) -> None:
    times, moment = [], datetime(2026, *day, tzinfo=UTC)
    for _ in expected:
        following = calendar_time(job(calendar, zone), moment)
        times.append(following.strftime("%m-%d %H:%M"))
        # Begun late, within the hour that is repeated.
        moment = following + 40 * MINUTE
    assert times == expected


@given(st.sampled_from(CALENDARS), st.sampled_from(ZONES), instants)
def test_the_next_slot_is_later_and_only_one(calendar: str, zone: str, moment: datetime) -> None:
    scheduled = job(calendar, zone)
    first = calendar_time(scheduled, moment)
    assert first > moment
    # From any instant before it, it is the next; so no slot is seen twice, or missed.
    assert calendar_time(scheduled, moment + (first - moment) / 2) == first
    assert calendar_time(scheduled, first - timedelta(seconds=1)) == first
    assert calendar_time(scheduled, first) > first


@given(st.sampled_from(ZONES), st.integers(2024, 2029), st.integers(0, 23), st.integers(0, 59))
def test_a_daily_crawl_runs_once_a_day_all_year(
    zone: str, year: int, hour: int, minute: int
) -> None:
    daily = job(f"{minute} {hour} * * *", zone)
    moment = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    days = []
    while True:
        following = calendar_time(daily, moment)
        local = following.astimezone(daily.zone)
        if local.year > year:
            break
        days.append(local.date())
        moment = following + timedelta(seconds=20)
    assert len(days) == len(set(days))
    assert len(days) in (365, 366)


windows = st.lists(
    st.builds(
        Blackout,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.integers(0, 1439),
        st.integers(1, 1440),
    ).filter(lambda blackout: blackout.start != blackout.end),
    max_size=3,
)


@given(windows, st.sampled_from(ZONES), instants)
def test_no_run_begins_in_a_blackout(
    blackouts: list[Blackout], zone: str, moment: datetime
) -> None:
    assume(any(not any(b.covers(*divmod(n, 1440)) for b in blackouts) for n in range(7 * 1440)))
    scheduled = job(None, zone, every=HOUR, blackout=tuple(blackouts))
    at = next_run(scheduled, moment, [], moment)
    assert at is not None
    assert at >= moment
    assert not blacked_out(scheduled, at)
    # Nor later than need be.
    assert at == moment or blacked_out(scheduled, at - timedelta(seconds=1))


def test_a_blackout_over_midnight_belongs_to_the_day_it_begins() -> None:
    text = (
        '[[crawl]]\nname="x"\nspider="s"\nevery="1h"\ntimezone="Europe/Vienna"\n'
        'blackout=["Fri 22:00-06:00"]'
    )
    (evening,) = parse_schedule(text)
    vienna = ZoneInfo("Europe/Vienna")
    friday = datetime(2026, 3, 6, 22, 0, tzinfo=vienna)
    assert blacked_out(evening, friday)
    assert blacked_out(evening, friday + 7 * HOUR + 59 * MINUTE)
    assert not blacked_out(evening, friday + 8 * HOUR)
    assert not blacked_out(evening, friday - timedelta(seconds=1))
    assert not blacked_out(evening, friday - DAY)
    assert allowed(evening, friday) == friday + 8 * HOUR


def tries(outcome: str, times: int) -> list[PastRun]:
    return [ran(NOW - n * HOUR, 60, outcome, fresh=n == times - 1) for n in range(times)]


def wanted(every: timedelta, runs: list[PastRun], retry: Retry = RETRY) -> Slot | None:
    return slot(job(every=every), NOW - 90 * DAY, runs, retry)


@pytest.mark.parametrize("outcome", [STOPPED, INTERRUPTED, REFUSED])
def test_what_did_not_run_is_tried_until_it_does(outcome: str) -> None:
    for times in (1, 2, 50):
        expected = Slot(NOW + 16 * MINUTE, fresh=False)
        assert wanted(7 * DAY, tries(outcome, times)) == expected


def test_what_failed_is_tried_again_a_few_times() -> None:
    weekly = 7 * DAY
    assert wanted(weekly, tries(FAILED, 3)) == Slot(NOW + 16 * MINUTE, fresh=False)
    assert wanted(weekly, tries(FAILED, 4)) == Slot(NOW - 3 * HOUR + weekly, fresh=True)
    once = Retry(failures=0)
    assert wanted(weekly, tries(FAILED, 1), once) == Slot(NOW + weekly, fresh=True)


@pytest.mark.parametrize("outcome", [FINISHED, ALARMED])
def test_what_came_to_its_end_waits_for_its_time(outcome: str) -> None:
    assert wanted(7 * DAY, tries(outcome, 1)) == Slot(NOW + 7 * DAY, fresh=True)


def test_going_on_does_not_move_the_interval() -> None:
    runs = [ran(NOW + 2 * HOUR, fresh=False), ran(NOW, 60, STOPPED)]
    assert wanted(DAY, runs) == Slot(NOW + DAY, fresh=True)


def test_intervals_by_calendar() -> None:
    monday = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert interval(job("30 2 * * 1"), monday) == 7 * DAY
    assert interval(hourly(), monday) == HOUR


@given(
    st.sampled_from(["30 2 * * *", "*/30 * * * *", "15 */6 * * *"]),
    st.sampled_from(ZONES),
    instants,
    st.lists(st.integers(1, 72 * 60), min_size=1, max_size=30),
)
def test_called_at_any_minutes_each_slot_is_run_at_most_once(
    calendar: str, zone: str, start: datetime, gaps: list[int]
) -> None:
    """A timer with gaps (downtime): never two runs for one slot, never a slot forgotten."""
    scheduled, now, runs = job(calendar, zone), start, list[PastRun]()
    for gap in gaps:
        now += gap * MINUTE
        found = slot(scheduled, start, runs, RETRY)
        assert found is not None
        last = runs[0].started if runs else start
        following = calendar_time(scheduled, last)
        assert (found.at <= now) == (following <= now)
        if found.at <= now:
            assert found.at > last
            runs.insert(0, ran(now, 0))
            assert not is_due(scheduled, start, runs, now)
