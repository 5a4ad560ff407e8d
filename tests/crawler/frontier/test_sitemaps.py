"""Sitemaps: sound, nested, broken, hostile."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.revisit import SitemapListing
from crawler.frontier.sitemaps import FEED, MOST_FILES, parse_sitemap, read_sitemaps

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*rows: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<url><loc>{loc}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</url>"
        for loc, when in rows
    )
    return f'<?xml version="1.0"?><urlset {NAMESPACE}>{entries}</urlset>\n'.encode()


def index(*locs: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in locs)
    return f"<sitemapindex {NAMESPACE}>{entries}</sitemapindex>".encode()


def read(files: dict[str, bytes], *start: str) -> tuple[SitemapListing, list[str]]:
    asked: list[str] = []

    async def fetch(url: str) -> bytes | None:
        asked.append(url)
        return files.get(url)

    def resolve(loc: str, page: str) -> str | None:
        return loc if loc.startswith("http://site/") else None

    return asyncio.run(read_sitemaps(start, fetch, resolve)), asked


def test_entries_with_and_without_a_date() -> None:
    listing, _ = read({"s": urlset(("http://site/1", "2012-06-01"), ("http://site/2", ""))}, "s")
    assert listing == SitemapListing({"http://site/1": "2012-06-01", "http://site/2": None}, True)


def test_pages_of_other_sites_are_left_out() -> None:
    listing, _ = read({"s": urlset(("http://site/1", ""), ("http://other/2", ""))}, "s")
    assert set(listing.lastmods) == {"http://site/1"}


def test_an_index_leads_to_its_parts_once() -> None:
    files = {"i": index("a", "b", "a", "i"), "a": urlset(("http://site/1", "x")), "b": index("a")}
    listing, asked = read(files, "i", "i")
    assert (listing.lastmods, listing.complete) == ({"http://site/1": "x"}, True)
    assert asked == ["i", "a", "b"]


def test_gzip_is_undone() -> None:
    listing, _ = read({"s.xml.gz": gzip.compress(urlset(("http://site/1", "x")))}, "s.xml.gz")
    assert listing == SitemapListing({"http://site/1": "x"}, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Not found</body></html>",
        b"no markup",
        gzip.compress(urlset(("http://site/1", "x")), mtime=0)[:20],
        b"\x1f\x8b garbage",
    ],
)
def test_what_is_no_sitemap_makes_the_listing_incomplete(body: bytes) -> None:
    listing, _ = read({"s": body, "t": urlset(("http://site/9", "x"))}, "s", "t")
    assert listing.lastmods["http://site/9"] == "x"
    assert not listing.complete


def test_a_cut_sitemap_gives_what_came_and_is_incomplete(caplog: pytest.LogCaptureFixture) -> None:
    whole = urlset(("http://site/1", "x"), ("http://site/2", "y"))
    listing, _ = read({"s": whole[: whole.rindex(b"<url>") + 9], "t": b"<html>"}, "s", "t")
    assert listing == SitemapListing({"http://site/1": "x"}, False)
    assert caplog.messages == [
        "s is not whole: read as far as it goes", "t is no sitemap, and no feed",
    ]  # fmt: skip


def test_no_sitemap_is_no_complete_listing() -> None:
    assert read({})[0] == SitemapListing({}, False)
    assert read({}, "missing")[0] == SitemapListing({}, False)


def test_a_text_sitemap_has_an_address_in_each_line() -> None:
    listing, _ = read(
        {"s": b"\xef\xbb\xbfhttp://site/1\r\nhttp://other/\r\nhttp://site/2\r\n"}, "s"
    )
    assert listing == SitemapListing({"http://site/1": None, "http://site/2": None}, True)


def test_a_feed_adds_what_is_new_and_completes_nothing() -> None:
    feed = (
        b"<rss><channel><item><link>http://site/1</link><pubDate>new</pubDate></item>"
        b"<item><link>http://site/1</link><pubDate>old</pubDate></item>"
        b"<item><link>http://site/2</link><pubDate>f</pubDate></item></channel></rss>"
    )
    assert read({"f": feed}, "f")[0] == SitemapListing(
        {"http://site/1": "new", "http://site/2": "f"}, False
    )
    both = {"s": urlset(("http://site/1", ""), ("http://site/2", "s")), "f": feed}
    assert read(both, "f", "s")[0] == SitemapListing(
        {"http://site/1": "new", "http://site/2": "s"}, True
    )


def test_an_endless_index_is_cut() -> None:
    async def fetch(url: str) -> bytes | None:
        return index(*(f"{url}{letter}" for letter in "abcdefghij"))

    listing = asyncio.run(read_sitemaps(["s"], fetch, lambda loc, page: loc))
    assert not listing.complete
    assert MOST_FILES < 10_000


PAGES = tuple((f"http://site/{number}.htm", "") for number in range(1, 3000))
SOUND = urlset(*PAGES[:2])
PACKED = gzip.compress(SOUND, mtime=0)
LINES = "http://site/1.htm\nhttp://site/2.htm\n"
BARE = b"<urlset><url><loc>http://site/1.htm</loc></url><url><loc>%s</loc></url></urlset>"


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (PACKED + b"GARBAGE behind", True),
        (PACKED + bytes(512), True),
        (gzip.compress(SOUND[:90], mtime=0) + gzip.compress(SOUND[90:], mtime=0), True),
        (gzip.compress(PACKED), True),
        (PACKED[:-8], False),
        (PACKED[:-8] + b"wrong" + PACKED[-3:], False),
        (SOUND[:-12], False),
        (SOUND.replace(b"</urlset>", b"<url><loc>http://site/half"), False),
        (b"\xef\xbb\xbf" + SOUND, True),
        (SOUND.decode().encode("utf-16"), True),
        (SOUND.replace(b'"1.0"', b'"1.0" encoding="utf-16"'), True),
        (b"\n <br />\n<b>Warning</b>: in <b>/a.php</b> on line 3<br />\n" + SOUND, True),
        (SOUND.upper().replace(b"HTTP://SITE/", b"http://site/").replace(b"HTM", b"htm"), True),
        (SOUND + b"<!-- cached --><p>", True),
        (BARE % b"\n   http://site/2.htm \t", True),
        (BARE % b"<![CDATA[ http://site/2.htm ]]>", True),
        (LINES.encode(), True),
        (LINES.replace("\n", "\r").encode(), True),
        (LINES.encode("utf-16"), True),
        (gzip.compress(LINES.encode()), True),
        (f"# pages\n\n{LINES}".encode(), True),
        (f"{LINES}about.htm\n".encode(), False),
    ],
)
def test_an_odd_sitemap_is_read_as_far_as_it_goes(body: bytes, whole: bool) -> None:
    kind, entries, is_whole = parse_sitemap(body)
    assert (kind, [loc for loc, _ in entries], is_whole) == (
        "urlset", ["http://site/1.htm", "http://site/2.htm"], whole
    )  # fmt: skip


def test_of_a_sitemap_that_is_cut_no_half_address_is_taken() -> None:
    packed = gzip.compress(urlset(*PAGES))
    for end in range(2000, len(packed), 997):
        _, entries, whole = parse_sitemap(packed[:end])
        assert entries == [(loc, None) for loc, _ in PAGES[: len(entries)]]
        assert len(entries) > 100
        assert not whole


@pytest.mark.parametrize(
    ("written", "loc"),
    [
        (b"http://site/?a=1&amp;b=2", "http://site/?a=1&b=2"),
        (b"http://site/?a=1&b=2&copy=3", "http://site/?a=1&b=2&copy=3"),
        (b"<![CDATA[http://site/?a=1&b=2]]>", "http://site/?a=1&b=2"),
        (b"http://site/caf&eacute;", "http://site/caf\u00e9"),
        (b"http://site/caf\xc3\xa9", "http://site/caf\u00e9"),
        (b"http://site/caf\xe9", "http://site/caf%E9"),
        (b"/2.htm", "/2.htm"),
    ],
)
def test_the_address_of_an_entry(written: bytes, loc: str) -> None:
    assert parse_sitemap(BARE % written)[1][1] == (loc, None)


def test_images_are_no_pages() -> None:
    image = b"http://site/2.htm</loc><i:image><i:loc>http://site/i.gif</i:loc></i:image><loc>"
    head = b'<urlset xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">'
    _, entries, _ = parse_sitemap((BARE % image[:-5]).replace(b"<urlset>", head))
    assert [loc for loc, _ in entries] == ["http://site/1.htm", "http://site/2.htm"]


def test_the_parts_of_an_index_may_be_relative() -> None:
    files = {
        "http://site/a/i.xml": index(" p.xml ", "/q.xml", "i.xml"),
        "http://site/a/p.xml": SOUND,
        "http://site/q.xml": index("/a/i.xml"),
    }
    listing, asked = read(files, "http://site/a/i.xml")
    assert asked == list(files)
    assert (len(listing.lastmods), listing.complete) == (2, True)


def test_entities_are_not_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">'
        b'<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        b"<urlset><url><loc>http://site/&b;&f;</loc></url></urlset>"
    )
    listing, _ = read({"s": bomb}, "s")
    assert all(len(url) < 40 for url in listing.lastmods)


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(body: bytes) -> None:
    kind, entries, whole = parse_sitemap(body)
    assert kind in ("", "urlset", "sitemapindex", FEED)
    assert isinstance(entries, list)
    assert not (whole and not kind)
