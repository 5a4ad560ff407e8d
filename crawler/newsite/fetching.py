"""Gets a few pages of a site that nobody has declared yet, as politely as any crawl.

It is a crawl: ``scrapy crawl pages`` into an archive that is thrown away. So robots.txt, the
pace, private addresses and who we say we are count as they do everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from parsers.links import REDIRECTS, absolute, as_sent
from parsers.records import Capture
from pipelines.capture.interpret import interpret
from pipelines.warc.reader import read_warc

_MOST_HOPS = 4


class FetchError(Exception):
    """Pages could not be asked for; the message says why."""


@dataclass(frozen=True)
class Fetcher:
    """Asks for pages.

    :param settings: the settings of the command line, which are passed on
    """

    settings: Mapping[str, str]

    def fetch(self, urls: Sequence[str]) -> dict[str, Capture]:
        """The pages at some addresses, by those; redirects are followed. Those that could not
        be had are missing.

        :raises FetchError: nothing could be asked for
        """
        captures: dict[str, Capture] = {}
        waiting = {as_sent(url): url for url in urls}  # where to ask -> the address that led there
        for _ in range(_MOST_HOPS):
            answers = self._ask(list(waiting)) if waiting else {}
            origins, waiting = waiting, {}
            for url, (capture, location) in answers.items():
                origin = origins.get(url)
                if origin is None:
                    continue
                target = absolute(url, location) if location else None
                if capture.status in REDIRECTS and target:
                    waiting[as_sent(target)] = origin
                else:
                    captures[origin] = capture
        return {url: captures[url] for url in urls if url in captures}

    def _ask(self, urls: Sequence[str]) -> dict[str, tuple[Capture, str]]:
        """The capture of each address, and its Location header."""
        with TemporaryDirectory(prefix="housecall-newsite-") as name:
            folder = Path(name)
            (folder / "list.txt").write_text("\n".join(urls), "utf-8")
            self._crawl(folder)
            answers = {}
            for file in sorted((folder / "warcs").glob("*.warc*")):
                for record in read_warc(file):
                    capture = interpret(record, file.name).capture()
                    if capture is not None and not capture.url.endswith("/robots.txt"):
                        location = record.http.leads_to if record.http else ""
                        answers[as_sent(capture.url)] = (capture, location)
            return answers

    def _crawl(self, folder: Path) -> None:
        places = {
            "ARCHIVE_DB": folder / "archive.db", "WARC_DIR": folder / "warcs",
            "STATE_DIR": folder / "state", "SITES_DIR": folder / "sites",
            "WITHHELD_FILE": "", "MONITORS_ENABLED": False, "HOOK_ON": "never",
            "LOG_LEVEL": "ERROR", "PARSE_WORKERS": 0,
        }  # fmt: skip
        words = [
            word for name, value in {**self.settings, **places}.items()
            for word in ("-s", f"{name}={value}")
        ]  # fmt: skip
        command = [sys.executable, "-m", "scrapy", "crawl", "pages", *words]
        command += ["-a", f"urls={folder / 'list.txt'}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 2:  # it could not begin
            raise FetchError(done.stderr.strip().rpartition("Error: ")[2] or done.stderr.strip())
