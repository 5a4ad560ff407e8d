"""Scrapy item pipeline: a thin adapter over the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from parsers.records import Reading
from pipelines.capture.collect import collect_reading
from pipelines.store.store import Store


@dataclass(frozen=True, slots=True)
class ReadCapture:
    """The item that spiders yield: what reading one capture gave.

    ``url`` is what the frontier knows it by ("" if it does not), ``visit`` what it is to
    remember of it; both only pass through here. ``page`` is the address that was asked for,
    to which the page's links are relative.
    """

    record_id: str
    reading: Reading
    url: str = ""
    visit: object = None
    page: str = ""


class _Archive(Protocol):
    store: Store

    def acknowledge(self, item: ReadCapture) -> None:
        """All that an item says is with the store."""


class ArchivePipeline:
    """Hands what was read to the crawl's store.

    :param archive: has the store, and is told what is done; the crawler's is its recorder
    """

    def __init__(self, archive: _Archive) -> None:
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: Any) -> ArchivePipeline:
        """Scrapy's constructor."""
        return cls(crawler.housecall)

    def process_item(self, item: Any) -> Any:
        """Keep a :class:`ReadCapture`; let any other item pass."""
        if isinstance(item, ReadCapture):
            collect_reading(self._archive.store.pending, item.record_id, item.reading, item.page)
            self._archive.acknowledge(item)
        return item
