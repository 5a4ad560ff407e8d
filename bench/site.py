"""Pages of the research site at 60,000 questions, beside plain Datasette on the same file."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from bench.archive import make_archive
from bench.measure import Result, percentile

ROOT = Path(__file__).parents[1]
FACETS = "&".join(
    f"_facet={column}" for column in ("topic_id", "responder_id", "institution", "year", "status")
)
# What people ask for, each a little different, so that no answer is a remembered one.
WORDS = (
    "asthma inhaler", "sleep at night", "blood sugar", "tooth pain", "baby fever", "quit smoking",
    "high blood pressure", "skin rash", "headache every day", "pregnancy bleeding", "eye drops",
    "diabetes diet", "exercise knee", "antibiotics", "cholesterol pill", "vitamin", "vaccine",
    "back pain", "heartburn", "depression", "hearing", "allergy", "flu shot", "weight loss",
    "coffee", "menopause", "insomnia", "migraine aura", "gum disease", "lice",
)  # fmt: skip
TOO_SLOW = 3.0
"""Seconds of the peer's answers after which fewer of them will do."""


def site(folder: Path, questions: int, requests: int) -> dict[str, Result]:
    """Measure table and search pages; requests to the two servers take turns.

    :param requests: of each kind; the peer gets fewer where it is slow
    """
    archive = folder / f"questions-{questions}.db"
    make_archive(archive, questions)
    ours_table = ["/archive/questions"] + [
        f"/archive/questions?year={y}" for y in range(1996, 2012)
    ]
    peer_table = [f"/{archive.stem}/questions?{FACETS}"] + [
        f"/{archive.stem}/questions?{FACETS}&year={year}" for year in range(1996, 2012)
    ]
    asked = [words.replace(" ", "+") for words in WORDS]
    peer_search = [f"/{archive.stem}/questions?_search={words}&{FACETS}" for words in asked]
    with _ours(archive) as ours, _plain_datasette(archive) as peer:
        compared = {
            "table_page": (ours_table[:1], peer_table[:1]),
            "table_page_filtered": (ours_table[1:], peer_table[1:]),
            "search_page": ([f"/search?q={words}" for words in asked], peer_search),
            "search_in_table": (
                [f"/archive/questions?_search={words}" for words in asked],
                peer_search,
            ),
        }
        return {
            name: _compare(ours, ours_paths, peer, peer_paths, requests)
            for name, (ours_paths, peer_paths) in compared.items()
        }


def _compare(
    ours: httpx.Client,
    ours_paths: Sequence[str],
    peer: httpx.Client,
    peer_paths: Sequence[str],
    requests: int,
) -> Result:
    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(requests):
        mine.append(_milliseconds(ours, ours_paths[turn % len(ours_paths)]))
        if len(theirs) < 5 or sum(theirs) < TOO_SLOW * 1000:
            theirs.append(_milliseconds(peer, peer_paths[turn % len(peer_paths)]))
    more = {
        "p95": [round(percentile(mine, 0.95), 1), round(percentile(theirs, 0.95), 1)],
        "requests": [len(mine), len(theirs)],
    }
    peer_is = "plain Datasette 0.65.5, default settings, same file, same facets"
    return Result(median(mine), median(theirs), "ms (p50)", peer_is, more)


def _milliseconds(client: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    response = client.get(path)
    taken = (time.perf_counter() - started) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code}")
    return taken


@contextmanager
def _ours(archive: Path) -> Iterator[httpx.Client]:
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "serve",
        "--port",
        "0",
        "-s",
        f"ARCHIVE_DB={archive}",
    ]
    with _serving(command) as client:
        yield client


@contextmanager
def _plain_datasette(archive: Path) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "datasette", "serve", str(archive), "--port", "0"]
    with _serving(command) as client:
        yield client


@contextmanager
def _serving(command: Sequence[str]) -> Iterator[httpx.Client]:
    """A server in a process of its own, and a client that keeps its connection."""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            with httpx.Client(base_url=_address(process), timeout=120) as client:
                client.get("/")  # what a server prepares for its first answer is not measured
                yield client
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return "http://" + line.partition("http://")[2].split()[0].strip("/")
    raise RuntimeError(f"the server ended with {process.wait()}")
