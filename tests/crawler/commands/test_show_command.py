"""``scrapy show``: what readers make of local files, of declared sites and of any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Scrapy

PAGE = (
    "<html><head><title>Sore thumb</title></head><body><h1>Sore thumb</h1><h2>Question</h2>"
    "<p>My thumb is sore. What helps?</p><h2>Answer</h2><p>Rest it for a week.</p></body></html>"
)
ARTICLE = "<html><title>About thumbs</title><body><p>Thumbs are fingers.</p></body></html>"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    return path


def test_a_page_of_a_host_that_nobody_declares_is_read(scrapy: Scrapy, page: Path) -> None:
    run = scrapy("show", str(page), "--url", "http://thumbs.example/q/sore-thumb")
    assert run.returncode == 0, run.stderr
    record = json.loads(run.stdout)
    assert record["site"] == "thumbs.example"
    assert record["source_id"] == "q/sore-thumb"
    assert [answer["text"] for answer in record["answers"]] == ["Rest it for a week."]


def test_what_is_no_question_page_has_a_status_of_its_own(scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "article.html"
    path.write_text(ARTICLE)
    run = scrapy("show", str(path), "--url", "http://thumbs.example/about")
    assert run.returncode == 3
    assert run.stderr.startswith("show:")


def test_a_list_is_read_to_its_end_whatever_its_files_are(
    scrapy: Scrapy, page: Path, tmp_path: Path
) -> None:
    (tmp_path / "article.html").write_text(ARTICLE)
    url = "http://thumbs.example/q/1"
    lines = [
        json.dumps({"path": str(tmp_path / "nothing.html"), "url": url}),
        "{",
        json.dumps({"path": 7}),
        json.dumps({"path": str(tmp_path), "url": url}),
        json.dumps({"path": str(page)}),
        "",
        json.dumps({"path": str(tmp_path / "article.html"), "url": url}),
        json.dumps({"path": str(page), "url": url}),
    ]
    listed = tmp_path / "list.jsonl"
    listed.write_text("\n".join(lines))
    run = scrapy("show", "--list", str(listed))
    assert run.returncode == 0, run.stderr
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert ["error" in result for result in results] == [True] * 5 + [False] * 2
    assert results[1]["error"].startswith("line 2: ")
    assert "--url" in results[4]["error"]
    assert results[5] == {"path": str(tmp_path / "article.html"), "pages": []}
    assert [record["title"] for record in results[6]["pages"]] == ["Sore thumb"]


def test_a_list_that_is_not_there_is_an_error(scrapy: Scrapy, tmp_path: Path) -> None:
    run = scrapy("show", "--list", str(tmp_path / "none.jsonl"))
    assert run.returncode == 1
    assert "none.jsonl" in run.stderr


def test_a_wrong_declaration_is_said_before_anything_is_done(
    scrapy: Scrapy, page: Path, tmp_path: Path
) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites/thumbs.toml").write_text('name = "thumbs"\nhost = ["thumbs.example"]\n')
    archive = f"ARCHIVE_DB={tmp_path / 'archive.db'}"
    run = scrapy("show", str(page), "--url", "http://thumbs.example/q/1", "-s", archive)
    assert run.returncode == 1
    assert "sites/thumbs.toml, line 2: host is unknown; did you mean 'hosts'?" in run.stderr
    assert 'questions is missing; write questions = ["/ask/{id}/"]' in run.stderr
    assert "Traceback" not in run.stderr


def test_a_page_with_several_questions_is_an_array(scrapy: Scrapy, tmp_path: Path) -> None:
    asks = ("What is a sprain?", "How long does it last?", "Should I rest it?")
    items = "".join(f"<h3>{ask}</h3><p>It depends on the joint, mostly.</p>" for ask in asks)
    path = tmp_path / "faq.html"
    path.write_text(f"<title>FAQ</title><h1>Frequently asked questions</h1>{items}")
    run = scrapy("show", str(path), "--url", "http://thumbs.example/faq")
    assert run.returncode == 0, run.stderr
    records = json.loads(run.stdout)
    assert [record["title"] for record in records] == list(asks)
    assert len({record["source_id"] for record in records}) == len(asks)
