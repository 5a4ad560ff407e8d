"""Where the posts of a page stand: parts that repeat, each with text, a date and a name.

Any elements that stand once in each post divide a page into its posts: the dates, the names, the
anchors with a number, the texts. Each such group is a guess; what it divides the page into says
how good it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from parsers.page.elements import BLOCK, KINDS
from parsers.page.outline import Outline
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import BODY, RECORD

_MOST_GROUPS = 80
_MOST_MEMBERS = 3000
_TEXT = 30  # characters; a group with less text in its members is none of texts
_ENOUGH = 600  # characters; a longer post is no more of a post


@dataclass(frozen=True, slots=True)
class Record:
    """A part of a page: elements that stand side by side in one parent."""

    nodes: tuple[int, ...]
    first: int
    end: int

    def holds(self, number: int) -> bool:
        """Whether an element stands in it."""
        return self.first <= number < self.end


@dataclass(frozen=True, slots=True)
class Guess:
    """What a group of elements divides a page into, and how good that is."""

    score: float
    records: tuple[Record, ...]
    group: tuple[int, ...] = ()
    why: str = ""


def groups(page: Outline, evidence: Evidence) -> list[tuple[str, list[int]]]:
    """Elements that are alike, two or more, the best kinds of evidence first."""
    kinds: dict[Hashable, list[int]] = defaultdict(list)
    for number in evidence.dates:
        kinds["date", page.look[number]].append(number)
        kinds["date of", page.chain[number]].append(number)
    for number in evidence.authors:
        kinds["author", page.look[number]].append(number)
        kinds["author of", page.chain[number]].append(number)
    for number, pattern in evidence.patterns.items():
        kinds["number", pattern].append(number)
    for number, bits in enumerate(evidence.hints):
        if page.size[number] == 0 or not KINDS.get(page.tags[number], 0) & BLOCK:
            continue
        if bits & BODY:
            kinds["body", page.look[number]].append(number)
        elif bits & RECORD:
            kinds["record", page.look[number]].append(number)
        if page.size[number] >= _TEXT:
            kinds["text", page.chain[number]].append(number)
    order = ("date", "date of", "author", "author of", "body", "record", "number", "text")
    many = [(str(key[0]), members) for key, members in kinds.items()  # type: ignore[index]
            if 2 <= len(members) <= _MOST_MEMBERS]  # fmt: skip
    many.sort(key=lambda kind: (order.index(kind[0]), -len(kind[1])))
    return many[:_MOST_GROUPS]


def roots_of(page: Outline, members: Sequence[int]) -> list[int]:
    """For each member the largest element around it with no other member inside."""
    outer = [number for n, number in enumerate(members)
             if n == 0 or number >= page.end[members[n - 1]]]  # fmt: skip
    roots = []
    for n, number in enumerate(outer):
        before = outer[n - 1] if n else -1
        after = outer[n + 1] if n + 1 < len(outer) else len(page.tags)
        root, above = number, page.parent[number]
        while above > 0 and above > before and page.end[above] <= after:
            root, above = above, page.parent[above]
        roots.append(root)
    return roots


def spans(page: Outline, roots: Sequence[int], side: int) -> list[Record]:
    """Records of roots: alone (0), with the siblings after each (1), or before each (-1)."""
    if side == 0:
        return [Record((root,), root, page.end[root]) for root in roots]
    records = []
    taken = set(roots)
    usual = 0
    for n, root in enumerate(roots):
        nodes = [root]
        limit = roots[n + 1] if n + 1 < len(roots) else len(page.tags)
        sibling, last = page.end[root], page.end[page.parent[root]]
        while sibling < last and sibling not in taken and page.end[sibling] <= limit:
            nodes.append(sibling)
            sibling = page.end[sibling]
            if n + 1 == len(roots) and n and len(nodes) >= usual:
                break
        usual = max(usual, len(nodes))
        records.append(Record(tuple(nodes), root, page.end[nodes[-1]]))
    return records


def rate(page: Outline, evidence: Evidence, records: Iterable[Record]) -> float:
    """How much records are like posts."""
    total = 0.0
    for record in records:
        size = sum(page.size[node] for node in record.nodes)
        linked = sum(page.linked[node] for node in record.nodes)
        if size < 2:
            continue
        dated = bool(within(evidence.dates, record.first, record.end))
        named = bool(within(evidence.authors, record.first, record.end))
        share = size / (size + linked)
        total += sqrt(min(size, _ENOUGH)) * (0.1 + dated + 0.8 * named) * share
    return total


def alike(page: Outline, records: Sequence[Record]) -> float:
    """Which share of records has a tag and a class that most of them have; the first may differ."""
    others = records[1:] if len(records) > 2 else records
    traits: Counter[str] = Counter()
    for record in others:
        node = record.nodes[0]
        _, classes = page.looks[page.look[node]]
        traits.update({f"{page.tags[node]}.{name}" for name in classes.split(" ")})
    return max(traits.values()) / len(others)


def best_guess(page: Outline, evidence: Evidence) -> Guess:
    """The best division of a page into posts; without records where nothing divides it."""
    best = Guess(0.0, ())
    for why, members in groups(page, evidence):
        days = {evidence.written[n] for n in members} if why.startswith("date") else ()
        if len(days) == 1 and len(members) > 2:
            continue  # a label, or the page's own date
        roots = roots_of(page, members)
        if len(roots) < 2:
            continue
        for side in (0, 1):
            records = spans(page, roots, side)
            score = rate(page, evidence, records) * (1.0 if side == 0 else 0.8)
            score *= alike(page, records)
            if score > best.score:
                best = Guess(score, tuple(records), tuple(members), f"{why} {side}")
    return best
