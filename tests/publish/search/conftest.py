"""An archive of some hundred sample questions, for what needs more than a handful."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, Row, connect

import pytest

from bench.archive import make_archive


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("find") / "sampled.db"
    make_archive(path, 600)
    return path


@pytest.fixture
def connection(sampled: Path) -> Iterator[Connection]:
    with closing(connect(sampled.resolve().as_uri() + "?mode=ro", uri=True)) as made:
        made.row_factory = Row
        yield made
