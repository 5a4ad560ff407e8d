"""Which date, name and address belong to each record: the same place in all of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import AUTHOR, QUOTE, TITLE
from parsers.threads.repeats import Record

_OTHER_DAY = re.compile(
    r"joined|join date|member since|regist|mitglied seit|dabei seit|beigetreten|inscri|iscritto"
    r"|lid sinds|liittyn|medlem sedan|dolaczy|dołączy|registro|miembro|зарегистр|с нами|注册|登録"
    r"|edited|edit\b|ge(?:ä|ae)ndert|bearbeitet|modifi|editado|bewerkt|muokattu|redigerad|изменен"
    r"|last (?:visit|seen|active|post|edit)|derni[eè]re|birth|geburt",
    re.I,
)
_TIME = re.compile(r"\d{1,2}[:h.]\d\d|T\d\d")


def _best_place(
    page: Outline,
    records: Sequence[Record],
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
    for numbers in options:
        for number in numbers:
            quality[page.chain[number]] += worth.get(number, 0.0)

    def rank(number: int) -> float:
        chain = page.chain[number]
        share = max(presence[chain], 0.95 * around[page.chain[page.parent[number]]]) / len(records)
        return 2 * share + quality[chain] / presence[chain] - 0.05 * order[chain] / presence[chain]

    return [max(numbers, key=rank) if numbers else None for numbers in options]


def dates_of(page: Outline, evidence: Evidence, records: Sequence[Record]) -> list[int | None]:
    """The element of each record's date."""
    worth: dict[int, float] = {}
    options = []
    for record in records:
        numbers = [n for n in within(evidence.dates, record.first, record.end)
                   if not _quoted(page, evidence, n, record)]  # fmt: skip
        options.append(numbers)
        for number in numbers:
            text = evidence.written[number]
            exact = page.tags[number] == "time" or "T" in text[8:12]
            worth[number] = 0.5 * exact + 0.5 * bool(_TIME.search(text))
            if _OTHER_DAY.search(text) or _OTHER_DAY.search(evidence.label[number]):
                worth[number] -= 2.0
    places = _best_place(page, records, options, worth)
    return [place if place is not None and worth[place] > -1 else None for place in places]


def authors_of(page: Outline, evidence: Evidence, records: Sequence[Record]) -> list[int | None]:
    """The element of each record's author."""
    worth: dict[int, float] = {}
    options = []
    texts = Counter(page.text(n) for record in records
                    for n in within(evidence.authors, record.first, record.end))  # fmt: skip
    for record in records:
        numbers = [n for n in within(evidence.authors, record.first, record.end)
                   if n not in evidence.written and not _quoted(page, evidence, n, record)
                   and is_name(page.text(n))]  # fmt: skip
        options.append(numbers)
        for number in numbers:
            bits = evidence.hints[number]
            worth[number] = 0.6 * bool(bits & AUTHOR) + 0.4 * (page.tags[number] == "a")
            worth[number] -= 0.5 * bool(bits & TITLE)
            if texts[page.text(number)] > 0.7 * len(records) and len(records) > 3:
                worth[number] -= 0.5
            worth[number] -= 0.3 * (page.end[number] - number > 3)
    return _best_place(page, records, options, worth)


def is_name(text: str) -> bool:
    """Whether a text can be somebody's name."""
    return 0 < len(text) < 49 and any(map(str.isalpha, text)) and not text.endswith(("?", "…"))


def _quoted(page: Outline, evidence: Evidence, number: int, record: Record) -> bool:
    """Whether an element stands in a quote."""
    above = number
    while above > record.first:
        tag = page.tags[above]
        if evidence.hints[above] & QUOTE and tag not in ("a", "li", "span"):
            return True
        above = page.parent[above]
    return False


def first_of(numbers: Iterable[int]) -> int | None:
    """The first of some numbers."""
    return next(iter(numbers), None)
