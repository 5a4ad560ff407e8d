"""Makes the public snapshot: aside, checked, and put in place in one step."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipelines.db.connection import named_errors
from pipelines.files.locks import Lock
from pipelines.takedown.takedown_file import Takedown
from publish.datasette.db_version import read_only
from publish.export.export_formats import CSV, JSONL, PARQUET, ExportFormat
from publish.export.rows import ExportError
from publish.export.source import Export
from publish.search.request import SearchRequest
from publish.semantic import vectors_path
from publish.snapshot import files
from publish.snapshot.copying import SnapshotError, copy_archive
from publish.snapshot.croissant import croissant
from publish.snapshot.datapackage import datapackage
from publish.snapshot.facts import Facts, facts
from publish.snapshot.readme import cite_as, readme
from publish.snapshot.snapshot_diff import write_changes
from publish.snapshot.snapshot_folder import CURRENT, LOCK, SnapshotFolder
from publish.snapshot.snapshot_vectors import add_vectors

#: Called with what is being done, and how many of how many rows of it are done (0 of 0 where
#: that is not known).
Progress = Callable[[str, int, int], object]

# Part of every snapshot's name: raised when its files come out different from the same archive.
FORM = 1
EXPORTS = {files.CSV: CSV, files.JSONL: JSONL, files.PARQUET: PARQUET}
# What two copies of the archive and its exports need, as multiples of the archive.
_ROOM = 3.0


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. ``unchanged``: the archive is as in the current snapshot, which stays.

    ``changes`` counts what is different from ``before``, the name of the snapshot before (None
    if there was none to compare with); ``removed`` names snapshots that were removed.
    """

    folder: Path
    name: str
    unchanged: bool
    facts: Facts
    files: tuple[files.ListedFile, ...]
    changes: dict[str, int]
    before: str | None
    removed: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float


def publish(
    archive: Path,
    folder: Path,
    entries: Sequence[Takedown] = (),
    *,
    keep: int = 3,
    url: str = "",
    progress: Progress = lambda step, done, total: None,
) -> Published:
    """Make a snapshot of an archive in a folder, and let ``current`` lead to it.

    :param entries: what is withheld, should the archive not know it yet
    :param keep: how many snapshots stay; those with a question that is withheld now do not
    :param url: the address that the archive has in public, or ""
    :raises LockHeld: another publication into the same folder is under way
    :raises ArchiveError: it cannot be made; the snapshot before is as it was
    :raises OSError: the folder cannot be written
    """
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with Lock(folder / LOCK, "a publication"):
        place = SnapshotFolder(folder)
        place.clean()
        _require_room(archive, folder)
        made = place.begin()
        try:
            with _named(made):
                found = _make(archive, made, place, entries, url, progress)
            if found.unchanged:
                shutil.rmtree(made)
            else:
                place.put(made, found.name)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        removed = _prune(place, keep)
        return _with(found, place, removed, time.monotonic() - started)


def _make(
    archive: Path,
    made: Path,
    place: SnapshotFolder,
    entries: Sequence[Takedown],
    url: str,
    progress: Progress,
) -> Published:
    copy = made / files.ARCHIVE
    copy_archive(archive, copy, entries, lambda step: progress(step, 0, 0))
    with closing(read_only(copy)) as connection:
        held = facts(connection)
    for name, written in EXPORTS.items():
        _export(copy, made / name, written, held, progress)
    note = add_vectors(archive, copy)
    progress("describing it", 0, 0)
    data = [files.listed(made / name) for name in (files.ARCHIVE, *EXPORTS, *_vectors(copy))]
    name, current = _name(held, data), place.current
    if current is not None and current.name == name:
        _require_same(current, data)
        return Published(current, name, True, held, tuple(data), {}, name, (), (), 0.0)
    changes, before, notes = _changes(made, current)
    data.append(files.listed(made / files.CHANGES))
    _describe(made, name, held, data, (changes, before, url))
    files.seal(made)
    notes += (note,) if note else ()
    return Published(made, name, False, held, tuple(data), changes, before, (), notes, 0.0)


def _vectors(copy: Path) -> list[str]:
    path = vectors_path(copy)
    return [path.name] if path.exists() else []


def _export(
    copy: Path, target: Path, written: ExportFormat, held: Facts, progress: Progress
) -> None:
    """The same as a download of all questions."""
    export = Export(lambda: read_only(copy), SearchRequest(), written)
    try:
        export.open()
        with target.open("wb") as file:
            while (piece := export.next()) is not None:
                file.write(piece)
                progress(f"writing {target.name}", export.delivered_rows, held.questions)
    finally:
        export.close()
    if export.rows != held.questions:
        raise SnapshotError(f"{target.name} has {export.rows} rows of {held.questions}")


def _name(held: Facts, data: Sequence[files.ListedFile]) -> str:
    """When the newest page was captured, and a digest of all data: the same for the same data."""
    digest = sha256(f"{FORM} {[(one.name, one.sha256) for one in data]}".encode()).hexdigest()
    day = re.sub(r"[^0-9T]", "", held.newest[:19]) or "19700101T000000"
    return f"{day}Z-{digest[:12]}"


def _require_same(current: Path, data: Sequence[files.ListedFile]) -> None:
    """A disk may have lost what it was given."""
    for one in data:
        if files.listed(current / one.name) != one:
            raise SnapshotError(
                f"{current / one.name} is not as it was published: remove the link {CURRENT} and "
                "that folder, and publish again"
            )


def _changes(
    made: Path, current: Path | None
) -> tuple[dict[str, int], str | None, tuple[str, ...]]:
    target, copy = made / files.CHANGES, made / files.ARCHIVE
    if current is None:
        return write_changes(target, copy, None), None, ()
    try:
        return write_changes(target, copy, current / files.ARCHIVE), current.name, ()
    except sqlite3.DatabaseError as error:
        note = f"{current.name} could not be compared with ({error}): the list of changes is empty"
        return write_changes(target, copy, None), None, (note,)


def _describe(
    made: Path,
    name: str,
    held: Facts,
    data: list[files.ListedFile],
    known: tuple[dict[str, int], str | None, str],
) -> None:
    changes, before, url = known
    citation = cite_as(name, held, data[0], url)
    _write_json(made / files.DATAPACKAGE, datapackage(name, held, data))
    _write_json(made / files.CROISSANT, croissant(name, held, data, url, citation))
    text = readme(name, held, data, changes, before, citation)
    (made / files.README).write_text(text, "utf-8")
    described = [made / other for other in (files.DATAPACKAGE, files.CROISSANT, files.README)]
    files.write_sums(made, data + [files.listed(path) for path in described])


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _prune(place: SnapshotFolder, keep: int) -> list[str]:
    """Old snapshots go, and any that shows what is withheld now: it must not stay public."""
    current = place.current
    assert current is not None
    with closing(read_only(current / files.ARCHIVE)) as connection:
        withheld = connection.execute("SELECT site, source_id FROM withheld").fetchall()
    others = [path for path in place.snapshots if path != current]
    return place.prune(keep, [path for path in others if _shows(path, withheld)])


def _shows(snapshot: Path, withheld: list[tuple[str, str]]) -> bool:
    query = "SELECT 1 FROM questions WHERE site = ? AND source_id = ?"
    try:
        with closing(read_only(snapshot / files.ARCHIVE)) as connection:
            return any(connection.execute(query, key).fetchone() for key in withheld)
    except sqlite3.Error:
        return bool(withheld)  # what cannot be read cannot be trusted to hide it


def _with(found: Published, place: SnapshotFolder, removed: list[str], seconds: float) -> Published:
    return Published(
        folder=place.folder / found.name,
        name=found.name,
        unchanged=found.unchanged,
        facts=found.facts,
        files=found.files,
        changes=found.changes,
        before=found.before,
        removed=tuple(removed),
        notes=found.notes,
        seconds=seconds,
    )


def _require_room(archive: Path, folder: Path) -> None:
    """Say at once what would otherwise be found out after minutes."""
    with suppress(OSError):
        needed = int(archive.stat().st_size * _ROOM)
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise SnapshotError(
                f"{folder} has {free // 1_000_000} MB free, and a snapshot needs about "
                f"{needed // 1_000_000} MB while it is made: make room, or name another folder "
                "with --to"
            )


@contextmanager
def _named(made: Path) -> Iterator[None]:
    """Say which errors mean a full disk; SQLite's and the system's."""
    try:
        with named_errors(made / files.ARCHIVE):
            yield
    except ExportError as error:
        raise SnapshotError(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise SnapshotError(
                f"the disk of {made.parent} is full ({error.strerror}): make room and try again; "
                f"{CURRENT} is as it was"
            ) from error
        raise
