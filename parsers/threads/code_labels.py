"""What stands above code to say that it is some, or to copy it: "Code: Select all"."""

from __future__ import annotations

import re

from parsers.page.outline import Outline

_CODE = re.compile(
    r"(?:php|html|sql|source)?[\s-]?(?:quell)?(?:text|codes?|código|codice|kode?|koodi|код)\b", re.I
)
_LONGEST = 40  # characters
_AROUND = 3  # elements that hold code and nothing else


def code_labels_in(page: Outline, number: int) -> list[int]:
    """The elements in an element that are labels of code."""
    labels = []
    for code in range(number + 1, page.end[number]):
        if (
            page.tags[code] not in ("pre", "code")
            or page.last_piece[code] == page.first_piece[code]
        ):
            continue
        label = _label(page, code, number)
        if label is not None:
            labels.append(label)
    return labels


def _label(page: Outline, code: int, body: int) -> int | None:
    """The element beside some code that is its label."""
    first, last = page.first_piece[code], page.last_piece[code]
    for _ in range(_AROUND):
        above = page.parent[code]
        if above < body:
            return None
        before = _before(page, code, above)
        if before is not None and page.last_piece[before] == first and _is_label(page, before):
            is_alone = (page.first_piece[above], page.last_piece[above]) == (
                page.first_piece[before], last,
            )  # fmt: skip
            is_marked = page.text(before).endswith(":") or page.linked[before]
            is_named = _CODE.match(page.text(before)) is not None
            return before if is_marked and (is_alone or is_named) else None
        if page.first_piece[above] != first or page.last_piece[above] != last:
            return None
        code = above
    return None


def _before(page: Outline, number: int, above: int) -> int | None:
    """The element before an element in the same one."""
    before = number - 1
    if before == above:
        return None
    while page.parent[before] != above:
        before = page.parent[before]
    return before


def _is_label(page: Outline, number: int) -> bool:
    return 0 < page.size[number] + page.linked[number] <= _LONGEST
