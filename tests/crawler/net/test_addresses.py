"""Which addresses a crawl may connect to; real resolving, real connections on loopback."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from pathlib import Path

import pytest
from scrapy.utils.test import get_crawler

from crawler.net.addresses import PrivateAddressError, is_loopback_name, is_public, resolve
from crawler.net.connections import ConnectionPool, Origin
from crawler.net.handler import RecordingDownloadHandler
from crawler.spiders.netwellness import NetWellnessSpider
from tests.conftest import Scrapy, settings_for
from tests.crawler.net.raw_server import RawServer


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1",
        "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "ff0e::1",
        "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)


def test_names_of_this_machine() -> None:
    assert all(map(is_loopback_name, ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback_name, ["", "example.org", "10.0.0.1", "localhost.example.org"]))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "10.0.0.1"])
def test_what_resolves_to_no_public_address_is_refused(host: str) -> None:
    with pytest.raises(PrivateAddressError, match="PRIVATE_ADDRESSES"):
        asyncio.run(resolve(host, 80, private=False))


def test_loopback_does_not_open_the_local_network() -> None:
    assert asyncio.run(resolve("127.0.0.1", 80, private=False, loopback=True)) == ["127.0.0.1"]
    with pytest.raises(PrivateAddressError):
        asyncio.run(resolve("10.0.0.1", 80, private=False, loopback=True))
    assert asyncio.run(resolve("10.0.0.1", 80, private=True)) == ["10.0.0.1"]


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".org", ""])
def test_what_is_no_name_cannot_be_resolved(host: str) -> None:
    with pytest.raises((socket.gaierror, PrivateAddressError)):
        asyncio.run(resolve(host, 80, private=False))


def test_the_connection_goes_to_a_vetted_address_the_next_if_one_fails() -> None:
    async def run() -> tuple[str | None, list[str]]:
        asked: list[str] = []

        async def vetted(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.2", "127.0.0.1"]  # nothing listens on the first

        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        pool = ConnectionPool(vetted, verify_tls=False)
        # A second look at DNS could not find this name.
        connection = await pool.connect(Origin("http", "nowhere.invalid", port))
        peer = connection.peer
        connection.close()
        server.close()
        return peer, asked

    assert asyncio.run(run()) == ("127.0.0.1", ["nowhere.invalid"])


def test_a_crawl_of_a_private_address_is_refused_and_recorded(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    with RawServer({}) as server:
        # A name of this machine's address that does not say so by itself: what a public name
        # that resolves to 127.0.0.1 is to a crawl.
        base = f"http://2130706433:{server.port}/"
        words = ["crawl", "netwellness", "-a", f"base={base}", "-s", "CONTACT=a@example.org"]
        refused = scrapy(*words, *settings_for(tmp_path / "a"))
        asked_before = len(server.log)
        allowed = scrapy(
            *words, *settings_for(tmp_path / "b"), "-s", "PRIVATE_ADDRESSES=True",
            "-s", "DOWNLOAD_DELAY=0",
        )  # fmt: skip
    assert (refused.returncode, asked_before) == (1, 0)
    with sqlite3.connect(tmp_path / "a/archive.db") as connection:
        reasons = {row[0] for row in connection.execute("SELECT reason FROM failures")}
    assert any("not on the public internet" in reason for reason in reasons), refused.stderr
    assert allowed.returncode == 1, allowed.stderr  # a site without a question
    assert len(server.log) >= 2


@pytest.mark.parametrize(
    ("base", "host", "allowed"),
    [
        ("http://127.0.0.1:8000/", "127.0.0.1", True),
        ("http://localhost:8000/", "127.0.0.1", True),
        ("http://www.example.org/", "127.0.0.1", False),
        ("http://www.example.org/", "localhost", False),
        # A name that only resolves to this machine does not say so itself.
        ("http://127.0.0.1:8000/", "2130706433", False),
        ("http://127.0.0.1:8000/", "10.0.0.1", False),
    ],
)
def test_links_lead_to_this_machine_only_on_this_machine(
    base: str, host: str, *, allowed: bool
) -> None:
    async def run() -> list[str]:
        crawler = get_crawler(NetWellnessSpider, {"PRIVATE_ADDRESSES": False})
        crawler.spider = NetWellnessSpider(base)
        handler = RecordingDownloadHandler(crawler)
        return await handler._resolve(host, 80)

    if allowed:
        assert asyncio.run(run()) == [host]
    else:
        with pytest.raises(PrivateAddressError):
            asyncio.run(run())
