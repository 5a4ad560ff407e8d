"""What is cached, and until when."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import connect

import numpy as np
import pytest
from numpy.typing import NDArray

from publish.datasette.database import LruCache
from publish.search import cache
from publish.search.cache import ArchiveCache
from publish.search.request import SearchRequest
from publish.search.selection import select
from tests.publish.archives import Archive, page


def test_memory_keeps_what_was_used_last_within_its_size() -> None:
    memory = LruCache(10_000, lambda array: 200 + array.nbytes)
    made: list[str] = []

    def array(name: str, size: int = 2_000) -> None:
        def make() -> NDArray[np.int8]:
            made.append(name)
            return np.zeros(size, np.int8)

        memory.get(name, make)

    for name in "abcdae":  # four have room: b is the one that was used longest ago
        array(name)
    assert made == list("abcde")
    array("b")
    assert made == list("abcdeb")
    array("large", 9_000)  # would drive out the others
    array("a")
    assert made == [*"abcdeb", "large"]
    memory.clear()
    array("a")
    assert made == [*"abcdeb", "large", "a"]


def test_a_commit_is_seen_at_once_in_a_small_archive(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.db")
    archive.add(page(1, title="Snoring"))
    archive.commit()
    reader = connect(archive.path)
    assert select(reader, SearchRequest(text="snoring")).count == 1
    archive.add(page(2, title="Snoring again"))
    archive.commit()
    assert select(reader, SearchRequest(text="snoring")).count == 2
    assert select(reader, SearchRequest(text="agin")).count == 1
    archive.close()
    reader.close()


def test_a_large_archive_is_renewed_beside_its_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "NOTICED_SECONDS", 0)
    monkeypatch.setattr(cache, "PAUSE", 0)
    archive = Archive(tmp_path / "a.db")
    archive.add(page(1))
    archive.commit()
    archive_cache = ArchiveCache(archive.path)

    def size() -> int:
        return archive_cache.current()[0].size

    assert size() == 1
    archive.add(page(2))
    archive.commit()
    assert size() == 1
    with archive_cache._loading:  # when it is free again, the new index is there
        pass
    assert size() == 2
    archive.close()
