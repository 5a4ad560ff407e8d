"""``scrapy rebuild`` where the declaration of a site is gone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.conftest import Scrapy, settings_for

DECLARATION = 'name = "thumbs"\nhosts = ["thumbs.example"]\nquestions = ["/q/{id}"]\n'
PAGE = (
    "<html><head><title>Sore thumb</title></head><body><h1>Sore thumb</h1><h2>Question</h2>"
    "<p>My thumb is sore. What helps?</p><h2>Answer</h2><p>Rest it for a week.</p></body></html>"
)


def test_a_site_without_its_declaration_is_not_dropped_in_silence(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    declaration = tmp_path / "sites" / "thumbs.toml"
    declaration.parent.mkdir()
    declaration.write_text(DECLARATION)
    page = tmp_path / "sore-thumb.html"
    page.write_text(PAGE)
    options = settings_for(tmp_path)
    run = scrapy("ingest", str(page), "--url", "https://thumbs.example/q/sore-thumb", *options)
    assert run.returncode == 0, run.stderr
    assert questions(tmp_path) == [("thumbs", "sore-thumb")]

    declaration.unlink()
    run = scrapy("rebuild", *options)
    assert run.returncode != 0
    assert "has questions of 'thumbs'" in run.stderr
    assert "thumbs.toml" in run.stderr
    assert questions(tmp_path) == [("thumbs", "sore-thumb")]

    run = scrapy("rebuild", "--without", "thumbs", *options)
    assert run.returncode == 0, run.stderr
    assert questions(tmp_path) == []


def questions(folder: Path) -> list[tuple[str, str]]:
    """The questions of the archive in a folder, by site and id."""
    connection = sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)
    rows = connection.execute("SELECT site, source_id FROM questions ORDER BY 1, 2").fetchall()
    connection.close()
    return rows
