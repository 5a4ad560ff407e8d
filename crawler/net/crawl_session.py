"""The session of a crawl: what hangs on Scrapy's crawler object, typed, for every part to find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from scrapy.crawler import Crawler

from parsers.records import Capture
from pipelines.reports.run_figures import RunReport
from pipelines.warc.exchange import Exchange


class ExchangeRecorder(Protocol):
    """Whatever the download handler hands exchanges to."""

    def record(self, exchange: Exchange) -> Capture:
        """Record an exchange; return what a parser may read of it."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, or was left open.

    ``outcome`` is one word; ``counts`` as in ``crawls.counts``; ``report`` has the figures
    of all sessions of the run (None: archive.db could not be read), ``file`` its path.
    ``waiting`` counts the URLs that the run still wants.
    """

    outcome: str
    counts: dict[str, int]
    report: RunReport | None
    file: Path | None
    waiting: int


@dataclass(slots=True)
class CrawlSession:
    """One process's part of a run: its recorder, and how it ended (None before that)."""

    recorder: ExchangeRecorder
    run_end: RunEnd | None = None


class _CrawlerWithSession(Protocol):
    housecall: CrawlSession


def attach_session(crawler: Crawler, session: CrawlSession) -> None:
    """Make a session that of a crawler."""
    cast("_CrawlerWithSession", crawler).housecall = session


def session_of(crawler: Crawler) -> CrawlSession:
    """Return the session of a crawler.

    :raises AttributeError: none was attached
    """
    return cast("_CrawlerWithSession", crawler).housecall
