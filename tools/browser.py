"""A served archive and a browser that shows it: for the pictures and for the tests.

The browser is Debian's chromium. Playwright drives it and downloads none of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]

NO_CHROMIUM = "there is no chromium here (Debian: apt-get install chromium)"

FLAGS = [
    "--no-sandbox",  # without it chromium does not run as root, as it would in a container
    "--disable-gpu",
    "--hide-scrollbars",
    # What we show is drawn on every machine in the same way.
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
]

# A server that imports Datasette on a busy machine takes seconds to print its address.
STOP_SECONDS = 20


def chromium() -> str | None:
    """The path of the browser, or None if it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running chromium without a window.

    :raises FileNotFoundError: it is not installed
    """
    path = chromium()
    if path is None:
        raise FileNotFoundError(NO_CHROMIUM)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def served(archive: Path, *options: str) -> Iterator[str]:
    """The address, without a slash at its end, of ``scrapy serve`` on a free loopback port.

    :param options: further options of the command, such as ``--public``
    :raises RuntimeError: the server ended before it listened; the message is its own
    """
    command = [sys.executable, "-m", "scrapy", "serve", "--port", "0", *options]
    command += ["-s", f"ARCHIVE_DB={archive}"]
    # A pipe that nobody reads would stop a server that complains much.
    with tempfile.TemporaryFile("w+") as complaints:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            if not address:
                complaints.seek(0)
                raise RuntimeError(f"scrapy serve: {complaints.read().strip()}")
            yield address.rstrip("/")
        finally:
            _end(server)


def _end(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.communicate()
