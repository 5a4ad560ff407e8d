"""What reads pages for a crawl, and when it does not any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.session.outcomes import ArchiveStopped
from crawler.session.parse_pool import ParsePool, workers_of
from parsers import declare, read_declaration
from parsers.records import Capture
from pipelines.capture.page_deadline import DEADLINE, FIELD, set_deadline


@pytest.fixture
def short_deadline() -> Iterator[None]:
    set_deadline(0.5)
    yield
    set_deadline(DEADLINE)
    declare(())


@pytest.mark.usefixtures("short_deadline")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_does_not_end_takes_no_other_with_it(workers: int) -> None:
    """libxml2 counts siblings without looking for signals: the kernel ends the process."""
    text = 'name = "clinic"\nhosts = ["clinic.example"]\nquestions = ["/ask/{id}/"]\n'
    text += '[selectors]\nquestion = "p:nth-child(odd)"\n'
    declare([read_declaration(text, "clinic.toml")])
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    bodies = [b"<title>t</title><h2>Question</h2><p>What helps?</p><h2>Answer</h2><p>Rest.</p>"] * 6
    bodies[2] = b"<p>x" * 30_000
    captures = [
        Capture(f"https://clinic.example/ask/{number}/", moment, body, "text/html", 200, "live", "")
        for number, body in enumerate(bodies)
    ]

    async def read_all() -> list[str | None]:
        pool = ParsePool(workers)
        readings = await asyncio.gather(*map(pool.read, captures))
        pool.close()
        return [
            reading.error.field if reading.error else reading.pages[0].source_id
            for reading in readings
        ]

    assert asyncio.run(read_all()) == ["0", "1", FIELD, "3", "4", "5"]


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


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 1), (3, 2), (64, 4)])
def test_there_are_as_many_as_cores_but_one(
    cores: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(cores)))
    assert workers_of("") == workers
    assert (workers_of("0"), workers_of(7)) == (0, 7)
