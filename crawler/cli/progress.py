"""How far a crawl is: a bar for a person at a terminal, log lines for a log."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from tqdm import tqdm

from crawler.session.recorder import CaptureRecorder

logger = logging.getLogger(__name__)

LINE_EVERY = 15.0
"""Seconds between two log lines."""


class Progress:
    """Shows responses done, waiting, questions and failures while a crawl runs."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._next_line = time.monotonic() + LINE_EVERY
        self._bar: tqdm[Any] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """Listen to the responses of ``crawler``."""
        extension = cls(crawler)
        crawler.signals.connect(extension.opened, signals.spider_opened)
        crawler.signals.connect(extension.response, signals.response_received)
        crawler.signals.connect(extension.closed, signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Start the bar if somebody is watching."""
        if sys.stderr.isatty() and self._crawler.settings.getbool("LOG_ENABLED"):
            self._bar = tqdm(unit=" pages", dynamic_ncols=True, mininterval=0.25)

    def response(self) -> None:
        """One response more."""
        if self._bar is not None:
            if self._bar.update():
                self._bar.set_postfix_str(self._state(), refresh=False)
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + LINE_EVERY
            logger.info("%s", self._state())

    def closed(self) -> None:
        """Leave the bar's last state on the screen."""
        if self._bar is not None:
            self._bar.set_postfix_str(self._state())
            self._bar.close()

    def _state(self) -> str:
        archive: CaptureRecorder = self._crawler.archive  # type: ignore[attr-defined]
        engine = self._crawler.engine
        scheduler = engine.scheduler if engine is not None else None
        waiting = len(scheduler) if scheduler is not None else 0  # type: ignore[arg-type]
        outlook = getattr(self._crawler.spider, "outlook", None)
        left = outlook(waiting) if outlook else ""
        return (
            f"{archive.statuses.total()} captures, {waiting} waiting, "
            f"{archive.store.counts['new']} new questions, {archive.failures} failures"
            + (f", {left}" if left else "")
        )
