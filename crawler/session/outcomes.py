"""The outcomes of a run that did not come to its end, and what they mean."""

from __future__ import annotations

import errno

from scrapy.exceptions import IgnoreRequest

from crawler.frontier.frontier import FrontierFull
from crawler.session.budget import SPENT
from pipelines.db.connection import ArchiveFull

FINISHED = "finished"
"""Scrapy's word for a spider that came to its end."""
UNFINISHED = "unfinished"
"""The spider came to its end, and some URLs never came back: a fault of ours."""
DISK_FULL = "disk_full"
ARCHIVE_ERROR = "archive_error"

STOPS = {
    "shutdown": "stopped by Ctrl-C or a signal",
    DISK_FULL: "the disk is full: make room first",
    "planned": "this is a plan: nothing was fetched but the index",
    SPENT: "the budget is spent",
    "asked_to_wait": "the site asks to wait for longer than MAX_RETRY_AFTER",
}
"""Reasons to leave a run open that are no fault: somebody's will, or to spare the site."""
FAULTS = {
    "site_unreachable": "the site, or the network, does not answer",
    "robots_unreachable": "robots.txt cannot be fetched, so that nothing may be",
    "private_address": "the site is not on the public internet (PRIVATE_ADDRESSES allows it)",
    ARCHIVE_ERROR: "archive.db cannot be written; the log says why",
    "index_incomplete": "the archive's index could not be read whole; the log says why",
    UNFINISHED: "some pages were not done with; the log says why",
}
"""Reasons to leave a run open that somebody should look at."""

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
