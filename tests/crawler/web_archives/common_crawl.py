"""A Common Crawl on loopback: an index server and WARC files over HTTP, with its troubles.

``python -m tests.crawler.rescue.common_crawl FOLDER`` serves a folder that :func:`lay_out`
made, prints its address, and stops by itself after some minutes.
"""

from __future__ import annotations

import io
import json
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sample import Site

CRAWLS = {"CC-MAIN-2012-22": "2012-05-20", "CC-MAIN-2016-07": "2016-02-10"}
EMPTY = "CC-MAIN-2024-10"
"""A crawl that has nothing of the site."""
PAGE = 20
"""Rows a page of the index."""
_LIFE = 600.0


def lay_out(folder: Path, site: Site) -> int:
    """Make the WARC files and the index of a site in two crawls; returns the captures."""
    rows: dict[str, list[dict[str, str]]] = {EMPTY: []}
    for crawl, day in CRAWLS.items():
        name = f"crawl-data/{crawl}/segments/1/warc/{crawl}-00000.warc.gz"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows[crawl] = list(_write(path, name, site, day))
    (folder / "index.json").write_text(json.dumps(rows))
    return sum(map(len, rows.values()))


def _write(path: Path, name: str, site: Site, day: str) -> Iterator[dict[str, str]]:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for number, place in enumerate(sorted(site.urls())):
            status, headers, body = site.response(place, {})
            if status != 200:
                continue
            date = f"{day}T00:{number // 60 % 60:02d}:{number % 60:02d}Z"
            http = StatusAndHeaders(f"{status} OK", list(headers.items()), protocol="HTTP/1.1")
            url = f"http://www.netwellness.org{place}"
            start = out.tell()
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=http,
                warc_headers_dict={"WARC-Date": date},
            )  # fmt: skip
            writer.write_record(record)
            yield {
                "urlkey": f"org,netwellness){place}",
                "timestamp": "".join(c for c in date if c.isdigit()),
                "url": url, "mime": "text/html", "status": str(status),
                "digest": record.rec_headers.get_header("WARC-Payload-Digest").split(":")[1],
                "length": str(out.tell() - start), "offset": str(start), "filename": name,
            }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Answers as the index and the data server do; ``trouble`` is the share that fails."""

    protocol_version = "HTTP/1.1"
    folder: Path
    rows: dict[str, list[dict[str, str]]]
    trouble = 0.0
    dice = random.Random(1)
    log: list[str]

    def do_GET(self) -> None:
        """One request."""
        self.log.append(self.path)
        parts = urlsplit(self.path)
        if self.dice.random() < self.trouble:
            self._say(self.dice.choice((502, 503, 504)), b"<html>gateway</html>", "text/html")
        elif parts.path == "/collinfo.json":
            self._say(200, json.dumps([{"id": name} for name in self.rows]).encode())
        elif parts.path.endswith("-index"):
            self._index(parts.path[1:].removesuffix("-index"), parse_qs(parts.query))
        else:
            self._range(self.folder / parts.path.lstrip("/"))

    do_HEAD = do_GET

    def _index(self, crawl: str, query: dict[str, list[str]]) -> None:
        rows = self.rows.get(crawl, [])
        pages = -(-len(rows) // PAGE)
        if not rows:
            self._say(404, b'{"message": "No Captures found for this"}')
        elif "showNumPages" in query:
            self._say(200, json.dumps({"pages": pages, "pageSize": 5}).encode(), "text/x-cdxj")
        elif int(query["page"][0]) >= pages:
            self._say(400, b'{"message": "Page invalid"}')
        else:
            first = int(query["page"][0]) * PAGE
            lines = "\n".join(map(json.dumps, rows[first : first + PAGE]))
            self._say(200, f"{lines}\n".encode(), "text/x-ndjson")

    def _range(self, path: Path) -> None:
        if not path.is_file():
            self._say(404, b"no such file")
            return
        data = path.read_bytes()
        if "Range" not in self.headers:
            self._say(200, data, "application/octet-stream", ("Accept-Ranges", "bytes"))
            return
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        piece = data[int(first) : int(last) + 1]
        harm = self.dice.random()
        if harm < self.trouble:
            piece = piece[: len(piece) // 2]
        elif harm < 2 * self.trouble:
            piece = piece[:-9] + bytes([piece[-9] ^ 1]) + piece[-8:]
        span = f"bytes {first}-{last}/{len(data)}"
        self._say(206, piece, "application/octet-stream", ("Content-Range", span))

    def _say(self, status: int, body: bytes, kind: str = "application/json", *more: Any) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path, trouble: float = 0.0) -> Iterator[tuple[str, list[str]]]:
    """The address of a server on a free port of loopback, and the paths it was asked for."""
    log: list[str] = []
    rows = json.loads((folder / "index.json").read_text())
    values = {"folder": folder, "rows": rows, "trouble": trouble, "log": log}
    handler = type("Serving", (Handler,), {**values, "dice": random.Random(1)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", log
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    with serving(Path(sys.argv[1])) as (address, _):
        print(address, flush=True)
        threading.Event().wait(_LIFE)
