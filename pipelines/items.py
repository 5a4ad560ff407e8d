"""Scrapy item pipeline: a thin adapter over the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from parsers.records import Reading
from pipelines.keep import keep_reading
from pipelines.store import Store


@dataclass(frozen=True, slots=True)
class ReadCapture:
    """The item that spiders yield: what reading one capture gave."""

    record_id: str
    reading: Reading


class _Archive(Protocol):
    store: Store


class ArchivePipeline:
    """Hands what was read to the crawl's store.

    :param archive: an object with a ``store``; the crawler has it as ``crawler.archive``
    """

    def __init__(self, archive: _Archive) -> None:
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: Any) -> ArchivePipeline:
        """Scrapy's constructor."""
        return cls(crawler.archive)

    def process_item(self, item: Any) -> Any:
        """Keep a :class:`ReadCapture`; let any other item pass."""
        if isinstance(item, ReadCapture):
            keep_reading(self._archive.store, item.record_id, item.reading)
        return item
