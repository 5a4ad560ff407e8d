"""Errors of object stores, as those of files are: an OSError that names the place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: What is beneath fsspec, and raises errors of its own: no credentials, nobody answers.
_LIBRARIES = ("botocore", "aiobotocore", "aiohttp")


@contextmanager
def named_place(place: str) -> Iterator[None]:
    """Give errors the address at which they were met; those of paths have it.

    :raises OSError: for what a library of object stores raises
    """
    try:
        yield
    except Exception as error:
        foreign = type(error).__module__.partition(".")[0] in _LIBRARIES
        if "://" not in place or not (foreign or isinstance(error, OSError)):
            raise
        raise OSError(f"{place}: {error}") from error
