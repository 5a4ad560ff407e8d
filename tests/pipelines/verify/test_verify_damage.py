"""Every planted kind of damage is found, in the right file at the right place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.verify.verify import verify_archive
from tests.conftest import Crawled

# These add to DAMAGE.
from tests.pipelines.verify import damage_bytes, damage_records, damage_rows  # noqa: F401
from tests.pipelines.verify.damage import DAMAGE, Archive


@pytest.fixture
def archive(crawled: Crawled, tmp_path: Path) -> Archive:
    """A copy of a crawled archive."""
    shutil.copytree(crawled.folder, tmp_path / "copy")
    return Archive(tmp_path / "copy")


def test_an_archive_that_a_crawl_made_is_sound(archive: Archive) -> None:
    before = {path: path.read_bytes() for path in archive.files}
    result = verify_archive(archive.warcs, archive.database)
    assert result.findings == []
    assert result.notes == []
    assert (result.files, result.rows > 200, result.records > 400) == (2, True, True)
    assert {path: path.read_bytes() for path in archive.files} == before


def test_there_are_enough_kinds_of_damage() -> None:
    assert len(DAMAGE) >= 40


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(name: str, archive: Archive) -> None:
    planted = DAMAGE[name](archive)
    result = verify_archive(archive.warcs, archive.database)
    found = [one for one in result.findings if one.file == planted.file]
    assert found, [str(one) for one in result.findings[:5]]
    exact = [one for one in found if planted.offset in (None, one.offset)]
    assert exact, [str(one) for one in found[:5]]
    assert planted.kinds & {one.kind for one in exact}, [str(one) for one in exact[:5]]
