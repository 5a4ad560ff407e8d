"""Killed at every named point, on a full disk, without a network, and twice at once.

``make crash-test`` does the first for longer, and at random instants.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sample import Site, serving
from tests.conftest import ROOT
from tests.crash.harness import (
    IN_FLIGHT,
    Arena,
    answers,
    check,
    finish,
    kill_at_points,
    kill_at_random,
)
from tests.crash.victim import POINTS

SITE = Site(pages=40, seed=3, slow=0.05, big=0.2)


@contextmanager
def arena_in(folder: Path, site: Site, *settings: str, port: int = 0) -> Iterator[Arena]:
    log = folder.parent / f"{folder.name}.log"
    with serving(site, "--log", str(log), "--port", str(port)) as base:
        words = tuple(word for setting in settings for word in ("-s", setting))
        yield Arena(folder, base, site, log, words)


def paced(seconds: float) -> str:
    """The setting that makes this machine as slow to ask as another."""
    slot = f'{{"delay": {seconds}, "jitter": 0, "concurrency": 2, "throttle": false}}'
    return f'DOWNLOAD_SLOTS={{"127.0.0.1": {slot}}}'


def run(arena: Arena) -> subprocess.CompletedProcess[str]:
    words = [word for word in arena.words if word != "--json"]
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *words], cwd=ROOT, capture_output=True, text=True
    )


@contextmanager
def running(arena: Arena, asked: int = 10) -> Iterator[subprocess.Popen[str]]:
    """A crawl under way that has asked for some pages."""
    words = [word for word in arena.words if word != "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 300
        while not arena.log.exists() or answers(arena) < asked:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.slow
def test_killed_at_every_named_point(tmp_path: Path) -> None:
    with arena_in(tmp_path / "a", SITE, "WARC_MAX_BYTES=30000", "COMMIT_EVERY=10") as arena:
        lives = kill_at_points(arena, POINTS)
        finish(arena)
        checked = check(arena)
        lost = answers(arena) - checked.captures
    assert checked.questions == SITE.pages
    assert lost <= lives.killed.total() * IN_FLIGHT


@pytest.mark.slow
def test_killed_at_random(tmp_path: Path) -> None:
    seed = random.randrange(1_000_000)
    with arena_in(tmp_path / "a", SITE, "COMMIT_EVERY=10", paced(0.02)) as arena:
        lives = kill_at_random(arena, 5, random.Random(seed), longest=2.0)
        finish(arena)
        checked = check(arena)
        lost = answers(arena) - checked.captures
    assert checked.questions == SITE.pages, f"seed {seed}"
    assert lost <= lives.killed.total() * IN_FLIGHT, f"seed {seed}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is a disk of its own, of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs needs root, and the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up(small_disk: Path) -> None:
    site = Site(pages=300, seed=3, slow=0.05, big=0.2, kb=20)
    with arena_in(small_disk, site, "MIN_FREE_BYTES=0", "COMMIT_EVERY=40") as arena:
        full = run(arena)
        assert full.returncode == 3, full.stdout + full.stderr
        assert "the disk is full" in full.stdout
        assert "Traceback" not in full.stderr
        still = run(arena)
        assert still.returncode in (2, 3), still.stdout + still.stderr
        assert "Traceback" not in still.stderr, still.stderr
        roomy = ["mount", "-o", "remount,size=200m", str(small_disk)]
        subprocess.run(roomy, check=True)
        finish(arena)
        assert check(arena).questions == site.pages


def test_a_crawl_stops_while_there_is_still_room(small_disk: Path) -> None:
    with arena_in(small_disk, SITE, "MIN_FREE_BYTES=2000000", "COMMIT_EVERY=10") as arena:
        stopped = run(arena)
        assert stopped.returncode == 3, stopped.stdout + stopped.stderr
        assert "MIN_FREE_BYTES" in stopped.stderr
        assert not list((small_disk / "warcs").glob("*.open"))
        subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
        finish(arena)
        assert check(arena).questions == SITE.pages


def test_a_second_crawl_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with arena_in(tmp_path / "a", SITE, paced(0.05)) as arena:
        with running(arena) as first:
            second = run(arena)
            assert second.returncode == 2
            assert f"process {first.pid} " in second.stderr
            assert "a crawl of netwellness-www.netwellness.org" in second.stderr
            assert "Traceback" not in second.stderr
            output, errors = first.communicate(timeout=300)
            assert first.returncode == 0, output + errors
        assert check(arena).questions == SITE.pages


def test_ctrl_c_finishes_what_is_in_flight_and_says_how_to_go_on(tmp_path: Path) -> None:
    with arena_in(tmp_path / "a", SITE, paced(0.05)) as arena:
        with running(arena) as crawl:
            crawl.send_signal(signal.SIGINT)
            output, errors = crawl.communicate(timeout=300)
        assert crawl.returncode == 3, output + errors
        waiting = re.search(r"(\d+) pages wait; the same command goes on with them", output)
        assert waiting is not None, output
        assert int(waiting[1]) > 0
        assert not list((arena.folder / "warcs").glob("*.open"))
        before = answers(arena)
        finish(arena)
        checked = check(arena)
        assert (checked.questions, checked.runs) == (SITE.pages, 1)
        assert answers(arena) == checked.captures
        assert answers(arena) > before


def test_ctrl_c_does_not_wait_for_what_was_not_sent(tmp_path: Path) -> None:
    with arena_in(tmp_path / "a", replace(SITE, crawl_delay=4)) as arena:
        with running(arena, asked=2) as crawl:
            before = answers(arena)
            crawl.send_signal(signal.SIGINT)
            output, errors = crawl.communicate(timeout=300)
        assert crawl.returncode == 3, output + errors
        # At most what was on its way, and not each page that waits, one every 4 seconds.
        assert answers(arena) <= before + 2


def test_a_second_ctrl_c_is_as_good_as_a_kill(tmp_path: Path) -> None:
    with arena_in(tmp_path / "a", SITE, paced(0.05)) as arena:
        with running(arena) as crawl:
            crawl.send_signal(signal.SIGINT)
            time.sleep(0.01)
            crawl.send_signal(signal.SIGINT)
            output, errors = crawl.communicate(timeout=300)
        assert crawl.returncode == 3, output + errors
        assert "the same command goes on" in output
        assert "Traceback" not in errors
        finish(arena)
        assert check(arena).questions == SITE.pages


def test_a_server_that_goes_away_costs_no_page(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quick = ("OUTAGE_AFTER=3", "RETRY_TIMES=1", "BACKOFF_BASE=0.01")
    with arena_in(tmp_path / "a", SITE, paced(0.05), *quick, port=port) as arena:
        crawl = running(arena)
        process = crawl.__enter__()
    try:
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 1, output + errors
        assert "does not answer" in output
    finally:
        crawl.__exit__(None, None, None)
    with arena_in(tmp_path / "a", SITE, *quick, port=port) as arena:
        finish(arena)
        checked = check(arena)
    assert (checked.questions, checked.runs) == (SITE.pages, 1)
