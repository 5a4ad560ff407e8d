"""What is remembered of an archive between searches, until somebody commits.

One shelf for each file, whoever asks: pages, exports and citation lists come with their own
connection, and find here the same catalogue. A new catalogue is made when the file has
changed. Where that takes long (half a million questions need some seconds), it is made in
the background, and until it is ready the one before it answers.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import Connection, Error
from typing import Any, TypeVar

import numpy as np

from publish.datasette.db_version import Version, Watch, read_only
from publish.search.facet_index import FacetIndex, Positions, load
from publish.search.spelling import Vocabulary, count_words

T = TypeVar("T")

MOST_BYTES = 64_000_000
# A reader does not notice this much; beyond it, a catalogue is renewed in the background,
# and so seldom that a running crawl leaves time for readers.
NOTICED_SECONDS = 0.25
PAUSE = 5
# Words beyond so many questions are the same words again.
MOST_READ = 50_000
READ_AT_ONCE = 50
# Up to so many questions, words are counted while a reader waits: some 50 ms.
FEW = 2_000
WAIT_SECONDS = 0.5
MOST_SHELVES = 8


class LruCache:
    """Values by key, the least recently used given up when they take too much room."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """``make()``, or what it gave for this key before."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]  # type: ignore[no-any-return]
        value = make()
        size = 200 + sum(part.nbytes for part in _arrays(value))
        with self._lock:
            if key not in self._held and size <= self._most // 4:
                self._held[key] = (value, size)
                self._bytes += size
                while self._bytes > self._most:
                    self._bytes -= self._held.popitem(last=False)[1][1]
        return value

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._held.clear()
            self._bytes = 0


def _arrays(value: Any) -> list[np.ndarray[Any, Any]]:
    parts = value if isinstance(value, tuple) else (value,)
    held = [getattr(part, "positions", part) for part in parts]
    return [part for part in held if isinstance(part, np.ndarray)]


class IndexSnapshot:
    """The catalogue of one version of the archive, and what was found in it.

    ``vocabulary(wait)`` gives the archive's words; none, if they are not counted yet and
    that takes longer than a reader waits, or than no time where ``wait`` is False.
    """

    def __init__(self, catalogue: FacetIndex, vocabulary: Callable[[bool], Vocabulary]) -> None:
        self.catalogue = catalogue
        self.memory = LruCache()
        self.vocabulary = vocabulary

    def postings(self, connection: Connection, fts: str) -> Positions:
        """Where the questions are that match an FTS5 query."""
        return self.memory.remember(("postings", fts), lambda: self._matches(connection, fts))

    def _matches(self, connection: Connection, fts: str) -> Positions:
        sql = "SELECT group_concat(rowid) FROM questions_fts WHERE questions_fts MATCH ?"
        text = connection.execute(sql, (fts,)).fetchone()[0]
        numbers = np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)
        return self.catalogue.positions(numbers)

    def frequency(self, connection: Connection, fts: str) -> int:
        """How many questions match an FTS5 query."""
        sql = "SELECT count(*) FROM questions_fts WHERE questions_fts MATCH ?"
        return self.memory.remember(
            ("frequency", fts), lambda: int(connection.execute(sql, (fts,)).fetchone()[0])
        )


class ArchiveCache:
    """The holding of one file, renewed when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = Watch(path)
        self._making = threading.Lock()
        self._starting = threading.Lock()
        self._held: tuple[Version, IndexSnapshot] | None = None
        self._made_at = self._took = 0.0
        self._words: tuple[int, Vocabulary] | None = None
        self._counting: threading.Thread | None = None

    def holding(self) -> IndexSnapshot:
        """What is held now. Makes it, or sees to it that it is made.

        :raises sqlite3.Error: the file cannot be read
        """
        version, held = self._watch.version(), self._held
        if held and held[0] == version:
            return held[1]
        if held is None or self._took < NOTICED_SECONDS:
            with self._making:
                return self._renewed()
        if time.monotonic() - self._made_at > PAUSE * self._took and self._making.acquire(False):
            threading.Thread(target=self._renew_apart, daemon=True).start()
        return held[1]

    def _renew_apart(self) -> None:
        try:
            self._renewed()
        except Error:
            # The file is being replaced; whoever asks next tries again.
            self._made_at = time.monotonic()
        finally:
            self._making.release()

    def _renewed(self) -> IndexSnapshot:
        # The version is read first: a catalogue may be newer than its version, never older.
        version, held = self._watch.version(), self._held
        if held and held[0] == version:
            return held[1]
        begun = time.monotonic()
        with closing(read_only(self._path)) as connection:
            catalogue = load(connection)
        made = IndexSnapshot(catalogue, self._words_for(catalogue))
        self._made_at = time.monotonic()
        self._took = self._made_at - begun
        self._held = (version, made)
        return made

    def _words_for(self, catalogue: FacetIndex) -> Callable[[bool], Vocabulary]:
        """How to get the words of a catalogue: read at once if it is small."""

        @cache
        def read() -> Vocabulary:
            with closing(read_only(self._path)) as connection:
                return Vocabulary(_read_words(connection, catalogue, pause=0))

        if catalogue.size <= FEW:
            return lambda wait: read()
        return lambda wait: self._vocabulary(catalogue, wait)

    def _vocabulary(self, catalogue: FacetIndex, wait: bool) -> Vocabulary:
        """The archive's words; none if they are not counted yet and that takes long."""
        words = self._words
        if words is None or abs(catalogue.size - words[0]) * 10 > words[0]:
            with self._starting:
                if self._counting is None or not self._counting.is_alive():
                    work = threading.Thread(target=self._count, args=(catalogue,), daemon=True)
                    self._counting = work
                    work.start()
                work = self._counting
            work.join(WAIT_SECONDS if wait and not words else 0)
            words = self._words
        return words[1] if words else Vocabulary({})

    def _count(self, catalogue: FacetIndex) -> None:
        try:
            with closing(read_only(self._path)) as connection:
                counts = _read_words(connection, catalogue, pause=0.001)
        except Error:
            return
        self._words = (catalogue.size, Vocabulary(counts))
        if held := self._held:
            # What was found meanwhile was found without spelling help.
            held[1].memory.forget()

    def close(self) -> None:
        """Let go of the file."""
        self._watch.close()


def _read_words(connection: Connection, catalogue: FacetIndex, pause: float) -> dict[str, int]:
    step = max(1, -(-catalogue.size // MOST_READ))
    numbers = catalogue.numbers[::step].tolist()
    counts: Counter[str] = Counter()
    for begin in range(0, len(numbers), READ_AT_ONCE):
        some = numbers[begin : begin + READ_AT_ONCE]
        sql = (
            "SELECT title, substr(question, 1, 2000), substr(answer, 1, 2000) "
            "FROM questions WHERE id IN ({})"
        )
        rows = connection.execute(sql.format(",".join(map(str, some))))
        counts.update(count_words(text for row in rows for text in row))
        if pause:
            # Requests wait for this thread no longer than for one another.
            time.sleep(pause)
    # In a large archive, what was written once is a slip more often than a word.
    least = 1 if catalogue.size <= FEW else 2
    return {word: count for word, count in counts.items() if count >= least}


_shelves: OrderedDict[str, ArchiveCache] = OrderedDict()
_shelves_lock = threading.Lock()


def shelf(path: Path) -> ArchiveCache:
    """The shelf for a file."""
    key = str(path.resolve())
    with _shelves_lock:
        if key not in _shelves:
            _shelves[key] = ArchiveCache(path.resolve())
            while len(_shelves) > MOST_SHELVES:
                _shelves.popitem(last=False)[1].close()
        _shelves.move_to_end(key)
        return _shelves[key]


def holding(connection: Connection) -> IndexSnapshot:
    """What is held of the archive that a connection is to."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if path:
        return shelf(Path(path)).holding()
    catalogue = load(connection)
    return IndexSnapshot(
        catalogue, lambda wait: Vocabulary(_read_words(connection, catalogue, pause=0))
    )


def warm(path: Path) -> None:
    """Begin to make what searches need, in the background."""

    def work() -> None:
        try:
            shelf(path).holding().vocabulary(False)
        except (Error, OSError):
            # The first reader will meet it, and gets to know.
            return

    threading.Thread(target=work, daemon=True).start()
