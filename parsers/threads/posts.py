"""The posts of a page: for each its text, and where its date, author and address stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.threads.bodies import Body, find_bodies
from parsers.threads.evidence import Evidence
from parsers.threads.marks import authors_of, dates_of, guess_authors
from parsers.threads.repeats import DataRecord, best_guess, traits_of


@dataclass(frozen=True, slots=True)
class Post:
    """A post, by the numbers of its elements."""

    record: DataRecord
    body: Body
    date: int | None = None
    author: int | None = None


def find_posts(page: Evidence) -> list[Post]:
    """The posts of a page in their order; none where nothing on it repeats."""
    records = _alike(page, best_guess(page).records)
    posts = _read(page, records)
    others = _others(page, posts)
    if others:
        posts = _with_others(page, posts, others)
    return _without_forms(page, posts)


def _without_forms(page: Evidence, posts: Sequence[Post]) -> list[Post]:
    """Posts without what has fields to fill in and no date, where most have a date."""
    if sum(post.date is not None for post in posts) <= 0.5 * len(posts):
        return list(posts)
    return [post for post in posts if post.date is not None or not _has_fields(page, post)]


def _has_fields(page: Evidence, post: Post) -> bool:
    return any(
        page.tags[number] in ("input", "form")
        for number in range(post.record.first, post.record.end)
    )


def _read(page: Evidence, records: Sequence[DataRecord]) -> list[Post]:
    """Posts of records that are alike."""
    dates = dates_of(page, records)
    authors = authors_of(page, records)
    known = _known(page, records, dates, authors)
    if 0.6 * len(records) < len(known) < len(records):  # the rest is what stands between posts
        return _read(page, known)
    bodies = find_bodies(page, records, _meta(dates, authors))
    if sum(author is not None for author in authors) < 0.5 * len(records):
        guesses = guess_authors(page, records, bodies)
        authors = [known or guess for known, guess in zip(authors, guesses, strict=True)]
        bodies = find_bodies(page, records, _meta(dates, authors))
    return [Post(*each) for each in zip(records, bodies, dates, authors, strict=True)]


def _meta(dates: Sequence[int | None], authors: Sequence[int | None]) -> list[frozenset[int]]:
    """Of each record the elements of its date and its author."""
    return [frozenset(number for number in pair if number is not None)
            for pair in zip(dates, authors, strict=True)]  # fmt: skip


def _known(
    page: Evidence,
    records: Sequence[DataRecord],
    dates: Sequence[int | None],
    authors: Sequence[int | None],
) -> list[DataRecord]:
    """The records with a date, or with an author where most have one."""
    names = Counter(page.chain[n] for n in authors if n is not None)
    usual = {chain for chain, count in names.items() if count > 0.2 * len(records)}
    dated = sum(date is not None for date in dates) > 0.6 * len(records)
    return [
        record
        for record, date, author in zip(records, dates, authors, strict=True)
        if date is not None or (author is not None and (not dated or page.chain[author] in usual))
    ]


def _alike(page: Evidence, records: Sequence[DataRecord]) -> list[DataRecord]:
    """The records that look like most of them do, or have a part that does."""
    traits: Counter[str] = Counter()
    for record in records:
        traits.update(traits_of(page, record.nodes[0]))
    if not traits:
        return []
    usual = max(traits, key=lambda trait: (traits[trait], trait))  # the same whatever the hashes
    alike = []
    for record in records:
        if usual in traits_of(page, record.nodes[0]):
            alike.append(record)
            continue
        inner = next((n for n in range(record.first + 1, record.end)
                      if page.size[n] and usual in traits_of(page, n)), None)  # fmt: skip
        if inner is not None:
            alike.append(DataRecord((inner,), inner, page.end[inner]))
    return alike


def _others(page: Evidence, posts: Sequence[Post]) -> list[int]:
    """Elements elsewhere that look like the bodies of posts do, such as that of the question."""
    looks = Counter(page.look[post.body.nodes[0]] for post in posts if len(post.body.nodes) == 1)
    looks = Counter({look: n for look, n in looks.items() if page.looks[look][1]})
    if not looks:
        return []
    usual = {look for look, count in looks.items() if count > 0.3 * len(posts)}
    traits = {f"{page.looks[look][0]}.{name}"
              for look in usual for name in page.looks[look][1].split(" ")}  # fmt: skip
    numbers: list[int] = []
    spans = iter([*((post.record.first, post.record.end) for post in posts), (len(page.tags), 0)])
    first, end = next(spans)
    number = 0
    while number < len(page.tags):
        if number >= first:
            number, (first, end) = max(end, number), next(spans, (len(page.tags) + 1, 0))
            continue
        alike = page.look[number] in usual or (traits and traits <= traits_of(page, number))
        filled = page.size[number] + page.linked[number] > 0
        if alike and filled and page.end[number] <= first:
            numbers.append(number)
            number = page.end[number]
        else:
            number += 1
    return numbers


def _with_others(page: Evidence, posts: Sequence[Post], bodies: Sequence[int]) -> list[Post]:
    """Posts with those whose bodies stand elsewhere, each with what is around it."""
    places = sorted([*(post.record.first for post in posts), *bodies])
    extra = []
    for number in bodies:
        place = places.index(number)
        before = places[place - 1] if place else -1
        after = places[place + 1] if place + 1 < len(places) else len(page.tags)
        root, above = number, page.parent[number]
        while above > 0 and above > before and page.end[above] <= after:
            root, above = above, page.parent[above]
        extra.append(DataRecord((root,), root, page.end[root]))
    dates = dates_of(page, extra)
    authors = authors_of(page, extra)
    more = [
        Post(record, Body((number,), frozenset()), date, author)
        for record, number, date, author in zip(extra, bodies, dates, authors, strict=True)
        if date is not None or author is not None
    ]
    return sorted([*posts, *more], key=lambda post: post.body.nodes[0])


def without(post: Post, numbers: Sequence[int]) -> Post:
    """A post with more left out of its body."""
    body = replace(post.body, left_out=post.body.left_out | frozenset(numbers))
    return replace(post, body=body)
