"""What is cached, and until when."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from pathlib import Path
from sqlite3 import connect

import numpy as np
import pytest
from numpy.typing import NDArray

from parsers.records import TopicLink
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from publish.datasette.site_cache import MISSING, CachePart, LruCache, byte_size
from publish.search import cache
from publish.search.cache import ArchiveCache
from publish.search.facet_index import FacetIndex
from publish.search.query_language import parse
from publish.search.request import SearchRequest
from publish.search.selection import select
from tests.publish.archives import Archive, page


def test_memory_keeps_what_was_used_last_within_its_size() -> None:
    memory = CachePart(LruCache(12_000))
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


@pytest.mark.parametrize("key", ["x" * 3_000, ("postings", "x" * 3_000), ("a", ("x",) * 400)])
def test_memory_counts_keys(key: Hashable) -> None:
    memory = LruCache(10_000)
    memory.store(key, None)
    assert memory.find(key) is MISSING


@pytest.mark.parametrize("nothing", [None, 0, (), np.empty(0, np.int32)])
def test_nothing_drives_out_nothing_else(nothing: object) -> None:
    memory = LruCache(12_000)
    memory.store("known", 1)
    for number in range(1_000):
        memory.store(("unknown", number), nothing)
    assert memory.find("known") == 1


def test_parts_share_one_size_and_are_dropped_alone() -> None:
    whole = LruCache(12_000)
    parts = [CachePart(whole) for _ in range(2)]
    for number in range(100):
        for part in parts:
            part.store(number, "x" * 1_000)
    kept = [sum(part.find(n) is not MISSING for n in range(100)) for part in parts]
    assert 0 < sum(kept) < 12
    parts[0].clear()
    assert [part.find(99) for part in parts] == [MISSING, "x" * 1_000]


def test_a_size_is_that_of_all_that_a_value_holds() -> None:
    texts = tuple("x" * 1_000 + str(number) for number in range(20))
    assert 20_000 < byte_size(texts) < 25_000
    assert byte_size((texts, texts)) < 25_000
    assert byte_size(np.zeros(9_000, np.int8)[:5]) > 9_000
    query = parse(" ".join(f"word{number}" for number in range(200)))
    assert byte_size(query) > byte_size(parse("word")) + 2_000


def test_words_without_end_are_not_tried_letter_by_letter(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.db")
    archive.add(page(1, title="Snoring"))
    archive.commit()
    statements: list[str] = []
    reader = connect(archive.path)
    reader.set_trace_callback(statements.append)
    select(reader, SearchRequest(text="snor" + "x" * 1_900))
    assert len(statements) < 40
    archive.close()
    reader.close()


def test_a_commit_is_seen_at_once_in_a_small_archive(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.db")
    archive.add(page(1, title="Snoring"))
    archive.commit()
    reader = connect(archive.path)
    assert select(reader, SearchRequest(text="snoring")).count == 1
    archive.add(page(2, title="Snoring nightly"))
    archive.commit()
    assert select(reader, SearchRequest(text="snoring")).count == 2
    assert select(reader, SearchRequest(text="nigtly")).count == 1
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


def test_what_is_withheld_is_forgotten_at_once_however_large_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words, names of filters and results; most of the archive is as it was."""
    monkeypatch.setattr(cache, "NOTICED_SECONDS", 0)
    monkeypatch.setattr(cache, "PAUSE", 1_000_000)
    monkeypatch.setattr(cache, "SMALL", 0)
    archive = Archive(tmp_path / "a.db")
    for number in range(1, 31):
        archive.add(page(number))
    own = TopicLink("Zebrafinches", None)
    title = "Zebrafinch quagmire of the ankle"
    archive.add(page(99, title=title, question="Zebrafinch!", topics=(own,)))
    archive.add(page(98, question=f"Somebody had a {title}."))
    later = "Since the spring my marshland will not let go of any ankle"
    archive.add(*(page(number, question=f"{later}. And?") for number in (96, 97)))
    archive.commit()
    archive_cache = ArchiveCache(archive.path)

    def words(facets: FacetIndex) -> dict[str, int]:
        while not (counts := archive_cache.vocabulary(facets, wait=True).counts):
            pass
        return counts

    def names(facets: FacetIndex) -> str:
        return repr(facets.facets["topic"].values)

    before, results = archive_cache.current()
    assert "zebrafinch" in words(before)
    assert "Zebrafinches" in names(before)
    withhold(archive.path, [Takedown("netwellness", "99", None, "Asked.", date(2026, 1, 1))])
    after, renewed = archive_cache.current()
    assert (after.size, renewed is results) == (33, False)
    assert "Zebrafinches" not in names(after)
    assert "zebrafinch" not in archive_cache.vocabulary(after, wait=False).counts
    assert "zebrafinch" not in words(after)
    # A text that it has had since: the words of who quoted that go too.
    assert "marshland" in words(after)
    archive.add(page(99, question=f"{later}."))
    archive.commit()
    assert "marshland" not in words(archive_cache.current()[0])
    archive.close()
