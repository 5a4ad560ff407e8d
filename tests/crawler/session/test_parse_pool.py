"""What reads pages for a crawl, and when it does not any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crawler.session.outcomes import ArchiveStopped
from crawler.session.parse_pool import ParsePool
from parsers import declare, read_declaration
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


def test_a_process_that_parses_knows_the_declared_sites() -> None:
    text = 'name = "clinic"\nhosts = ["clinic.example"]\nquestions = ["/ask/{id}/"]\n'
    declare([read_declaration(text, "clinic.toml")])
    body = (
        b"<title>Sore thumb</title><h1>Sore thumb</h1><h2>Question</h2><p>What helps?</p>"
        b"<h2>Answer</h2><p>Rest it for a week.</p>"
    )
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    url = "https://clinic.example/ask/7/"
    capture = Capture(url, moment, body, "text/html", 200, "live", "urn:1")
    reader = ParsePool(1)
    try:
        (page,) = asyncio.run(reader.read(capture)).pages
        assert (page.site, page.source_id) == ("clinic", "7")
    finally:
        reader.close()
        declare(())
