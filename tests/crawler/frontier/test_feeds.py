"""Feeds of every kind, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.feeds import parse_feed

RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><link>http://a.example/</link>
<item><link> http://a.example/1 </link><pubDate>Mon, 06 May 2019 08:00:00 GMT</pubDate></item>
<item><guid isPermaLink="true">http://a.example/2</guid><dc:date>2019-05-07</dc:date></item>
<item><guid isPermaLink="false">http://a.example/3</guid></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://a.example/"/>
<entry><link rel="replies" href="http://a.example/c"/><link href="http://a.example/1"/>
<published>2019-05-06</published><updated>2019-05-07</updated></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><item><link>http://a.example/1</link></item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        (
            RSS,
            [
                ("http://a.example/1", "Mon, 06 May 2019 08:00:00 GMT"),
                ("http://a.example/2", "2019-05-07"),
            ],
        ),
        (ATOM, [("http://a.example/1", "2019-05-07")]),
        (RDF, [("http://a.example/1", None)]),
        (b"<rss><channel></channel></rss>", []),
        (b"<html><body>No feed</body></html>", None),
        (b"<urlset><url><loc>http://a.example/1</loc></url></urlset>", None),
        (b"", None),
    ],
)
def test_entries(body: bytes, entries: list[tuple[str, str | None]] | None) -> None:
    assert parse_feed(body) == entries


def test_a_feed_that_is_cut_short_gives_what_came() -> None:
    entries = parse_feed(RSS[: RSS.index(b"<item><guid")])
    assert entries is not None
    assert [address for address, _ in entries] == ["http://a.example/1"]


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss>", b"<feed><entry><link>"]))
def test_any_bytes_are_survived(body: bytes, start: bytes) -> None:
    entries = parse_feed(start + body)
    assert entries is None or all(address for address, _ in entries)
