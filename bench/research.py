"""The research site as its readers meet it, beside plain Datasette on the same file.

Each kind of page is asked for over HTTP by one client and by eight at once, in a process of
their own; every address is new to the server, and the two servers take turns.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.archive import make_archive
from bench.clients import Timing, ask
from bench.measure import Result, percentile
from bench.request_mix import Pair, page_requests, sample_archive
from bench.servers import ours, plain_datasette

PEER_IS = "plain Datasette 0.65.5, default settings, same file, same facets"
CLIENTS = (1, 8)
#: Requests of one kind by one client in a round; eight clients make twice as many.
REQUESTS = 30
#: Seconds that one turn of one kind may take; the peer's may be few requests.
SECONDS = 6.0
_WARM = 4
# After its first answers our server counts words in the background, for help with spelling.
_SETTLE = 15.0
# Milliseconds (p95, one client): what a reader should not have to wait longer for.
TARGETS = {
    60_000: {"search": 50.0, "question": 10.0, "table": 25.0},
    600_000: {"search": 200.0},
}


@dataclass
class _Series:
    """The timings of one kind, by server (ours, peer) and by number of clients."""

    timings: dict[tuple[int, int], list[Timing]] = field(default_factory=dict)

    def add(self, server: int, clients: int, timings: list[Timing]) -> None:
        self.timings.setdefault((server, clients), []).extend(timings)

    def figure(self, server: int, clients: int, share: float) -> float:
        taken = [ms for ms, _ in self.timings[server, clients]]
        return round(median(taken) if share == 0.5 else percentile(taken, share), 1)

    def refused(self, server: int) -> int:
        """Answers that were no page, by whatever status."""
        return sum(
            status != 200
            for (asked_server, _), timings in self.timings.items()
            if asked_server == server
            for _, status in timings
        )


def research(folder: Path, questions: int, rounds: int) -> Iterator[tuple[str, Result]]:
    """Measure; gives a result for each kind of page.

    :param folder: where the archive is made, and kept for the next time
    :raises RuntimeError: our server answered with anything but a page
    """
    archive = folder / f"questions-{questions}.db"
    make_archive(archive, questions)
    _read_once(archive)
    requests = page_requests(sample_archive(archive, 2_400), archive.stem)
    every = {name: _Series() for name in requests}
    with ours(archive) as mine, plain_datasette(archive) as peer:
        addresses = (str(mine.base_url), str(peer.base_url))
        for pairs in requests.values():
            _turn(addresses, [pairs.pop() for _ in range(_WARM)], 1)
        time.sleep(_SETTLE)
        for turn in range(rounds):
            for name, pairs in requests.items():
                _measure(every[name], addresses, pairs, backwards=bool(turn % 2))
    for name, series in every.items():
        if series.refused(0):
            raise RuntimeError(f"{name}: {series.refused(0)} of our answers were no page")
        yield f"research_{questions // 1000}k_{name}", _result(name, series, questions)


def _measure(
    series: _Series, addresses: tuple[str, str], pairs: list[Pair], *, backwards: bool
) -> None:
    for clients in CLIENTS:
        count = REQUESTS if clients == 1 else 2 * REQUESTS
        chosen = [pairs.pop() for _ in range(min(count, len(pairs)))]
        for server, timings in _turn(addresses, chosen, clients, backwards=backwards).items():
            series.add(server, clients, timings)


def _turn(
    addresses: tuple[str, str], pairs: list[Pair], clients: int, *, backwards: bool = False
) -> Mapping[int, list[Timing]]:
    servers = (1, 0) if backwards else (0, 1)
    return {
        server: ask(addresses[server], [pair[server] for pair in pairs], clients, SECONDS)
        for server in servers
    }


def _result(name: str, series: _Series, questions: int) -> Result:
    def both(clients: int, share: float) -> list[float]:
        return [series.figure(server, clients, share) for server in (0, 1)]

    more = {
        "p95": both(1, 0.95),
        "p50_8_clients": both(8, 0.5),
        "p95_8_clients": both(8, 0.95),
        "requests": [
            sum(len(series.timings[server, clients]) for clients in CLIENTS) for server in (0, 1)
        ],
        "cores": os.cpu_count(),
    }
    if refused := series.refused(1):
        more["peer_refused"] = refused
    if target := TARGETS.get(questions, {}).get(name):
        more["target_p95"] = target
    p50 = both(1, 0.5)
    return Result(p50[0], p50[1], "ms (p50, 1 client)", PEER_IS, more)


def _read_once(archive: Path) -> None:
    """Bring the file into the system's memory, so that the first reader does not wait for it."""
    with archive.open("rb") as file:
        while file.read(1 << 20):
            pass
