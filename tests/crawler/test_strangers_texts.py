"""No text of a stranger reaches a terminal as it is, whatever command prints it."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, settings_for
from tests.crawler.commands.test_read_only_medium import RUNNER
from tests.crawler.test_log_records import HARMFUL

#: As a page may have them: XML 1.0 and HTML know no control characters but by their bytes.
TEXT = (
    "".join(HARMFUL.values())
    .replace("\n", "")
    .replace("\r", "")
    .replace("\udc9b", "")
    .replace("\0", "")
)
#: As TOML may have them.
WRITTEN = re.sub("[\0-\x1f\x7f]", "", TEXT)
PAGE = f"""<html><head><title>T{TEXT}</title></head><body>
<h1>Anemia{TEXT} and iron</h1>
<h3>Question:</h3><p>Is {TEXT} iron good for me? ann@example.org</p>
<h3>Answer:</h3><p>It {TEXT} is, as far as anybody knows.</p>
<p>Response by:</p><p>Ann{TEXT} Smith, MD<br>Professor of {TEXT} Medicine</p>
<a href="/question.cfm/70000{{}}.htm?a={TEXT}">another{TEXT}</a></body></html>"""
URL = "http://www.netwellness.org/question.cfm/70000{}.htm"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with files whose names, addresses and texts are hostile."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(1, 4):
        address = URL.format(number) + (f"?x={TEXT}" if number == 3 else "")
        (folder / f"{number}{TEXT}\n\r\udc9b.html").write_bytes(
            f"<!-- saved from url=({len(address):04}){address} -->\n{PAGE.format(number)}".encode()
        )
    (folder / f"broken{TEXT}.warc").write_bytes(b"WARC/1.0\r\n" + TEXT.encode() + b"\r\n\r\n")
    (folder / "lines.jsonl").write_text(
        json.dumps({"url": f"http://www.netwellness.org/{TEXT}", "text": TEXT}) + "\nno JSON\x1b[2J"
    )
    (tmp_path / "schedule.toml").write_text(f'[[crawl]]\nname = "a"\nspider = "{"b"!a}"\n')

    (tmp_path / "bad").write_text(f"no address {TEXT}\n")
    (tmp_path / "withheld.toml").write_text(
        f'[[withheld]]\nquestion = "netwellness/700002"\nreason = "asked {WRITTEN}"\n'
        "on = 2026-11-22\n"
    )
    return tmp_path


def test_no_command_prints_what_a_terminal_obeys(archive: Path) -> None:
    settings = [*settings_for(archive), "-s", f"SCHEDULE={archive}/schedule.toml"]
    database = str(archive / "archive.db")
    page = str(next((archive / "in").glob("1*")))
    commands = [
        ["ingest", "--dry-run", str(archive / "in")],
        ["ingest", str(archive / "in")],
        ["ingest", "--json", "--dry-run", str(archive / "in")],
        ["ingest", f"--x{TEXT}"],
        ["ingest", f"{archive}/none{TEXT}\n"],
        ["verify", "--workers", "1"], ["verify", "--workers", "1", "--json"],
        ["status"], ["status", "--json"], ["status", "--coverage"],
        ["status", "--coverage", "--json"],
        ["why", "700001"], ["why", "700001", "--json"], ["why", f"7{TEXT}"],
        ["report"], ["report", "--json"],
        ["privacy"], ["privacy", "--json"],
        ["diff", database, database], ["diff", database, database, "--json"],
        ["show", page], ["show", f"{archive}/in"],
        ["newsite", page, "--name", "x"], ["newsite", "--check", f"x{TEXT}"],
        ["extract", "--out", str(archive / "shards"), str(archive / "warcs")],
        ["load", str(archive / "shards")],
        ["publish", "--to", str(archive / "public")],
        ["due", "--dry-run"], ["due", "--job", f"a{TEXT}"],
        ["crawl", "pages", "-a", "urls=http://me:hidden@127.0.0.1:9/a"],
        ["crawl", "pages", "-a", f"urls={archive}/bad"],
        ["crawl", f"site{TEXT}"],
        ["rebuild", "--full", "--workers", "1"],
        ["withhold"], ["withhold", "--json"],
        ["serve", "--snapshot", f"{archive}/{TEXT}"],
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps([[*words, *settings] for words in commands])],
        cwd=ROOT, capture_output=True,
    )  # fmt: skip
    output = (done.stdout + done.stderr).decode("utf-8", "surrogateescape")
    assert "Anemia" in output
    assert "It " in output
    assert {words[0] for words in commands} <= set(output.split())
    shown = {name for name, sign in HARMFUL.items() if sign in output and sign != "\n"}
    assert shown == set()
    assert "hidden" not in output
    kept = [path for path in archive.rglob("*") if path.is_file() and path.name != "urls"]
    assert any(path.suffix == ".md" for path in kept)
    for path in kept:
        unpacked = gzip.decompress if path.name.endswith(".warc.gz") else bytes
        assert b"hidden" not in unpacked(path.read_bytes()), path
