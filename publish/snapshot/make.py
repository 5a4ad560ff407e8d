"""Makes the public snapshot: aside, checked, and put in place in one step."""

from __future__ import annotations

import errno
import json
import logging
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from pipelines.db.blanks import Blanks
from pipelines.db.connection import named_errors, open_archive
from pipelines.db.rules import withheld_keys
from pipelines.files.locks import Lock
from pipelines.store.blanking import load_blanks
from pipelines.store.repetitions import repeating
from pipelines.takedown.takedown import shown
from pipelines.takedown.takedown_file import Takedown
from publish.datasette.database import read_only
from publish.export.export_formats import FORMATS, ExportFormat
from publish.export.fields import EXPORTED, ExportTable
from publish.export.rows import ExportError
from publish.export.source import Export
from publish.search.request import SearchRequest
from publish.semantic import VectorsError, vectors_path
from publish.snapshot import files
from publish.snapshot.copying import SnapshotError, copy_archive
from publish.snapshot.descriptions import cite_as, croissant, datapackage, readme
from publish.snapshot.facts import Facts, count_facts
from publish.snapshot.snapshot_diff import write_changes
from publish.snapshot.snapshot_folder import CURRENT, LOCK, SnapshotFolder

logger = logging.getLogger(__name__)

#: Called with the step, and how many of how many rows of it are done (0 of 0 if unknown).
Progress = Callable[[str, int, int], object]

# Part of every snapshot's name: raised when its files come out different from the same archive.
FORM = 2
EXPORTS = {
    f"{table.name}.{form.name}": (table, form)
    for table in EXPORTED.values()
    for form in FORMATS.values()
}
# What two copies of the archive and its exports need, as multiples of the archive.
_ROOM = 3.0


@dataclass(frozen=True, slots=True)
class Published:
    """The result. ``unchanged``: the archive is as in the current snapshot, which stays.

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

    :param entries: the withheld questions, should the archive not have them yet
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
        work = place.begin()
        try:
            with _named_errors(work):
                published = _make(archive, work, place.current, entries, url, progress)
            if published.unchanged:
                shutil.rmtree(work)
            else:
                place.put(work, published.name)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        state = "is current already" if published.unchanged else "is current now"
        logger.info("snapshot %s %s in %s", published.name, state, folder)
        removed = tuple(_prune(archive, place, keep))
        seconds = time.monotonic() - started
        folder = place.folder / published.name
        return replace(published, folder=folder, removed=removed, seconds=seconds)


def _make(
    archive: Path,
    work: Path,
    current: Path | None,
    entries: Sequence[Takedown],
    url: str,
    progress: Progress,
) -> Published:
    copy = work / files.ARCHIVE
    copy_archive(archive, copy, entries, lambda step: progress(step, 0, 0))
    with closing(read_only(copy)) as connection:
        facts = count_facts(connection)
    for name, (table, form) in EXPORTS.items():
        _export(copy, work / name, table, form, facts.rows[table.name], progress)
    note = _add_vectors(copy)
    progress("describing it", 0, 0)
    vectors = vectors_path(copy)
    names = [files.ARCHIVE, *EXPORTS, *([vectors.name] if vectors.exists() else [])]
    data = [files.list_file(work / name) for name in names]
    name = _name(facts, data)
    if current is not None and current.name == name:
        _require_same(current, data)
        return Published(current, name, True, facts, tuple(data), {}, name, (), (), 0.0)
    changes, before, notes = _changes(work, current)
    data.append(files.list_file(work / files.CHANGES))
    notes += (note,) if note else ()
    published = Published(work, name, False, facts, tuple(data), changes, before, (), notes, 0.0)
    _describe(published, url)
    files.seal(work)
    return published


def _export(
    copy: Path,
    target: Path,
    table: ExportTable,
    form: ExportFormat,
    rows: int,
    progress: Progress,
) -> None:
    """Write the same file as a download of all questions, or of all answers."""
    export = Export(lambda: read_only(copy), SearchRequest(), form, table)
    try:
        export.open()
        with target.open("wb") as file:
            while (piece := export.next()) is not None:
                file.write(piece)
                progress(f"writing {target.name}", export.delivered_rows, rows)
    finally:
        export.close()
    if export.rows != rows:
        raise SnapshotError(f"{target.name} has {export.rows} rows of {rows}")


def _add_vectors(copy: Path) -> str:
    """Embed the copy of an archive.

    The archive's vectors are not copied: there may be some of questions that are withheld now.

    :returns: why there are none; "" where there are
    """
    # It draws in the model.
    from publish.semantic.build import update_vectors

    path = vectors_path(copy)
    try:
        update_vectors(copy)
    except VectorsError as error:
        path.unlink(missing_ok=True)
        return f"the search goes by words alone: {error}"
    finally:
        path.with_suffix(".lock").unlink(missing_ok=True)
    return ""


def _name(facts: Facts, data: Sequence[files.ListedFile]) -> str:
    """When the newest page was captured, and a digest of all data: the same for the same data."""
    digest = sha256(f"{FORM} {[(file.name, file.sha256) for file in data]}".encode()).hexdigest()
    day = re.sub(r"[^0-9T]", "", facts.newest[:19]) or "19700101T000000"
    return f"{day}Z-{digest[:12]}"


def _require_same(current: Path, data: Sequence[files.ListedFile]) -> None:
    """Compare with the files of the current snapshot: a disk may have lost some of them."""
    for file in data:
        if files.list_file(current / file.name) != file:
            raise SnapshotError(
                f"{current / file.name} is not as it was published: remove the link {CURRENT} and "
                "that folder, and publish again"
            )


def _changes(
    work: Path, current: Path | None
) -> tuple[dict[str, int], str | None, tuple[str, ...]]:
    target, copy = work / files.CHANGES, work / files.ARCHIVE
    if current is None:
        return write_changes(target, copy, None), None, ()
    try:
        return write_changes(target, copy, current / files.ARCHIVE), current.name, ()
    except sqlite3.DatabaseError as error:
        note = f"{current.name} could not be compared with ({error}): the list of changes is empty"
        return write_changes(target, copy, None), None, (note,)


def _describe(published: Published, url: str) -> None:
    folder, name, facts, data = published.folder, published.name, published.facts, published.files
    citation = cite_as(name, facts, data[0], url)
    package = datapackage(name, facts, data)
    dataset = croissant(name, facts, data, url, citation)
    texts = {
        files.DATAPACKAGE: json.dumps(package, ensure_ascii=False, indent=2) + "\n",
        files.CROISSANT: json.dumps(dataset, ensure_ascii=False, indent=2) + "\n",
        files.README: readme(name, facts, data, published.changes, published.before, citation),
    }
    for text_name, text in texts.items():
        (folder / text_name).write_text(text, "utf-8")
    files.write_sums(folder, [*data, *(files.list_file(folder / path) for path in texts)])


def _prune(archive: Path, place: SnapshotFolder, keep: int) -> list[str]:
    """Remove old snapshots, and any that shows what is withheld now: it must not stay public.

    :param archive: what the current one was made of; it has what tells a repetition
    """
    current = place.current
    assert current is not None
    with closing(read_only(current / files.ARCHIVE)) as connection:
        keys = withheld_keys(connection)
        clean = {digest for (digest,) in connection.execute("SELECT digest FROM versions")}
    with closing(open_archive(archive, readonly=True)) as db:
        blanks = replace(load_blanks(db.conn), keys=keys)
    others = [path for path in place.snapshots if path != current]
    return place.prune(keep, [path for path in others if _shows(path, blanks, clean)])


def _shows(snapshot: Path, blanks: Blanks, clean: set[str]) -> bool:
    """Whether a snapshot has a question that is withheld, or a page that repeats one.

    :param clean: the digests of the texts that do not
    """
    try:
        with closing(read_only(snapshot / files.ARCHIVE)) as connection:
            repeats = any(True for _ in repeating(connection, blanks, clean=clean))
            return repeats or bool(shown(connection, blanks.keys))
    except sqlite3.Error:
        return bool(blanks.keys)  # what cannot be read cannot be trusted to hide it


def _require_room(archive: Path, folder: Path) -> None:
    """Fail at once where the disk would be full after minutes."""
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
def _named_errors(work: Path) -> Iterator[None]:
    """Raise what fails as a SnapshotError that says what to do, for a full disk above all."""
    try:
        with named_errors(work / files.ARCHIVE):
            yield
    except ExportError as error:
        raise SnapshotError(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise SnapshotError(
                f"the disk of {work.parent} is full ({error.strerror}): make room and try again; "
                f"{CURRENT} is as it was"
            ) from error
        raise
