"""Where the posts of a page stand: parts that repeat, each with text, a date and a name.

Any elements that stand once in each post divide a page into its posts: the dates, the names, the
anchors with a number, the texts. Each such group is a guess; what it divides the page into says
how good it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from parsers.page.elements import BLOCK, KINDS
from parsers.threads.evidence import Evidence, within
from parsers.threads.hints import BODY, RECORD

_MOST_GROUPS = 80
_MOST_MEMBERS = 3000
_TEXT = 30  # characters; a group with less text in its members is none of texts
_LEADING = 0.25  # what an entry is worth that leads to a page of its own
_SEVERAL = 0.5  # what a part is worth in which days and names repeat, as in several posts
_COMMON = 0.9  # of the records
_HALF = 0.4  # what a part of a post is worth, as against a post
_MOST_BEFORE = 4  # siblings
_ENOUGH = 1500  # characters; a longer post is no more of a post


@dataclass(frozen=True, slots=True)
class DataRecord:
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
    records: tuple[DataRecord, ...]
    group: tuple[int, ...] = ()
    why: str = ""


def groups(page: Evidence) -> list[tuple[str, list[int]]]:
    """Elements that are alike, two or more, the best kinds of evidence first."""
    kinds: dict[Hashable, list[int]] = defaultdict(list)
    for number in page.dates:
        kinds["date", page.look[number]].append(number)
        kinds["date of", page.chain[number]].append(number)
    for number in page.authors:
        kinds["author", page.look[number]].append(number)
        kinds["author of", page.chain[number]].append(number)
    for number, pattern in page.patterns.items():
        kinds["number", pattern].append(number)
    for number, bits in enumerate(page.hints):
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


def _outermost(page: Evidence, members: Sequence[int]) -> list[int]:
    """Members that stand in no other."""
    outer: list[int] = []
    for number in members:
        if not outer or number >= page.end[outer[-1]]:
            outer.append(number)
    return outer


def roots_of(page: Evidence, members: Sequence[int]) -> list[int]:
    """For each member the largest element around it with no other member inside."""
    roots = []
    for n, number in enumerate(members):
        before = members[n - 1] if n else -1
        after = members[n + 1] if n + 1 < len(members) else len(page.tags)
        root, above = number, page.parent[number]
        while above > 0 and above > before and page.end[above] <= after:
            root, above = above, page.parent[above]
        roots.append(root)
    return roots


def alone(page: Evidence, roots: Sequence[int]) -> list[DataRecord]:
    """A record of each root."""
    return [DataRecord((root,), root, page.end[root]) for root in roots]


def with_siblings(page: Evidence, roots: Sequence[int]) -> list[DataRecord]:
    """Records of roots with the siblings after each, and those before that all have alike."""
    taken = set(roots)
    heads = [_siblings_before(page, root, taken) for root in roots]
    shared = 0
    while all(len(head) > shared for head in heads) and (
        len({page.look[head[shared]] for head in heads}) == 1
    ):
        shared += 1
    records = []
    usual = 0
    for n, root in enumerate(roots):
        nodes = [*reversed(heads[n][:shared]), root]
        following = roots[n + 1] if n + 1 < len(roots) else len(page.tags)
        stop = heads[n + 1][shared - 1] if n + 1 < len(roots) and shared else following
        sibling, last = page.end[root], page.end[page.parent[root]]
        while sibling < last and sibling not in taken and page.end[sibling] <= stop:
            if n and n + 1 == len(roots) and len(nodes) >= usual:
                break  # what stands below the last is not all its own
            nodes.append(sibling)
            sibling = page.end[sibling]
        usual = max(usual, len(nodes))
        records.append(DataRecord(tuple(nodes), nodes[0], page.end[nodes[-1]]))
    return [*records[:-1], _ended(page, records)] if len(records) > 1 else records


def _ended(page: Evidence, records: Sequence[DataRecord]) -> DataRecord:
    """The last record, up to what stands at the end of all others, such as a rule."""
    *others, last = records
    ends = {page.look[record.nodes[-1]] for record in others}
    places = [n for n, node in enumerate(last.nodes) if page.look[node] in ends]
    if len(ends) > 1 or not places or page.tags[others[0].nodes[-1]] != "hr":
        return last
    nodes = last.nodes[: places[-1] + 1]
    return DataRecord(nodes, last.first, page.end[nodes[-1]])


def _siblings_before(page: Evidence, root: int, taken: set[int]) -> list[int]:
    """Up to four siblings before a root, the nearest first."""
    above = page.parent[root]
    before: list[int] = []
    number = root - 1
    while number > above and len(before) < _MOST_BEFORE:
        while page.parent[number] != above:
            number = page.parent[number]
        if number in taken:
            break
        before.append(number)
        number -= 1
    return before


def rate(page: Evidence, records: Iterable[DataRecord]) -> float:
    """How much records are like posts."""
    total = 0.0
    for record in records:
        size = sum(map(page.size.__getitem__, record.nodes))
        linked = sum(map(page.linked.__getitem__, record.nodes))
        if size < 2:
            continue
        dates = within(page.dates, record.first, record.end)
        names = within(page.authors, record.first, record.end)
        dated, named = bool(dates), bool(names)
        share = size / (size + 0.5 * linked)
        if within(page.titles, record.first, record.end):
            share *= _LEADING
        if _repeat(page, dates) and _repeat(page, names):
            share *= _SEVERAL
        total += min(size, _ENOUGH) ** 0.6 * (0.1 + dated + 0.8 * named) * share
    return total


def _repeat(page: Evidence, numbers: Sequence[int]) -> bool:
    """Whether two elements stand in places that are alike."""
    return len({page.chain[number] for number in numbers}) < len(numbers)


def traits_of(page: Evidence, number: int) -> set[str]:
    """A tag with each class; without classes the tag and those of the element around it."""
    tag, classes = page.looks[page.look[number]]
    above = page.parent[number]
    if not classes and above >= 0:
        around = page.looks[page.look[above]]
        return {f"{around[0]}.{name} {tag}" for name in around[1].split(" ")}
    return {f"{tag}.{name}" for name in classes.split(" ")}


def alike(page: Evidence, records: Sequence[DataRecord]) -> float:
    """Which share of records has a tag and a class that most have, and which share looks the same.

    The first may differ.
    """
    others = records[1:] if len(records) > 2 else records
    traits: Counter[str] = Counter()
    for record in others:
        traits.update(traits_of(page, record.nodes[0]))
    looks = Counter(page.look[record.nodes[0]] for record in others)
    return (0.6 * max(traits.values()) + 0.4 * max(looks.values())) / len(others)


def common_roots(page: Evidence, members: Sequence[int], roots: Sequence[int]) -> list[int]:
    """For each member the outermost element around it that is alike in nearly all of them.

    That is the comment itself where comments stand within each other.
    """
    paths: list[list[int]] = []
    counts: Counter[int] = Counter()
    for number, root in zip(members, roots, strict=True):
        path = [number]
        while path[-1] != root:
            path.append(page.parent[path[-1]])
        paths.append(path)
    others = paths[1:] if len(paths) > 2 else paths  # the post that asks may differ
    for path in others:
        counts.update({page.look[each] for each in path})
    most = _COMMON * len(others)
    return [
        next((n for n in reversed(path) if counts[page.look[n]] >= most), path[-1])
        for path in paths
    ]


def _are_halves(page: Evidence, records: Sequence[DataRecord]) -> bool:
    """Whether records stand two by two: the two parts of each post."""
    if len(records) < 4 or len(records) % 2:
        return False
    parents = [page.parent[record.nodes[0]] for record in records]
    pairs = list(zip(parents[::2], parents[1::2], strict=True))
    return all(a == b for a, b in pairs) and len({a for a, _ in pairs}) == len(pairs)


def best_guess(page: Evidence) -> Guess:
    """The best division of a page into posts; without records where nothing divides it."""
    best = Guess(0.0, ())
    tried: set[tuple[int, ...]] = set()
    for why, members in groups(page):
        days = {page.written[n] for n in members} if why.startswith("date") else ()
        if len(days) == 1 and len(members) > 2:
            continue  # a label, or the page's own date
        members = _outermost(page, members)
        roots = roots_of(page, members)
        key = tuple(roots)
        if len(roots) < 2 or key in tried:
            continue
        tried.add(key)
        common = common_roots(page, members, roots)
        options = [(alone(page, roots), 1.0), (with_siblings(page, roots), 0.7)]
        if common != roots:
            options.append((alone(page, common), 0.9))
        for records, weight in options:
            score = rate(page, records) * weight * alike(page, records)
            if _are_halves(page, records):
                score *= _HALF
            if score > best.score:
                best = Guess(score, tuple(records), tuple(members), why)
    return best
