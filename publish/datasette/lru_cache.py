"""A bounded memory for results: the one cache of the site."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

#: What :meth:`LruCache.find` returns for a key that has no value.
MISSING: Any = object()


class LruCache:
    """Values by key; the least recently used are dropped beyond a size.

    :param max_size: in the units of ``size_of``; a value of more than a quarter is not kept
    :param size_of: returns the size of a value
    """

    def __init__(self, max_size: int, size_of: Callable[[Any], int] = lambda value: 1) -> None:
        self._max_size = max_size
        self._size_of = size_of
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
        size = self._size_of(value)
        with self._lock:
            if key not in self._entries and size <= self._max_size // 4:
                self._entries[key] = (value, size)
                self._size += size
                while self._size > self._max_size:
                    self._size -= self._entries.popitem(last=False)[1][1]

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, or ``make()``, which is kept then."""
        value = self.find(key)
        if value is MISSING:
            value = make()
            self.store(key, value)
        return value  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._entries.clear()
            self._size = 0
