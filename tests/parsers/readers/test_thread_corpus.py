"""Real markup with made-up words (../shared/data/qa_pages): how many posts are read right."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from parsers.page.line_reader import LabelTests
from parsers.page.opened import OpenPage
from parsers.readers.thread import read_thread
from parsers.records import Capture

SHARED = Path(__file__).parents[4] / "shared"
PAGES = SHARED / "data" / "qa_pages"
TOOL = SHARED / "tools" / "score_pages.py"
pytestmark = pytest.mark.skipif(
    not (PAGES.is_dir() and TOOL.is_file()), reason="../shared/data/qa_pages is not here"
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_pages", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def records() -> Iterator[str]:
    """What the reader makes of each page, in the form that the tool scores."""
    labels = LabelTests(lambda image: False, lambda cell: False)
    for path in sorted(PAGES.glob("*/*.html")):
        url = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["url"]
        captured = datetime(2020, 6, 30, 12, tzinfo=UTC)
        capture = Capture(url, captured, path.read_bytes(), "text/html", 200, "file", "x")
        pages = [
            {
                "title": each.title,
                "question": each.question,
                "asker": each.asker,
                "asked_on": str(each.asked_on or ""),
                "answers": [
                    {
                        "text": answer.text,
                        "author": answer.author,
                        "responders": [{"name": person.name} for person in answer.responders],
                        "answered_on": str(answer.answered_on or ""),
                    }
                    for answer in each.answers
                ],
            }
            for each in read_thread(OpenPage(capture, labels), None)
        ]
        yield json.dumps({"path": str(path), "pages": pages})


def test_posts_of_real_pages(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(records()), encoding="utf-8")
    folders = [str(PAGES / "threads"), str(PAGES / "pages")]
    monkeypatch.setattr(
        sys, "argv", ["score_pages.py", *folders, "--records", str(file), "--floor", "0.95"]
    )
    failed = tool.main()
    shown = capsys.readouterr().out
    assert not failed, shown
    assert "not question pages 5 of 5" in shown
