"""Checks WARC files to the last byte, and archive.db against them. Changes nothing."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from parsers.sites.site import Site
from parsers.urls import declare, declared_sites
from pipelines.capture.warc_extract import warc_files
from pipelines.db.connection import open_read_only
from pipelines.files.processes import SPAWN
from pipelines.takedown.takedown_file import Takedown
from pipelines.verify.archive import (
    check_archive,
    check_crawls,
    check_files,
    check_unanswered,
    check_withheld,
)
from pipelines.verify.findings import Finding, VerifyResult
from pipelines.verify.record_index import RecordIndex
from pipelines.verify.rows import ArchiveRows
from pipelines.verify.warc_files import FileReport, FileTask, verify_file
from pipelines.warc.damage import FindingKind
from pipelines.warc.writer import OPEN_SUFFIX

#: Called with (bytes of WARC done, bytes of WARC in all, name of the file being read).
VerifyProgress = Callable[[int, int, str], object]

#: Below this many bytes of WARC, starting processes costs more than they save.
MUCH = 64_000_000


def verify_archive(
    warc_dir: str | os.PathLike[str],
    archive_path: str | os.PathLike[str],
    *,
    progress: VerifyProgress | None = None,
    workers: int | None = None,
    withheld: Sequence[Takedown] | None = None,
) -> VerifyResult:
    """Check all WARC files of a directory, and an archive against them.

    :param workers: processes that read; by default as many as there are processors, if
        there is much to read
    :param withheld: the entries of the curators' file; None if there is no such file
    """
    started = time.perf_counter()
    directory, archive = Path(warc_dir), Path(archive_path)
    tasks = [FileTask(source.path, source.name, True) for source in warc_files(directory)]
    result = VerifyResult(findings=list(check_archive(archive)))
    with RecordIndex() as index:
        usable = not any(
            finding.kind is FindingKind.DATABASE for finding in result.findings
        ) or _is_readable(archive)
        reports = list(_read(tasks, archive if usable else None, index, result, progress, workers))
        _resolve(index, result, in_archive=True)
        if usable:
            result.findings += _compare(directory, archive, reports, index, withheld)
    return _finish(result, started)


def verify_files(
    paths: Sequence[str | os.PathLike[str]],
    *,
    progress: VerifyProgress | None = None,
    workers: int | None = None,
) -> VerifyResult:
    """Check some WARC files, and those in folders, by themselves.

    :raises FileNotFoundError: if a path is not there
    """
    started = time.perf_counter()
    tasks = list(_named(Path(path) for path in paths))
    result = VerifyResult()
    with RecordIndex() as index:
        for _ in _read(tasks, None, index, result, progress, workers):
            pass
        _resolve(index, result, in_archive=False)
    return _finish(result, started)


def _named(paths: Iterator[Path]) -> Iterator[FileTask]:
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}")
        files = [source.path for source in warc_files(path)] if path.is_dir() else [path]
        for file in files:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield FileTask(file, str(file), False)


def _finish(result: VerifyResult, started: float) -> VerifyResult:
    result.findings.sort(key=_order)
    result.notes.sort(key=_order)
    result.seconds = time.perf_counter() - started
    return result


def _order(finding: Finding) -> tuple[str, int]:
    return finding.file, -1 if finding.offset is None else finding.offset


# -- the files -----------------------------------------------------------------------------


def _read(
    tasks: Sequence[FileTask],
    archive: Path | None,
    index: RecordIndex,
    result: VerifyResult,
    progress: VerifyProgress | None,
    workers: int | None,
) -> Iterator[FileReport]:
    """Check each file, and put its records into the index."""
    sizes = [_size(task.path) for task in tasks]
    total, done = sum(sizes), 0

    def report_progress(file_done: int, name: str) -> None:
        if progress is not None:
            progress(min(total, done + file_done), total, name)

    count = _workers_for(total) if workers is None else workers
    count = min(count, len(tasks))
    reports = (
        _in_turn(tasks, archive, report_progress)
        if count <= 1
        else _in_parallel(tasks, sizes, archive, count)
    )
    for report in reports:
        result.findings += report.findings
        result.notes += report.notes
        result.files += 1
        result.records += report.records
        result.rows += report.rows
        result.size += report.size
        result.uncompressed += report.uncompressed
        index.add(report.name, report.entries, report.revisits, ours=report.ours)
        report.entries, report.revisits = [], []
        done += report.size
        report_progress(0, report.name)
        yield report


def _in_turn(
    tasks: Sequence[FileTask], archive: Path | None, progress: Callable[[int, str], None]
) -> Iterator[FileReport]:
    rows = _rows_of(archive, tasks)
    try:
        for task in tasks:
            yield verify_file(task, rows, lambda at, name=task.name: progress(at, name))  # type: ignore[misc]
    finally:
        if rows is not None:
            rows.close()


def _in_parallel(
    tasks: Sequence[FileTask], sizes: Sequence[int], archive: Path | None, count: int
) -> Iterator[FileReport]:
    largest_first = sorted(zip(sizes, tasks, strict=True), reverse=True)
    values = (archive, tasks, declared_sites())
    with ProcessPoolExecutor(count, SPAWN, _open_rows, values) as pool:
        try:
            futures = [pool.submit(_verify_in_process, task) for _, task in largest_first]
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_rows_of_process: ArchiveRows | None = None


def _open_rows(archive: Path | None, tasks: Sequence[FileTask], sites: Sequence[Site]) -> None:
    global _rows_of_process
    declare(sites)
    _rows_of_process = _rows_of(archive, tasks)


def _rows_of(archive: Path | None, tasks: Sequence[FileTask]) -> ArchiveRows | None:
    return ArchiveRows(archive, [task.name for task in tasks]) if archive is not None else None


def _verify_in_process(task: FileTask) -> FileReport:
    return verify_file(task, _rows_of_process, lambda at: None)


def _workers_for(size: int) -> int:
    return len(os.sched_getaffinity(0)) if size >= MUCH else 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # gone, or finished under another name; reading it says so


# -- all files together -----------------------------------------------------------


def _resolve(index: RecordIndex, result: VerifyResult, *, in_archive: bool) -> None:
    index.index()
    result.findings += index.duplicates()
    missing: dict[str, int] = {}
    for is_missing, ours, finding in index.revisits():
        if is_missing and not (in_archive and ours):
            missing[finding.file] = missing.get(finding.file, 0) + 1
        elif ours:
            result.findings.append(finding)
        else:  # many tools name a digest of other bytes, or an original of their own database
            result.notes.append(finding)
    for file, number in missing.items():
        reason = f"{number} revisits refer to records that are not among these files"
        result.notes.append(Finding(file, None, FindingKind.REVISIT, reason))


def _compare(
    directory: Path,
    archive: Path,
    reports: Sequence[FileReport],
    index: RecordIndex,
    withheld: Sequence[Takedown] | None,
) -> Iterator[Finding]:
    """Yield what is wrong with the rows about runs, files and what is withheld."""
    begun = {uid for report in reports for uid in report.crawls}
    ended = {uid for report in reports for uid in report.ended}
    ended |= {uid for report in reports if report.growing for uid in report.crawls}
    files = {report.name for report in reports}
    try:
        with closing(open_read_only(archive)) as connection:
            yield from check_files(connection, directory, files)
            if not _is_crawling(directory, files):
                yield from check_crawls(connection, archive.name, files, begun, ended)
            yield from check_unanswered(connection, archive.name, index.has)
            yield from check_withheld(connection, archive.name, withheld)
    except sqlite3.Error as error:
        yield Finding(archive.name, None, FindingKind.DATABASE, f"it cannot be read: {error}")


def _is_crawling(directory: Path, files: set[str]) -> bool:
    """Return whether a run has begun a file since the files were listed."""
    return any(
        source.path.name.endswith(OPEN_SUFFIX) and source.name not in files
        for source in warc_files(directory)
    )


def _is_readable(archive: Path) -> bool:
    """Return whether the rows can be read in spite of damage elsewhere in the archive."""
    try:
        ArchiveRows(archive, ()).close()
    except sqlite3.Error:
        return False
    return True
