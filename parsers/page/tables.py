"""Which tables hold data, and which the layout of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from parsers.page.lines import collapse

_CELL_LIMIT = 80  # characters; a longer cell is layout, not data

# What the parser calls a reader with: an element that opens, or closes (None), or a text.
Event = tuple[str, Mapping[str, str] | None] | str


def is_data(table: Sequence[Event], is_label: Callable[[str], bool]) -> bool:
    """Whether a table without blocks in its cells holds data rather than the page's layout.

    Data has two rows or more of at least two short cells, and no labels in them.
    """
    rows = [0]
    texts: list[str] = []
    for event in table:
        if isinstance(event, str):
            texts.append(event)
        elif event[0] == "tr" and event[1] is not None:
            rows.append(0)
        elif event[0] in ("td", "th"):
            if event[1] is not None:
                texts = []
                continue
            text = collapse("".join(texts))
            if len(text) > _CELL_LIMIT or is_label(text):
                return False
            rows[-1] += bool(text)
    return sum(count > 1 for count in rows) > 1
