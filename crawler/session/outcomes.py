"""The outcomes of a run that could not be recorded to its end."""

from __future__ import annotations

import errno

from scrapy.exceptions import IgnoreRequest

from crawler.frontier.frontier import FrontierFull
from pipelines.db.connection import ArchiveFull

FINISHED = "finished"
"""Scrapy's word for a spider that came to its end."""
UNFINISHED = "unfinished"
"""The spider came to its end, and some URLs never came back: a fault of ours."""
DISK_FULL = "disk_full"
ARCHIVE_ERROR = "archive_error"

_FULL = ("SQLITE_FULL", "SQLITE_IOERR")


class ArchiveStopped(IgnoreRequest):
    """The archive takes nothing more in this process: the URL stays in the frontier."""


class NoRoom(OSError):
    """Less than MIN_FREE_BYTES are left on a disk."""


def outcome_of(error: Exception) -> str:
    """Return the outcome of a run that an error ended."""
    full = isinstance(error, (NoRoom, ArchiveFull, FrontierFull)) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )
    # A full disk can stop a reader as well: SQLite keeps an index of its log beside the file.
    full |= (getattr(error, "sqlite_errorname", "") or "").startswith(_FULL)
    return DISK_FULL if full else ARCHIVE_ERROR
