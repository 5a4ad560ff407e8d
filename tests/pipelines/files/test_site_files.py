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
    ("host", "other", "owner"),
    [
        ("clinic.example", "clinic.example", "clinic"),
        ("www.clinic.example", "clinic.example", "clinic"),
        ("clinic.example", "WWW.clinic.example:443", "clinic"),
        ("127.0.0.1:8000", "127.0.0.1:8000", "clinic"),
        ("www.clinic.example:8000", "clinic.example:8000", "clinic"),
        ("clinic.example", "www.netwellness.org", "netwellness"),
    ],
)
def test_two_files_do_not_speak_of_the_same_host(
    tmp_path: Path, host: str, other: str, owner: str
) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC.replace("clinic.example", host))
    ward = CLINIC.replace("clinic.example", other).replace('"clinic"', '"ward"')
    (tmp_path / "ward.toml").write_text(ward)
    with pytest.raises(DeclarationError, match=f"is the site '{owner}' already") as error:
        load_sites(tmp_path)
    assert f"{tmp_path}/ward.toml, line 2: hosts has" in str(error.value)


def test_two_ports_are_two_sites(tmp_path: Path) -> None:
    for name, host in (("a", "127.0.0.1:8000"), ("b", "127.0.0.1:8001"), ("c", "localhost")):
        text = CLINIC.replace("clinic.example", host).replace('"clinic"', f'"{name}"')
        (tmp_path / f"{name}.toml").write_text(text)
    assert [site.name for site in load_sites(tmp_path)] == ["a", "b", "c"]


def test_a_site_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(CLINIC)
    with pytest.raises(DeclarationError) as error:
        load_sites(tmp_path)
    assert str(error.value) == (
        f'{tmp_path}/ward.toml, line 1: name is "clinic", and the file ward.toml; write '
        "name = \"ward\", or, if pages are archived under 'clinic', name the file clinic.toml"
    )


def test_a_built_in_site_can_be_declared_anew(tmp_path: Path) -> None:
    text = CLINIC.replace("clinic.example", "www.netwellness.org")
    (tmp_path / "netwellness.toml").write_text(text.replace("clinic", "netwellness"))
    assert load_sites(tmp_path)[0].name == "netwellness"


def test_a_mark_at_the_beginning_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "clinic.toml").write_text(CLINIC, "utf-8-sig")
    assert load_sites(tmp_path)[0].name == "clinic"


def test_a_file_in_another_encoding_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(CLINIC.encode() + b"# \xe9\n")
    with pytest.raises(DeclarationError, match="save it as UTF-8"):
        load_sites(tmp_path)
