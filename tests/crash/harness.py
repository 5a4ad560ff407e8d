"""Runs a crawl through any number of deaths, and checks what is there at the end."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.db.connection import check_fts, open_archive
from pipelines.db.content_digest import content_digest
from sample import Site
from sample.serving import flags
from tests.conftest import ROOT, run_scrapy, settings_for

IN_FLIGHT = 9
"""Requests that the settings for this machine let be under way at once."""
_PATIENCE = 300.0  # seconds for one life that nobody ends


@dataclass
class Lives:
    """How the lives of a crawl ended: by which point it was killed, and how often."""

    killed: Counter[str] = field(default_factory=Counter)
    unscathed: int = 0


@dataclass(frozen=True)
class Checked:
    """What a checked archive holds."""

    questions: int
    captures: int
    runs: int


@dataclass(frozen=True)
class Arena:
    """Where crawls are killed: an archive's folder, and a site with its server's log."""

    folder: Path
    base: str
    site: Site
    log: Path
    #: further words for each crawl
    settings: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The one command that begins the crawl, and goes on with it."""
        words = ["crawl", "netwellness", "-a", f"base={self.base}", *settings_for(self.folder)]
        return [*words, "--json", *self.settings]


def live(arena: Arena, *, point: str = "", after: float | None = None) -> int:
    """Start the crawl and let it live until it ends, or is killed.

    :param point: where it kills itself; see :mod:`tests.crash.victim`
    :param after: seconds after which it is killed from outside
    :returns: its exit status; -9 if it was killed
    """
    module = ["-m", "tests.crash.victim", point, "scrapy"] if point else ["-m", "scrapy"]
    with subprocess.Popen(
        [sys.executable, *module, *arena.words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=_PATIENCE if after is None else after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if after is None:
                raise
            return -9
    if process.returncode not in (0, -9):
        raise AssertionError(f"exit {process.returncode}:\n{output[-4000:]}")
    return process.returncode


def kill_at_random(arena: Arena, kills: int, dice: random.Random, longest: float) -> Lives:
    """Kill the crawl at random instants; where it ends before, begin the next run.

    :param longest: seconds of a life at most
    """
    lives = Lives()
    while lives.killed.total() < kills:
        if live(arena, after=dice.uniform(0.05, longest)) == -9:
            lives.killed["at random"] += 1
        else:
            lives.unscathed += 1
    return lives


def finish(arena: Arena) -> None:
    """Let the crawl go on to its end."""
    assert live(arena) == 0


def kill_at_points(arena: Arena, points: Iterable[str]) -> Lives:
    """Let the crawl reach one named point after the other, and die there."""
    lives = Lives()
    for point in points:
        if live(arena, point=point) != -9:
            raise AssertionError(f"the crawl came to its end and did not reach: {point}")
        lives.killed[point] += 1
    return lives


def answers(arena: Arena) -> int:
    """How many requests the server has answered."""
    return len(arena.log.read_text().splitlines())


def check(arena: Arena) -> Checked:
    """Assert that nothing is lost, twice, torn or without evidence; returns what was counted."""
    verify = run_scrapy("verify", "--json", *settings_for(arena.folder), timeout=300)
    assert verify.returncode == 0, verify.stdout[-3000:] + verify.stderr[-3000:]
    truth = [sys.executable, "-m", "sample", "check", *flags(arena.site)]
    compared = subprocess.run(
        [*truth, "--archive", str(arena.folder / "archive.db")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stdout[-3000:] + compared.stderr[-3000:]
    again = arena.folder / "again.db"
    rebuilt = run_scrapy(
        "rebuild", "--json", "-s", f"ARCHIVE_DB={again}", "-s", f"WARC_DIR={arena.folder / 'warcs'}"
    )
    assert rebuilt.returncode == 0, rebuilt.stderr
    db = open_archive(arena.folder / "archive.db", readonly=True)
    assert json.loads(rebuilt.stdout)["content_digest"] == content_digest(db)
    db.close()
    check_fts(open_archive(arena.folder / "archive.db"))
    assert not list((arena.folder / "warcs").glob("*.open"))
    with closing(sqlite3.connect(arena.folder / "archive.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        (questions,) = connection.execute("SELECT count(*) FROM questions").fetchone()
        (captures,) = connection.execute("SELECT count(*) FROM captures").fetchone()
        twice = connection.execute(_TWICE).fetchall()
        assert not twice, twice
        runs = connection.execute("SELECT outcome FROM crawls ORDER BY id").fetchall()
    assert {one for (one,) in runs} == {"finished"}
    return Checked(questions, captures, len(runs))


#: Pages that one run has twice, although it had them whole. What each session asks for
#: anew, since it does not know how the last one ended, is left out.
_TWICE = """
SELECT canonical_url, count(*) FROM captures
WHERE status IN (200, 301, 304) AND truncated IS NULL
    AND canonical_url NOT LIKE '%/robots.txt' AND canonical_url NOT LIKE '%/sitemap%'
GROUP BY crawl_id, canonical_url HAVING count(*) > 1
"""
