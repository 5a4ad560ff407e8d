"""What a killed writer left: files cut back to their last whole exchange, and their rows.

A WARC file that is being written ends in ``.open``, and its writer holds a lock on it. One
that nobody holds was left by a process that died. Its last record may be torn: that is cut
off, since its URL was never acknowledged and is fetched again. All that is whole stays,
and gets its rows if the process died before they were committed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.capture.interpret import interpret
from pipelines.capture.warc_extract import Batch, FileStats, add_record
from pipelines.db.changeset import ChangeSet
from pipelines.files.durable import rename_durably, sync_path
from pipelines.files.locks import try_lock
from pipelines.store.store import Store
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record
from pipelines.warc.writer import OPEN_SUFFIX

logger = logging.getLogger(__name__)

_ANSWERS = frozenset({"response", "revisit"})


@dataclass(frozen=True, slots=True)
class RecoveredFile:
    """A file that a killed writer left, as it is now.

    ``path`` still ends in ``.open``; ``size`` (bytes) is what stayed, ``cut`` what was cut
    off. ``first`` is its warcinfo record (None: nothing stayed). ``damaged`` lists what is
    broken before the end, which a kill does not explain.
    """

    path: Path
    size: int
    cut: int
    first: Record | None
    damaged: tuple[DamagedWarc, ...] = ()

    @property
    def name(self) -> str:
        """Its final name, as rows have it."""
        return self.path.name.removesuffix(OPEN_SUFFIX)

    @property
    def is_bare(self) -> bool:
        """Whether it holds nothing but its warcinfo record."""
        return self.first is not None and self.size <= self.first.length and not self.damaged


#: Called with a file and its descriptor, open for writing and locked; returns whether it takes
#: both over.
TakeOver = Callable[[RecoveredFile, int], bool]


def recover_open_files(directory: Path, store: Store, take_over: TakeOver) -> list[RecoveredFile]:
    """Cut back every file that a killed writer left, and make the rows that are missing.

    Files that nobody takes over get their final names.

    :raises OSError: if a file cannot be written
    :raises ArchiveError: if rows cannot be
    """
    files = []
    for path in sorted(directory.glob(f"*{OPEN_SUFFIX}")):
        fd = _open_locked(path)
        if fd is None:
            continue
        taken_over = False
        try:
            file = cut_back(path, fd)
            recovered = recover_rows(store, file)
            logger.info("recovered %s: %d bytes cut off, %d rows made", path, file.cut, recovered)
            taken_over = take_over(file, fd)
            if not taken_over:
                give_final_name(store, file)
        finally:
            if not taken_over:
                os.close(fd)
        files.append(file)
    return files


def cut_back_open_files(directory: Path) -> list[RecoveredFile]:
    """Cut back every file that a killed writer left, and leave it under its name.

    :raises OSError: if a file cannot be written
    """
    files = []
    for path in sorted(directory.glob(f"*{OPEN_SUFFIX}")):
        fd = _open_locked(path)
        if fd is not None:
            try:
                files.append(cut_back(path, fd))
            finally:
                os.close(fd)
    return files


def cut_back(path: Path, fd: int) -> RecoveredFile:
    """Cut a file back to its last whole exchange; what is whole is not touched.

    :param fd: the file, open for writing
    :raises OSError: if it cannot be written
    """
    first, end, damaged = whole_part(path)
    size = os.fstat(fd).st_size
    if end < size:
        os.ftruncate(fd, end)
        os.fsync(fd)
    return RecoveredFile(path, end, size - end, first, tuple(damaged))


def recover_rows(store: Store, file: RecoveredFile) -> int:
    """Make the rows of what was written last and not committed.

    :returns: captures that had no row before
    """
    if file.first is None or file.is_bare:
        return 0
    crawl = interpret(file.first, file.name).crawl
    query = 'SELECT max("offset" + length) FROM captures WHERE warc_file = ?'
    start = store.db.conn.execute(query, (file.name,)).fetchone()[0] or 0
    batch = Batch(ChangeSet(), FileStats(file.name))
    batch.changes.add_crawl(crawl)
    for record in read_warc(file.path, lambda damage: None, start=start):
        if record.record_type != "warcinfo" and record.offset >= start:
            add_record(batch, interpret(record, file.name, crawl))
    new = [id_ for id_ in batch.changes.rows if not store.has_capture(id_)]
    store.pending.merge(batch.changes)
    store.commit()
    return len(new)


def give_final_name(store: Store, file: RecoveredFile) -> None:
    """Give a file its final name; one that proves nothing that the archive knows is removed."""
    crawl = interpret(file.first, file.name).crawl if file.first else None
    if file.size == 0 or (file.is_bare and not (crawl and store.has_crawl(crawl.uid))):
        file.path.unlink()
        sync_path(file.path.parent)
    else:
        rename_durably(file.path, file.path.with_name(file.name))


def _open_locked(path: Path) -> int | None:
    """The file, open for writing (never emptied) and locked; None if somebody else has it."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, IsADirectoryError):
        return None
    try:
        if try_lock(fd) and path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
            return fd
    except FileNotFoundError:
        pass
    os.close(fd)
    return None


def whole_part(path: Path) -> tuple[Record | None, int, list[DamagedWarc]]:
    """The first record, where the last whole exchange ends, and the damage before that."""
    first: Record | None = None
    end = answer = 0
    waits = False  # for the request of the last answer, which follows it
    damaged: list[DamagedWarc] = []
    for record in read_warc(path, damaged.append):
        first = first or record
        is_answer = record.record_type in _ANSWERS
        if is_answer:
            answer = record.offset
        waits = is_answer
        end = record.offset + record.length
    if waits:
        end = answer
    return first, end, [each for each in damaged if each.offset < end]
