"""How a run ends: judged by the monitors, closed or left open, reported, and told."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings

from crawler.frontier.frontier import FrontierError
from crawler.monitoring.hooks import call_hooks
from crawler.monitoring.monitor_report import FOLDER, write_reports
from crawler.monitoring.monitors import alarms_of
from crawler.session.recorder import CaptureRecorder, outcome_of
from pipelines.db.connection import ArchiveError
from pipelines.db.models import CrawlEnd
from pipelines.files.timestamps import stamp
from pipelines.reports.run_figures import RunReport

logger = logging.getLogger(__name__)

FINISHED = "finished"
"""Scrapy's word for a spider that came to its end."""
UNFINISHED = "unfinished"
"""It came to its end, and some URLs never came back: a fault of ours."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, or was left open.

    ``outcome`` is one word; ``counts`` as in ``crawls.counts``; ``report`` has the figures
    of all its sessions (None: archive.db could not be read), ``file`` is where they are.
    ``waiting`` counts the URLs that the run still wants.
    """

    outcome: str
    counts: dict[str, int]
    report: RunReport | None
    file: Path | None
    waiting: int


def end_run(archive: CaptureRecorder, settings: BaseSettings, spider: Any, reason: str) -> RunEnd:
    """End the run of a crawl, as far as that is possible: nothing is raised.

    :param reason: Scrapy's, why the spider was closed
    """
    outcome = archive.stopped or reason
    waiting = len(archive.frontier) + archive.frontier.in_flight
    if outcome == FINISHED and waiting:
        outcome = UNFINISHED
    report, counts, file = None, dict[str, int](), None
    try:
        report = dataclasses.replace(archive.report(), listed=archive.frontier.listed)
        counts = counts_of(report)
        if outcome == FINISHED:
            report = _close(archive, settings, spider, report, counts)
        else:
            archive.suspend()
            report = dataclasses.replace(report, outcome=outcome)
        archive.store.tidy()
    except (OSError, ArchiveError, FrontierError) as error:
        logger.error("not all could be kept: %s", error)
        if archive.stopped is None:
            outcome = outcome_of(error)
    if report is not None:
        try:
            file = write_reports(report, archive.paths.state / FOLDER)[0]
        except OSError as error:  # the run is kept; "scrapy report" prints it at any time
            logger.warning("the report of the run cannot be written: %s", error)
    if report is not None:
        for problem in call_hooks(settings, report.as_json()):
            logger.warning("%s", problem)
    return RunEnd(outcome, counts, report, file, waiting)


def counts_of(report: RunReport) -> dict[str, int]:
    """What a run did, as ``crawls.counts`` has it: ``listed`` ones count as unchanged too."""
    counts = dict(report.questions.counts)
    counts["unchanged"] += report.listed
    return {"captures": report.captures.total, **counts, "listed": report.listed}


def _close(
    archive: CaptureRecorder,
    settings: BaseSettings,
    spider: Any,
    report: RunReport,
    counts: dict[str, int],
) -> RunReport:
    skipped = archive.frontier.listed + spider.seeding.early if spider.seeding else None
    alarms = alarms_of(archive.store.db.conn, report, settings, skipped=skipped)
    end = CrawlEnd(datetime.now(UTC), FINISHED, counts, alarms)
    archive.finish(end)
    started = archive.crawl.started
    return dataclasses.replace(
        report,
        finished=stamp(end.finished),
        outcome=FINISHED,
        seconds=(end.finished - started).total_seconds() if started else None,
        alarms=alarms,
    )
