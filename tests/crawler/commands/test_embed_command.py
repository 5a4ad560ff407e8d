"""``scrapy embed``, as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from publish import semantic
from tests.conftest import ROOT, Scrapy
from tests.publish.archives import small

WITHOUT = """
import sys
sys.modules["wordllama"] = None
from scrapy.cmdline import execute
execute(["scrapy", "embed", "-s", "ARCHIVE_DB=" + sys.argv[1]])
"""


@pytest.mark.skipif(not semantic.available(), reason="the extra 'meaning' is not installed")
def test_it_embeds_and_says_so(scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    small(path).close()
    own = ("-s", f"ARCHIVE_DB={path}")
    first = scrapy("embed", *own)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "7 questions, 7 vectors made, 0 dropped\n"
    again = scrapy("embed", "--json", *own)
    assert json.loads(again.stdout) == {"questions": 7, "made": 0, "dropped": 0}
    anew = scrapy("embed", "--json", "--all", *own)
    assert json.loads(anew.stdout)["made"] == 7


@pytest.mark.skipif(not semantic.available(), reason="the extra 'meaning' is not installed")
def test_without_an_archive_it_fails(scrapy: Scrapy, tmp_path: Path) -> None:
    own = ("-s", f"ARCHIVE_DB={tmp_path / 'none.db'}")
    run = scrapy("embed", *own)
    assert run.returncode == 1
    assert "there is no archive at" in run.stderr
    assert scrapy("embed", "extra", *own).returncode == 2


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    small(path).close()
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert semantic.INSTALL in run.stderr
    assert "Traceback" not in run.stderr
