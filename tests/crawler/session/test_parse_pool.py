"""What reads pages for a crawl, and when it does not any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crawler.session.outcomes import ArchiveStopped
from crawler.session.parse_pool import ParsePool
from parsers.records import Capture


@pytest.mark.parametrize("workers", [0, 1])
def test_nothing_is_read_for_a_crawl_that_is_closed(workers: int) -> None:
    """A disk that is full closes a crawl while it still takes up what a killed one had left."""
    url = "http://www.netwellness.org/question.cfm/1.htm"
    page = Capture(url, datetime(2026, 1, 1, tzinfo=UTC), b"", "text/html", 200, "live", "urn:1")

    async def read_on() -> None:
        reader = ParsePool(workers)
        assert (await reader.read(page)).pages == ()
        reader.close()
        with pytest.raises(ArchiveStopped):
            await reader.read(page)

    asyncio.run(read_on())
