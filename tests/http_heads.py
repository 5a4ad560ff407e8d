"""``python -m tests.http_heads``: what a browser and what a crawl read of 640 odd responses.

They are served on loopback to Debian's chromium and to a crawl. The table says by kind who of the
two read what, and why where they differ; exit status 1 if there is no reason. ``--record`` writes
what chromium read to ``tests/crawler/net/odd_heads.json``: ``make test`` compares with that, and
needs no browser.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html
from playwright.sync_api import Browser, Error

from crawler.net.handler import has_its_end
from crawler.net.wire import WireError
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.http import parse_response
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record
from pipelines.warc.writer import ERROR_FIELD
from tests.conftest import ROOT, settings_for
from tests.crawler.net.odd_heads import OddResponse, begins, ends, odd_responses, page
from tests.crawler.net.raw_server import HOME, Answer, RawServer
from tests.crawler.net.wire_driver import receive
from tools.browser import browser

RECORDED = Path(__file__).parent / "crawler" / "net" / "odd_heads.json"
#: How much of a page's visible text was read, from nothing to all. Its ``source`` is shown where
#: the type is none of HTML; with ``more``, bytes of the framing stand between the words.
NOTHING, PART, MORE, SOURCE, WHOLE = AMOUNTS = ("", "part", "more", "source", "whole")
_WHY = re.compile(r"net::(ERR_\w+)|(Download) is starting|(Timeout)")
#: Where we read more than chromium, what it does: by its error, kind and words of the response.
_STRICTER = (
    (r"MULTIPLE_CONTENT_LENGTH", "refuses lengths that are not the same letter for letter"),
    (r"MULTIPLE_(LOCATION|CONTENT_DISP)", "refuses two Locations, or Content-Dispositions"),
    (r"HEADERS_TOO_BIG", "refuses heads of more than 256 KB"),
    (r"ERR_ABORTED", "shows no page of status 205"),
    (r"Download", "saves what is no page by its type"),
    (r"INVALID_HTTP.*\\x00", "refuses NUL in a head"),
    (r"INVALID_HTTP.*before the head", "looks no further than four bytes for a status line"),
    (r"INVALID_HTTP.*no head", "reads HTTP/0.9 on port 80 alone"),
    (r"INVALID_HTTP.*interim", "has an interim response end with an empty line"),
    (r"Encoding of gzip", "undoes no transfer coding but chunks"),
    (r"^\|chunks", "shows nothing of chunks that are not as RFC 9112 has them"),
    (r"HTTP/1\.0|HTTP/0|^\|changed at random", "undoes no chunks of HTTP/1.0"),
    (r"ICY", "takes ICY for HTTP/0.9"),
    (r"line ends", "has a head end with CRLF or LF"),
)


@dataclass(frozen=True)
class OddReading:
    """An odd response, and how much of it was read: see ``AMOUNTS``. An error says why not."""

    odd: OddResponse
    chromium: str
    chromium_error: str
    ours: str
    our_error: str

    @property
    def is_less(self) -> bool:
        """Whether we read less than chromium."""
        shown = MORE if self.chromium == SOURCE else self.chromium
        return AMOUNTS.index(self.ours) < AMOUNTS.index(shown)

    @property
    def reason(self) -> str | None:
        """Why the two differ: "" where they do not, None where there is no reason."""
        if self.chromium == self.ours:
            return ""
        if self.chromium == SOURCE and not self.is_less:
            return "shows the source of what is no HTML by its type"
        if self.is_less:
            is_cut = self.our_error == "disconnect"
            return "shows what came of a page that has no end" if is_cut else None
        about = f"{self.chromium_error}|{self.odd.kind}|{self.odd.what!r}"
        return next((why for sign, why in _STRICTER if re.search(sign, about)), None)


def amount(text: str, number: int) -> str:
    """How much of the page of a question a visible text has."""
    text = "".join(text.split())
    if text == _squeezed(page(number)):
        return WHOLE
    if "".join(begins(number).split()) not in text:
        return NOTHING
    if "".join(ends(number).split()) not in text:
        return PART
    return SOURCE if "<h1>" in text else MORE


def _squeezed(body: bytes) -> str:
    """The visible text of HTML without blanks."""
    if not body.strip():
        return ""
    document = html.document_fromstring(body.decode("latin-1").replace("\0", " "))
    return "".join("".join(document.xpath("//body//text()[not(ancestor::title)]")).split())


def as_chromium_reads(responses: Sequence[OddResponse]) -> dict[int, tuple[str, str]]:
    """How much chromium shows of each, and its error."""
    answers = {each.path: [Answer(each.sent, close=True)] for each in responses}
    with RawServer(answers) as server, browser() as chromium:
        return {each.number: _shown(chromium, server, each) for each in responses}


def _shown(chromium: Browser, server: RawServer, odd: OddResponse) -> tuple[str, str]:
    tab = chromium.new_page()  # on that of an error, the next page would be taken for it
    try:
        tab.goto(server.base + odd.path[1:], wait_until="commit", timeout=20_000)
        for _ in range(20):  # of a body that breaks off, chromium waits for more
            if tab.evaluate("document.readyState") == "complete":
                break
            tab.wait_for_timeout(50)
        text: str = tab.evaluate("document.body ? document.body.innerText : ''")
    except Error as error:
        why = _WHY.search(error.message)
        return NOTHING, (why[1] or why[2] or why[3]) if why else error.message[:80]
    finally:
        tab.close()
    return amount(text, odd.number), ""


def as_the_wire_reads(responses: Sequence[OddResponse]) -> dict[int, tuple[str, str]]:
    """How much our own reading makes of each, and why not more."""

    async def read(odd: OddResponse) -> tuple[str, str]:
        received = await receive([odd.sent])
        if isinstance(received, WireError):
            return NOTHING, str(received)
        if received.truncated and not has_its_end(received.block):
            return NOTHING, received.truncated
        return _read(received.block, odd.number)

    async def read_all() -> dict[int, tuple[str, str]]:
        return {each.number: await read(each) for each in responses}

    return asyncio.run(read_all())


def _read(block: bytes, number: int) -> tuple[str, str]:
    message = parse_response(block)
    try:
        body = message.decoded().content if message else block
    except UndecodableBody as error:
        return NOTHING, str(error)
    return amount(_squeezed(body), number), ""


def as_a_crawl_reads(
    responses: Sequence[OddResponse], folder: Path
) -> dict[int, tuple[str, str, bool]]:
    """The same of a real crawl, by its WARC file, and whether that has all bytes that were sent."""
    links = "".join(f'<a href="{each.path}">{each.number}</a>' for each in responses).encode()
    home = HOME.replace(b"\nContent-Length: 4\r\n\r\nhome", b"\n\r\n" + links)
    answers = {each.path: [Answer(each.sent, close=True)] for each in responses}
    with RawServer({**answers, "/": [Answer(home, close=True)]}) as server:
        command = [sys.executable, "-m", "scrapy", "crawl", "netwellness"]
        command += ["-a", f"base={server.base}", *settings_for(folder)]
        command += ["-s", "RETRY_TIMES=1", "-s", "OUTAGE_AFTER=10000"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    records = [record for path in (folder / "warcs").iterdir() for record in read_warc(path)]
    surplus = {each.get("WARC-Refers-To"): each.block for each in records}
    latest = {urlsplit(each.url).path: each for each in records if each.record_type == "response"}
    return {odd.number: _kept(latest.get(odd.path), surplus, odd) for odd in responses}


def _kept(
    record: Record | None, surplus: dict[str, bytes], odd: OddResponse
) -> tuple[str, str, bool]:
    if record is None:
        return NOTHING, "no record", not odd.sent
    block = record.block + surplus.get(record.get("WARC-Record-ID"), b"")
    before = odd.sent.removesuffix(block)
    is_all = odd.sent.endswith(block) and (not before or b" 1" in before[:16])  # interim ones
    error = record.get(ERROR_FIELD) or record.get("WARC-Truncated")
    return (*((NOTHING, error) if error else _read(record.block, odd.number)), is_all)


def compare(
    responses: Sequence[OddResponse],
    chromium: dict[int, tuple[str, str]],
    ours: dict[int, tuple[str, str]],
) -> list[OddReading]:
    """Both readings of each response."""
    return [OddReading(each, *chromium[each.number], *ours[each.number]) for each in responses]


def recorded() -> dict[int, tuple[str, str]]:
    """What chromium read when it was last asked."""
    exceptions = json.loads(RECORDED.read_text())
    return {
        each.number: tuple(exceptions.get(str(each.number), (WHOLE, "")))
        for each in odd_responses()
    }


def record(chromium: dict[int, tuple[str, str]]) -> None:
    """Write down what chromium read, where that is not all."""
    lines = [f'"{n}": {json.dumps(each)}' for n, each in chromium.items() if each[0] != WHOLE]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def table(readings: Sequence[OddReading]) -> Iterator[str]:
    """The lines of the table by kind, and the reasons."""
    yield f"{'kind':28} {'responses':>9} {'equal':>6} {'we more':>8} {'chromium more':>14}"
    for kind in dict.fromkeys(each.odd.kind for each in readings):
        yield _row(kind, [each for each in readings if each.odd.kind == kind])
    yield _row("all", readings)
    yield "\nwhere they differ, chromium"
    reasons = Counter(each.reason for each in readings if each.reason != "")
    yield from (f"{count:5}  {why or 'NO REASON'}" for why, count in reasons.most_common())
    for each in readings:
        if each.reason is None:
            yield f"NO REASON: {each.odd.kind}, {each.odd.what[:70]!r}: {each}"[:400]


def _row(kind: str, readings: Sequence[OddReading]) -> str:
    equal = sum(each.reason == "" for each in readings)
    less = sum(each.is_less for each in readings)
    return f"{kind:28} {len(readings):9} {equal:6} {len(readings) - equal - less:8} {less:14}"


def main() -> int:
    """Print the table."""
    responses = odd_responses()
    chromium = as_chromium_reads(responses)
    if "--record" in sys.argv:
        record(chromium)
    with tempfile.TemporaryDirectory() as folder:
        crawled = as_a_crawl_reads(responses, Path(folder))
    ours = {number: (read, error) for number, (read, error, _) in crawled.items()}
    readings = compare(responses, chromium, ours)
    print("\n".join(table(readings)))
    lost = [odd for odd in responses if not crawled[odd.number][2]]
    for odd in lost:
        print(f"not all bytes are kept: {odd.kind}, {odd.what[:70]!r}")
    return int(bool(lost) or any(each.reason is None for each in readings))


if __name__ == "__main__":
    raise SystemExit(main())
