"""A recrawl costs little, counts exactly, and forgets nothing."""

from __future__ import annotations

import json
import socket
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record
from sample import Site, serving
from sample.plan import gone_as, is_changed
from tests.conftest import Scrapy, settings_for

BEFORE = Site(pages=900, seed=5, slow=0.05, big=0.2)
AFTER = replace(BEFORE, changed=0.01, gone=0.005, added=0.005)


@dataclass
class Place:
    """An archive, and the port that the site is always served at."""

    folder: Path
    port: int
    scrapy: Scrapy

    def crawl(self, site: Site, *words: str, status: int = 0) -> tuple[dict[str, Any], int]:
        """Crawl a state of the site; returns the summary, and the bytes that crossed the wire."""
        log = self.folder / "server.log"
        log.unlink(missing_ok=True)
        with serving(site, "--port", str(self.port), "--log", str(log)) as base:
            run = self.scrapy(
                "crawl", "netwellness", "-a", f"base={base}", "--json", *words,
                *settings_for(self.folder),
            )  # fmt: skip
        assert run.returncode == status, run.stdout + run.stderr
        lines = [line.split(" ", 4) for line in log.read_text().splitlines()]
        return json.loads(run.stdout), sum(int(line[2]) + int(line[3]) for line in lines)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.folder / 'archive.db'}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def records(self) -> list[Record]:
        files = sorted((self.folder / "warcs").iterdir())
        return [record for file in files for record in read_warc(file)]


@pytest.fixture
def place(tmp_path: Path, scrapy: Scrapy) -> Place:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Place(tmp_path, probe.getsockname()[1], scrapy)


def truth(site: Site) -> dict[str, int]:
    """What a recrawl must find, from the generator."""
    there = range(site.pages)
    gone = {number for number in there if gone_as(site, number)}
    changed = {number for number in there if is_changed(site, number)} - gone
    return {
        "new": site.total - site.pages,
        "changed": len(changed),
        "unchanged": site.pages - len(gone) - len(changed),
        "gone": len(gone),
        "back": 0,
    }


def test_a_recrawl_counts_exactly_and_costs_a_tenth_at_most(place: Place) -> None:
    first, full = place.crawl(BEFORE)
    assert first["pages"]["new"] == BEFORE.pages
    second, little = place.crawl(AFTER)
    listed = second["pages"].pop("listed")
    assert second["pages"] == truth(AFTER)
    assert second["pages"]["gone"] > 0
    assert 0 < listed <= second["pages"]["unchanged"]
    assert little <= full / 10
    again = place.folder / "again.db"
    rebuilt = place.scrapy(
        "rebuild", "--json", "-s", f"ARCHIVE_DB={again}", "-s", f"WARC_DIR={place.folder / 'warcs'}"
    )
    db = open_archive(place.folder / "archive.db", readonly=True)
    assert json.loads(rebuilt.stdout)["content_digest"] == content_digest(db)


SMALL = Site(pages=30, seed=5, slow=0.05, big=0.2)


def test_everything_asked_again_is_a_revisit(place: Place) -> None:
    place.crawl(SMALL)
    again, _ = place.crawl(SMALL, "-a", "revisit=all")
    assert again["pages"]["unchanged"] == SMALL.pages
    assert again["pages"]["listed"] == 0
    revisits = [record for record in place.records() if record.record_type == "revisit"]
    profiles = {record.get("WARC-Profile").rpartition("/")[2] for record in revisits}
    assert profiles == {"server-not-modified"}
    by_id = {record.record_id: record for record in place.records()}
    for revisit in revisits:
        original = by_id[revisit.get("WARC-Refers-To").strip("<>")]
        assert revisit.get("WARC-Refers-To-Target-URI") == original.url
        assert revisit.get("WARC-Refers-To-Date") == original.get("WARC-Date")
        assert revisit.get("WARC-Payload-Digest") == original.get("WARC-Payload-Digest")
    newest = place.rows("SELECT min(last_captured_at) FROM questions")[0][0]
    assert newest > place.rows("SELECT max(captured_at) FROM captures WHERE crawl_id = 1")[0][0]


def test_a_full_crawl_takes_every_body_again(place: Place) -> None:
    place.crawl(SMALL)
    again, _ = place.crawl(SMALL, "-a", "revisit=full")
    assert again["pages"]["unchanged"] == SMALL.pages
    assert not [record for record in place.records() if record.record_type == "revisit"]


def test_a_page_that_went_and_comes_back(place: Place) -> None:
    later = replace(SMALL, gone=0.2)
    place.crawl(SMALL)
    went, _ = place.crawl(later)
    assert went["pages"]["gone"] == truth(later)["gone"] > 0
    assert place.rows("SELECT count(*) FROM questions WHERE gone_at IS NOT NULL AND answer != ''")
    came, _ = place.crawl(SMALL)
    assert came["pages"]["back"] == went["pages"]["gone"]
    assert place.rows("SELECT count(*) FROM questions WHERE gone_at IS NOT NULL") == [(0,)]


def test_without_its_state_a_recrawl_still_finds_everything(place: Place) -> None:
    """The archive alone knows what to ask for; lists that are unchanged still lead on."""
    place.crawl(SMALL)
    for file in sorted((place.folder / "state").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    again, _ = place.crawl(replace(SMALL, added=0.2, changed=0.2))
    expected = truth(replace(SMALL, added=0.2, changed=0.2))
    again["pages"].pop("listed")
    assert again["pages"] == expected


def test_pages_that_failed_are_asked_for_again(place: Place) -> None:
    place.crawl(SMALL, "-s", "DOWNLOAD_MAXSIZE=20000")
    cut = place.rows("SELECT count(*) FROM captures WHERE truncated = 'length'")
    assert cut[0][0] > 0
    again, _ = place.crawl(SMALL)
    assert again["totals"]["questions"] == SMALL.pages


def test_what_an_abandoned_run_wanted_is_not_forgotten(place: Place) -> None:
    stopped, _ = place.crawl(SMALL, "-s", "CLOSESPIDER_PAGECOUNT=15", status=3)
    assert stopped["waiting"] > 0
    other = ("-a", "revisit=all")  # other arguments: another run
    done, _ = place.crawl(SMALL, *other, "--drop-interrupted")
    assert done["totals"]["questions"] == SMALL.pages
    outcomes = place.rows("SELECT outcome FROM crawls ORDER BY id")
    assert outcomes == [("interrupted",), ("finished",)]


def test_wrong_modes_are_told(place: Place) -> None:
    run = place.scrapy(
        "crawl", "netwellness", "-a", "base=http://127.0.0.1:9/", "-a", "revisit=never",
        *settings_for(place.folder),
    )  # fmt: skip
    assert run.returncode == 2
    assert "one of due, all, full" in run.stderr
