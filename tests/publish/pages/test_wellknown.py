"""robots.txt, sitemaps, security.txt and /about, of a public archive and of a private one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.robotparser import RobotFileParser

import httpx
import pytest
from lxml import etree
from protego import Protego

from publish.datasette.publisher import Publisher
from publish.pages import wellknown
from publish.serve import application
from tests.publish.conftest import Get

BASE = "https://archive.example.org"
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
Fetch = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def public(archive: Path) -> Fetch:
    """Asks a public archive that knows its address and its contact."""
    site = application(archive, "public", Publisher(f"{BASE}/", "keeper@example.org"))

    def fetch(path: str) -> httpx.Response:
        return cast(httpx.Response, asyncio.run(site.client.get(path)))

    return fetch


def test_a_private_archive_is_for_no_crawler(get: Get) -> None:
    response = get("/robots.txt")
    assert response.headers["content-type"].startswith("text/plain")
    rules = Protego.parse(response.text)
    assert not rules.can_fetch("http://localhost/q/netwellness/101", "anybody")
    assert "Sitemap" not in response.text


def test_a_public_archive_is_read_but_not_queried(public: Fetch) -> None:
    text = public("/robots.txt").text
    rules = Protego.parse(text)
    for path in ("/", "/about", "/q/netwellness/101", "/topic/sleep-disorders", "/charts",
                 "/responder/5", "/static/housecall.css?v=1", "/q/site/1/cite.bib"):  # fmt: skip
        assert rules.can_fetch(BASE + path, "anybody"), path
    for path in ("/search?q=a", "/search", "/archive/questions?_facet=year", "/archive.json?sql=1",
                 "/export/questions.csv", "/topic/sleep-disorders?page=900", "/archive",
                 "/q/netwellness/101?q=sleep&at=5"):  # fmt: skip
        assert not rules.can_fetch(BASE + path, "anybody"), path
    assert list(rules.sitemaps) == [f"{BASE}/sitemap.xml"]
    # Python's own reader knows no wildcards, and must not be misled by them.
    plain = RobotFileParser()
    plain.parse(text.splitlines())
    assert plain.can_fetch("anybody", f"{BASE}/q/netwellness/101")


def locations(response: httpx.Response) -> list[str]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    return [
        str(one)
        for one in etree.fromstring(response.content).xpath("//s:loc/text()", namespaces=NS)
    ]


def test_the_sitemap_has_every_question_once(public: Fetch) -> None:
    assert locations(public("/sitemap.xml")) == [f"{BASE}/sitemap-1.xml"]
    found = locations(public("/sitemap-1.xml"))
    questions = [f"{BASE}/q/netwellness/{number}" for number in range(101, 108)]
    assert found == [f"{BASE}/", f"{BASE}/about", *questions]
    for address in found:
        assert public(address.removeprefix(BASE)).status_code == 200
    assert public("/sitemap-2.xml").status_code == 404
    assert public("/sitemap-0.xml").status_code == 404


@pytest.mark.parametrize("size", [3, 4, 5, 9, 10])
def test_parts_of_a_sitemap_leave_nothing_out(
    public: Fetch, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(wellknown, "SITEMAP_URLS", size)
    parts = locations(public("/sitemap.xml"))
    pages = [locations(public(part.removeprefix(BASE))) for part in parts]
    assert all(0 < len(page) <= size for page in pages)
    assert len({address for page in pages for address in page}) == sum(map(len, pages)) == 9
    assert public(f"/sitemap-{len(parts) + 1}.xml").status_code == 404


def test_security_txt_is_there_if_somebody_answers(get: Get, public: Fetch) -> None:
    assert get("/.well-known/security.txt").status_code == 404
    response = public("/.well-known/security.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"] == "mailto:keeper@example.org"
    assert fields["Canonical"] == f"{BASE}/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)


def test_about_says_what_it_is_whose_it_is_and_how_to_cite_it(get: Get, public: Fetch) -> None:
    text = public("/about").text
    for part in (
        "It holds 7 questions of NetWellness. The newest capture is of ",
        "No medical advice",
        "belong to their authors and publishers",
        '<h2 id="rights">',
        "(7 questions, captured until March ",
        f"{BASE}/",
        'href="mailto:keeper@example.org"',
    ):
        assert part in text, part
    private = get("/about").text
    assert "mailto:" not in private
    assert "http://localhost/" in private


def test_a_contact_that_is_no_address_is_shown_as_text(archive: Path) -> None:
    site = application(archive, "public", Publisher(contact="<b>Jane</b>, room 5"))
    text = asyncio.run(site.client.get("/about")).text
    assert "&lt;b&gt;Jane&lt;/b&gt;, room 5" in text
    assert asyncio.run(site.client.get("/.well-known/security.txt")).status_code == 404


def test_an_empty_archive_has_them_too(tmp_path: Path) -> None:
    from tests.publish.archives import Archive

    made = Archive(tmp_path / "empty.db")
    made.commit()
    made.close()
    site = application(tmp_path / "empty.db", "public", Publisher(BASE))

    async def check() -> None:
        for path in ("/about", "/robots.txt", "/sitemap.xml", "/sitemap-1.xml"):
            assert (await site.client.get(path)).status_code == 200, path
        for end in ("bib", "ris", "csl.json"):
            assert (await site.client.get(f"/export/questions.{end}")).status_code == 200

    asyncio.run(check())
