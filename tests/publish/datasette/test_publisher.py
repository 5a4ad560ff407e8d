"""Who serves, and where: what is configured is checked, what a request says is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.datasette.publisher import Publisher, PublisherError
from tests.conftest import Scrapy, settings_for


@pytest.mark.parametrize("url", ["https://archive.example.org", "http://127.0.0.1:8001/"])
def test_the_base_is_what_is_configured(url: str) -> None:
    publisher = Publisher(url)
    assert publisher.base("http", "evil.example") == url.rstrip("/")
    assert Publisher.of(publisher.config()) == publisher


@pytest.mark.parametrize(
    "url",
    ["archive.example.org", "ftp://x.org", "https://", "https://x.org/a", "https://x.org?a=1",
     "https://u:p@x.org", "https://x.org/\r\nSet-Cookie: a", "https://[::1", "https://x y"],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(PublisherError, match=r"PUBLIC_URL=.*https://archive\.example\.org"):
        Publisher(url)


@pytest.mark.parametrize(
    ("scheme", "host", "base"),
    [
        ("http", "127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("https", "archive.example.org", "https://archive.example.org"),
        ("http", "[::1]:8001", "http://[::1]:8001"),
        ("http", "evil.example/<script>", "http://localhost"),
        ("http", "", "http://localhost"),
        ("javascript", "x.org", "http://x.org"),
    ],
)
def test_else_it_is_where_the_request_came(scheme: str, host: str, base: str) -> None:
    assert Publisher().base(scheme, host) == base


@given(st.text(), st.text())
def test_no_host_brings_more_than_a_host(scheme: str, host: str) -> None:
    base = Publisher().base(scheme, host)
    assert base.isascii()
    assert not set(base.partition("://")[2]) & set("/?#@<>\"' \r\n,;")


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("me@example.org", "mailto:me@example.org"),
        (" me+a@example.org ", "mailto:me+a@example.org"),
        ("https://example.org/contact", "https://example.org/contact"),
        ("http://example.org/contact", None),
        ("Jane, room 5", None),
        ("javascript:alert(1)", None),
        ("me@example.org\nExpires: 1", None),
        ("https://x.org/\nExpires: 1", None),
        ("", None),
    ],
)
def test_a_contact_is_a_uri_or_is_not_linked(contact: str, uri: str | None) -> None:
    assert Publisher(contact=contact).contact_uri == uri


def test_without_a_configuration_nothing_is_told() -> None:
    assert Publisher.of(None) == Publisher()


def test_the_command_says_what_is_wrong_with_the_address(scrapy: Scrapy, tmp_path: Path) -> None:
    wrong = ["-s", "PUBLIC_URL=archive.example.org", *settings_for(tmp_path)]
    run = scrapy("serve", "--port", "0", *wrong)
    assert run.returncode == 2
    assert "PUBLIC_URL='archive.example.org' must be a scheme and a host" in run.stderr


@pytest.mark.parametrize(
    ("publisher", "host", "answered"),
    [
        (Publisher(), "localhost:8001", True),
        (Publisher(), "127.0.0.1:8001", True),
        (Publisher(), "[::1]:8001", True),
        (Publisher(), "192.168.1.7", True),
        (Publisher(), "rebound.example:8001", False),
        (Publisher(), "127.0.0.1.rebound.example", False),
        (Publisher(), "", False),
        (Publisher(hosts="box.local, other"), "BOX.local:8001", True),
        (Publisher(contact="a@example.org"), "anything.example", False),
        (Publisher("https://archive.example"), "archive.example", True),
        (Publisher("https://archive.example"), "archive.example:443", True),
        (Publisher("https://archive.example"), "127.0.0.1:8001", True),
        (Publisher("https://archive.example"), "evil.example", False),
        (Publisher("https://archive.example", hosts="www.example"), "www.example", True),
    ],
)
def test_hosts_that_are_answered(publisher: Publisher, host: str, answered: bool) -> None:
    assert publisher.answers_to(host) is answered
