"""What can be wrong with a WARC file, with what was imported, or with the rows about them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class FindingKind(StrEnum):
    """What is wrong, in one word. The list is closed: docs/commands.md explains each."""

    FORMAT = "format"
    UNREADABLE = "unreadable"
    GZIP = "gzip"
    CUT = "cut"
    STRAY = "stray"
    HEADER = "header"
    LENGTH = "length"
    SIZE = "size"
    ZSTD = "zstd"
    DIGEST = "digest"
    ZIP = "zip"
    LINE = "line"
    MEMBER = "member"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    HTTP = "http"
    DUPLICATE = "duplicate"
    PAIR = "pair"
    WARCINFO = "warcinfo"
    CRAWL_END = "crawl-end"
    REVISIT = "revisit"
    UNFINISHED = "unfinished"
    DATABASE = "database"
    INDEX = "index"
    NO_FILE = "no-file"
    NO_RECORD = "no-record"
    NO_ROW = "no-row"
    ROW = "row"
    WITHHELD = "withheld"
    DIGEST_UNKNOWN = "digest-unknown"
    ODD = "odd"


class DamagedWarc(Exception):
    """A file that is not sound: which one, at which byte offset, and why.

    :param record: whether the header of a record was read there that is not handed out
    :param resume: from where on the file can be read again, where that is known
    """

    def __init__(
        self,
        path: str,
        offset: int,
        why: str,
        kind: FindingKind = FindingKind.CUT,
        *,
        record: bool = False,
        resume: int | None = None,
    ) -> None:
        super().__init__(f"{path}: damaged at byte {offset}: {why}")
        self.path = path
        self.offset = offset
        self.why = why
        self.kind = kind
        self.record = record
        self.resume = resume

    def __reduce__(self) -> tuple[Callable[..., DamagedWarc], tuple[object, ...]]:
        # to cross between processes
        return _damage, (self.path, self.offset, self.why, self.kind, self.record, self.resume)


def _damage(
    path: str, offset: int, why: str, kind: FindingKind, record: bool, resume: int | None
) -> DamagedWarc:
    return DamagedWarc(path, offset, why, kind, record=record, resume=resume)
