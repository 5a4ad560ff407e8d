"""A web archive of its own: pywb, over a collection that is recorded from the sample site."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sample import Site
from tests.conftest import ROOT
from tests.site_crawls import HOST, REASONS

PYWB = ROOT / ".venv-pywb/bin"
COLLECTION = "sample"
PATIENCE = 60.0  # seconds until it answers


@dataclass(frozen=True)
class Pywb:
    """A web archive that is running."""

    base: str
    log: Path

    @property
    def words(self) -> list[str]:
        """The arguments of the spider by which it asks this archive."""
        cdx, replay = f"{self.base}{COLLECTION}/cdx", f"{self.base}{COLLECTION}/"
        return ["-a", f"cdx={cdx}", "-a", f"replay={replay}"]

    def asked(self) -> list[str]:
        """The targets of all requests that it has answered, in order."""
        lines = self.log.read_text("utf-8").splitlines()
        found = [line.split('"')[1].split(" ")[1] for line in lines if '"GET ' in line]
        # "/index" is what it asks itself for each question to "/cdx".
        return [one for one in found if not one.startswith(f"/{COLLECTION}/index?")]

    def pages(self) -> list[str]:
        """The same, without what the index was asked."""
        return [target for target in self.asked() if not target.startswith(f"/{COLLECTION}/cdx")]


def record(folder: Path, moment: datetime, site: Site, paths: Iterable[str]) -> None:
    """Put what a site says into the collection, in a WARC file: a page a second from a moment on.

    The page that the server always cuts short is left out: as it would be whole, it is none.
    """
    archive = folder / "collections" / COLLECTION / "archive"
    archive.mkdir(parents=True, exist_ok=True)
    whole = [path for path in paths if site.behaviour(path) != "cut"]
    with (archive / f"{moment:%Y%m%d}.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, path in enumerate(whole):
            date = (moment + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
            status, headers, body = site.response(path)
            line = f"{status} {REASONS.get(status, 'Other')}"
            block = StatusAndHeaders(line, list(headers.items()), protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    HOST + path, "response", payload=BytesIO(body), http_headers=block,
                    warc_headers_dict={"WARC-Date": date},
                )
            )  # fmt: skip


def index(folder: Path) -> None:
    """Index the collection's WARC files."""
    collection = folder / "collections" / COLLECTION
    (collection / "indexes").mkdir(exist_ok=True)
    made = collection / "indexes/index.cdxj"
    words = ["-j", "-s", "-o", str(made), str(collection / "archive")]
    subprocess.run([str(PYWB / "cdx-indexer"), *words], check=True, capture_output=True)


@contextmanager
def running(folder: Path) -> Iterator[Pywb]:
    """The web archive of the collections in a folder, on a free port of this machine."""
    if not (PYWB / "wayback").exists():
        pytest.skip("pywb is not installed: make pywb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "pywb.log"
    words = [str(PYWB / "wayback"), "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
    with (
        log.open("w") as out,
        subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            base = f"http://127.0.0.1:{port}/"
            _await(base, process, log)
            yield Pywb(base, log)
        finally:
            process.kill()  # it holds nothing that would have to be written


def _await(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(f"{base}{COLLECTION}/cdx?url={HOST}/", timeout=5):
                return
        except (OSError, HTTPException):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"pywb did not start: {log.read_text()}") from None
            time.sleep(0.1)
