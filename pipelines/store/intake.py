"""The way from WARC files to rows in one process: import, and rebuilds of small archives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines.capture.warc_extract import BATCH, Batch, FileStats, WarcSource, portions_of
from pipelines.store.store import Store

#: Called with each portion as it is stored.
Observer = Callable[[Batch], object]


def intake(
    store: Store,
    sources: Sequence[WarcSource],
    *,
    observe: Observer | None = None,
) -> list[FileStats]:
    """Read every capture of some WARC files into the store, and commit.

    :returns: what was found, file by file, in the order given
    :raises OSError: if a file cannot be read
    :raises ArchiveError: if rows cannot be written
    """
    found = {source.name: FileStats(source.name) for source in sources}
    for portion in portions_of(sources):
        found[portion.found.file].add(portion.found)
        if observe is not None:
            observe(portion)
        store.take(portion.notes)
        if store.pending >= BATCH:
            store.commit()
    store.commit()
    return list(found.values())
