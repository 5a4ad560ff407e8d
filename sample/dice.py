"""Repeatable chance: the same words and numbers always fall the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def roll(*key: object) -> int:
    """A number from 0 to 2**64 - 1 that depends on nothing but ``key``."""
    text = "/".join(map(str, key)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def share(*key: object) -> float:
    """A number from 0 (included) to 1 (excluded) that depends on nothing but ``key``."""
    return roll(*key) / 2**64


def pick(options: Sequence[T], *key: object) -> T:
    """One of ``options``, by ``key``."""
    return options[roll(*key) % len(options)]


def shuffled(count: int, *key: object) -> tuple[int, ...]:
    """The numbers 0 to ``count`` - 1 in an order that depends on ``key``."""
    return tuple(sorted(range(count), key=lambda number: roll(*key, number)))
