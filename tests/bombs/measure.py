"""What an import of a bomb takes, in a process of its own."""

from __future__ import annotations

import os
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
        with (folder / "told").open("w+b") as told:
            process = subprocess.Popen(words, cwd=ROOT, stdout=told, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            told.seek(0)
            lines = told.read().decode("utf-8", "replace").replace(f"{folder}/", "").splitlines()
    lines = [line.strip() for line in lines if line.strip()]
    named = [line for line in lines if line.startswith(("damaged", "unread", "error", "Trace"))]
    return Cost(
        size, process.returncode, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime,
        (named or lines or [""])[0][:_SHOWN],
    )  # fmt: skip
