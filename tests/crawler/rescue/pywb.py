"""A real pywb on loopback, with a collection recorded from the sample site at three dates."""

from __future__ import annotations

import io
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sample import Site
from tests.conftest import ROOT

BIN = ROOT / ".venv-pywb" / "bin"
COLLECTION = "netwellness"
_HOST = "http://www.netwellness.org"


def record(path: Path, site: Site, date: str) -> None:
    """Write a WARC of a site's pages, captured at a date."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for place in ["/", *site.urls()]:
            status, headers, body = site.response(place, {})
            http = StatusAndHeaders(f"{status} Said", list(headers.items()), protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    _HOST + place, "response", payload=io.BytesIO(body), http_headers=http,
                    warc_headers_dict={"WARC-Date": date},
                )
            )  # fmt: skip


def collect(folder: Path, warcs: list[Path]) -> None:
    """Make a pywb collection of WARC files."""
    for words in (["init", COLLECTION], ["add", COLLECTION, *map(str, warcs)]):
        subprocess.run(
            [str(BIN / "wb-manager"), *words], cwd=folder, check=True, capture_output=True
        )


@contextmanager
def replaying(folder: Path) -> Iterator[tuple[str, Path]]:
    """The address of the collection, served on a free port; and the server's log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    command = [str(BIN / "wayback"), "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            address = f"http://127.0.0.1:{port}/{COLLECTION}/"
            _wait_for(f"{address}cdx?url={_HOST}/&limit=1", process)
            yield address, log
        finally:
            process.terminate()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("pywb did not start")
