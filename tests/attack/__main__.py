"""``python -m tests.attack``: attacks a public server on loopback, and prints what it withstood."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.attack import attacks
from tests.attack.arena import Arena, Bystander, Pace, archive_of, arena
from tests.attack.attacks import ATTACKS, LARGEST_PAGE, Attacker, Tally
from tests.attack.withheld import PROMISED, add_question, seconds_until_gone

#: Megabytes that the server may take at most.
MOST_MEMORY = 600
#: Milliseconds that a page may take a bystander (median) ...
LONGEST_WAIT = 100.0
#: ... or, where the machine is busy with something else, as many times what it takes at rest.
SLOWDOWN = 12.0
ATTACKERS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attack, and how the server stood it."""

    name: str
    tally: Tally
    memory: int
    pace: Pace
    rest: float

    @property
    def faults(self) -> list[str]:
        """What is not as promised."""
        faults = []
        if self.memory >= MOST_MEMORY:
            faults.append(f"{self.memory} MB")
        if self.pace.median > max(LONGEST_WAIT, SLOWDOWN * self.rest):
            faults.append(f"{self.pace.median:.0f} ms a page")
        if len(self.pace.failed) > self.pace.pages // 20:
            faults.append(f"a bystander was answered {self.pace.failed}")
        if self.tally.statuses.get(500):
            faults.append(f"{self.tally.statuses[500]} answers are 500")
        size, target = self.tally.largest
        if size > LARGEST_PAGE and ".json" not in target:
            faults.append(f"{size} bytes at {target}")
        return faults

    def __str__(self) -> str:
        asked = sum(self.tally.statuses.values())
        figures = f"{asked:8} {self.memory:8} {self.pace.median:9.1f} {self.pace.slow:9.1f}"
        return f"{self.name:26}{figures}  {'; '.join(self.faults) or 'held'}"


def attacked(place: Arena, name: str, port: int, reader: Bystander, seconds: float) -> Outcome:
    """Attack for a while, with a bystander."""
    rest = reader.read_for(2).median
    place.forget_peak()
    with get_context("spawn").Pool(ATTACKERS) as pool:
        pending = [
            pool.apply_async(attacks.attack, (name, Attacker(port, number, seconds)))
            for number in range(ATTACKERS)
        ]
        pace = reader.read_for(seconds + 1)
        tallies = [each.get(timeout=60) for each in pending]
    total = Tally()
    for tally in tallies:
        for status, count in tally.statuses.items():
            total.statuses[status] = total.statuses.get(status, 0) + count
        total.largest = max(total.largest, tally.largest)
    way = "nginx" if port == place.proxy else "direct"
    return Outcome(f"{name}, {way}", total, place.memory[1], pace, rest)


def attack(folder: Path, questions: int, seconds: float) -> list[str]:
    """Make all attacks, print a table, and return what is not as promised."""
    archive = archive_of(folder, questions)
    add_question(archive)
    faults: list[str] = []
    with arena(folder / "nginx", archive) as place:
        print(f"{questions} questions; at rest the server has {place.memory[0]} MB")
        print(f"{'attack':26}{'requests':>8} {'peak MB':>8} {'median ms':>9} {'p95 ms':>9}")
        for name in ATTACKS:
            for port in (place.proxy, place.direct):
                outcome = attacked(place, name, port, Bystander(port, questions), seconds)
                print(outcome, flush=True)
                faults += [f"{outcome.name}: {fault}" for fault in outcome.faults]
        before, gone, left = seconds_until_gone(place)
        verdict = f"could be had at {len(left)}" if left else "held"
        print(f"{'withheld':26}{before} places had its words; {gone:.0f} s later: {verdict}")
        if not before:
            faults.append("withheld: no place had its words before")
        faults += [f"withheld, after {PROMISED} s: {leak}" for leak in sorted(left, key=str)[:20]]
    return faults


def main() -> int:
    """Attack; exit status 1 if anything is not as promised."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--questions", type=int, default=60_000, help="of the archive")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each attack")
    parser.add_argument("--folder", type=Path, help="where an archive is made, or taken from")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="housecall-attack-") as name:
        Path(name).chmod(0o755)
        faults = attack(given.folder or Path(name), given.questions, given.seconds)
    print(f"{time.monotonic() - started:.0f} seconds")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
