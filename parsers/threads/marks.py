"""Which date, name and address belong to each record: the same place in all of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from parsers.threads.bodies import Body
from parsers.threads.evidence import Evidence, bare_name, within
from parsers.threads.hints import TITLE
from parsers.threads.repeats import DataRecord
from parsers.words.patterns import pattern

_OTHER_DAY = pattern("other_day")
_NOT_NAME = re.compile(r"title|rank|group|role|badge|status|count|stat|location|reply|edit")
_STRONG = frozenset({"strong", "b", "dt", "h3", "h4", "h5", "a", "cite", "legend", "th"})
_NAME_LIMIT = 32  # characters
_TIME = re.compile(r"\d{1,2}[:h.]\d\d|T\d\d")


def _best_place(
    page: Evidence,
    records: Sequence[DataRecord],
    options: Sequence[Sequence[int]],
    worth: dict[int, float],
) -> list[int | None]:
    """For each record the element that stands where it does in most records."""
    presence: Counter[int] = Counter()
    around: Counter[int] = Counter()
    order: dict[int, float] = defaultdict(float)
    for numbers in options:
        seen: dict[int, int] = {}
        for position, number in enumerate(numbers):
            seen.setdefault(page.chain[number], position)
        around.update({page.chain[page.parent[number]] for number in numbers})
        for chain, position in seen.items():
            presence[chain] += 1
            order[chain] += position
    quality: dict[int, float] = defaultdict(float)
    counts = Counter(page.chain[number] for numbers in options for number in numbers)
    for numbers in options:
        for number in numbers:
            quality[page.chain[number]] += worth[number]

    def rank(number: int) -> float:
        chain = page.chain[number]
        share = max(presence[chain], 0.95 * around[page.chain[page.parent[number]]]) / len(records)
        return 2 * share + quality[chain] / counts[chain] - 0.05 * order[chain] / presence[chain]

    places = [max(numbers, key=rank) if numbers else None for numbers in options]
    return _in_usual_place(page, options, places)


def _in_usual_place(
    page: Evidence, options: Sequence[Sequence[int]], places: Sequence[int | None]
) -> list[int | None]:
    """Places, but what stands deeper where most have it, as a moderator's name does in bold."""
    chains = Counter(page.chain[place] for place in places if place is not None)
    if not chains:
        return list(places)
    usual = chains.most_common(1)[0][0]
    example = next(place for place in places if place is not None and page.chain[place] == usual)
    around = {usual, page.chain[page.parent[example]]}
    better = []
    for numbers, place in zip(options, places, strict=True):
        if place is not None and page.chain[place] != usual:
            place = next((n for n in numbers if _stands_in(page, n, around)), place)
        better.append(place)
    return better


def _stands_in(page: Evidence, number: int, chains: set[int]) -> bool:
    """Whether an element, or one of those close around it, has one of some chains."""
    for _ in range(4):
        if page.chain[number] in chains:
            return True
        number = page.parent[number]
        if number < 0:
            break
    return False


def dates_of(page: Evidence, records: Sequence[DataRecord]) -> list[int | None]:
    """The element of each record's date."""
    worth: dict[int, float] = {}
    options = []
    for record in records:
        numbers = _within(page.dates, record)
        options.append(numbers)
        for number in numbers:
            text = page.written[number]
            exact = page.tags[number] == "time" or "T" in text[8:12]
            worth[number] = 0.5 * exact + 0.5 * bool(_TIME.search(text))
            if _OTHER_DAY.search(text) or _OTHER_DAY.search(page.label[number]):
                worth[number] -= 2.0
    places = _best_place(page, records, options, worth)
    chains = Counter(page.chain[n] for n in places if n is not None and worth[n] > -1)
    usual = chains.most_common(1)[0][0] if chains else None  # there "edited" comes before a date
    return [
        n if n is not None and (worth[n] > -1 or page.chain[n] == usual) else None for n in places
    ]


def authors_of(page: Evidence, records: Sequence[DataRecord]) -> list[int | None]:
    """The element of each record's author."""
    worth: dict[int, float] = {}
    options = []
    for record in records:
        numbers = _within(page.authors, record)
        options.append(numbers)
        for number in numbers:
            worth[number] = page.weight[number] - 0.5 * bool(page.hints[number] & TITLE)
            if _NOT_NAME.search(page.looks[page.look[number]][1]):
                worth[number] -= 0.5
            if len(page.names[number]) == 1:
                worth[number] -= 0.8  # the letter that stands for a picture
    _lower_labels(page, options, worth)
    return _best_place(page, records, options, worth)


def _lower_labels(
    page: Evidence, options: Sequence[Sequence[int]], worth: dict[int, float]
) -> None:
    """What stands in one place of three records or more and is always the same names nobody.

    What stands in all records hardly does.
    """
    everywhere = Counter(name for numbers in options for name in {page.names[n] for n in numbers})
    names: dict[int, set[str]] = defaultdict(set)
    counts: Counter[int] = Counter()
    for numbers in options:
        for chain in {page.chain[number] for number in numbers}:
            counts[chain] += 1
        for number in numbers:
            names[page.chain[number]].add(page.names[number])
    for number in worth:
        chain = page.chain[number]
        if counts[chain] > 2 and len(names[chain]) == 1:
            worth[number] -= 1.5
        elif len(options) > 2 and everywhere[page.names[number]] == len(options):
            worth[number] -= 0.9


def guess_authors(
    page: Evidence, records: Sequence[DataRecord], bodies: Sequence[Body]
) -> list[int | None]:
    """The element of each record's author, by nothing but where it stands and what differs."""
    options: list[list[int]] = []
    worth: dict[int, float] = {}
    for record, body in zip(records, bodies, strict=True):
        numbers = []
        first, last = page.first_piece[record.first], page.last_piece[record.nodes[-1]]
        for place, piece in enumerate(page.pieces[first:last]):
            inside = any(page.inside(piece.owner, node) for node in body.nodes)
            if inside and (place > 2 or page.tags[piece.owner] not in _STRONG):
                continue
            if piece.owner in worth or len(piece.text) > _NAME_LIMIT:
                continue
            name = bare_name(piece.text)
            if name and len(name.split()) < 5 and not name.endswith((":", ".", "?")):
                numbers.append(piece.owner)
                page.names.setdefault(piece.owner, name)
                worth[piece.owner] = 0.3 * (page.tags[piece.owner] in _STRONG)
        options.append(numbers)
    _lower_labels(page, options, worth)
    for number in worth:
        if _NOT_NAME.search(page.looks[page.look[number]][1]):
            worth[number] -= 0.5
    places = _best_place(page, records, options, worth)
    return [place if place is not None and worth[place] > -1 else None for place in places]


def _within(numbers: Sequence[int], record: DataRecord) -> Sequence[int]:
    return within(numbers, record.first, record.end)
