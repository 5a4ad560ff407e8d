"""A command loads what it needs, and no more: each start-up waits for every import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.utils.project import get_project_settings

from tests.conftest import run_scrapy, settings_for

#: Runs a command, and then prints which of some modules are loaded.
_RUN = """
import atexit, json, sys
names = {"pandas", "bs4", "pyarrow", "numpy", "datasette", "dateparser", "distributed", "duckdb",
    "parsers.page.document", "crawler.commands.publish", "crawler.commands.verify"}
atexit.register(lambda: print(json.dumps(sorted(names & sys.modules.keys()))))
from scrapy.cmdline import execute
execute(["scrapy", *sys.argv[1:]])
"""


def loaded(words: str, folder: Path) -> list[str]:
    """Those of the modules that a command has loaded when it ends."""
    settings = ["-s", f"ARCHIVE_DB={folder / 'archive.db'}", "-s", f"WARC_DIR={folder}"]
    command = [sys.executable, "-c", _RUN, *words.split(), *(settings if words else ())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("verify --help", ["crawler.commands.verify"]),
        ("status", []),
        ("due --dry-run", ["parsers.page.document"]),
        ("why 29280", []),
        ("rebuild --help", ["parsers.page.document"]),
    ],
)
def test_a_command_loads_what_it_needs(words: str, names: list[str], tmp_path: Path) -> None:
    assert loaded(words, tmp_path) == names


def test_the_list_of_commands_loads_them_and_no_large_library(tmp_path: Path) -> None:
    names = loaded("", tmp_path)
    assert {"crawler.commands.publish", "crawler.commands.verify"} <= set(names)
    assert not {"pandas", "bs4", "pyarrow", "numpy", "datasette", "dateparser"} & set(names)


def test_a_crawl_has_no_part_of_scrapy_that_it_does_not_use() -> None:
    settings = get_project_settings()
    parts = {
        name.rpartition(".")[2] if isinstance(name, str) else name.__name__
        for kind in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS")
        for name in settings.getwithbase(kind)
    }
    own = {"RobotsTxt", "ArchiveExtension", "Pace", "CrawlProgress"}
    assert parts == own | {"MemoryUsage", "CloseSpider", "AutoThrottle"}


@pytest.mark.parametrize(
    "setting",
    ["PARSE_DEADLINE_SECONDS=-1", "PARSE_DEADLINE_SECONDS=nan", "BACKOFF_BASE=soon",
     "COMMIT_EVERY=1.5", "CACHE_MB=", "MAX_RETRY_AFTER=inf"],
)  # fmt: skip
def test_a_number_that_is_none_is_named(setting: str, tmp_path: Path) -> None:
    command = "crawl pages -a urls=http://127.0.0.1:9/" if "-1" in setting else "status"
    ended = run_scrapy(*command.split(), *settings_for(tmp_path), "-s", setting)
    assert ended.returncode == 2
    assert f"{setting}: it is a " in ended.stderr
    assert "Traceback" not in ended.stderr
