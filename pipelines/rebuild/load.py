"""From shards to rows."""

from __future__ import annotations

from collections.abc import Callable

from parsers import PARSERS
from pipelines.capture.warc_extract import BATCH
from pipelines.rebuild.shards import RESULT, Shards
from pipelines.rebuild.tables import FORMAT
from pipelines.store.store import Store


class LoadError(Exception):
    """A folder of shards cannot be loaded; the message says what to do."""


def load_shard(store: Store, shards: Shards, shard: str) -> None:
    """Tell a store what a shard says.

    :raises OSError: the shard cannot be read
    :raises ArchiveError: rows cannot be written
    """
    for notes in shards.notes(shard):
        store.pending.merge(notes)
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
        one = result["failed"][0]
        raise LoadError(
            f"{len(result['failed'])} parts were not read, such as {one['file']} from byte "
            f"{one['begin']} on ({one['why']}); extract again, or load what there is with "
            "--partial"
        )
    return shards, list(result["shards"])


def load(store: Store, shards: Shards, names: list[str], progress: Callable[[int], object]) -> None:
    """Tell a store what shards say, and commit.

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
    return tuple(one for one in result.get("parsers", ()) if one not in PARSERS)
