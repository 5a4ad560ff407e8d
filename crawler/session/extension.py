"""Opens a crawl's archive before the spider's first request, and ends the run after its last.

At its end a run is judged by the monitors, closed or left open, and reported; hooks are called.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.frontier.frontier import FrontierError
from crawler.monitoring.hooks import call_hooks
from crawler.monitoring.monitor_report import FOLDER, json_text, write_reports
from crawler.monitoring.monitors import alarms_of
from crawler.net.pace import Pace
from crawler.session.frontier_spider import FrontierSpider
from crawler.session.open import open_session
from crawler.session.outcomes import FINISHED, UNFINISHED, outcome_of
from crawler.session.recorder import CaptureRecorder, RunEnd, recorder_of
from pipelines.db.connection import ArchiveError
from pipelines.db.models import CrawlEnd
from pipelines.files.timestamps import stamp
from pipelines.reports.run_figures import RunReport

logger = logging.getLogger(__name__)


class ArchiveExtension:
    """Ends the run of a crawler when the spider is closed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._recorder = recorder_of(crawler)
        self._recorder.on_stop = self._stop

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveExtension:
        """Take the recorder that the command has opened, or open it."""
        if not hasattr(crawler, "housecall"):
            assert isinstance(crawler.spider, FrontierSpider)
            open_session(crawler, crawler.spider)
        extension = cls(crawler)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def closed(self, spider: FrontierSpider, reason: str) -> None:
        """End the run; the recorder's ``run_end`` says how it ended."""
        recorder = self._recorder
        recorder.run_end = _end_run(recorder, self._crawler.settings, spider, reason)

    def _stop(self, reason: str) -> None:
        Pace.of(self._crawler).close(reason, "nothing more can be kept")


def _end_run(
    recorder: CaptureRecorder, settings: BaseSettings, spider: FrontierSpider, reason: str
) -> RunEnd:
    """End the run of a crawl, as far as that is possible: nothing is raised.

    :param reason: Scrapy's, why the spider was closed
    """
    frontier = recorder.frontier
    outcome = recorder.stopped or reason
    waiting = len(frontier) + frontier.in_flight
    if outcome == FINISHED and waiting:
        outcome = UNFINISHED
    report, counts, file = None, dict[str, int](), None
    try:
        report = dataclasses.replace(recorder.report(), listed=frontier.listed)
        counts = _counts(report)
        if outcome == FINISHED:
            skipped = frontier.listed + spider.seeding.early if spider.seeding else None
            report = _finish(recorder, settings, report, counts, skipped)
        else:
            recorder.suspend()
            report = dataclasses.replace(report, outcome=outcome)
        recorder.store.tidy()
    except (OSError, ArchiveError, FrontierError) as error:
        logger.error("not all could be kept: %s", error)
        if recorder.stopped is None:
            outcome = outcome_of(error)
    if report is not None:
        file = _publish(report, recorder.paths.state / FOLDER, settings)
    return RunEnd(outcome, counts, report, file, waiting)


def _counts(report: RunReport) -> dict[str, int]:
    """What a run did, as ``crawls.counts`` has it: ``listed`` ones count as unchanged too."""
    counts = dict(report.questions.counts)
    counts["unchanged"] += report.listed
    return {"captures": report.captures.total, **counts, "listed": report.listed}


def _finish(
    recorder: CaptureRecorder,
    settings: BaseSettings,
    report: RunReport,
    counts: dict[str, int],
    skipped: int | None,
) -> RunReport:
    alarms = alarms_of(recorder.store.db.conn, report, settings, skipped=skipped)
    end = CrawlEnd(datetime.now(UTC), FINISHED, counts, alarms)
    recorder.finish(end)
    started = recorder.crawl.started
    return dataclasses.replace(
        report,
        finished=stamp(end.finished),
        outcome=FINISHED,
        seconds=(end.finished - started).total_seconds() if started else None,
        alarms=alarms,
    )


def _publish(report: RunReport, folder: Path, settings: BaseSettings) -> Path | None:
    """Write the report and call the hooks; return its file, None if it cannot be written."""
    file = None
    try:
        file = write_reports(report, folder)[0]
    except OSError as error:  # the run is kept; "scrapy report" prints it at any time
        logger.warning("the report of the run cannot be written: %s", error)
    for problem in call_hooks(settings, json.loads(json_text(report))):
        logger.warning("%s", problem)
    return file
