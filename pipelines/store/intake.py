"""The way from WARC files to rows in one process: import, and rebuilds of small archives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines.capture.warc_extract import BATCH, Batch, FileStats, WarcSource, batches_of
from pipelines.store.store import Store

#: Called with each batch before it is stored.
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
    stats = {source.name: FileStats(source.name) for source in sources}
    for batch in batches_of(sources):
        stats[batch.stats.file].add(batch.stats)
        if observe is not None:
            observe(batch)
        store.pending.merge(batch.changes)
        if store.pending.size >= BATCH:
            store.commit()
    store.commit()
    return list(stats.values())
