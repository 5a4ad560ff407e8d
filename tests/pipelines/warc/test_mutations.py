"""Sound files, damaged at random: nothing wrong passes, nothing is lost without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc
from tests.mutations import failures, run
from tests.sound_files import sound_files


@pytest.mark.parametrize("count", [240, pytest.param(10_000, marks=pytest.mark.slow)])
def test_damage_is_found_and_spoils_only_what_it_touches(count: int, tmp_path: Path) -> None:
    assert failures(run(count, tmp_path)) == []


@pytest.mark.parametrize("zeros", [0, 1, 5_000])
def test_a_dictionary_without_a_frame_is_no_empty_archive(zeros: int, tmp_path: Path) -> None:
    sound = next(file for file in sound_files(tmp_path) if file.kind == "warc.zst")
    size = int.from_bytes(sound.data[4:8], "little")
    path = tmp_path / "written-to-a-full-disk.warc.zst"
    path.write_bytes(sound.data[: 8 + size] + bytes(zeros))
    damage: list[DamagedWarc] = []
    assert list(read_warc(path, damage.append)) == []
    assert [broken.why for broken in damage] == ["the file has no Zstandard frame"]
