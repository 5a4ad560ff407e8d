"""Exchanges as a crawl of the benchmark's site would have them, in a WARC file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.crawl import site
from pipelines.warc.exchange import Exchange

START = datetime(2026, 3, 1, tzinfo=UTC)


def exchanges(pages: int) -> Iterator[Exchange]:
    """What a crawl of the benchmark's site that takes no gzip would exchange."""
    sample = site(pages)
    for number, target in enumerate(sample.urls()):
        status, headers, body = sample.response(target)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        url = f"http://127.0.0.1:8000{target}"
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: bench\r\n\r\n"
        yield Exchange(
            url,
            "GET",
            START + timedelta(seconds=number),
            "127.0.0.1",
            request.encode(),
            f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body,
        )
