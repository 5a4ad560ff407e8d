"""From shards to rows."""

from __future__ import annotations

from collections.abc import Callable

from parsers.readers.best import PARSERS
from pipelines.capture.warc_extract import BATCH
from pipelines.rebuild.shards import FORMAT, RESULT, Shards
from pipelines.store.store import Store


class LoadError(Exception):
    """A folder of shards cannot be loaded; the message says what to do."""


def load_shard(store: Store, shards: Shards, shard: str) -> None:
    """Store what a shard says; the last part of it waits for a commit.

    :raises OSError: the shard cannot be read
    :raises ArchiveError: rows cannot be written
    """
    for changes in shards.changes(shard):
        store.pending.merge(changes)
        if store.pending.size >= BATCH:
            store.commit()


def shards_of(folder: str, *, partial: bool = False) -> tuple[Shards, list[str]]:
    """The shards that a finished extraction has left, in order.

    :param partial: also where some of what was to be read could not be
    :raises LoadError: it has not finished, or some failed, or it is of another format
    :raises OSError: the folder cannot be read
    """
    shards = Shards(folder)
    result = shards.read(RESULT)
    if result is None:
        raise LoadError(
            f"{folder} has no {RESULT}: the extraction has not ended; the same command goes on"
        )
    if result["format"] != FORMAT:
        raise LoadError(f"{folder} is of format {result['format']}, and this is for {FORMAT}")
    if result["failed"] and not partial:
        failed = result["failed"][0]
        raise LoadError(
            f"{len(result['failed'])} parts were not read, such as {failed['file']} from byte "
            f"{failed['begin']} on ({failed['why']}); extract again, or load what there is with "
            "--partial"
        )
    return shards, list(result["shards"])


def load(store: Store, shards: Shards, names: list[str], progress: Callable[[int], object]) -> None:
    """Store what shards say, and commit.

    :param progress: called with the number of shards that are loaded
    :raises OSError: a shard cannot be read
    :raises ArchiveError: rows cannot be written
    """
    for number, name in enumerate(names, start=1):
        load_shard(store, shards, name)
        progress(number)
    store.commit()


def parsers_of(shards: Shards) -> tuple[str, ...]:
    """Those of the parsers that read what is in shards, and are of another version now."""
    result = shards.read(RESULT) or {}
    return tuple(parser for parser in result.get("parsers", ()) if parser not in PARSERS)
