"""The search index of each archive file, cached until somebody commits.

There is one :class:`ArchiveCache` for each file. Pages, exports and citation lists open
their own connections and share it. When the file changes, the facets are read again. Where
that takes long (half a million questions need some seconds), a thread reads them, and the
old ones answer until the new ones are ready: unless more is withheld now, whoever withheld
it. Then nothing that is derived from the texts before answers any more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from sqlite3 import Connection, Error
from typing import Any

import numpy as np

from publish.datasette.database import Version, Watch, read_only
from publish.datasette.site_cache import CachePart
from publish.search.facet_index import (
    FacetIndex,
    Mask,
    Positions,
    load_facet_index,
    parse_ints,
    withheld_state,
)
from publish.search.spelling import SpellingWords, count_words

logger = logging.getLogger(__name__)

# A reader does not notice this much. What takes longer is read again in the background, and
# so seldom that a running crawl leaves time for readers.
NOTICED_SECONDS = 0.25
PAUSE = 5
# The words of so many questions are a vocabulary; those of further ones are the same again.
VOCABULARY_QUESTIONS = 50_000
READ_AT_ONCE = 50
# Up to so many questions, words are counted while a reader waits: some 50 ms.
SMALL = 2_000
WAIT_SECONDS = 0.5
MAX_ARCHIVES = 8


@dataclass(frozen=True, slots=True, eq=False)
class IndexSnapshot:
    """The index of one version of an archive, with a connection for full-text queries.

    ``cache`` holds the results of queries to this version. ``vocabulary(wait)`` returns the
    words of the archive. It is empty where they are not counted yet; with ``wait`` it gives
    the thread that counts WAIT_SECONDS.
    """

    connection: Connection
    facets: FacetIndex
    cache: CachePart
    vocabulary: Callable[[bool], SpellingWords]

    @property
    def size(self) -> int:
        """How many questions there are."""
        return self.facets.size

    def postings(self, fts: str) -> Positions:
        """Return the positions of the questions that match an FTS5 query."""
        return self.cache.get(
            ("postings", fts),
            lambda: self.facets.positions(parse_ints(self._matching("group_concat(rowid)", fts))),
        )

    def frequency(self, fts: str) -> int:
        """Return how many questions match an FTS5 query."""
        return self.cache.get(("frequency", fts), lambda: int(self._matching("count(*)", fts)))

    def mask(self, *queries: str) -> Mask:
        """Return which questions match one of several FTS5 queries."""
        mask = np.zeros(self.size, np.bool_)
        for fts in queries:
            mask[self.postings(fts)] = True
        return mask

    def _matching(self, aggregate: str, fts: str) -> Any:
        sql = f"SELECT {aggregate} FROM questions_fts WHERE questions_fts MATCH ?"
        return self.connection.execute(sql, (fts,)).fetchone()[0]


class ArchiveCache:
    """The index of one file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = Watch(path)
        self._loading = threading.Lock()
        self._starting = threading.Lock()
        self._loaded: tuple[Version, FacetIndex, CachePart] | None = None
        self._compared: tuple[Version, str] = ((), "")
        self._loaded_at = self._seconds = 0.0
        self._vocabulary: tuple[FacetIndex, SpellingWords] | None = None
        self._counting: threading.Thread | None = None

    def snapshot(self, connection: Connection) -> IndexSnapshot:
        """Return the index, for queries through ``connection``.

        :raises sqlite3.Error: the file cannot be read
        """
        facets, cache = self.current()
        return IndexSnapshot(connection, facets, cache, partial(self.vocabulary, facets))

    def current(self) -> tuple[FacetIndex, CachePart]:
        """Return the facets and the cache of the newest version that can be had at once.

        :raises sqlite3.Error: the file cannot be read
        """
        version, loaded = self._watch.version(), self._loaded
        if loaded is None or (
            loaded[0] != version
            and (self._seconds < NOTICED_SECONDS or self._withholds_other(version, loaded[1]))
        ):
            with self._loading:
                loaded = self._reload()
        elif (
            loaded[0] != version
            and time.monotonic() - self._loaded_at > PAUSE * self._seconds
            and self._loading.acquire(blocking=False)
        ):
            threading.Thread(target=self._reload_apart, daemon=True).start()
        return loaded[1:]

    def _withholds_other(self, version: Version, facets: FacetIndex) -> bool:
        """Whether the file, which is of a version, withholds other questions than it did."""
        # Readers that come until a commit is taken in need not ask for each of themselves.
        if self._compared[0] != version:
            with closing(read_only(self._path)) as connection:
                self._compared = (version, withheld_state(connection))
        return self._compared[1] != facets.withheld

    def _reload_apart(self) -> None:
        try:
            self._reload()
        except Error as error:
            # The file is being replaced; the next search tries again.
            logger.info("the search index of %s is not renewed yet: %s", self._path, error)
            self._loaded_at = time.monotonic()
        finally:
            self._loading.release()

    def _reload(self) -> tuple[Version, FacetIndex, CachePart]:
        # The version is read first: facets may be newer than their version, never older.
        version, loaded = self._watch.version(), self._loaded
        if loaded and loaded[0] == version:
            return loaded
        started = time.monotonic()
        with closing(read_only(self._path)) as connection:
            facets = load_facet_index(connection)
        self._loaded_at = time.monotonic()
        self._seconds = self._loaded_at - started
        if self._seconds >= NOTICED_SECONDS:
            logger.info(
                "read the search index of %s: %d questions in %.1f s",
                self._path, facets.size, self._seconds,
            )  # fmt: skip
        if loaded:
            loaded[2].clear()
        self._loaded = (version, facets, CachePart())
        return self._loaded

    def vocabulary(self, facets: FacetIndex, wait: bool) -> SpellingWords:
        """Return the words of the archive, which a thread counts where they are outdated.

        Words of a small archive are always counted anew and waited for, those of a large one
        when its size has changed by a tenth. Where something is withheld since they were
        counted, there are none until they are counted anew.
        """
        counted, small = self._vocabulary, facets.size <= SMALL
        if counted is not None and counted[0].withheld != facets.withheld:
            counted = None
        if counted is not None:
            grown = abs(facets.size - counted[0].size) * 10 > counted[0].size
            outdated = counted[0] is not facets if small else grown
        if counted is None or outdated:
            with self._starting:
                if self._counting is None or not self._counting.is_alive():
                    work = threading.Thread(target=self._count_words, args=(facets,), daemon=True)
                    self._counting = work
                    work.start()
                work = self._counting
            work.join(None if small else WAIT_SECONDS if wait and not counted else 0)
            counted = self._vocabulary
            if counted is not None and counted[0].withheld != facets.withheld:
                counted = None
        return counted[1] if counted else SpellingWords({})

    def _count_words(self, facets: FacetIndex) -> None:
        pause = 0 if facets.size <= SMALL else 0.001
        try:
            with closing(read_only(self._path)) as connection:
                vocabulary = _read_vocabulary(connection, facets, pause)
        except Error as error:
            logger.info("the words of %s are not counted: %s", self._path, error)
            return
        self._vocabulary = (facets, vocabulary)
        if pause and (loaded := self._loaded):
            # The results up to now were made without spelling help.
            loaded[2].clear()


def _read_vocabulary(connection: Connection, facets: FacetIndex, pause: float) -> SpellingWords:
    """Count the words of the questions.

    :param pause: seconds between two reads, so that requests do not wait for this thread
    """
    step = max(1, -(-facets.size // VOCABULARY_QUESTIONS))
    ids = facets.ids[::step].tolist()
    counts: Counter[str] = Counter()
    for start in range(0, len(ids), READ_AT_ONCE):
        listed = ",".join(map(str, ids[start : start + READ_AT_ONCE]))
        rows = connection.execute(
            "SELECT title, substr(question, 1, 2000), substr(answer, 1, 2000) "
            f"FROM questions WHERE id IN ({listed})"
        )
        counts.update(count_words(text for row in rows for text in row))
        if pause:
            time.sleep(pause)
    # In a large archive, what was written once is a slip more often than a word.
    least = 1 if facets.size <= SMALL else 2
    return SpellingWords({word: count for word, count in counts.items() if count >= least})


_caches_lock = threading.Lock()
_new_cache = lru_cache(MAX_ARCHIVES)(ArchiveCache)


def archive_cache(path: Path) -> ArchiveCache:
    """Return the cache of a file."""
    with _caches_lock:
        return _new_cache(path.resolve())


def index_snapshot(connection: Connection) -> IndexSnapshot:
    """Return the index of the archive that a connection is to."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if path:
        return archive_cache(Path(path)).snapshot(connection)
    facets = load_facet_index(connection)
    return IndexSnapshot(
        connection,
        facets,
        CachePart(),
        lambda wait: _read_vocabulary(connection, facets, pause=0),
    )


def warm(path: Path) -> None:
    """Begin to read the index of a file, in the background."""

    def work() -> None:
        try:
            cache = archive_cache(path)
            cache.vocabulary(cache.current()[0], wait=False)
        except (Error, OSError) as error:
            # The first reader will meet it, and gets to know.
            logger.info("the search index of %s is not read yet: %s", path, error)

    threading.Thread(target=work, daemon=True).start()
