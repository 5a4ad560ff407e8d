"""The other kinds over a real socket, and their commands."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

import parsers
from parsers.urls import declare
from sample import serving
from sample.cli import main
from sample.kinds.site import KindSite


def test_a_kind_is_served_with_its_declaration(tmp_path: Path) -> None:
    site = KindSite(kind="discourse", pages=20)
    file = tmp_path / "sample-discourse.toml"
    with serving(site, "--declaration", str(file)) as base:
        with urllib.request.urlopen(f"{base}latest", timeout=5) as answer:
            content = answer.read().decode()
        declared = parsers.read_declaration(file.read_text(), file.name)
    assert "Powered by" in content
    assert declared.hosts == (base.removeprefix("http://").rstrip("/"),)
    assert declared.start == (f"{base}latest",)


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--declaration", "x.toml"],
        ["check", "--readings"],
        ["check", "--kind", "phpbb", "--gone", "0.5"],
        ["check", "--kind", "usenet"],
    ],
)
def test_senseless_arguments_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "error" in capsys.readouterr().err


def test_the_check_of_a_kind_wants_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("faq", "script"):
        arguments = ["check", "--kind", kind, "--archive", str(tmp_path / "none.db")]
        assert main(arguments) == 2
        assert "none.db" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["column", "discourse", "phpbb", "faq", "script"])
def test_readings_are_counted(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["check", "--kind", kind, "--pages", "12", "--readings", "--json"])
    finally:
        declare([])
    result = json.loads(capsys.readouterr().out)
    assert result["pages"] >= 12
    assert (status == 0) == (result["accuracy"] == 1 and not result["extra"])
