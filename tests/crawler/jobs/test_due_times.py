"""When crawls are due: intervals, calendars, clock changes, blackouts, downtime, retries."""

from __future__ import annotations

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
    PAUSED,
    REFUSED,
    STOPPED,
    TIMED_OUT,
    Attempt,
    PastRuns,
    Retry,
    Slot,
    after,
    allowed,
    blacked_out,
    interval,
    is_due,
    next_run,
    slot,
)
from crawler.jobs.schedule import Blackout, Job, load

ZONES = ("UTC", "Europe/Vienna", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata",
         "America/Santiago", "Pacific/Apia", "Africa/Casablanca")  # fmt: skip
CALENDARS = ("30 2 * * *", "0 * * * *", "*/15 * * * *", "15 1,2,3 * * *", "30 2 * * 1", "0 0 1 * *",
             "45 1 * * sun", "59 23 * * *", "0 0 29 2 *")  # fmt: skip
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
instants = st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1)).map(
    lambda one: one.replace(tzinfo=UTC)
)


def job(calendar: str | None = None, zone: str = "UTC", **more: object) -> Job:
    return Job("x", "netwellness", calendar=calendar, zone=ZoneInfo(zone), **more)  # type: ignore[arg-type]


def hourly(*, enabled: bool = True) -> Job:
    return job(every=HOUR, enabled=enabled)


def ran(
    started: datetime, seconds: float = 60, outcome: str = FINISHED, fresh: bool = True
) -> Attempt:
    return Attempt(started, started + timedelta(seconds=seconds), outcome, fresh)


def test_an_interval_is_due_at_once_and_then_counts_from_the_beginning() -> None:
    assert is_due(hourly(), PastRuns(NOW), NOW)
    past = PastRuns(NOW, [ran(NOW, 1200)])
    assert next_run(hourly(), past, NOW + 30 * MINUTE) == NOW + HOUR
    assert is_due(hourly(), past, NOW + HOUR)


def test_a_calendar_waits_for_its_first_slot() -> None:
    weekly = job("30 2 * * 1")
    assert next_run(weekly, PastRuns(NOW), NOW) == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert not is_due(weekly, PastRuns(NOW), NOW)


def test_downtime_over_many_slots_is_made_up_for_once() -> None:
    daily = job("30 2 * * *")
    past = PastRuns(NOW - 30 * DAY, [ran(NOW - 10 * DAY)])
    assert is_due(daily, past, NOW)
    assert not is_due(daily, PastRuns(past.since, [ran(NOW), *past.tries]), NOW + HOUR)


def test_a_slot_during_a_run_is_served_by_that_run() -> None:
    daily = job("30 2 * * *")
    long = PastRuns(NOW - 9 * DAY, [ran(NOW - 2 * DAY, 2 * 86400 - 60)])
    assert next_run(daily, long, NOW) == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)


def test_what_is_not_enabled_never_runs() -> None:
    assert next_run(hourly(enabled=False), PastRuns(NOW - DAY), NOW) is None
    assert not is_due(hourly(enabled=False), PastRuns(NOW - DAY), NOW)


def test_a_last_run_in_the_future_counts_as_now() -> None:
    past = PastRuns(NOW + 900 * DAY, [ran(NOW + 900 * DAY)])
    assert next_run(hourly(), past, NOW) == NOW + HOUR
    assert next_run(job("30 2 * * *"), past, NOW) == datetime(2026, 3, 3, 2, 30, tzinfo=UTC)


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
    one, found, moment = job(calendar, zone), [], datetime(2026, *day, tzinfo=UTC)
    for _ in expected:
        following = after(one, moment)
        assert following is not None
        found.append(following.strftime("%m-%d %H:%M"))
        # Begun late, within the hour that is repeated.
        moment = following + 40 * MINUTE
    assert found == expected


@given(st.sampled_from(CALENDARS), st.sampled_from(ZONES), instants)
def test_the_next_slot_is_later_and_only_one(calendar: str, zone: str, moment: datetime) -> None:
    one = job(calendar, zone)
    first = after(one, moment)
    assume(first is not None)
    assert first is not None
    assert first > moment
    # From any instant before it, it is the next; so no slot is seen twice, or missed.
    assert after(one, moment + (first - moment) / 2) == first
    assert after(one, first - timedelta(seconds=1)) == first
    second = after(one, first)
    assert second is not None
    assert second > first


@given(st.sampled_from(ZONES), st.integers(2024, 2029), st.integers(0, 23), st.integers(0, 59))
def test_a_daily_crawl_runs_once_a_day_all_year(
    zone: str, year: int, hour: int, minute: int
) -> None:
    one = job(f"{minute} {hour} * * *", zone)
    moment = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    days = []
    while True:
        following = after(one, moment)
        assert following is not None
        local = following.astimezone(one.zone)
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
    ).filter(lambda one: one.start != one.end),
    max_size=3,
)


@given(windows, st.sampled_from(ZONES), instants)
def test_no_run_begins_in_a_blackout(found: list[Blackout], zone: str, moment: datetime) -> None:
    free = any(not any(one.covers(n // 1440, n % 1440) for one in found) for n in range(7 * 1440))
    assume(free)
    one = job(None, zone, every=HOUR, blackout=tuple(found))
    at = next_run(one, PastRuns(moment), moment)
    assert at is not None
    assert at >= moment
    assert not blacked_out(one, at)
    # Nor later than need be.
    assert at == moment or blacked_out(one, at - timedelta(seconds=1))
    assert is_due(one, PastRuns(moment), moment) == (not blacked_out(one, moment))


def test_a_blackout_over_midnight_belongs_to_the_day_it_begins() -> None:
    text = (
        '[[crawl]]\nname="x"\nspider="s"\nevery="1h"\ntimezone="Europe/Vienna"\n'
        'blackout=["Fri 22:00-06:00"]'
    )
    (one,) = load(text).jobs
    vienna = ZoneInfo("Europe/Vienna")
    friday = datetime(2026, 3, 6, 22, 0, tzinfo=vienna)
    assert blacked_out(one, friday)
    assert blacked_out(one, friday + 7 * HOUR + 59 * MINUTE)
    assert not blacked_out(one, friday + 8 * HOUR)
    assert not blacked_out(one, friday - timedelta(seconds=1))
    assert not blacked_out(one, friday - DAY)
    assert allowed(one, friday) == friday + 8 * HOUR


def tries(outcome: str, times: int, seconds: float = 60) -> PastRuns:
    runs = [ran(NOW - n * HOUR, seconds, outcome, fresh=n == times - 1) for n in range(times)]
    return PastRuns(NOW - 90 * DAY, runs)


@pytest.mark.parametrize("outcome", [STOPPED, PAUSED, INTERRUPTED])
def test_what_was_stopped_goes_on_soon_and_ever_later(outcome: str) -> None:
    weekly = job(every=7 * DAY)
    waits = []
    for times in (1, 2, 3, 7, 30):
        found = slot(weekly, tries(outcome, times), NOW + 2 * MINUTE)
        assert found is not None
        assert not found.fresh
        waits.append(found.at - (NOW + MINUTE))
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, HOUR, HOUR]


def test_what_ran_long_before_it_was_stopped_goes_on_at_once() -> None:
    past = tries(STOPPED, 9, 2 * 3600)
    later = NOW + 3 * HOUR
    assert slot(job(every=7 * DAY), past, later) == Slot(NOW + 2 * HOUR, fresh=False)


def test_what_failed_is_tried_again_a_few_times() -> None:
    weekly, at = job(every=7 * DAY), NOW + 2 * MINUTE
    found = slot(weekly, tries(FAILED, 3), at)
    assert found == Slot(NOW + MINUTE + 20 * MINUTE, fresh=False)
    assert slot(weekly, tries(FAILED, 4), at) == Slot(NOW - 3 * HOUR + 7 * DAY, fresh=True)
    assert slot(weekly, tries(FAILED, 1), at, Retry(failures=0)) == Slot(NOW + 7 * DAY, fresh=True)


def test_what_was_refused_is_tried_until_it_runs() -> None:
    found = slot(job(every=7 * DAY), tries(REFUSED, 50), NOW + 2 * MINUTE)
    assert found == Slot(NOW + MINUTE + 5 * HOUR, fresh=False)


@pytest.mark.parametrize("outcome", [FINISHED, ALARMED, TIMED_OUT])
def test_what_came_to_its_end_waits_for_its_time(outcome: str) -> None:
    found = slot(job(every=7 * DAY), tries(outcome, 1), NOW + 2 * MINUTE)
    assert found == Slot(NOW + 7 * DAY, fresh=True)


def test_going_on_does_not_move_the_interval() -> None:
    runs = [ran(NOW + 2 * HOUR, fresh=False), ran(NOW, 60, STOPPED)]
    assert slot(job(every=DAY), PastRuns(NOW, runs), NOW + 3 * HOUR) == Slot(NOW + DAY, fresh=True)


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
    one, now, runs = job(calendar, zone), start, list[Attempt]()
    for gap in gaps:
        before, now = now, now + gap * MINUTE
        found = slot(one, PastRuns(start, runs), now)
        assert found is not None
        due = found.at <= now
        following = after(one, runs[0].ended if runs else start)
        assert following is not None
        assert due == (following <= now)
        if due:
            assert found.at > (runs[0].ended if runs else start)
            runs.insert(0, ran(now, 0))
            assert not is_due(one, PastRuns(start, runs), now)
        assert before < now
