"""``python -m tests.bombs [WORD ...]``: imports bombs, and prints a table; WORD chooses kinds."""

from __future__ import annotations

import sys

from tests.bombs.makers import BOMBS
from tests.bombs.measure import measured


def main(words: list[str]) -> int:
    """Measure each kind in a process of its own; return how many took too much."""
    wrong = 0
    print(f"{'kind':34} {'bytes on disk':>13} {'peak MB':>8} {'CPU s':>6}  what an import says")
    for kind in BOMBS:
        if not words or any(word in kind for word in words):
            cost = measured(kind)
            wrong += bool(cost.faults)
            print(
                f"{kind:34} {cost.size:13,} {cost.peak_mb:8.0f} {cost.cpu:6.1f}  "
                f"{cost.told}{''.join(f'  !! {fault}' for fault in cost.faults)}",
                flush=True,
            )
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
