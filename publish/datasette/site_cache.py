"""What a server remembers of the archive, within a number of bytes that is one setting.

Strangers choose the keys, by what they search for. So keys are counted as values are, by the
bytes that they take.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from sqlite3 import Row
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

#: Bytes that the site's cache may take, unless CACHE_MB says otherwise.
MAX_BYTES = 64_000_000
#: What a value of one entry takes beside itself: places in two dictionaries, a tuple, a number.
_ENTRY = 300

#: What :meth:`LruCache.find` returns for a key that has no value.
MISSING: Any = object()


class LruCache:
    """Values by key; the least recently used are dropped beyond a size.

    What is nothing (a word that no question has) goes first, unless it is asked for again:
    strangers may ask for as much of that as they like.

    :param max_size: bytes of keys and values; an entry of more than a quarter is not kept
    """

    def __init__(self, max_size: int = MAX_BYTES) -> None:
        self._max_size = max_size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._size = 0

    def find(self, key: Hashable) -> Any:
        """Return the value of a key, or MISSING."""
        with self._lock:
            if key not in self._entries:
                return MISSING
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def store(self, key: Hashable, value: Any) -> None:
        """Keep a value, unless the key has one."""
        size = _ENTRY + byte_size((key, value))
        with self._lock:
            if key not in self._entries and size <= self._max_size // 4:
                self._size += size
                while self._size > self._max_size:
                    self._size -= self._entries.popitem(last=False)[1][1]
                self._entries[key] = (value, size)
                if _is_nothing(value):
                    self._entries.move_to_end(key, last=False)

    def resize(self, max_size: int) -> None:
        """Give it another size, and drop what it has."""
        with self._lock:
            self._max_size, self._size = max_size, 0
            self._entries.clear()

    def drop(self, part: object) -> None:
        """Drop what a part of the cache has."""
        with self._lock:
            for key in [key for key in self._entries if key[0] is part]:  # type: ignore[index]
                self._size -= self._entries.pop(key)[1]


#: All that the server remembers.
SITE = LruCache()


class CachePart:
    """A part of the site's cache, with keys of its own: what one version of an archive has."""

    def __init__(self, cache: LruCache | None = None) -> None:
        self._cache = cache or SITE

    def find(self, key: Hashable) -> Any:
        """Return the value of a key, or MISSING."""
        return self._cache.find((self, key))

    def store(self, key: Hashable, value: Any) -> None:
        """Keep a value, unless the key has one."""
        self._cache.store((self, key), value)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, or ``make()``, which is kept then."""
        value = self.find(key)
        if value is MISSING:
            value = make()
            self.store(key, value)
        return value  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Drop all values."""
        self._cache.drop(self)


def _is_nothing(value: Any) -> bool:
    return value is None or value == 0 if not hasattr(value, "__len__") else len(value) == 0


def byte_size(value: Any) -> int:
    """Return the bytes of memory that a value takes with all that it holds.

    Counts texts, numbers, arrays, containers, dataclasses, and rows of SQLite; of any other
    object its own size and that of its attributes.
    """
    size = 0
    seen: set[int] = set()
    pending = [value]
    while pending:
        part = pending.pop()
        if part is None or isinstance(part, bool | type | CachePart) or id(part) in seen:
            continue
        seen.add(id(part))
        size += sys.getsizeof(part)
        if isinstance(part, str | bytes | int | float):
            continue
        if isinstance(part, np.ndarray):
            pending.append(part.base)  # A view holds all of what it is a view of.
        elif isinstance(part, dict):
            pending += [*part.keys(), *part.values()]
        elif isinstance(part, tuple | list | set | frozenset | Row):
            pending += part
        elif dataclasses.is_dataclass(part) and not hasattr(part, "__dict__"):
            pending += [getattr(part, field.name) for field in dataclasses.fields(part)]
        else:
            pending.append(getattr(part, "__dict__", None))
    return size
