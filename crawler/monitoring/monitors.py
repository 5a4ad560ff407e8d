"""The monitors: Spidermon's, over the figures of a run and of the site's earlier runs.

Only Spidermon's core is used. Its Scrapy extension judges counters of one process, which
are gone when a run is killed and goes on; these judge what the archive holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from scrapy.settings import BaseSettings
from spidermon import Monitor, MonitorResult, MonitorRunner, MonitorSuite

from crawler.monitoring.alarms import (
    Alarm,
    AlarmThresholds,
    percent,
    surely_above,
    surely_below,
    usual,
)
from pipelines.reports.run_figures import FieldCoverage, RunFigures, RunReport, Share
from pipelines.reports.run_report import history


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a run, the site's earlier runs, and the limits.

    ``skipped`` counts known pages that the run left alone on purpose; None if nobody knows.
    """

    report: RunReport
    past: Sequence[RunFigures]
    limits: AlarmThresholds
    skipped: int | None = None


class Alarmed(AssertionError):
    """A monitor's verdict."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(str(alarm))
        self.alarm = alarm


class RunMonitor(Monitor):  # type: ignore[misc]  # untyped
    """What all monitors here share."""

    @property
    def case(self) -> Case:
        """What is judged."""
        case: Case = self.data.case
        return case

    def alarm(
        self, name: str, message: str, examples: Sequence[str] = (), field: str | None = None
    ) -> None:
        """Say that something is wrong."""
        raise Alarmed(Alarm(name, field, message, tuple(examples)))

    def not_above(
        self,
        name: str,
        share: Share,
        past: Sequence[Share],
        limit: float,
        what: str,
        examples: Sequence[str],
    ) -> None:
        """Alarm if a share is above its limit, or well above what is usual for the site."""
        limits = self.case.limits
        if share.of < limits.min_pages:
            return
        before = usual(past, limits.min_pages)
        said = f"{share.having:,} of {share.of:,} {what} ({percent(share.value)})"
        if before is not None and surely_above(share, before[0] + limits.max_drop):
            self.alarm(name, f"{said}, {_before(before)}", examples)
        if surely_above(share, limit):
            self.alarm(name, f"{said}; at most {percent(limit)} is allowed", examples)


class CoverageMonitor(RunMonitor):
    """Whether as many pages have a field as usual.

    Pages that the archive knew before are compared with the earlier runs. New ones are
    too, except that an answer may still come: that they have none yet is no alarm.
    """

    def test_answer(self) -> None:
        """Questions have answers."""
        self.check("answer")

    def test_responder(self) -> None:
        """Answers have responders."""
        self.check("responder")

    def test_topic(self) -> None:
        """Questions have topics."""
        self.check("topic")

    def check(self, field: str) -> None:
        """Alarm if too few have it."""
        limits = self.case.limits
        found = next(one for one in self.case.report.readings.coverage if one.field == field)
        past = [one.coverage[field] for one in self.case.past]
        before = usual(past, limits.min_pages)
        if before is None:
            self.enough(found, found.seen, dict(limits.min_coverage)[field])
            return
        for share in (found.known, *([found.fresh] if field != "answer" else ())):
            if share.of >= limits.min_pages and surely_below(share, before[0] - limits.max_drop):
                message = f"{_having(found, share)}, {_before(before)}"
                self.alarm("coverage", message, found.lacking, field)
        self.enough(found, found.known, dict(limits.min_coverage)[field])

    def enough(self, found: FieldCoverage, share: Share, limit: float) -> None:
        """Alarm if fewer have it than on any sound site."""
        if share.of >= self.case.limits.min_pages and surely_below(share, limit):
            message = f"{_having(found, share)}; at least {percent(limit)} is expected"
            self.alarm("coverage", message, found.lacking, found.field)


class DriftMonitor(RunMonitor):
    """Whether pages that have changed lost a field by it: the mark of a new template.

    Only pages that were read before and are different now are looked at, so that it tells
    as much in a run that fetched 1 % of the site as in one that fetched all of it.
    """

    def test_answer(self) -> None:
        """Changed pages still have answers."""
        self.check("answer")

    def test_responder(self) -> None:
        """Changed pages still have responders."""
        self.check("responder")

    def test_topic(self) -> None:
        """Changed pages still have topics."""
        self.check("topic")

    def test_title(self) -> None:
        """The title of changed pages can be read."""
        self.check("title")

    def test_question(self) -> None:
        """The question of changed pages can be read."""
        self.check("question")

    def test_page(self) -> None:
        """Changed pages are still question pages."""
        self.check("page")

    def check(self, field: str) -> None:
        """Alarm if too many lost it."""
        readings, limits = self.case.report.readings, self.case.limits
        lost = next((one for one in readings.lost if one.field == field), None)
        if lost is None or readings.altered < limits.min_altered:
            return
        share = Share(lost.count, readings.altered)
        if surely_above(share, limits.max_lost):
            where = ", ".join(f"{n:,} at {place}" for place, n in list(lost.places.items())[:3])
            what = "hold no question any more" if field == "page" else f"lost their {field}"
            message = f"{field}: {share.having:,} of {share.of:,} changed pages {what} ({where})"
            self.alarm("template drift", message, lost.examples, field)


class ReadingMonitor(RunMonitor):
    """Whether pages can be read, and surely."""

    def test_parse_errors(self) -> None:
        """Few pages are question pages that cannot be read."""
        readings = self.case.report.readings
        fields = ", ".join(f"{n:,} {field}" for field, n in readings.errors_by_field.items())
        self.not_above(
            "parse errors",
            readings.errors,
            [one.errors for one in self.case.past],
            self.case.limits.max_parse_errors,
            f"question pages could not be read, by field {fields}",
            readings.error_examples,
        )

    def test_low_confidence(self) -> None:
        """Few records are doubtful."""
        readings = self.case.report.readings
        self.not_above(
            "low confidence",
            readings.low,
            [one.low for one in self.case.past],
            self.case.limits.max_low_confidence,
            "records are doubtful",
            readings.low_examples,
        )


class FindingMonitor(RunMonitor):
    """Whether the pages that the archive knows are still found."""

    def test_pages_found(self) -> None:
        """Of the known pages, nearly all that were asked for are there."""
        questions, limits = self.case.report.questions, self.case.limits
        missing = Share(questions.missing, questions.known)
        if missing.of >= limits.min_pages and surely_above(missing, limits.max_fall):
            gone = questions.counts["gone"]
            message = (
                f"{missing.having:,} of {missing.of:,} known question pages were asked for and "
                f"not found ({percent(missing.value)}); {gone:,} of them are gone"
            )
            self.alarm("pages found", message, questions.missing_examples)

    def test_pages_reached(self) -> None:
        """All known pages were asked for, apart from those left alone on purpose."""
        questions, limits = self.case.report.questions, self.case.limits
        if self.case.skipped is None:
            return
        left = max(0, questions.known - questions.asked - self.case.skipped)
        share = Share(left, max(questions.known, 1))
        if questions.known >= limits.min_pages and surely_above(share, limits.max_fall):
            message = (
                f"{left:,} of {questions.known:,} known question pages were not asked for "
                f"({percent(share.value)}), and not on purpose"
            )
            self.alarm("pages found", message)


class FetchMonitor(RunMonitor):
    """Whether the site answered."""

    def test_anything(self) -> None:
        """Something was fetched."""
        report = self.case.report
        if report.fetched == 0:
            why = "; ".join(f"{one.count:,} x {one.reason}" for one in report.causes[:3])
            message = f"no page could be fetched ({why or 'nothing was asked for'})"
            self.alarm("answers", message, report.bad_examples)

    def test_answers(self) -> None:
        """Few addresses answered with an error, or not at all."""
        report = self.case.report
        if report.fetched == 0:
            return  # said by the other one
        self.not_above(
            "answers",
            report.bad,
            [one.bad for one in self.case.past],
            self.case.limits.max_bad_status,
            "addresses gave an error or no answer",
            report.bad_examples,
        )


class Suite(MonitorSuite):  # type: ignore[misc]  # untyped
    """All monitors, in the order in which their alarms are told."""

    monitors = (FetchMonitor, FindingMonitor, DriftMonitor, CoverageMonitor, ReadingMonitor)


class Verdict(MonitorResult):  # type: ignore[misc]  # untyped
    """Collects the alarms."""

    def __init__(self) -> None:
        super().__init__()
        self.alarms: list[Alarm] = []

    def addFailure(self, test: Monitor, err: tuple[type, Exception, object]) -> None:
        """A monitor found something."""
        super().addFailure(test, err)
        if isinstance(err[1], Alarmed):
            self.alarms.append(err[1].alarm)

    def addError(self, test: Monitor, err: tuple[type, Exception, object]) -> None:
        """A monitor failed itself: what it watches is unwatched, and that is an alarm too."""
        super().addError(test, err)
        self.alarms.append(Alarm("monitors", None, f"{test.name} failed: {err[1]!r}"))


class Runner(MonitorRunner):  # type: ignore[misc]  # untyped
    """Runs the suite."""

    def create_result(self) -> Verdict:
        """Where the alarms are collected."""
        return Verdict()


def judge(
    report: RunReport,
    past: Sequence[RunFigures],
    limits: AlarmThresholds,
    *,
    skipped: int | None = None,
) -> tuple[Alarm, ...]:
    """What the monitors say of a run.

    :param past: the figures of the site's earlier runs; without any, the absolute limits
        alone decide
    :param skipped: how many known pages the run left alone on purpose; None if unknown
    """
    verdict: Verdict = Runner().run(Suite(), case=Case(report, past, limits, skipped))
    return tuple(verdict.alarms)


def alarms_of(
    connection: sqlite3.Connection,
    report: RunReport,
    settings: BaseSettings,
    *,
    skipped: int | None = None,
) -> tuple[str, ...]:
    """The alarms of a run whose rows are all committed, whether or not its end is written.

    :param skipped: see :func:`judge`
    """
    if not settings.getbool("MONITORS_ENABLED"):
        return ()
    limits = AlarmThresholds.of(settings)
    past = history(connection, report.uid, limits.history)
    return tuple(map(str, judge(report, past, limits, skipped=skipped)))


def _having(found: FieldCoverage, share: Share) -> str:
    kind = "new" if share is found.fresh else "known" if share is found.known else "question"
    return (
        f"{found.field}: {share.having:,} of {share.of:,} {kind} pages have one "
        f"({percent(share.value)})"
    )


def _before(before: tuple[float, int]) -> str:
    value, runs = before
    return f"{percent(value)} in the last {runs} crawl{'s' if runs > 1 else ''}"
