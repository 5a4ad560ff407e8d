"""A backup is whole or the one before it is: kills, loss, damage, places that fail."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.backup.backup import Copied, back_up
from pipelines.backup.manifest import PARTS, read_manifest
from pipelines.backup.place import BackupError, BackupPlace
from pipelines.backup.restore import backup_at, bring_back, damage_of, refuse_other_files
from tests.pipelines.archive_makers import (
    CRAWL,
    crawl_into,
    exchange,
    http_response,
    question_html,
    question_url,
)


def a_crawl(folder: Path, number: int, *, close: bool = True) -> None:
    """A crawl of a page, which leaves a WARC file; one that is unfinished if not ``close``."""
    page = exchange(question_url(number), http_response(question_html(number)), seconds=number)
    crawl = replace(CRAWL, uid=f"11111111-1111-4111-8111-{number:012}")
    crawl_into(folder, [page], crawl, close=close).close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of two finished files and an unfinished one with a torn end."""
    folder = tmp_path / "archive"
    for number in (1, 2, 3):
        a_crawl(folder, number, close=number < 3)
    (unfinished,) = (folder / "warcs").glob("*.open")
    with unfinished.open("ab") as file:
        file.write(b"\x1f\x8b\x08torn")
    for name, text in (("withheld.toml", ""), ("schedule.toml", "# mine"), ("sites/a.toml", "# a")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "state/sites").mkdir(parents=True)
    (folder / "state/sites/lock").write_text("")
    with closing(sqlite3.connect(folder / "state/sites/frontier.db")) as db:
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute("CREATE TABLE queue (url TEXT)")
    return folder


def parts_of(folder: Path) -> Mapping[str, Path]:
    return {part: folder / part for part in PARTS}


def backed_up(place: BackupPlace, folder: Path, *, accept_loss: bool = False) -> Copied:
    return back_up(place, parts_of(folder), number=7, withheld=[], accept_loss=accept_loss)


def restored(place: BackupPlace, folder: Path) -> dict[str, bytes]:
    """What a restore brings into a folder, by path."""
    shutil.rmtree(folder, ignore_errors=True)
    manifest = backup_at(place)
    refuse_other_files(manifest, parts_of(folder))
    assert bring_back(place, manifest.files.values(), parts_of(folder)) == []
    refuse_other_files(manifest, parts_of(folder))
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_second_run_copies_only_what_is_new(archive: Path, tmp_path: Path) -> None:
    place = BackupPlace(str(tmp_path / "backup"))
    first = backed_up(place, archive)
    assert len(first.sent) == first.files == 7
    files = restored(place, tmp_path / "restored")
    for name, data in files.items():
        if name.endswith(".open"):
            assert (archive / name).read_bytes() == data + b"\x1f\x8b\x08torn"
        elif name.endswith(".db"):
            with closing(sqlite3.connect(tmp_path / "restored" / name)) as db:
                assert db.execute("SELECT count(*) FROM queue").fetchone() == (0,)
        else:
            assert (archive / name).read_bytes() == data
    assert backed_up(place, archive).sent == []
    a_crawl(archive, 4)
    with sqlite3.connect(archive / "state/sites/frontier.db") as db:
        db.execute("INSERT INTO queue VALUES ('x')")  # into the log beside it
    second = backed_up(place, archive)
    assert [name.partition("/")[0] for name in second.sent] == ["state", "warcs"]
    assert second.removed == 1
    (unfinished,) = (archive / "warcs").glob("*.open")
    unfinished.rename(unfinished.with_suffix(""))  # its writer has ended
    third = backed_up(place, archive)
    assert third.sent == [f"warcs/{unfinished.stem}"]
    assert len(restored(place, tmp_path / "restored")) == third.files == 8


class _Killed(BaseException):
    """The process ends here."""


class _FailingPlace(BackupPlace):
    """A place that fails at the ``at``-th write, before or in the middle of it."""

    def __init__(self, address: str, at: int, error: BaseException) -> None:
        super().__init__(address)
        self.left, self.error = at, error

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error

    def put(self, name: str, source: Path) -> None:
        """Store a file."""
        self._count()
        super().put(name, source)
        if self.left == 0 and isinstance(self.error, _Killed):
            partial = Path(self.address, name)  # as a kill leaves it
            partial.with_name(f".{partial.name}.1234.partial").write_bytes(b"part")

    def write(self, name: str, data: bytes) -> None:
        """Write the manifest."""
        self._count()
        super().write(name, data)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._count()
        super().remove(name)


@pytest.mark.parametrize("error", [_Killed(), BackupError("full"), OSError(errno.ENOSPC, "full")])
def test_killed_at_every_write_the_backup_before_stays(
    archive: Path, tmp_path: Path, error: BaseException
) -> None:
    address = str(tmp_path / "backup")
    backed_up(BackupPlace(address), archive)
    before = restored(BackupPlace(address), tmp_path / "restored")
    a_crawl(archive, 4)
    a_crawl(archive, 5)
    (archive / "schedule.toml").write_text("# another")
    for at in range(20):
        shutil.rmtree(tmp_path / "try", ignore_errors=True)
        shutil.copytree(address, tmp_path / "try")
        place = _FailingPlace(str(tmp_path / "try"), at, error)
        try:
            backed_up(place, archive)
        except (_Killed, OSError, BackupError):
            made = read_manifest(place) != read_manifest(BackupPlace(address))
            files = restored(place, tmp_path / "restored")
            assert len(files) == len(before) + 2 if made else files == before
            whole = backed_up(BackupPlace(place.address), archive)
            assert len(whole.sent) == max(0, 3 - at)
            assert whole.files == 9
            assert list(Path(place.address).rglob("*.partial")) == []
        else:
            break
    assert at == 5  # three files, the manifest, and a file that nothing names any more


class _PlaceBesideACrawl(BackupPlace):
    """With each file that is stored, a crawl captures a page, and its frontier calls it done."""

    def __init__(self, address: str, archive: Path) -> None:
        super().__init__(address)
        self.archive, self.number = archive, 10

    def put(self, name: str, source: Path) -> None:
        """Store a file."""
        super().put(name, source)
        self.number += 1
        a_crawl(self.archive, self.number)
        with sqlite3.connect(self.archive / "state/sites/frontier.db") as db:
            db.execute("INSERT INTO queue VALUES ('x')")


def test_what_a_frontier_calls_done_is_in_the_warc_files(archive: Path, tmp_path: Path) -> None:
    place = _PlaceBesideACrawl(str(tmp_path / "backup"), archive)
    for _ in range(2):
        backed_up(place, archive)
        files = restored(place, tmp_path / "restored")
        with closing(sqlite3.connect(tmp_path / "restored/state/sites/frontier.db")) as db:
            (done,) = db.execute("SELECT count(*) FROM queue").fetchone()
        assert done <= len([name for name in files if name.endswith(".gz")]) - 2
    assert done > 3


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [flip, cut, Path.unlink], ids=["flip", "cut", "lost"])
def test_damage_in_a_backup_is_named(
    archive: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    place = BackupPlace(str(tmp_path / "backup"))
    backed_up(place, archive)
    manifest = backup_at(place)
    files = [file for file in manifest.files.values() if file.size]
    for file in files[::2]:
        harm(tmp_path / "backup" / file.stored)
    found = list(damage_of(place, manifest.files.values()))
    brought = bring_back(place, manifest.files.values(), parts_of(tmp_path / "restored"))
    assert found == brought
    for line, file in zip(found, files[::2], strict=True):
        assert f"{file.stored} ({file.path}) " in line
        assert not file.target(parts_of(tmp_path / "restored")).exists()
    for file in files[1::2]:
        assert file.target(parts_of(tmp_path / "restored")).stat().st_size == file.size
    harm(tmp_path / "backup/manifest.json")
    with pytest.raises(BackupError, match="manifest"):
        backup_at(place)


def test_what_only_the_backup_has_is_not_forgotten(archive: Path, tmp_path: Path) -> None:
    place = BackupPlace(str(tmp_path / "backup"))
    backed_up(place, archive)
    before = read_manifest(place)
    first, second = sorted((archive / "warcs").glob("*.gz"))
    (unfinished,) = (archive / "warcs").glob("*.open")
    for harm, lost in ((Path.unlink, first), (Path.unlink, unfinished), (flip, second)):
        data = lost.read_bytes()
        harm(lost)
        with pytest.raises(BackupError, match=lost.name) as raised:
            backed_up(place, archive)
        assert "--accept-loss" in str(raised.value)
        assert read_manifest(place) == before
        lost.write_bytes(data)
    first.unlink()
    flip(second)
    copied = backed_up(place, archive, accept_loss=True)
    assert copied.sent == [f"warcs/{second.name}"]
    assert copied.removed == 2
    assert restored(place, tmp_path / "restored")[f"warcs/{second.name}"] == second.read_bytes()
    assert backed_up(place, archive).sent == []


def test_a_place_that_was_filled_by_hand_is_taken_over(archive: Path, tmp_path: Path) -> None:
    place = BackupPlace(str(tmp_path / "backup"))
    first, second = sorted((archive / "warcs").glob("*.gz"))
    (tmp_path / "backup/warcs").mkdir(parents=True)
    shutil.copy(first, tmp_path / "backup/warcs")
    (tmp_path / "backup/warcs" / second.name).write_bytes(b"older")
    (tmp_path / "backup/warcs/mine.warc.gz").write_bytes(b"of another")
    copied = backed_up(place, archive)
    assert f"warcs/{first.name}" not in copied.sent
    assert (tmp_path / "backup/warcs" / second.name).read_bytes() == b"older"
    assert (tmp_path / "backup/warcs/mine.warc.gz").exists()
    assert list(damage_of(place, backup_at(place).files.values())) == []


def test_places_that_cannot_be_used_are_named(archive: Path, tmp_path: Path) -> None:
    place = BackupPlace(str(tmp_path / "backup"))
    with pytest.raises(BackupError, match="no backup at"):
        backup_at(place)
    backed_up(place, archive)
    with pytest.raises(BackupError, match="of another archive"):
        back_up(place, parts_of(archive), number=8, withheld=[])
    with pytest.raises(BackupError, match="lies within"):
        backed_up(BackupPlace(str(archive / "warcs/backup")), archive)
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupError, match=r"file/.* cannot be"):
        backed_up(BackupPlace(str(tmp_path / "file")), archive)
    with pytest.raises(BackupError, match="nothing://x cannot be reached"):
        BackupPlace("nothing://x")


def test_a_full_disk_is_named(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    place = BackupPlace(str(tmp_path / "whole"))
    backed_up(place, archive)
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.files.durable.os.fsync", full)
        with pytest.raises(BackupError, match=r"restored/state/.* cannot be written: .*No space"):
            bring_back(place, backup_at(place).files.values(), parts_of(tmp_path / "restored"))
    monkeypatch.setattr("pipelines.backup.place.shutil.copyfileobj", full)
    with pytest.raises(BackupError, match=r"backup/kept/.* cannot be written: No space left"):
        backed_up(BackupPlace(str(tmp_path / "backup")), archive)


def test_a_store_that_fsspec_knows(archive: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="an extra with fsspec is not installed")
    place = BackupPlace("memory://bucket/folder")
    assert backed_up(place, archive).files == 7
    assert backed_up(BackupPlace("memory://bucket/folder/"), archive).sent == []
    a_crawl(archive, 4)
    (archive / "schedule.toml").write_text("# another")
    copied = backed_up(place, archive)
    assert (len(copied.sent), copied.removed) == (2, 1)
    assert len(restored(place, tmp_path / "restored")) == 8
    (name, *_) = [name for name in place.sizes() if name.startswith("warcs/")]
    place.write(name, b"other")
    assert [name in line for line in damage_of(place, backup_at(place).files.values())] == [True]
