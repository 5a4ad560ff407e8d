"""``python -m tools.journeys``: how many of the project's files a capture passes through.

Each journey is taken four times in this process, by one worker, on a small archive of the
sample site. The first time is not counted. Of the others the one that entered the fewest files
is, since what a server prepares beside its first pages can fall into any of them. Calls are
those of functions in the files of ``crawler``, ``parsers``, ``pipelines`` and ``publish``;
nothing that only an import runs is counted. A journey with many calls is not slow by itself:
many files are what somebody has to read to follow one capture.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from parsers import read
from pipelines.capture.collect import collect_exchange, collect_reading
from pipelines.capture.crawl_records import warcinfo
from pipelines.capture.interpret import interpret_exchange
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.ingest.ingest import ingest
from pipelines.rebuild.engines import Outcome
from pipelines.rebuild.extract import extract, inputs_of
from pipelines.rebuild.rebuild import rebuild
from pipelines.rebuild.shards import ExtractTask, extract_span
from pipelines.store.store import Store, close_crawl
from pipelines.verify.verify import verify_archive
from pipelines.warc.exchange import Exchange
from pipelines.warc.writer import WarcWriter
from publish.serve import application
from sample import Site

ROOT = Path(__file__).parents[1]
PACKAGES = ("crawler", "parsers", "pipelines", "publish")
_HOST = "http://www.netwellness.org"
_START = datetime(2026, 3, 1, tzinfo=UTC)
_RUN = Crawl("55555555-5555-4555-8555-555555555555", "netwellness", {}, _START)
_SITE = Site(pages=6, big=0)


@dataclass(frozen=True, slots=True)
class Journey:
    """How far something went: the files of the project, relative to its root, and the calls
    of functions in them; of a page also its templates."""

    name: str
    files: tuple[str, ...]
    calls: int
    templates: tuple[str, ...] = ()


class Profile:
    """Counts calls by file while it is open, in all threads that were started after it."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"
        self._calls: Counter[str] = Counter()
        self._open = False
        threading.setprofile(self._hook)

    def count(self, action: Callable[[], object]) -> Counter[str]:
        """The calls of an action, by the path of the file below the root."""
        self._calls = Counter()
        sys.setprofile(self._hook)
        self._open = True
        try:
            action()
        finally:
            self._open = False
            sys.setprofile(None)
        counts: Counter[str] = Counter()
        for path, calls in self._calls.items():
            name = path.removeprefix(self._root)
            if name != path and name.split("/")[0] in PACKAGES:
                counts[name] += calls
        return counts

    def _hook(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and self._open and frame.f_code.co_name != "<module>":
            self._calls[frame.f_code.co_filename] += 1


def exchanges() -> Iterator[Exchange]:
    """What a crawl of the sample site exchanges."""
    for number, path in enumerate(["/robots.txt", "/", *_SITE.urls()]):
        status, headers, body = _SITE.response(path)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield Exchange(
            _HOST + path,
            "GET",
            _START + timedelta(seconds=number),
            "127.0.0.1",
            f"GET {path} HTTP/1.1\r\nHost: www.netwellness.org\r\n\r\n".encode(),
            f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body,
        )


def make_archive(folder: Path) -> None:
    """Write a small archive: ``warcs/`` and ``archive.db``."""
    folder.mkdir()
    with (
        closing(Store.open(folder / "archive.db")) as store,
        WarcWriter(folder / "warcs", "netwellness", warcinfo(_RUN)) as writer,
    ):
        store.pending.add_crawl(_RUN)
        for exchange in exchanges():
            capture = collect_exchange(
                store.pending, exchange, writer.write_exchange(exchange), _RUN
            )
            reading = read(capture, outlinks=True)
            collect_reading(store.pending, capture.record_id, reading, capture.url)
        writer.flush(sync=True)
        store.commit()
        close_crawl(store, writer, _RUN.uid, CrawlEnd(_START + timedelta(hours=1), "finished"))


class _InThisProcess:
    """An engine that runs tasks where it is asked to."""

    def __init__(self) -> None:
        self._tasks: list[ExtractTask] = []

    def submit(self, tasks: Sequence[ExtractTask]) -> None:
        self._tasks += tasks

    def outcomes(self) -> Iterator[Outcome]:
        while self._tasks:
            task = self._tasks.pop(0)
            yield task, extract_span(task)

    def close(self) -> None:
        pass


def journeys(profile: Profile, folder: Path) -> Iterator[Journey]:
    """Take each journey, and count."""
    make_archive(folder / "made")
    for name, prepare in _JOURNEYS.items():
        taken = []
        for number in range(4):
            place = folder / f"{name}-{number}"
            place.mkdir()
            calls = profile.count(prepare(folder / "made", place))
            taken.append(_journey(name, calls))
        yield min(taken[1:], key=lambda journey: len(journey.files))


def _journey(name: str, calls: Counter[str]) -> Journey:
    files = {path: number for path, number in calls.items() if path.endswith(".py")}
    templates = sorted(calls.keys() - files.keys())
    return Journey(name, tuple(sorted(files)), sum(files.values()), tuple(templates))


# -- the journeys --------------------------------------------------------------------------

#: Takes the archive that was made and an empty folder; what it returns is what is counted.
_Prepare = Callable[[Path, Path], Callable[[], object]]


def _exchange(made: Path, place: Path) -> Callable[[], object]:
    store = Store.open(place / "archive.db")
    writer = WarcWriter(place / "warcs", "netwellness", warcinfo(_RUN))
    store.pending.add_crawl(_RUN)
    first, exchange, *_ = exchanges()
    collect_exchange(store.pending, first, writer.write_exchange(first), _RUN)

    def write() -> None:
        collect_exchange(store.pending, exchange, writer.write_exchange(exchange), _RUN)
        writer.flush()

    return write


def _parse(made: Path, place: Path) -> Callable[[], object]:
    with WarcWriter(place, "netwellness", warcinfo(_RUN)) as writer:
        for exchange in exchanges():
            location = writer.write_exchange(exchange)
            capture = interpret_exchange(exchange, location, _RUN).capture()
            page = next(iter(read(capture).pages), None) if capture else None
            if capture and page and page.status == "answered" and page.responders:
                return lambda: read(capture)
    raise AssertionError("no question has an answer")


def _commit(made: Path, place: Path) -> Callable[[], object]:
    store = Store.open(place / "archive.db")
    store.pending.add_crawl(_RUN)
    with WarcWriter(place / "warcs", "netwellness", warcinfo(_RUN)) as writer:
        for exchange in exchanges():
            capture = collect_exchange(
                store.pending, exchange, writer.write_exchange(exchange), _RUN
            )
            reading = read(capture, outlinks=True)
            collect_reading(store.pending, capture.record_id, reading, capture.url)
    return store.commit


def _ingest(made: Path, place: Path) -> Callable[[], object]:
    (warc,) = (made / "warcs").iterdir()

    def run_ingest() -> None:
        with closing(Store.open(place / "archive.db")) as store:
            ingest([warc], place / "warcs", store)

    return run_ingest


def _rebuild(made: Path, place: Path) -> Callable[[], object]:
    return lambda: rebuild(made / "warcs", place / "archive.db", workers=1)


def _extract(made: Path, place: Path) -> Callable[[], object]:
    def run_extract() -> None:
        engine = _InThisProcess()
        extract(inputs_of([str(made / "warcs")]), str(place / "shards"), engine, workers=1)

    return run_extract


def _verify(made: Path, place: Path) -> Callable[[], object]:
    return lambda: verify_archive(made / "warcs", made / "archive.db", workers=1)


def _question_page(made: Path, place: Path) -> Callable[[], object]:
    with closing(Store.open(made / "archive.db")) as store:
        query = "SELECT site, source_id FROM questions ORDER BY id LIMIT 1"
        site, source_id = store.db.execute(query).fetchone()
    loop = asyncio.new_event_loop()
    application_ = application(made / "archive.db")
    path = f"/q/{site}/{source_id}"

    def get() -> Any:
        response = loop.run_until_complete(application_.client.get(path))
        assert response.status_code == 200, response.text
        return response

    get()
    for thread in threading.enumerate():
        if thread.daemon:  # what the application prepares beside its first page is not counted
            thread.join(timeout=1)
    return get


_JOURNEYS: dict[str, _Prepare] = {
    "exchange": _exchange,
    "parse": _parse,
    "commit": _commit,
    "ingest": _ingest,
    "rebuild": _rebuild,
    "extract": _extract,
    "verify": _verify,
    "question page": _question_page,
}


def take_all() -> list[Journey]:
    """Take all journeys in a folder that is removed again."""
    profile = Profile(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        return list(journeys(profile, Path(folder)))


def main() -> None:
    """Print the table, or with ``--json`` all file names too."""
    parser = argparse.ArgumentParser(prog="python -m tools.journeys")
    parser.add_argument("--json", action="store_true", help="print JSON, with all file names")
    options = parser.parse_args()
    taken = take_all()
    if options.json:
        print(json.dumps([asdict(journey) for journey in taken], indent=1))
        return
    print(f"{'journey':15} {'files':>5} {'calls':>7} {'templates':>9}")
    for journey in taken:
        templates = len(journey.templates) or ""
        print(f"{journey.name:15} {len(journey.files):5} {journey.calls:7} {templates:>9}")


if __name__ == "__main__":
    main()
