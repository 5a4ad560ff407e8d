"""What is in deploy/ works with the program as it is."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_docs import COMMANDS, command, options

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
STATE = "/var/lib/housecall"
PLACES = {
    "SCHEDULE": "/etc/housecall/schedule.toml",
    "ARCHIVE_DB": f"{STATE}/archive.db",
    "WARC_DIR": f"{STATE}/warcs",
    "STATE_DIR": f"{STATE}/state",
    "WITHHELD_FILE": "/etc/housecall/withheld.toml",
}
#: systemd's own scale goes from 0 (closed) to 10.
EXPOSURE = {"housecall-serve.service": 1.1, "housecall-due.service": 1.2}

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def logical_lines(path: Path) -> list[str]:
    """The lines of a file, continued ones joined, without comments."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def scrapy_commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of scrapy in deploy/, as words after ``scrapy``."""
    for path in sorted(path for path in DEPLOY.iterdir() if path.is_file()):
        for line in logical_lines(path):
            found = re.search(r"(?:^|[\s/\[\"])scrapy\"?,? (?!-)(.*)", line)
            if found is None or (path.suffix == ".md" and not is_command(line)):
                continue
            words = shlex.split(re.sub(r"[\[\],]", " ", found[1]).split(" 2>")[0])
            yield path.name, words


def is_command(line: str) -> bool:
    return line.startswith((".venv/bin/scrapy", "docker ", "systemd-run "))


def test_every_command_is_there_with_its_options() -> None:
    seen = set()
    for name, (verb, *words) in scrapy_commands():
        assert verb in COMMANDS, f"{name}: scrapy {verb}"
        given = {word for word in words if word.startswith("-")}
        assert given <= options(command(verb)), f"{name}: {words}"
        for setting in re.findall(r"-s ([A-Z_]+=\S+)", " ".join(words)):
            key, _, value = setting.partition("=")
            assert PLACES[key] == value, f"{name}: {setting}"
        seen.add((name, verb))
    assert {
        ("housecall-due.service", "due"), ("housecall-serve.service", "serve"),
        ("housecall.cron", "due"), ("due-loop.sh", "due"), ("Dockerfile", "status"),
        ("README.md", "status"), ("README.md", "due"), ("README.md", "rebuild"),
        ("README.md", "serve"), ("README.md", "withhold"),
    } <= seen  # fmt: skip


@pytest.mark.parametrize("name", ["housecall-due.service", "housecall.cron", "due-loop.sh"])
def test_crawls_are_told_all_places(name: str) -> None:
    (words,) = [words for file, words in scrapy_commands() if file == name and words[0] == "due"]
    assert {word.partition("=")[0] for word in words if "=" in word} == PLACES.keys()


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_services_write_to_their_state_directory_only(path: Path) -> None:
    values = dict(line.split("=", 1) for line in logical_lines(path) if "=" in line)
    assert f"/var/lib/{values['StateDirectory']}" == STATE
    assert values["ProtectSystem"] == "strict"
    assert "ReadWritePaths" not in values
    assert values["ExecStart"].startswith(values["WorkingDirectory"] + "/.venv/bin/scrapy ")


def test_a_crawl_has_time_to_end_before_systemd_kills_it() -> None:
    from crawler.settings import DOWNLOAD_TIMEOUT

    text = (DEPLOY / "housecall-due.service").read_text("utf-8")
    found = re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)
    assert found
    assert int(found[1]) > 2 * DOWNLOAD_TIMEOUT
    assert "KillMode=mixed" in text
    for seconds in re.findall(r"--(?:stop-timeout|time) (\d+)", (DEPLOY / "README.md").read_text()):
        assert int(seconds) > 2 * DOWNLOAD_TIMEOUT


@pytest.mark.parametrize("busy", [True, False], ids=["crawling", "between two looks"])
def test_the_loop_of_the_container_passes_a_stop_on(tmp_path: Path, busy: bool) -> None:
    """A stand-in for scrapy: it says that it has begun; a busy one takes a moment to end."""
    stand_in = tmp_path / "scrapy"
    work = "trap 'sleep 0.3; echo ended; exit' TERM\necho $1 begun\nwhile :; do sleep 0.05; done"
    stand_in.write_text("#!/bin/sh\n" + (work if busy else "echo $1 begun"))
    stand_in.chmod(0o755)
    loop = subprocess.Popen(
        ["sh", str(DEPLOY / "due-loop.sh")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loop.stdout is not None
    assert loop.stdout.readline() == "due begun\n"
    # Not SIGINT, which a shell cannot trap where the tests run with it ignored.
    loop.send_signal(signal.SIGTERM)
    output, _ = loop.communicate(timeout=150)
    assert output == ("ended\n" if busy else "")
    assert loop.returncode == 0


@analyze
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """As they are, but for the program's place, which is not there in a test."""
    program = tmp_path / "scrapy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in [*SERVICES, *DEPLOY.glob("*.timer")]:
        text = path.read_text("utf-8").replace("/opt/housecall/.venv/bin/scrapy", str(program))
        (tmp_path / path.name).write_text(text, "utf-8")
    units = [str(path) for path in tmp_path.glob("housecall*")]
    assert len(units) == 3
    run = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    # Where systemd is installed but not running, it has complaints of its own.
    complaints = [line for line in run.stderr.splitlines() if "housecall" in line]
    assert complaints == []


@analyze
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_services_are_hardened(path: Path) -> None:
    run = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)],
        capture_output=True,
        text=True,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", run.stdout)
    if found is None and "offline" in run.stderr:
        pytest.skip("this systemd-analyze cannot judge a unit that is not installed")
    assert found, run.stderr
    assert float(found[1]) <= EXPOSURE[path.name]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    lines = logical_lines(DEPLOY / "Dockerfile")
    sources = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert {"requirements.txt", "scrapy.cfg", "crawler"} <= set(sources)
    kept = {line[1:] for line in logical_lines(ROOT / ".dockerignore") if line.startswith("!")}
    assert "*" in logical_lines(ROOT / ".dockerignore")
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source in kept, source
    assert kept == set(sources)


def test_the_image_has_every_package_that_the_program_imports() -> None:
    copied = {line.split()[1] for line in logical_lines(DEPLOY / "Dockerfile") if "COPY" in line}
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    for package in copied & ours:
        for path in (ROOT / package).rglob("*.py"):
            for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.M):
                assert name not in ours - copied, f"{path.relative_to(ROOT)}: {name}"


def test_the_image_is_not_root_and_stops_as_crawls_do() -> None:
    lines = logical_lines(DEPLOY / "Dockerfile")
    assert "USER housecall" in lines
    assert "STOPSIGNAL SIGINT" in lines
    assert f"VOLUME {STATE}" in lines
    assert any("--require-hashes" in line for line in lines)
    # Nothing is run as root after the account is taken.
    assert not [line for line in lines[lines.index("USER housecall") :] if line.startswith("RUN")]


def test_containers_may_do_no_more_than_the_units() -> None:
    lines = logical_lines(DEPLOY / "README.md")
    runs = [shlex.split(line) for line in lines if line.startswith("docker run ")]
    assert len(runs) == 2
    for words, unit in zip(runs, SERVICES, strict=True):
        given = dict(pairwise(words))
        assert {"--read-only", "--init"} <= set(words)
        assert given["--tmpfs"] == "/tmp"
        assert given["--cap-drop"] == "ALL"
        assert given["--security-opt"] == "no-new-privileges"
        limits = dict(line.split("=", 1) for line in logical_lines(unit) if "=" in line)
        assert given["--memory"] == given["--memory-swap"] == limits["MemoryMax"].lower()
        assert given["--pids-limit"] == limits["TasksMax"]


def test_the_crontab_line_is_one() -> None:
    jobs = [line for line in logical_lines(DEPLOY / "housecall.cron") if line.startswith("*")]
    assert len(jobs) == 1
    # In a crontab a percent sign ends the command.
    assert "%" not in jobs[0]
    assert (DEPLOY / "housecall.cron").read_bytes().endswith(b"\n")


def test_what_writes_or_shows_rows_is_told_what_is_withheld() -> None:
    verbs = {"due", "serve", "rebuild", "withhold", "crawl", "ingest"}
    for name, (verb, *words) in scrapy_commands():
        dry = "--dry-run" in words
        told = any(word.startswith("WITHHELD_FILE=") for word in words)
        assert told or dry or verb not in verbs, f"{name}: scrapy {verb}"


@pytest.mark.skipif(
    shutil.which("nginx") is None or shutil.which("openssl") is None,
    reason="nginx and openssl are not both installed",
)
def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    """As it is, but for certificates, folders and ports, which a test must not take."""
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=archive.example.org", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for place in (
        "/etc/letsencrypt/live/archive.example.org",
        "/var/cache/nginx",
        "/var/log/nginx",
    ):
        assert place in text
        text = text.replace(place, str(tmp_path))
    text = re.sub(r"listen \[::\]:.*;", "", text)
    text = re.sub(r"listen (80|443)", r"listen 127.0.0.1:1\1", text)
    (tmp_path / "site.conf").write_text(text, "utf-8")
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ include {tmp_path}/site.conf; }}\n"
    )
    run = subprocess.run(["nginx", "-t", "-c", str(main)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "warn" not in run.stderr


def test_nginx_asks_the_server_that_systemd_starts() -> None:
    conf = (DEPLOY / "nginx.conf").read_text("utf-8")
    unit = (DEPLOY / "housecall-serve.service").read_text("utf-8")
    (port,) = re.findall(r"server 127\.0\.0\.1:(\d+);", conf)
    assert f"--host 127.0.0.1 --port {port} " in unit
    for place in ("/search", "/export", "/archive"):
        block = re.search(rf"location {place} \{{(.*?)\}}", conf, re.S)
        assert block, place
        assert "limit_req zone=" in block[1]
    assert "limit_conn" in conf
    assert "Strict-Transport-Security" in conf


def test_backups_are_made_by_the_command_with_all_that_a_curator_wrote() -> None:
    """Without withheld.toml, what is restored shows what was taken down."""
    texts = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", DEPLOY / "README.md"]
    for path in texts:
        assert not re.search(r"^(?:rsync|cp|sqlite3) .*BACKUP", path.read_text("utf-8"), re.M)
    (command,) = re.findall(r"^systemd-run.* backup .*", texts[-1].read_text("utf-8"), re.M)
    for name in ("ARCHIVE_DB", "WARC_DIR", "STATE_DIR", "WITHHELD_FILE", "SCHEDULE"):
        assert f"-s {name}=/" in command
