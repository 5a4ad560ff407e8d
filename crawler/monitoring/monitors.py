"""The monitors: functions that compare the figures of a run with the site's earlier runs.

They judge what the archive holds, and not the counters of one process, which are gone when a
run is killed and resumed. The alarms come in the order of ``MONITORS``.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scrapy.settings import BaseSettings

from crawler.monitoring.alarms import (
    Alarm,
    AlarmThresholds,
    percent,
    surely_above,
    surely_below,
    usual,
)
from pipelines.reports.run_figures import RunFigures, RunReport, Share
from pipelines.reports.run_report import history

logger = logging.getLogger(__name__)

DRIFT_FIELDS = ("answer", "page", "question", "responder", "title", "topic")


@dataclass(frozen=True, slots=True)
class MonitoredRun:
    """A run, the figures of the site's earlier runs, and the thresholds.

    ``skipped`` counts known pages that the run left alone on purpose; None if unknown.
    """

    report: RunReport
    past: Sequence[RunFigures]
    thresholds: AlarmThresholds
    skipped: int | None = None


def answers(run: MonitoredRun) -> Iterable[Alarm]:
    """Few addresses gave an error or no answer, and something was fetched at all."""
    report = run.report
    if report.fetched == 0:
        causes = "; ".join(f"{cause.count:,} x {cause.reason}" for cause in report.causes[:3])
        message = f"no page could be fetched ({causes or 'nothing was asked for'})"
        return (Alarm("answers", None, message, report.bad_examples),)
    return _not_above(
        run, "answers", report.bad, [figures.bad for figures in run.past],
        run.thresholds.max_bad_status, "addresses gave an error or no answer",
        report.bad_examples,
    )  # fmt: skip


def pages_found(run: MonitoredRun) -> Iterator[Alarm]:
    """Nearly all known pages were asked for, apart from those left alone on purpose, and found."""
    questions, thresholds = run.report.questions, run.thresholds
    if questions.known < thresholds.min_pages:
        return
    missing = Share(questions.missing, questions.known)
    if surely_above(missing, thresholds.max_fall):
        message = (
            f"{missing.having:,} of {missing.of:,} known question pages were asked for and "
            f"not found ({percent(missing.value)}); {questions.counts['gone']:,} of them are gone"
        )
        yield Alarm("pages found", None, message, questions.missing_examples)
    if run.skipped is None:
        return
    left = max(0, questions.known - questions.asked - run.skipped)
    share = Share(left, max(questions.known, 1))
    if surely_above(share, thresholds.max_fall):
        message = (
            f"{left:,} of {questions.known:,} known question pages were not asked for "
            f"({percent(share.value)}), and not on purpose"
        )
        yield Alarm("pages found", None, message)


def template_drift(run: MonitoredRun) -> Iterator[Alarm]:
    """Few of the pages that have changed lost a field by it: the mark of a new template.

    Only pages that were read before and are different now are looked at, so that it tells
    as much in a run that fetched 1 % of the site as in one that fetched all of it.
    """
    readings = run.report.readings
    losses = {loss.field: loss for loss in readings.lost}
    if readings.altered < run.thresholds.min_altered:
        return
    for field in DRIFT_FIELDS:
        loss = losses.get(field)
        if loss and surely_above(Share(loss.count, readings.altered), run.thresholds.max_lost):
            where = ", ".join(f"{n:,} at {place}" for place, n in list(loss.places.items())[:3])
            change = "hold no question any more" if field == "page" else f"lost their {field}"
            pages = f"{loss.count:,} of {readings.altered:,} changed pages"
            message = f"{field}: {pages} {change} ({where})"
            yield Alarm("template drift", field, message, loss.examples)


def coverage(run: MonitoredRun) -> Iterator[Alarm]:
    """As many pages have an answer, a responder, a topic as usual: one alarm a field at most.

    Pages that the archive knew before are compared with the earlier runs. New ones are
    too, except that an answer may still come: that they have none yet is no alarm.
    """
    thresholds = run.thresholds
    fields = {covered.field: covered for covered in run.report.readings.coverage}
    for field, least in thresholds.min_coverage.items():
        covered = fields[field]
        before = usual([figures.coverage[field] for figures in run.past], thresholds.min_pages)
        reason = f"; at least {percent(least)} is expected"
        if before is None:
            comparisons = [("question", covered.seen, least, reason)]
        else:
            limit, past = before[0] - thresholds.max_drop, f", {_in_the_past(before)}"
            comparisons = [("known", covered.known, limit, past)]
            if field != "answer":
                comparisons.append(("new", covered.fresh, limit, past))
            comparisons.append(("known", covered.known, least, reason))
        for kind, share, limit, reason in comparisons:
            if share.of >= thresholds.min_pages and surely_below(share, limit):
                having = f"{share.having:,} of {share.of:,} {kind} pages have one"
                message = f"{field}: {having} ({percent(share.value)}){reason}"
                yield Alarm("coverage", field, message, covered.lacking)
                break


def low_confidence(run: MonitoredRun) -> Iterable[Alarm]:
    """Few records are doubtful."""
    readings = run.report.readings
    return _not_above(
        run, "low confidence", readings.low, [figures.low for figures in run.past],
        run.thresholds.max_low_confidence, "records are doubtful", readings.low_examples,
    )  # fmt: skip


def parse_errors(run: MonitoredRun) -> Iterable[Alarm]:
    """Few pages are question pages that cannot be read."""
    readings = run.report.readings
    fields = ", ".join(f"{n:,} {field}" for field, n in readings.errors_by_field.items())
    return _not_above(
        run, "parse errors", readings.errors, [figures.errors for figures in run.past],
        run.thresholds.max_parse_errors,
        f"question pages could not be read, by field {fields}", readings.error_examples,
    )  # fmt: skip


Monitor = Callable[[MonitoredRun], Iterable[Alarm]]
MONITORS: tuple[Monitor, ...] = (
    answers, pages_found, template_drift, coverage, low_confidence, parse_errors,
)  # fmt: skip


def judge(run: MonitoredRun) -> tuple[Alarm, ...]:
    """The alarms that the monitors raise for a run.

    A monitor that fails raises an alarm too: what it watches is unwatched. Without earlier
    runs the absolute thresholds alone decide.
    """
    alarms: list[Alarm] = []
    for monitor in MONITORS:
        try:
            alarms.extend(monitor(run))
        except Exception as error:
            logger.exception("the monitor %s failed", monitor.__name__)
            alarms.append(Alarm("monitors", None, f"{monitor.__name__} failed: {error!r}"))
    return tuple(alarms)


def alarms_of(
    connection: sqlite3.Connection,
    report: RunReport,
    settings: BaseSettings,
    *,
    skipped: int | None = None,
) -> tuple[str, ...]:
    """The alarms of a run whose rows are all committed, as sentences.

    :param skipped: how many known pages the run left alone on purpose; None if unknown
    """
    if not settings.getbool("MONITORS_ENABLED"):
        return ()
    thresholds = AlarmThresholds.of(settings)
    past = history(connection, report.uid, thresholds.history)
    return tuple(map(str, judge(MonitoredRun(report, past, thresholds, skipped))))


def _not_above(
    run: MonitoredRun,
    name: str,
    share: Share,
    past: Sequence[Share],
    limit: float,
    trouble: str,
    examples: Sequence[str],
) -> Iterator[Alarm]:
    """Alarm if a share is above its limit, or well above what is usual for the site."""
    thresholds = run.thresholds
    if share.of < thresholds.min_pages:
        return
    before = usual(past, thresholds.min_pages)
    message = f"{share.having:,} of {share.of:,} {trouble} ({percent(share.value)})"
    if before is not None and surely_above(share, before[0] + thresholds.max_drop):
        yield Alarm(name, None, f"{message}, {_in_the_past(before)}", tuple(examples))
    elif surely_above(share, limit):
        message = f"{message}; at most {percent(limit)} is allowed"
        yield Alarm(name, None, message, tuple(examples))


def _in_the_past(before: tuple[float, int]) -> str:
    value, runs = before
    return f"{percent(value)} in the last {runs} crawl{'s' if runs > 1 else ''}"
