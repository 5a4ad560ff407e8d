"""What the status of a capture means for its page."""

from __future__ import annotations

#: HTTP: not found, and gone for good.
GONE_STATUS = frozenset({404, 410})


#: HTTP: a part of the page only; nobody here asks for one.
PARTIAL = 206


def is_readable(status: int, truncated: str | None) -> bool:
    """Whether a capture is whole and a success, so that what a parser reads in it may count."""
    return 200 <= status < 300 and status != PARTIAL and not truncated


def can_be_gone(status: int, truncated: str | None) -> bool:
    """Whether a capture may say that its page is gone: by its status, or by what a reader sees."""
    return status in GONE_STATUS or is_readable(status, truncated)


def names_of(row_url: str, captured_at: str, digest: str) -> tuple[str, str, str]:
    """What a revisit may call its original, besides its record id.

    :param row_url: the original's canonical one
    :param captured_at: as rows have it
    """
    exact, second = f"{row_url} {captured_at}", f"{row_url} {captured_at[:19]}"
    return exact, second, f"{row_url} {digest}"
