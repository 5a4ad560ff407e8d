"""Declarations of sites in a folder: all of them are read, or it is said which is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers import DeclarationError
from pipelines.files.site_files import load_sites

CLINIC = 'name = "clinic"\nhosts = ["clinic.example"]\nquestions = ["/ask/{id}/"]\n'


def test_a_folder_that_is_not_there_declares_nothing(tmp_path: Path) -> None:
    assert load_sites(tmp_path / "sites") == ()


def test_the_toml_files_of_the_folder_are_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC)
    (tmp_path / "ward.toml").write_text(CLINIC.replace("clinic", "ward"))
    (tmp_path / "notes.txt").write_text("to do")
    (tmp_path / "clinic").mkdir()
    (tmp_path / "clinic/case.json").write_text("{}")
    assert [site.name for site in load_sites(tmp_path)] == ["clinic", "ward"]


def test_an_error_names_file_line_and_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC + 'anwsers = "experts"\n')
    with pytest.raises(DeclarationError) as error:
        load_sites(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/clinic.toml, line 4: anwsers is unknown; did you mean 'answers'?"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (CLINIC, "name 'clinic' is that of another file here too"),
        (CLINIC.replace('name = "clinic"', 'name = "ward"'), "is the site 'clinic' already"),
        (
            CLINIC.replace("clinic", "ward").replace("ward.example", "www.netwellness.org"),
            "is the site 'netwellness' already",
        ),
    ],
)
def test_two_files_do_not_speak_of_the_same_site(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "a.toml").write_text(CLINIC)
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(DeclarationError, match=what) as error:
        load_sites(tmp_path)
    assert str(tmp_path / "b.toml") in str(error.value)


def test_a_built_in_site_can_be_declared_anew(tmp_path: Path) -> None:
    text = CLINIC.replace("clinic.example", "www.netwellness.org")
    (tmp_path / "own.toml").write_text(text.replace("clinic", "netwellness"))
    assert load_sites(tmp_path)[0].name == "netwellness"


def test_a_file_in_another_encoding_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(CLINIC.encode() + b"# \xe9\n")
    with pytest.raises(DeclarationError, match="save it as UTF-8"):
        load_sites(tmp_path)
