"""WARC files that take some seconds, and what one process makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.exchanges import START, exchanges
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.models import Crawl
from pipelines.rebuild.rebuild import rebuild
from pipelines.warc.writer import WarcWriter
from tests.pipelines.rebuild.lives import Sample


@pytest.fixture(scope="session")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A crawl in many files, each a span of its own. Read it; do not change it."""
    folder = tmp_path_factory.mktemp("much")
    info = warcinfo(Crawl("run-1", "test", {}, START, {"a": "1"}))
    with WarcWriter(folder / "warcs", "t", info, max_bytes=30_000) as writer:
        for one in exchanges(200):
            writer.write_exchange(one)
    digest = rebuild(folder / "warcs", folder / "archive.db", workers=1).digest
    return Sample(folder / "warcs", digest)


@pytest.fixture
def few(tmp_path: Path, warcs: Sample) -> list[Path]:
    """Some of those files."""
    return sorted(warcs.folder.iterdir())[:6]
