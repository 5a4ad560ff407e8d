"""Where in each record its text stands, and what in there is no part of it.

All records of a page are looked at together: what stands in most of them word for word is a
label or a button, and the part in which the text stands is the same in all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.page.elements import BLOCK, KINDS
from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import BODY, CONTROL, PANEL, QUOTE, RECORD, SIGNATURE
from parsers.threads.repeats import DataRecord

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CONTAINERS = frozenset({"div", "td", "tr", "table", "tbody", "section", "article", "li", "dd"})
_COMMON = 0.5  # of the records; a text in more of them is a label
_BUTTON = 20  # characters
_SHARE = 0.5  # of the text; a child with less of it is not the place
_SEVERAL = 0.04  # of the records; more of them with two such children hold paragraphs
_LEAST_SHARE = 0.3  # of the text; an element with less of it in all posts is a part of them
_DEEPEST = 30  # steps


@dataclass(frozen=True, slots=True)
class Body:
    """The elements that hold a record's text, and those within that do not belong to it."""

    nodes: tuple[int, ...]
    left_out: frozenset[int]


@dataclass(slots=True)
class _Search:
    """What is known of the records while their texts are looked for."""

    page: Evidence
    records: Sequence[DataRecord]
    meta: Sequence[frozenset[int]]  # of each record: the elements of its date and its author
    labels: frozenset[str]
    own: list[int]  # characters of each element and what is in it that are no labels

    def metas_in(self, number: int, index: int) -> int:
        """How many of date and author of its record an element holds."""
        return sum(self.page.inside(each, number) for each in self.meta[index])

    def is_aside(self, number: int) -> bool:
        """Whether an element is hinted to be about the author, or to be pressed."""
        bits = self.page.hints[number]
        if self.page.tags[number] in _HEADINGS:
            return True
        return bits & (PANEL | CONTROL | SIGNATURE) != 0 and not bits & BODY

    def is_remark(self, number: int, meta: frozenset[int]) -> bool:
        """Whether an element holds a remark on the post, with a date and an author of its own."""
        page = self.page
        if len(meta) < 2 or not page.hints[number] & RECORD or page.hints[number] & QUOTE:
            return False
        end = page.end[number]
        if any(number <= each < end for each in meta):
            return False
        return bool(within(page.dates, number, end) and within(page.authors, number, end))


def labels_of(page: Outline, records: Sequence[DataRecord]) -> frozenset[str]:
    """The texts that stand in most records; of two records short ones alone."""
    if len(records) < 2:
        return frozenset()
    counts: Counter[str] = Counter()
    for record in records:
        first, last = page.first_piece[record.first], page.last_piece[record.nodes[-1]]
        counts.update({piece.text.strip() for piece in page.pieces[first:last]})
    most = max(2, _COMMON * len(records))
    if len(records) == 2:
        return frozenset(t for t, count in counts.items() if count == 2 and len(t) <= _BUTTON)
    return frozenset(text for text, count in counts.items() if count > most)


def find_bodies(
    page: Evidence, records: Sequence[DataRecord], meta: Sequence[frozenset[int]]
) -> list[Body]:
    """The body of each record, in their order."""
    labels = labels_of(page, records)
    search = _Search(page, records, meta, labels, [0] * len(page.tags))
    _weigh(search)
    places: list[tuple[int, ...]] = [record.nodes for record in records]
    for _ in range(_DEEPEST):
        deeper = _descend(search, places)
        if deeper is None:
            break
        places = deeper
    places = _in_text(search, places)
    return [Body(nodes, frozenset(_left_out(search, nodes, n))) for n, nodes in enumerate(places)]


def _weigh(search: _Search) -> None:
    page, own = search.page, search.own
    for record, meta in zip(search.records, search.meta, strict=True):
        first, last = page.first_piece[record.first], page.last_piece[record.nodes[-1]]
        for piece in page.pieces[first:last]:
            if piece.text not in search.labels:
                own[piece.owner] += len(piece.text)
        for number in range(record.end - 1, record.first - 1, -1):
            if number in meta or (
                number not in record.nodes
                and (search.is_aside(number) or search.is_remark(number, meta))
            ):
                own[number] = 0
            elif number not in record.nodes:
                own[page.parent[number]] += own[number]


def _descend(search: _Search, places: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
    """One step further down in all records, None where the texts begin."""
    page = search.page
    options = [_children(search, nodes) for nodes in places]
    mass: Counter[int] = Counter()
    for children in options:
        for child in children:
            mass[page.look[child]] += search.own[child]
    whole = sum(search.own[node] for nodes in places for node in nodes)
    if not mass or not whole:
        return None
    look = mass.most_common(1)[0][0]
    alike = [_alike(search, children, look, n) for n, children in enumerate(options)]
    chosen = [max(numbers, key=lambda n: search.own[n]) if numbers else None for numbers in alike]
    share = sum(search.own[child] for child in chosen if child is not None) / whole
    several = sum(sum(search.own[n] > 0 for n in numbers) > 1 for numbers in alike)
    if several > _SEVERAL * len(places):
        chosen = _in_one_place(search, alike)
        several = 0
        share = sum(search.own[child] for child in chosen if child is not None) / whole
    if share < _SHARE or several > _SEVERAL * len(places):
        return None
    if not _is_step(search, places, chosen, share):
        return None
    return [nodes if child is None else (child,)
            for child, nodes in zip(chosen, places, strict=True)]  # fmt: skip


def _in_text(search: _Search, places: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Of places that hold more than texts the element in each that is called one, if all have it.

    Details of the author may stand in a place as well, in elements that nothing tells apart.
    """
    page, hints = search.page, search.page.hints
    if len(places) < 2 or any(hints[nodes[0]] & BODY for nodes in places):
        return list(places)
    options: list[dict[int, list[int]]] = []
    for n, nodes in enumerate(places):
        texts: dict[int, list[int]] = defaultdict(list)
        for number in range(nodes[0], page.end[nodes[-1]]):
            is_text = hints[number] & BODY and not hints[number] & (QUOTE | PANEL | CONTROL)
            if is_text and number not in nodes and not search.metas_in(number, n):
                texts[page.look[number]].append(number)
        options.append(texts)
    alike = [look for look in options[0] if all(len(each.get(look, ())) == 1 for each in options)]
    whole = sum(search.own[node] for nodes in places for node in nodes)
    for look in alike:
        if sum(search.own[each[look][0]] for each in options) > _LEAST_SHARE * whole:
            return [(each[look][0],) for each in options]
    return list(places)


def _in_one_place(search: _Search, alike: Sequence[Sequence[int]]) -> list[int | None]:
    """Of several children that look the same those with the texts, if the rest names and dates."""
    mass: Counter[int] = Counter()
    for numbers in alike:
        for place, number in enumerate(numbers):
            mass[place] += search.own[number]
    best = mass.most_common(1)[0][0]
    others = [number for n, numbers in enumerate(alike) for place, number in enumerate(numbers)
              if place != best and not search.metas_in(number, n)]  # fmt: skip
    if any(search.own[number] for number in others):
        return [None] * len(alike)
    return [numbers[best] if len(numbers) > best else None for numbers in alike]


def _children(search: _Search, nodes: tuple[int, ...]) -> list[int]:
    """What stands directly in a place and has text."""
    page = search.page
    children = nodes if len(nodes) > 1 else page.children(nodes[0])
    return [child for child in children if page.size[child] + page.linked[child]]


def _alike(search: _Search, children: Sequence[int], look: int, index: int) -> list[int]:
    """The children of a look; where there is none, those with a class of it.

    Where there are several, those that hold neither the date nor the author.
    """
    page = search.page
    numbers = [child for child in children if page.look[child] == look]
    if not numbers:
        tag, classes = page.looks[look]
        names = set(classes.split())
        numbers = [child for child in children if page.tags[child] == tag
                   and names & set(page.looks[page.look[child]][1].split())]  # fmt: skip
    if len(numbers) > 1:
        bare = [n for n in numbers if search.own[n] and not search.metas_in(n, index)]
        numbers = bare or numbers
    return numbers


def _is_step(
    search: _Search, places: Sequence[tuple[int, ...]], chosen: Sequence[int | None], share: float
) -> bool:
    """Whether some children hold the texts, and the rest is about them."""
    have = [(n, child) for n, child in enumerate(chosen) if child is not None]
    tag, bits = search.page.tags[have[0][1]], search.page.hints[have[0][1]]
    if len(have) < 0.6 * len(chosen):
        return False
    if not KINDS.get(tag, 0) & BLOCK and tag != "span":
        return False
    if bits & BODY and not bits & QUOTE:
        return True
    outside = sum(
        sum(search.metas_in(node, n) for node in places[n]) > search.metas_in(child, n)
        for n, child in have
    )
    return outside > len(have) / 2 or share > (0.9 if tag in _CONTAINERS else 0.97)


def _left_out(search: _Search, nodes: Sequence[int], index: int) -> list[int]:
    """The outermost elements within a body that are no text of it."""
    page, hints = search.page, search.page.hints
    numbers: list[int] = []
    for node in nodes:
        number = node if len(nodes) > 1 else node + 1
        while number < page.end[node]:
            bits = hints[number]
            aside = bits & (SIGNATURE | CONTROL) and not bits & (BODY | QUOTE)
            aside = aside or number in search.meta[index] or _is_label(search, number)
            if aside or search.is_remark(number, search.meta[index]):
                numbers.append(number)
                number = page.end[number]
            else:
                number += 1
    return numbers


def _is_label(search: _Search, number: int) -> bool:
    """Whether an element that can be pressed says what it says in most records."""
    page = search.page
    tag = page.tags[number]
    if tag not in ("a", "button", "label", "small", "ul") or (tag == "ul" and page.size[number]):
        return False
    pieces = page.pieces[page.first_piece[number] : page.last_piece[number]]
    return bool(pieces) and all(piece.text in search.labels for piece in pieces)
