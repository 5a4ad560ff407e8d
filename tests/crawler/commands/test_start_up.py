"""A command loads what it needs, and no more: each start-up waits for every import."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: Runs a command, and then prints which of some modules are loaded.
_RUN = """
import atexit, json, sys
names = ("pandas", "bs4", "crawler.commands.publish", "crawler.commands.verify")
atexit.register(lambda: print(json.dumps([name for name in names if name in sys.modules])))
from scrapy.cmdline import execute
execute(["scrapy", *sys.argv[1:]])
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (["verify", "--help"], ["crawler.commands.verify"]),
        ([], ["crawler.commands.publish", "crawler.commands.verify"]),
    ],
)
def test_a_command_loads_no_other_command(words: list[str], loaded: list[str]) -> None:
    command = [sys.executable, "-c", _RUN, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = json.loads(done.stdout.splitlines()[-1])
    assert names == loaded if words else set(names) >= set(loaded)
    assert "verify" in done.stdout
