"""What Scrapy logs for each page: nothing. The progress line and the archive say it."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter


class QuietLogFormatter(LogFormatter):
    """Leaves out the two lines a page that would be formatted and then mostly dropped."""

    def crawled(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """No line for a response."""

    def scraped(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """No line for a record."""
