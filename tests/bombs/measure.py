"""What an import of a bomb takes, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bombs.makers import write
from tests.conftest import ROOT, settings_for

MOST_MB = 400
MOST_CPU = 60.0
_SHOWN = 150
_RUNNER = """
import json, resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_maxrss, used.ru_utime + used.ru_stime]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """The bytes of a bomb on the disk, and what its import took and said."""

    size: int
    status: int
    peak_mb: float
    cpu: float
    told: str

    @property
    def faults(self) -> tuple[str, ...]:
        """What is beyond the bounds."""
        return tuple(
            fault
            for fault, wrong in {
                f"more than {MOST_MB} MB": self.peak_mb > MOST_MB,
                f"more than {MOST_CPU:g} s": self.cpu > MOST_CPU,
                f"exit status {self.status}": self.status != 1,
                "a traceback": "Traceback" in self.told,
                "not named": not self.told,
            }.items()
            if wrong
        )


def measured(kind: str) -> Cost:
    """Import a bomb of a kind."""
    with tempfile.TemporaryDirectory(prefix="bomb-") as name:
        folder = Path(name)
        path = write(kind, folder)
        size = path.stat().st_size
        words = [sys.executable, "-m", "scrapy", "ingest", str(path), *settings_for(folder)]
        # Between the two a small process: a child counts what its parent had when it was made.
        runner = [sys.executable, "-c", _RUNNER, *words]
        done = subprocess.run(runner, cwd=ROOT, capture_output=True, text=True, errors="replace")
        status, peak, cpu = json.loads(done.stdout)
        lines = done.stderr.replace(f"{folder}/", "").splitlines()
    lines = [line.strip() for line in lines if line.strip()]
    named = [line for line in lines if line.startswith(("damaged", "unread", "error", "Trace"))]
    return Cost(
        size, status, peak / 1024, cpu,
        (named or lines or [""])[0][:_SHOWN],
    )  # fmt: skip
