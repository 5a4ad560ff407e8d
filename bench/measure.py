"""How things are timed here, and what a result is."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One comparison. ``ratio`` is how many times better ours is than the peer (above 1: better).

    ``more`` holds further figures that explain it, by name.
    """

    ours: float
    peer: float
    unit: str
    peer_is: str
    more: dict[str, Any] = field(default_factory=dict)
    less_is_better: bool = True

    @property
    def ratio(self) -> float:
        """Ours against the peer."""
        return self.peer / self.ours if self.less_is_better else self.ours / self.peer

    def as_json(self) -> dict[str, Any]:
        """As bench/results.json has it."""
        return {
            "ours": round(self.ours, 3),
            "peer": round(self.peer, 3),
            "ratio": round(self.ratio, 2),
            "unit": self.unit,
            "peer_is": self.peer_is,
            **self.more,
        }


@dataclass(frozen=True, slots=True)
class Run:
    """A finished process: wall seconds, CPU seconds (user and system, children too), output."""

    wall: float
    cpu: float
    output: str


def run(command: Sequence[str | Path], cwd: Path | None = None, *, ok: Sequence[int] = (0,)) -> Run:
    """Run a command to its end and measure the whole process, start-up included.

    :param ok: exit statuses that count as success
    :raises RuntimeError: it failed; the message has its last lines
    """
    started = time.perf_counter()
    before = os.times()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
    )
    wall = time.perf_counter() - started
    after = os.times()
    if done.returncode not in ok:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Run(wall, cpu, done.stdout)


def interleaved(rounds: int, *measures: Callable[[], float | dict[str, float]]) -> list[list[Any]]:
    """Call each measure in turn, ``rounds`` times over; gives each one's values.

    Taking turns lets a change in the machine's speed fall on all of them alike; each round
    begins with another one, since whatever comes first may find the machine as the last left it.
    """
    values: list[list[Any]] = [[] for _ in measures]
    for turn in range(rounds):
        for place in range(len(measures)):
            which = (turn + place) % len(measures)
            values[which].append(measures[which]())
    return values


def medians(series: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure of a series."""
    return {name: median(figures[name] for figures in series) for name in series[0]}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
