"""What lowers the confidence in a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """What lowers the confidence in a record: a warning, and a factor of 0 to 1."""

    text: str
    factor: float
