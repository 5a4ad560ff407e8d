"""What tests share: one crawl of the sample site, a way to run commands, and how long to try.

``pytest`` runs what finds a fault in a change, in minutes. ``pytest --all`` (``make
test-all``) also runs the tests that are marked ``slow``, and every property test for longer
and at random.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sample import Site, serving
from tests.command_server import CommandServer

ROOT = Path(__file__).parents[1]

SITE = Site(pages=120, seed=7, slow=0.2, big=1.0)

Scrapy = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Crawled:
    """The archive that a real crawl of the sample site made."""

    site: Site
    folder: Path
    output: str
    again: str

    @property
    def database(self) -> Path:
        """Its archive.db."""
        return self.folder / "archive.db"

    @property
    def warcs(self) -> Path:
        """Its WARC files."""
        return self.folder / "warcs"

    @property
    def settings(self) -> list[str]:
        """The options by which commands find it."""
        return settings_for(self.folder)


def settings_for(folder: Path) -> list[str]:
    """The options by which a command works on an archive in ``folder`` only."""
    named = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs", "STATE_DIR": "state"}
    return [word for name, file in named.items() for word in ("-s", f"{name}={folder / file}")]


_server: CommandServer | None = None


def run_scrapy(*words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a Scrapy command of the project, as a person would, and wait for it.

    :param timeout: seconds; it only bounds a hang, however busy the machine is
    """
    global _server
    if _server is None:
        _server = CommandServer()
    return _server.run(words, timeout)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--all``: see above."""
    text = "run the slow tests too, and every property test for longer"
    parser.addoption("--all", action="store_true", help=text)


def pytest_configure(config: pytest.Config) -> None:
    """The one profile of property tests: no deadline, since the machine may be busy."""
    everything = config.getoption("--all")
    settings.register_profile(
        "housecall",
        deadline=None,
        derandomize=not everything,
        max_examples=300 if everything else 50,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("housecall")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out, unless all are asked for."""
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_sessionfinish() -> None:
    """End the process that runs commands."""
    if _server is not None:
        _server.close()


@pytest.fixture
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether all tests run, at their full length."""
    return bool(request.config.getoption("--all"))


@pytest.fixture(scope="session")
def scrapy() -> Scrapy:
    """Runs ``scrapy`` with the given words."""
    return run_scrapy


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """The sample site, crawled twice over real HTTP. Read it; do not change it.

    All workers share it: the first that needs it makes it, under a lock, the others wait.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # it has a folder of its own in that of the session
        root = root.parent
    folder, outputs = root / "crawled", root / "crawled.json"
    with (root / "crawled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not outputs.exists():
            outputs.write_text(json.dumps(_crawl_twice(folder)))
    return Crawled(SITE, folder, *json.loads(outputs.read_text()))


def _crawl_twice(folder: Path) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with serving(SITE) as base:
        words = ["crawl", "netwellness", "-a", f"base={base}", *settings_for(folder)]
        runs = [run_scrapy(*words), run_scrapy(*words, "--json")]
    for run in runs:
        assert run.returncode == 0, run.stdout + run.stderr
    return [run.stdout for run in runs]
