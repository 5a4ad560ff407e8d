"""Files that are replaced are whole, whatever happens while they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.files.durable import rename_durably, replace_durably


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    with replace_durably(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_old_file_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def write_half() -> None:
        with replace_durably(path) as file:
            file.write(b"half of")
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_is_made_only_where_it_is_kept(tmp_path: Path) -> None:
    with replace_durably(tmp_path / "a"), replace_durably(tmp_path / "b", keep_empty=False):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    left = tmp_path / "vectors.partial"
    left.write_text("a longer text than the new one")
    with replace_durably(tmp_path / "vectors", partial=left) as file:
        file.write(b"new")
    assert (tmp_path / "vectors").read_text() == "new"
    assert not left.exists()


def test_a_rename_takes_the_place_of_a_file(tmp_path: Path) -> None:
    for name in ("new", "old"):
        (tmp_path / name).write_text(name)
    rename_durably(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == "new"
