"""Copies an archive to another place: what is new of it, checked, while crawls go on.

What may be restored together. A crawl makes its WARC durable before the row, and the row before
the frontier says that a page is done. So the state is copied first (each SQLite file as it is at
one moment, by SQLite's backup API), and the WARC files after it: whatever the frontier in a backup
calls done is in the backup's WARC files. The other way round, pages could be lost: done, and in
no file. What the WARC files have beyond that, the crawl asks for once more. A file that is being
written is copied up to its last whole exchange. archive.db is not copied: it is made again from
the WARC files. What curators wrote comes last, so that the list of what is withheld is at least as
new as the captures.

Killed at any moment, the backup before stays as it was: see :mod:`pipelines.backup.manifest`.
What was stored by then is looked at by the next run, and not sent again.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.backup.manifest import (
    KEPT,
    NAME,
    PARTS,
    SCHEDULE,
    STATE,
    WARCS,
    WITHHELD,
    KeptFile,
    Manifest,
    Parts,
    read_manifest,
)
from pipelines.backup.place import BackupError, BackupPlace, sha256_of
from pipelines.capture.warc_extract import warc_files
from pipelines.db.connection import named_errors, open_read_only
from pipelines.db.identity import OWNER_FILE
from pipelines.files.timestamps import stamp
from pipelines.rebuild.recover import whole_part
from pipelines.warc.writer import OPEN_SUFFIX

#: Called with (bytes done, bytes in all, name of the file).
Progress = Callable[[int, int, str], object]

_SQLITE = b"SQLite format 3\0"
_MOST_NAMED = 5
_CHUNK = 1 << 20


@dataclass(slots=True)
class Copied:
    """What a backup did: its files, those of them that were sent with their bytes, and what was
    removed that nothing names any more."""

    files: int = 0
    size: int = 0
    sent: list[str] = field(default_factory=list)
    sent_bytes: int = 0
    removed: int = 0


def back_up(
    place: BackupPlace,
    parts: Parts,
    *,
    number: int,
    withheld: Sequence[str],
    accept_loss: bool = False,
    progress: Progress = lambda *_: None,
) -> Copied:
    """Copy what a backup has not yet.

    :param number: the archive's
    :param withheld: what the archive withholds, as ``site/id``
    :param accept_loss: also where WARC files are gone, or others than they were
    :raises BackupError: the place cannot be written or has another archive; or files are lost
    :raises OSError: a file of the archive cannot be read
    """
    _refuse_within(place, parts)
    before = read_manifest(place)
    if before and number and before.archive not in (0, number):
        raise BackupError(f"{place.address} has the backup of another archive; name another place")
    known = dict(before.files) if before else {}
    if not accept_loss:
        _refuse_lost(place, known, parts[WARCS])
    copied = Copied()
    copy = _Copy(place, known, copied, accept_loss)
    with TemporaryDirectory(prefix="housecall-backup-") as scratch:
        total = sum(source.path.stat().st_size for source in warc_files(parts[WARCS]))
        files: dict[str, KeptFile] = {}
        for path, original in _originals(parts):
            progress(min(copied.size, total), total, path)
            file = copy.store(path, original, Path(scratch, "copy"))
            if file is not None:
                files[file.path] = file
                copied.size += file.size
    copied.files = len(files)
    made = stamp(datetime.now(UTC))
    place.write(NAME, Manifest(number, made, tuple(sorted(withheld)), files).as_json())
    copied.removed = _prune(place, known.values(), files.values())
    return copied


class _Copy:
    """Stores files, those alone that are not there."""

    def __init__(
        self, place: BackupPlace, known: dict[str, KeptFile], copied: Copied, accept_loss: bool
    ) -> None:
        self._place = place
        self._known = known
        self._copied = copied
        self._accept_loss = accept_loss
        self._sizes = place.sizes()

    def store(self, path: str, original: Path, scratch: Path) -> KeptFile | None:
        """Store a file; None if it has gone meanwhile, or is a WARC file without a capture."""
        known = self._known.get(path)
        try:
            changed = _settled(path, original)
            if (
                known is not None
                and changed == known.changed != 0
                and original.stat().st_size == known.size == self._sizes.get(known.stored)
            ):
                return known
            fixed = original if changed else _fixed(path, original, scratch)
        except FileNotFoundError:
            return self._renamed(path, original, scratch)
        if fixed is None:
            return None
        size, digest = fixed.stat().st_size, sha256_of(fixed)
        if changed:
            self._refuse_changed(path, known, digest)
        for stored in self._names(path, known, digest) if changed else (f"{KEPT}/{digest}",):
            if stored not in self._sizes:
                self._send(path, stored, fixed, size, digest)
            elif self._sizes[stored] != size or self._place.get(stored) != digest:
                continue
            return KeptFile(path, stored, size, digest, changed)
        self._send(path, f"{KEPT}/{digest}", fixed, size, digest)
        return KeptFile(path, f"{KEPT}/{digest}", size, digest, changed)

    def _names(self, path: str, known: KeptFile | None, digest: str) -> tuple[str, ...]:
        """What a finished WARC file may be called, if nothing else has that name."""
        kept = f"{KEPT}/{digest}"
        if known is None:
            return path, kept
        return (known.stored if known.sha256 == digest else kept,)

    def _send(self, path: str, stored: str, file: Path, size: int, digest: str) -> None:
        self._place.put(stored, file)
        self._copied.sent.append(path)
        self._copied.sent_bytes += size
        if self._place.get(stored) != digest:
            raise BackupError(f"{self._place.address}/{stored} is not what was written there")
        self._sizes[stored] = size

    def _renamed(self, path: str, original: Path, scratch: Path) -> KeptFile | None:
        """A WARC file that was finished since the folder was read; others are gone."""
        if not path.endswith(OPEN_SUFFIX):
            if path.startswith(f"{WARCS}/"):
                raise BackupError(f"{original} is gone while it was read")
            return None
        whole = original.with_name(original.name.removesuffix(OPEN_SUFFIX))
        if not whole.exists():
            return None
        return self.store(path.removesuffix(OPEN_SUFFIX), whole, scratch)

    def _refuse_changed(self, path: str, known: KeptFile | None, digest: str) -> None:
        if known is not None and known.sha256 != digest and not self._accept_loss:
            raise BackupError(
                f"{path} is not what it was, and finished WARC files never change: the backup "
                f"has it as {self._place.address}/{known.stored}. If it was changed on purpose, "
                "say --accept-loss"
            )


def _originals(parts: Parts) -> Iterator[tuple[str, Path]]:
    """The files of an archive with their paths in the backup, a part after the other."""
    for part in PARTS:
        folder = parts[part]
        if part == WARCS:
            for source in warc_files(folder):
                yield f"{WARCS}/{source.path.relative_to(folder).as_posix()}", source.path
        elif part in (SCHEDULE, WITHHELD):
            if folder.is_file():
                yield part, folder
        else:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not _is_passing(path.name):
                    yield f"{part}/{path.relative_to(folder).as_posix()}", path


def _is_passing(name: str) -> bool:
    """Whether a file means nothing without the process, or the machine, that made it."""
    ends = ("-wal", "-shm", "-journal", ".partial", ".lock")
    return name in (OWNER_FILE, "lock") or name.endswith(ends)


def _settled(path: str, original: Path) -> int:
    """When a finished WARC file was changed last (ns); 0 for all that may change."""
    changed = original.stat().st_mtime_ns
    is_finished = path.startswith(f"{WARCS}/") and not path.endswith(OPEN_SUFFIX)
    return changed if is_finished else 0


def _fixed(path: str, original: Path, scratch: Path) -> Path | None:
    """A copy of a file that may change, as it is at one moment."""
    scratch.unlink(missing_ok=True)
    if path.startswith(f"{WARCS}/"):
        first, end, _ = whole_part(original)
        if first is None or end <= first.length:
            return None
        with original.open("rb") as file, scratch.open("wb") as copy:
            while copy.tell() < end and (data := file.read(min(_CHUNK, end - copy.tell()))):
                copy.write(data)
        return scratch
    with original.open("rb") as file:
        is_database = path.startswith(f"{STATE}/") and file.read(len(_SQLITE)) == _SQLITE
    if not is_database:
        shutil.copyfile(original, scratch)
        return scratch
    with (
        named_errors(original),
        closing(open_read_only(original, timeout=60)) as source,
        closing(sqlite3.connect(scratch)) as snapshot,
    ):
        source.backup(snapshot)
    return scratch


def _refuse_within(place: BackupPlace, parts: Parts) -> None:
    if place.folder is None:
        return
    folder = place.folder.resolve()
    for part in parts.values():
        if folder.is_relative_to(part.resolve()):
            raise BackupError(f"{place.address} lies within {part}, which is to be copied there")


def _refuse_lost(place: BackupPlace, known: Mapping[str, KeptFile], warcs: Path) -> None:
    """Refuse to forget WARC files that only the backup has.

    :raises BackupError: there are any
    """
    present = {source.name for source in warc_files(warcs)}
    lost = [
        file
        for file in known.values()
        if file.part == WARCS
        and file.path.removeprefix(f"{WARCS}/").removesuffix(OPEN_SUFFIX) not in present
    ]
    if lost:
        named = ", ".join(
            f"{file.path} as {place.address}/{file.stored}" for file in lost[:_MOST_NAMED]
        )
        raise BackupError(
            f"{len(lost)} WARC files are gone from {warcs}, and the backup has them: {named}"
            f"{' ...' if len(lost) > _MOST_NAMED else ''}. Copy them back. If they were removed "
            "on purpose, say --accept-loss"
        )


def _prune(place: BackupPlace, before: Iterable[KeptFile], files: Iterable[KeptFile]) -> int:
    """Remove what the new manifest does not name, of what backups have written there."""
    named = {file.stored for file in files}
    old = {file.stored for file in before}
    gone = [
        name
        for name in place.sizes()
        if name not in named
        and (
            name in old
            or name.startswith(f"{KEPT}/")
            or (name.startswith(f"{WARCS}/") and name.endswith(".partial"))
        )
    ]
    for name in gone:
        place.remove(name)
    return len(gone)
