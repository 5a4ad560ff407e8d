"""One archive and one application for all page tests: they only read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from datasette.app import Datasette

from publish.serve import application
from tests.publish.archives import small

Get = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("publish") / "some name.db"
    small(path).close()
    return path


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield made
    made.close()


@pytest.fixture(scope="session")
def site(archive: Path, loop: asyncio.AbstractEventLoop) -> Datasette:
    return application(archive)


@pytest.fixture(scope="session")
def get(site: Datasette, loop: asyncio.AbstractEventLoop) -> Get:
    """``get("/path")`` asks the application in this process."""

    def fetch(path: str, **options: Any) -> httpx.Response:
        return cast(httpx.Response, loop.run_until_complete(site.client.get(path, **options)))

    return fetch
