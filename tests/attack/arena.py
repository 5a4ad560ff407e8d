"""The server that is attacked, what it takes, and a bystander who reads pages meanwhile."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles

from bench.archive import make_archive
from tests.conftest import ROOT
from tests.nginx import proxied

NAME = "archive.example.org"
#: Whose addresses a client may have: nginx counts what each of them asks for.
BYSTANDER, CURATOR = "127.0.0.200", "127.0.0.201"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Status 0: nothing did."""

    status: int
    body: bytes = b""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody with an address of loopback, who asks at a port."""

    port: int
    address: str

    def ask(
        self, target: str, headers: dict[str, str] | None = None, seconds: float = 30
    ) -> Answer:
        """Ask for one page, over a connection of its own; empty headers are not sent.

        :param seconds: after so many, what has come is the answer
        """
        connection = HTTPConnection(
            "127.0.0.1", self.port, timeout=seconds, source_address=(self.address, 0)
        )
        end = time.monotonic() + seconds
        sent = {name: value for name, value in (headers or {}).items() if value}
        try:
            connection.request("GET", target, headers={"Host": NAME, **sent})
            response = connection.getresponse()
            body = bytearray()
            while time.monotonic() < end and (piece := response.read1(1 << 20)):
                body += piece
            return Answer(
                response.status, bytes(body), response.headers.get("Content-Encoding", "")
            )
        except (OSError, HTTPException):
            return Answer(0)
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Arena:
    """A public server on an archive, directly and behind nginx."""

    archive: Path
    server: int
    direct: int
    proxy: int

    @property
    def memory(self) -> tuple[int, int]:
        """Megabytes that the server has now, and the most since :meth:`forget_peak`."""
        status = Path(f"/proc/{self.server}/status").read_text()
        now, most = (
            int(status.partition(f"{name}:")[2].split()[0]) // 1024 for name in ("VmRSS", "VmHWM")
        )
        return now, most

    def forget_peak(self) -> None:
        """Begin to measure the most memory anew (proc(5), clear_refs)."""
        Path(f"/proc/{self.server}/clear_refs").write_text("5")


@contextmanager
def arena(folder: Path, archive: Path) -> Iterator[Arena]:
    """Serve an archive to the public, on loopback."""
    command = [
        sys.executable, "-m", "scrapy", "serve", "--public", "--port", "0",
        "-s", f"ARCHIVE_DB={archive}", "-s", f"PUBLIC_URL=https://{NAME}",
        "-s", f"WITHHELD_FILE={archive.parent / 'withheld.toml'}",
    ]  # fmt: skip
    (archive.parent / "withheld.toml").touch()
    with ExitStack() as stack:
        log = stack.enter_context((archive.parent / "server.log").open("w"))
        server = stack.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
        )
        stack.callback(server.send_signal, signal.SIGTERM)
        assert server.stdout is not None
        direct = int(server.stdout.readline().strip().strip("/").rpartition(":")[2])
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        proxy = stack.enter_context(proxied(folder, direct, limits=True))
        made = Arena(archive, server.pid, direct, proxy)
        for target in ("/", "/search?q=slep", "/charts", "/archive/questions"):
            assert Client(direct, CURATOR).ask(target).status == 200
        _settle(server.pid)
        yield made


def _settle(process: int) -> None:
    """Wait until a server has counted its words; it does so when it begins."""
    before = -1
    for _ in range(60):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        now = int(fields[11]) + int(fields[12])  # proc(5): utime and stime, in 1/100 s
        if before >= 0 and now - before < 5:
            return
        before = now
        time.sleep(1)


def archive_of(folder: Path, questions: int) -> Path:
    """An archive of so many questions; one that is there already is taken."""
    path = folder / "archive.db"
    make_archive(path, questions)
    return path


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a bystander waited for pages: milliseconds."""

    pages: int
    median: float
    slow: float  # of 20 pages, the slowest
    failed: tuple[int, ...]  # statuses


class Bystander:
    """Reads one page after the other, of those that people read."""

    def __init__(self, port: int, questions: int) -> None:
        self._client = Client(port, BYSTANDER)
        self._chance = random.Random(port)
        self._questions = questions

    def read_for(self, seconds: float) -> Pace:
        """Read for a while, some pages a second, and each another one."""
        end = time.monotonic() + seconds
        times: list[float] = []
        statuses: list[int] = []
        while time.monotonic() < end or len(times) < 2:
            begin = time.perf_counter()
            statuses.append(self._client.ask(self._page()).status)
            times.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.08)
        failed = tuple(status for status in statuses if status not in (200, 404))
        return Pace(len(times), median(times), quantiles(times, n=20)[-1], failed)

    def _page(self) -> str:
        number = 900_001 + self._chance.randrange(self._questions)
        if self._chance.random() < 0.1:
            return f"/search?q=sleep&page={1 + number % 9}"
        return f"/q/netwellness/{number}?seen={number}"
