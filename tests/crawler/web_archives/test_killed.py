"""A rescue that is killed at random instants, and gone on with, ends as if nothing had been."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sample import Site
from tests.conftest import ROOT
from tests.crawler.web_archives.cdx_server import (
    Answer,
    Archive,
    Index,
    in_turn,
    memento,
    missing,
    row,
    serving,
    text,
)
from tests.crawler.web_archives.runs import digest, rescue, rows, sound, words_for

FIRST = Site(pages=30, seed=6, slow=0, big=0)
SECOND = replace(FIRST, changed=0.5, gone=0.1)
HOST = "http://www.netwellness.org"
WANTED = "url=netwellness.org/question.cfm/*"
KILLS = 20
LONGEST = 3.0  # seconds of a life at most
PART = 12
#: Slow enough that kills meet every stage, and one commit after the other.
SETTINGS = (
    'DOWNLOAD_SLOTS={"127.0.0.1": {"delay": 0.02, "jitter": 0, "concurrency": 2,'
    ' "throttle": false, "backoff": 0.01}}',
    "COMMIT_EVERY=5",
    "WARC_MAX_BYTES=60000",
)


def made() -> tuple[Index, dict[str, list[Answer]]]:
    """An archive of two states of a site, that has lost two captures and refuses one now and
    then; its index comes in parts."""
    lines, captures = [], {}
    for year, site in ((2004, FIRST), (2008, SECOND)):
        for number, path in enumerate(FIRST.urls()):
            if site.behaviour(path) == "cut":
                continue
            status, _, body = site.response(path)
            stamp, url = f"{year}0601{8 + number // 60:02}{number % 60:02}00", HOST + path
            date = f"Tue, 01 Jun {year} {8 + number // 60:02}:{number % 60:02}:00 GMT"
            lines.append(row(url, stamp, str(status), f"{'A' * 29}{_letters(number)}") + "\n")
            captures[f"{stamp}id_/{url}"] = [memento(url, body, status, date)]
    names = sorted(captures)
    captures[names[3]] = [missing()]
    captures[names[-3]] = [Answer(503, b"busy"), *captures[names[-3]]]
    lines.sort()

    def index(query: dict[str, str]) -> Answer:
        start = int(query.get("resumeKey", "0"))
        after = f"\n{start + PART}\n" if start + PART < len(lines) else ""
        return text("".join(lines[start : start + PART]) + after)

    return index, captures


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(figure)) for figure in f"{number:03}")


@contextmanager
def archive_of_two_states() -> Iterator[Archive]:
    with serving(*made()) as archive:
        yield archive


def live(archive: Archive, folder: Path, pick: str, seconds: float) -> bool:
    """Let the command live for a while; returns whether it was killed."""
    words = words_for(archive, folder, WANTED, pick, *SETTINGS)
    with subprocess.Popen(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
    assert process.returncode == 0, output
    return False


@pytest.mark.slow
@pytest.mark.parametrize("pick", ["pick=all", "pick=changes"])
def test_killed_at_random(tmp_path: Path, pick: str) -> None:
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    whole.mkdir()
    torn.mkdir()
    with archive_of_two_states() as archive:
        rescue(archive, whole, WANTED, pick, *SETTINGS)
        asked = len(archive.log)
        archive.turns.clear()
        kills = 0
        while kills < KILLS:
            kills += live(archive, torn, pick, dice.uniform(0.3, LONGEST))
        summary = rescue(archive, torn, WANTED, pick, *SETTINGS)
        assert summary["outcome"] == "finished"
        again = len(archive.log) - asked
    query = "SELECT fetched_from FROM captures WHERE source = 'wayback' ORDER BY 1"
    missing_now = set(rows(whole, query)) - set(rows(torn, query))
    assert missing_now == set(), f"seed {seed}"
    assert digest(torn) == digest(whole), f"seed {seed}"
    assert again >= asked
    sound(torn)
    assert not list((torn / "warcs").glob("*.open"))


def test_an_index_that_was_read_is_not_read_again(tmp_path: Path) -> None:
    """Killed after the index: the same command fetches what was chosen, and asks nothing else."""
    with serving(in_turn(*[text(row(f"{HOST}/question.cfm/1.htm"))])) as archive:
        rescue(archive, tmp_path, WANTED, "plan=1")
        before = len(archive.index_queries())
        rescue(archive, tmp_path, WANTED, status=1)  # it gives nothing of what it lists
        assert len(archive.index_queries()) == before
