"""Crawls of the sample site without a network: its responses, our WARC, parser and store.

What :mod:`tests.crawler` does over HTTP, in a tenth of the time; and the site can be altered
on the way, as a redesign alters a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from parsers import canonical_url, read
from pipelines.capture.collect import collect_exchange, collect_reading
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.models import Crawl, CrawlEnd
from pipelines.db.validators import RevisitLookup
from pipelines.store.store import Store, close_crawl
from pipelines.warc.exchange import Exchange
from pipelines.warc.writer import WarcWriter
from sample import Site

HOST = "http://www.netwellness.org"
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
REASONS = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 404: "Not Found", 410: "Gone"}

#: Takes a path and a response's status and body, gives what is served instead.
Alter = Callable[[str, int, bytes], tuple[int, bytes]]


def as_it_is(path: str, status: int, body: bytes) -> tuple[int, bytes]:
    """No alteration."""
    return status, body


def crawl_site(
    folder: Path,
    site: Site,
    day: int,
    *,
    alter: Alter = as_it_is,
    paths: Iterable[str] | None = None,
    conditional: bool = False,
    outcome: str = "finished",
) -> tuple[str, dict[str, int]]:
    """One run over all question pages, and a few others; the archive is in ``folder``.

    :param day: when, in days
    :param paths: what to ask for instead
    :param conditional: ask with the ETag that the archive knows, and write revisits
    :returns: the run's uid, and what the store counted
    """
    started = FIRST_DAY + timedelta(days=day)
    uid = str(uuid5(NAMESPACE_URL, f"{folder}{day}"))
    crawl = Crawl(uid, "netwellness", {"base": HOST + "/"}, started)
    store = Store.open(folder / "archive.db")
    writer = WarcWriter(folder / "warcs", "netwellness", warcinfo(crawl))
    writer.open()
    store.pending.add_crawl(crawl)
    memory = RevisitLookup(store.db.conn)
    wanted = ["/robots.txt", "/", "/healthtopics/", *site.urls()] if paths is None else paths
    for number, path in enumerate(wanted):
        moment = started + timedelta(seconds=number)
        known = memory.known(canonical_url(HOST + path)) if conditional else None
        asked = {"If-None-Match": known.etag} if known else {}
        status, headers, body = site.response(path, asked)
        status, body = (status, body) if status == 304 else alter(path, status, body)
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in headers.items() if name[:8] != "Content-"]
        if status != 304:
            lines += [f"Content-Type: {headers['Content-Type']}", f"Content-Length: {len(body)}"]
        exchange = Exchange(
            HOST + path,
            "GET",
            moment,
            "127.0.0.1",
            f"GET {path} HTTP/1.1\r\nHost: www.netwellness.org\r\n\r\n".encode(),
            "\r\n".join([*lines, "", ""]).encode() + body,
            repeats=known.original if known else None,
        )
        location = writer.write_exchange(exchange)
        capture = collect_exchange(store.pending, exchange, location, crawl)
        if not exchange.original:
            collect_reading(
                store.pending, capture.record_id, read(capture, outlinks=True), capture.url
            )
    writer.flush(sync=True)
    store.commit()
    counts = store.counts
    close_crawl(store, writer, uid, CrawlEnd(started + timedelta(hours=1), outcome, counts))
    store.close()
    return uid, counts
