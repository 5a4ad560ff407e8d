"""The kinds of damage that a WARC file or its index can have."""

from __future__ import annotations

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
