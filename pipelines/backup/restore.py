"""Brings the files of a backup back, each checked on the way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.backup.backup import Progress
from pipelines.backup.manifest import NAME, WITHHELD, KeptFile, Manifest, Parts, read_manifest
from pipelines.backup.place import BackupError, BackupPlace, sha256_of
from pipelines.db.identity import OWNER_FILE
from pipelines.files.durable import replace_durably


def backup_at(place: BackupPlace) -> Manifest:
    """The backup at a place.

    :raises BackupError: there is none, or it cannot be read
    """
    manifest = read_manifest(place)
    if manifest is None:
        raise BackupError(f"there is no backup at {place.address}: it has no {NAME}")
    return manifest


def damage_of(
    place: BackupPlace, files: Iterable[KeptFile], progress: Progress = lambda *_: None
) -> Iterator[str]:
    """What is wrong with files of a backup, by their names; all their bytes are read.

    :raises BackupError: the place cannot be read
    """
    sizes = place.sizes()
    files = list(files)
    total, done = sum(file.size for file in files), 0
    for file in files:
        progress(done, total, file.path)
        if why := _damage(sizes, file) or _other(file, place.get(file.stored)):
            yield f"{place.address}/{file.stored} ({file.path}) {why}"
        done += file.size


def refuse_other_files(manifest: Manifest, parts: Parts) -> None:
    """Refuse a place that has files of another archive, or of another time.

    What an earlier restore brought, which was killed, may be there; and the list of what is
    withheld, if it lies there already: it is used instead of the backup's.

    :raises BackupError: there are others
    """
    for part, place in parts.items():
        if part == WITHHELD:
            continue
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if not path.is_file() or path.name in (OWNER_FILE, "lock"):
                continue
            name = f"{part}/{path.relative_to(place).as_posix()}" if path != place else part
            file = manifest.files.get(name)
            if file is None and path.name.endswith(".partial"):
                path.unlink()
            elif file is None or not _is_there(file, path):
                raise BackupError(
                    f"{path} is there already, and is not what the backup has: an archive is "
                    "restored into a place that is empty. Move it away, or name another place "
                    "with -s ARCHIVE_DB=PATH"
                )


def bring_back(
    place: BackupPlace,
    files: Iterable[KeptFile],
    parts: Parts,
    progress: Progress = lambda *_: None,
) -> list[str]:
    """Write files to their places, each whole or not at all; those that are there stay.

    :returns: those that are damaged in the backup, and why; they are not written
    :raises BackupError: the backup cannot be read, or a file not be written
    """
    sizes, damaged = place.sizes(), []
    files = list(files)
    total, done = sum(file.size for file in files), 0
    for file in files:
        progress(done, total, file.path)
        done += file.size
        target = file.target(parts)
        if target.is_file() and (file.part == WITHHELD or _is_there(file, target)):
            continue
        why = _damage(sizes, file)
        if not why:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with replace_durably(target) as copy:
                    if why := _other(file, place.get(file.stored, copy)):
                        raise _Damaged
                if file.changed:  # so that the next backup sees that it is the same
                    os.utime(target, ns=(file.changed, file.changed))
            except _Damaged:
                pass
            except OSError as error:
                raise BackupError(f"{target} cannot be written: {error}") from error
        if why:
            damaged.append(f"{place.address}/{file.stored} ({file.path}) {why}")
    return damaged


class _Damaged(Exception):
    """What was read is not what was stored; it is not to get its name."""


def _is_there(file: KeptFile, path: Path) -> bool:
    return path.stat().st_size == file.size and sha256_of(path) == file.sha256


def _damage(sizes: dict[str, int], file: KeptFile) -> str:
    if file.stored not in sizes:
        return "is missing"
    if sizes[file.stored] != file.size:
        return f"has {sizes[file.stored]} bytes, and had {file.size}"
    return ""


def _other(file: KeptFile, digest: str) -> str:
    return "" if digest == file.sha256 else "is damaged: its SHA-256 is not what it was"
