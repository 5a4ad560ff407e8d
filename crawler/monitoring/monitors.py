"""The monitors: functions that compare the figures of a run with the site's earlier runs.

They judge what the archive holds, and not the counters of one process, which are gone when a
run is killed and resumed. The alarms come in the order of ``MONITORS``.

A few pages prove little: 2 bad ones of 5 are 40 %, and may well be chance. So a share is
judged by the bound of its confidence interval that speaks for the site: E. B. Wilson,
"Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from scrapy.settings import BaseSettings

from crawler.frontier.seeds import LEADS_NOWHERE, LOOPS
from crawler.redaction import without_secrets
from parsers.sites.site import EXPERTS
from parsers.urls import site_named
from pipelines.capture.cdx import NO_ROWS
from pipelines.reports.run_figures import RunFigures, RunReport, Share, TextSample, Unread
from pipelines.reports.run_report import history

logger = logging.getLogger(__name__)

#: Standard deviations: 1 in 200 beyond on one side, since a run is judged in a dozen ways.
_Z = 2.576
SHOWN = 3
COVERED_FIELDS = ("answer", "responder", "topic")
DRIFT_FIELDS = ("answer", "page", "question", "responder", "title", "topic")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should look at.

    ``name`` is the monitor, ``field`` the record's field in question, if any;
    ``examples`` are URLs.
    """

    name: str
    field: str | None
    message: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence, with a few examples."""
        examples = f"; e.g. {' '.join(self.examples[:SHOWN])}" if self.examples else ""
        return f"{self.name}: {self.message}{examples}"


@dataclass(frozen=True, slots=True)
class MonitoredRun:
    """A run, the figures of the site's earlier runs, and the settings with the thresholds.

    ``skipped`` counts known pages that the run left alone on purpose; None if unknown.
    """

    report: RunReport
    past: Sequence[RunFigures]
    settings: BaseSettings
    skipped: int | None = None

    def limit(self, name: str) -> float:
        """The threshold ``MONITOR_<name>``; :mod:`crawler.settings` says why it is what it is.

        :raises ValueError: the setting is no number
        """
        return self.settings.getfloat(f"MONITOR_{name}")


def answers(run: MonitoredRun) -> Iterable[Alarm]:
    """Few addresses gave an error or no answer, and something was fetched at all."""
    report = run.report
    if report.fetched == 0:
        causes = "; ".join(f"{cause.count:,} x {cause.reason}" for cause in report.causes[:3])
        message = f"no page could be fetched ({causes or 'nothing was asked for'})"
        return (Alarm("answers", None, message, report.bad_examples),)
    return _not_above(
        run, "answers", report.bad, [figures.bad for figures in run.past],
        run.limit("MAX_BAD_STATUS"), "addresses gave an error or no answer",
        report.bad_examples,
    )  # fmt: skip


def start_pages(run: MonitoredRun) -> Iterator[Alarm]:
    """The start pages led to others, or questions are known by other ways."""
    questions = run.report.questions
    if not questions.known and not questions.counts["new"]:
        for cause in run.report.causes:
            if cause.reason.startswith((LEADS_NOWHERE, LOOPS)):
                yield Alarm("start pages", None, cause.reason, cause.examples)


def index_rows(run: MonitoredRun) -> Iterator[Alarm]:
    """All that the index of a web archive lists could be asked for."""
    for cause in run.report.causes:
        if NO_ROWS in cause.reason:
            yield Alarm("index rows", None, f"the index lists {cause.reason}", cause.examples)


def pages_found(run: MonitoredRun) -> Iterator[Alarm]:
    """Nearly all known pages were asked for, apart from those left alone on purpose, and found."""
    questions = run.report.questions
    if questions.known < run.limit("MIN_PAGES"):
        return
    missing = Share(questions.missing, questions.known)
    if surely_above(missing, run.limit("MAX_FALL")):
        message = (
            f"{missing.having:,} of {missing.of:,} known question pages were asked for and "
            f"not found ({percent(missing.value)}); {questions.counts['gone']:,} of them are gone"
        )
        yield Alarm("pages found", None, message, questions.missing_examples)
    if run.skipped is None:
        return
    left = max(0, questions.known - questions.asked - run.skipped)
    share = Share(left, max(questions.known, 1))
    if surely_above(share, run.limit("MAX_FALL")):
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
    if readings.altered < run.limit("MIN_ALTERED"):
        return
    for field in DRIFT_FIELDS:
        loss = losses.get(field)
        if loss and surely_above(Share(loss.count, readings.altered), run.limit("MAX_LOST")):
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
    fields = {covered.field: covered for covered in run.report.readings.coverage}
    for field in COVERED_FIELDS:
        least, covered = run.limit(f"MIN_{field.upper()}"), fields[field]
        if field not in _expected_fields(run.report.arguments.get("site", "")):
            least = 0.0
        before = usual([figures.coverage[field] for figures in run.past], run.limit("MIN_PAGES"))
        reason = f"; at least {percent(least)} is expected"
        if before is None:
            comparisons = [("question", covered.seen, least, reason)]
        else:
            limit, past = before[0] - run.limit("MAX_DROP"), f", {_in_the_past(before)}"
            comparisons = [("known", covered.known, limit, past)]
            if field != "answer":
                comparisons.append(("new", covered.fresh, limit, past))
            comparisons.append(("known", covered.known, least, reason))
        for kind, share, limit, reason in comparisons:
            if share.of >= run.limit("MIN_PAGES") and surely_below(share, limit):
                having = f"{share.having:,} of {share.of:,} {kind} pages have one"
                message = f"{field}: {having} ({percent(share.value)}){reason}"
                yield Alarm("coverage", field, message, covered.lacking)
                break


def _expected_fields(name: str) -> Collection[str]:
    """The fields that most pages of a site have; all of them, where no site is named.

    Where the public answers nobody signs, and few sites name the topic of a question.
    """
    site = site_named(name)
    if site is None or site.reader == "labelled":
        return COVERED_FIELDS
    signed = ("responder",) if site.answers == EXPERTS else ()
    topics = ("topic",) if "topics" in site.selectors else ()
    return ("answer", *signed, *topics)


def low_confidence(run: MonitoredRun) -> Iterable[Alarm]:
    """Few records are doubtful."""
    readings = run.report.readings
    return _not_above(
        run, "low confidence", readings.low, [figures.low for figures in run.past],
        run.limit("MAX_LOW_CONFIDENCE"), "records are doubtful", readings.low_examples,
    )  # fmt: skip


def parse_errors(run: MonitoredRun) -> Iterable[Alarm]:
    """Few pages are question pages that cannot be read."""
    readings = run.report.readings
    fields = ", ".join(f"{n:,} {field}" for field, n in readings.errors_by_field.items())
    return _not_above(
        run, "parse errors", readings.errors, [figures.errors for figures in run.past],
        run.limit("MAX_PARSE_ERRORS"),
        f"question pages could not be read, by field {fields}", readings.error_examples,
    )  # fmt: skip


def question_pages(run: MonitoredRun) -> Iterator[Alarm]:
    """Few pages at question addresses hold no question, and some address is one of a question.

    However few pages there are: a small site is read wrongly as easily as a large one.
    """
    unread, least = run.report.unread, run.limit("MIN_PAGES")
    yield from unread_alarms(unread, run.limit("MAX_UNREAD"), least, run.report.fetched)


def unread_alarms(unread: Unread, limit: float, least: float, fetched: int) -> Iterator[Alarm]:
    """The alarms about pages at question addresses; they need no earlier runs.

    :param limit: the share of them that may hold no question
    :param least: pages from which on those that moved count too
    :param fetched: how many pages there are in all
    """
    share = unread.asked(least)
    kinds = ", ".join(f"{n:,} x {kind}" for kind, n in unread.kinds.items())
    if surely_above(share, limit):
        message = (
            f"{share.having:,} of {share.of:,} pages at question addresses hold no question that "
            f"is read ({percent(share.value)}); at most {percent(limit)} is allowed: {kinds}"
        )
        yield Alarm("question pages", None, message, unread.examples)
    elif unread.nothing and limit < 1:
        message = f"no question was read at any question address: {kinds}"
        yield Alarm("question pages", None, message, unread.examples)
    if unread.no_address and fetched:
        message = (
            f"no address fits `questions` of the declaration: {fetched:,} pages were "
            "fetched, and none of them is asked for as a question"
        )
        yield Alarm("question pages", None, message, unread.examples)


def texts(run: MonitoredRun) -> Iterator[Alarm]:
    """Few questions have the text of others, or letters that nobody wrote."""
    yield from text_alarms(run.report.texts, run.limit("MAX_UNREAD"))


def text_alarms(read: TextSample, limit: float) -> Iterator[Alarm]:
    """The alarms about the texts of questions; they need no earlier runs.

    :param limit: the share of them that may be wrong
    """
    for count, trouble, examples in (
        (read.alike, "say the same as others: a notice in their place?", read.alike_examples),
        (read.garbled, "are garbled: read in a wrong charset, or no text", read.garbled_examples),
    ):
        share = Share(count, read.sample)
        if surely_above(share, limit):
            message = (
                f"{count:,} of {read.sample:,} question pages {trouble} ({percent(share.value)})"
            )
            yield Alarm("texts", None, message, examples)


Monitor = Callable[[MonitoredRun], Iterable[Alarm]]
MONITORS: tuple[Monitor, ...] = (
    answers, start_pages, index_rows, pages_found, template_drift, coverage, low_confidence,
    parse_errors, question_pages, texts,
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
    past = history(connection, report.uid, settings.getint("MONITOR_HISTORY"))
    alarms = judge(MonitoredRun(report, past, settings, skipped))
    return tuple(without_secrets(str(alarm)) for alarm in alarms)


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
    if share.of < run.limit("MIN_PAGES"):
        return
    before = usual(past, run.limit("MIN_PAGES"))
    message = f"{share.having:,} of {share.of:,} {trouble} ({percent(share.value)})"
    if before is not None and surely_above(share, before[0] + run.limit("MAX_DROP")):
        yield Alarm(name, None, f"{message}, {_in_the_past(before)}", tuple(examples))
    elif surely_above(share, limit):
        message = f"{message}; at most {percent(limit)} is allowed"
        yield Alarm(name, None, message, tuple(examples))


def _in_the_past(before: tuple[float, int]) -> str:
    value, runs = before
    return f"{percent(value)} in the last {runs} crawl{'s' if runs > 1 else ''}"


def surely_above(share: Share, limit: float) -> bool:
    """Return whether a share is above a limit, and not by chance."""
    return share.of > 0 and _wilson(share, -1) > limit


def surely_below(share: Share, limit: float) -> bool:
    """Return whether a share is below a limit, and not by chance."""
    return share.of > 0 and _wilson(share, 1) < limit


def usual(shares: Iterable[Share], least: float) -> tuple[float, int] | None:
    """The median of the shares of ``least`` pages or more, and their number; None without any."""
    values = [share.value for share in shares if share.of >= least]
    return (median(values), len(values)) if values else None


def _wilson(share: Share, side: int) -> float:
    """The lower (``side`` -1) or upper (``side`` 1) bound of the confidence interval."""
    n, p, z2 = share.of, share.value, _Z * _Z
    middle = p + z2 / (2 * n)
    spread = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (middle + side * spread) / (1 + z2 / n)


def percent(value: float) -> str:
    """A share in words: a whole percentage, with a decimal near 0 and 100."""
    exact = 100 * value
    near_end = 0 < exact < 10 or 90 < exact < 100
    return f"{exact:.1f} %" if near_end else f"{exact:.0f} %"
