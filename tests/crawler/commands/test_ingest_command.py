"""``scrapy ingest`` and what all commands share: odd names, terminals, pipes, closed output."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Crawled, Scrapy, settings_for
from tests.pipelines.archive_makers import question_html
from tests.pipelines.ingest.test_wacz import CASES, contents, warc, zipped

ROOT = Path(__file__).parents[3]
BASE = "http://www.netwellness.org/question.cfm/"
NAMES = (b"caf\xe9.warc.gz", b"new\nline.warc.gz", b"esc\x1b[31m.warc.gz")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line of a shell, in which ``scrapy`` is ours."""
    line = command.replace("scrapy ", f"{shlex.quote(sys.executable)} -m scrapy ", 1)
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env={**os.environ, **environment}, capture_output=True
    )


@pytest.fixture
def odd_files(tmp_path: Path) -> Path:
    """Sound files with odd names, and what is no file."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number, name in enumerate(NAMES, 1):
        (folder / os.fsdecode(name)).write_bytes(warc(number))
    (folder / os.fsdecode(b"4\xff.htm")).write_bytes(question_html(4))
    (folder / os.fsdecode(b"no\xfe.bin")).write_bytes(b"\0\1no archive")
    (folder / "gone").symlink_to("nothing")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe")
    return folder


def test_odd_names_are_shown_so_that_no_terminal_is_harmed(
    odd_files: Path, tmp_path: Path, scrapy: Scrapy
) -> None:
    settings = shlex.join(settings_for(tmp_path))
    done = shell(
        f"scrapy ingest {settings} --base {BASE} {odd_files}",
        LC_ALL="C", PYTHONIOENCODING="ascii",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert not set(done.stdout) & {0x1B, 0xE9, 0xFF}
    lines = done.stdout.decode("ascii").splitlines()
    assert len(lines) == 7
    for name in (r"caf\udce9", r"new\nline", r"esc\x1b[31m", r"4\udcff", r"no\udcfe", "gone"):
        assert name in done.stdout.decode()
    assert "named pipe" in done.stdout.decode()
    asked = scrapy("ingest", *settings_for(tmp_path), "--json", "--base", BASE, str(odd_files))
    files = [os.fsencode(each["file"]) for each in json.loads(asked.stdout)["files"]]
    assert {os.path.basename(name) for name in files} >= {*NAMES, b"4\xff.htm"}  # noqa: PTH119
    assert scrapy("verify", *settings_for(tmp_path)).returncode == 0


def test_links_in_a_folder_lead_to_what_is_in_it(tmp_path: Path, scrapy: Scrapy) -> None:
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "secret.warc.gz").write_bytes(warc(1))
    (folder / "inner" / "own.warc.gz").write_bytes(warc(2))
    (folder / "out.warc.gz").symlink_to("../secret.warc.gz")
    (folder / "within.warc.gz").symlink_to("inner/own.warc.gz")
    done = scrapy("ingest", *settings_for(tmp_path), str(folder))
    assert done.returncode == 0
    assert "out.warc.gz is a link that leads out of its folder" in done.stdout
    done = scrapy("ingest", *settings_for(tmp_path), "--json", str(folder / "out.warc.gz"))
    (taken,) = json.loads(done.stdout)["files"]
    assert taken["new"] == 1, taken


def test_what_comes_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "f.wacz").write_bytes(zipped(contents(1)))
    (tmp_path / "b.warc.gz").write_bytes(warc(2))
    settings = shlex.join(settings_for(tmp_path))
    done = shell(
        f"scrapy ingest {settings} - <(cat {tmp_path}/b.warc.gz) < <(cat {tmp_path}/f.wacz)"
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.split()[:2] == [b"wacz", b"-:"]
    assert done.stdout.decode().count("1 new") == 2
    assert not list((tmp_path / "warcs").glob(".*"))
    assert b"all sound: 2 files" in shell(f"scrapy verify {settings}").stdout
    done = shell(f"scrapy ingest {settings} - <&-")
    assert done.returncode == 1
    assert b"the standard input is closed" in done.stdout


@pytest.mark.parametrize(
    ("where", "status", "said"),
    [
        ("--json > /dev/full", 1, "No space left on device"),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("| true; exit ${PIPESTATUS[0]}", 1, ""),  # gone before anything is written
    ],
)
def test_output_that_cannot_be_written(
    crawled: Crawled, where: str, status: int, said: str
) -> None:
    done = shell(f"scrapy verify {shlex.join(crawled.settings)} {where}")
    assert done.returncode == status
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.skipif(not (CASES / "c14").is_dir(), reason=f"the sample cases are not at {CASES}")
def test_cases_of_odd_names_and_dates(tmp_path: Path, scrapy: Scrapy) -> None:
    made = tmp_path / "made"
    subprocess.run(
        [sys.executable, CASES / "c14" / "make.py"], env={"OUT_DIR": str(made)}, check=True
    )
    paths = [str(made), str(CASES / "c21" / "in")]
    done = scrapy("ingest", *settings_for(tmp_path), "--json", "--base", BASE, *paths)
    files = json.loads(done.stdout)["files"]
    assert [each["new"] for each in files] == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    assert sum("dated in the future" in (each["note"] or "") for each in files) == 3
    assert sum("before there was a Web" in (each["note"] or "") for each in files) == 2
    status = json.loads(scrapy("status", *settings_for(tmp_path), "--json").stdout)["archive"]
    assert status["captures_in_future"] == 3
    assert status["newest_capture"] < "2099"
    assert {crawl["outcome"] for crawl in status["crawls"]} <= {"imported", "finished"}
