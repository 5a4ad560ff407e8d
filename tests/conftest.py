"""What tests share: one crawl of the sample site, and a way to run commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sample import Site, serving

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


def run_scrapy(*words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a Scrapy command of the project, as a person would, and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture(scope="session")
def scrapy() -> Scrapy:
    """Runs ``scrapy`` with the given words."""
    return run_scrapy


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """The sample site, crawled twice over real HTTP. Read it; do not change it."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(SITE) as base:
        words = ["crawl", "netwellness", "-a", f"base={base}", *settings_for(folder)]
        runs = [run_scrapy(*words), run_scrapy(*words, "--json")]
    for run in runs:
        assert run.returncode == 0, run.stdout + run.stderr
    return Crawled(SITE, folder, runs[0].stdout, runs[1].stdout)
