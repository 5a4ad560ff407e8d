"""How far a long work is: a bar for a person at a terminal, log lines for a log."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter
from tqdm import tqdm

from pipelines.files.file_names import printable

logger = logging.getLogger(__name__)

LINE_EVERY = 15.0
"""Seconds between two log lines."""


def bar(unit: str, **how: Any) -> tqdm[Any]:
    """A progress bar, which moves the cursor: :class:`crawler.cli.output.SafeStream` forbids that.

    :param how: further arguments of ``tqdm``
    """
    return tqdm(unit=unit, dynamic_ncols=True, file=sys.__stderr__, **how)


class LineClock:
    """Says when the next log line is due: ``LINE_EVERY`` seconds after the last one."""

    def __init__(self) -> None:
        self._next_line = time.monotonic() + LINE_EVERY

    def is_due(self) -> bool:
        """Return whether a line is to be written now; if so, the wait begins again."""
        if time.monotonic() < self._next_line:
            return False
        self._next_line = time.monotonic() + LINE_EVERY
        return True


class BytesProgress:
    """Bytes of WARC that have been processed. A context manager.

    :param verb: what is done to them, in the past tense, for the log lines
    :param watched: whether a person is to see a bar; otherwise log lines are written
    """

    def __init__(self, verb: str, *, watched: bool) -> None:
        self._verb = verb
        self._bar = bar("B", unit_scale=True, disable=not watched)
        self._clock = LineClock()
        self._done = 0

    def advance(self, done: int, total: int, file: str) -> None:
        """Show that ``done`` of ``total`` bytes are processed and ``file`` is under way."""
        if not self._bar.disable:
            self._bar.total = total
            self._bar.set_postfix_str(printable(file)[-40:], refresh=False)
            self._bar.update(done - self._done)
        elif self._clock.is_due():
            megabytes = (done // 1_000_000, total // 1_000_000)
            logger.info("%s %d of %d MB (%s)", self._verb, *megabytes, file)
        self._done = done

    def add(self, size: int, total: int, file: str) -> None:
        """Show that ``size`` more bytes are processed."""
        self.advance(self._done + size, total, file)

    def __enter__(self) -> BytesProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class CrawlProgress:
    """A Scrapy extension: shows captures, waiting URLs, questions and failures of a crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._clock = LineClock()
        self._bar: tqdm[Any] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlProgress:
        """Listen to the responses of ``crawler``."""
        extension = cls(crawler)
        crawler.signals.connect(extension.opened, signals.spider_opened)
        crawler.signals.connect(extension.response, signals.response_received)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Start the bar if a person is watching."""
        if sys.stderr.isatty() and self._crawler.settings.getbool("LOG_ENABLED"):
            self._bar = bar(" pages", mininterval=0.25)

    def response(self) -> None:
        """Count one response."""
        if self._bar is not None:
            if self._bar.update():
                self._bar.set_postfix_str(self._state(), refresh=False)
        elif self._clock.is_due():
            logger.info("%s", self._state())

    def closed(self) -> None:
        """Leave the bar's last state on the screen."""
        if self._bar is not None:
            self._bar.set_postfix_str(self._state())
            self._bar.close()

    def _state(self) -> str:
        from crawler.session.recorder import recorder_of  # of crawls alone, and slow to load

        recorder = recorder_of(self._crawler)
        engine = self._crawler.engine
        scheduler = engine.scheduler if engine is not None else None
        waiting = len(scheduler) if scheduler is not None else 0  # type: ignore[arg-type]
        outlook = getattr(self._crawler.spider, "outlook", None)
        left = outlook(waiting) if outlook else ""
        return (
            f"{recorder.statuses.total()} captures, {waiting} waiting, "
            f"{recorder.store.counts['new']} new questions, {recorder.failures} failures"
            + (f", {left}" if left else "")
        )


class QuietLogFormatter(LogFormatter):
    """Leaves out Scrapy's two lines a page: the progress line and the archive say the same."""

    def crawled(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Return no line for a response."""

    def scraped(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Return no line for a record."""
