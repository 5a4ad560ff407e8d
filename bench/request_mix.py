"""The requests of many readers: addresses of the same page on two servers, no two alike.

A server may cache an answer, and does; here every request is new. Words come from the
archive's own questions: one word, two to four together, or a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

from pipelines.db.connection import open_read_only

#: The address of a page at our server, and at a plain Datasette.
Pair = tuple[str, str]

FACETS = ("topic_id", "responder_id", "institution", "year", "status")
# Datasette would not find the full-text table by itself: its SQL is quoted in another way.
_FULL_TEXT = [("_fts_table", "questions_fts"), ("_fts_pk", "id")]


@dataclass(frozen=True, slots=True)
class Sample:
    """Questions, topics and years of an archive, to make requests from.

    ``rows`` are row id, site and source id; ``topics`` are row id and slug.
    """

    rows: Sequence[tuple[int, str, str]]
    texts: Sequence[str]
    topics: Sequence[tuple[int, str]]
    years: Sequence[int]


def sample_archive(archive: Path, limit: int, seed: int = 1) -> Sample:
    """Choose questions of an archive at random, the same ones for the same seed."""
    with closing(open_read_only(archive)) as db:
        (last,) = db.execute("SELECT max(id) FROM questions").fetchone()
        chosen = Random(seed).sample(range(1, last + 1), min(limit, last))
        marks = ", ".join("?" * len(chosen))
        rows = db.execute(
            f"SELECT id, site, source_id, title, question FROM questions WHERE id IN ({marks})",
            chosen,
        ).fetchall()
        by_id = {row[0]: row for row in rows}
        in_order = [by_id[row_id] for row_id in chosen if row_id in by_id]
        return Sample(
            [row[:3] for row in in_order],
            [f"{title}. {question}" for _, _, _, title, question in in_order],
            db.execute("SELECT id, slug FROM topics ORDER BY id").fetchall(),
            [year for (year,) in db.execute(_YEARS)],
        )


_YEARS = "SELECT DISTINCT year FROM questions WHERE year IS NOT NULL ORDER BY year"


def queries(texts: Sequence[str], seed: int = 1) -> Iterator[str]:
    """Texts for the search box, no two alike: words and sentences of these texts."""
    dice, seen = Random(seed), set[str]()
    for text in texts:
        sentences = [part.strip() for part in re.split(r"[.?!\n]+", text) if len(part) > 20]
        words = re.findall(r"[A-Za-z]{3,}", dice.choice(sentences) if sentences else text)
        if not words:
            continue
        count = dice.choice((1, 2, 3, 4, len(words)))
        start = dice.randrange(max(1, len(words) - count + 1))
        query = " ".join(words[start : start + count]).lower()
        # Nobody searches for "the" or "she has" alone.
        if query not in seen and any(len(word) > 4 for word in query.split()):
            seen.add(query)
            yield query


def page_requests(sample: Sample, database: str, seed: int = 1) -> Mapping[str, list[Pair]]:
    """Return the addresses of each kind of page, in random order.

    :param database: the name that the plain Datasette gives the archive
    """
    dice = Random(seed)
    table = f"/{database}/questions"
    typed = list(queries(sample.texts, seed))
    shares = _split(typed, 3)
    requests: dict[str, list[Pair]] = {
        "front": [("/", "/")] * 400,
        "search": [(_path("/search", q=q), _searched(table, q)) for q in shares[0]],
        "filtered": [
            (
                _path("/search", q=q, year=year, status="answered"),
                _searched(table, q, year=year, status="answered"),
            )
            for q, year in ((q, dice.choice(sample.years)) for q in shares[1])
        ],
        "search_json": [
            (_path("/search.json", q=q), _searched(f"{table}.json", q)) for q in shares[2]
        ],
        "question": [
            (f"/q/{quote(site, safe='')}/{quote(source, safe='')}", f"{table}/{row}")
            for row, site, source in sample.rows
        ],
        "topic": [
            (
                _path(f"/topic/{quote(slug, safe='')}", page=page),
                _path(table, topic_id=row, _sort_desc="year", _facet=("year", "responder_id")),
            )
            for (row, slug), page in product(sample.topics, range(1, 30))
        ],
        "table": _tables(sample, table, ""),
        "table_json": _tables(sample, table, ".json"),
    }
    for pairs in requests.values():
        dice.shuffle(pairs)
    return requests


def _tables(sample: Sample, table: str, kind: str) -> list[Pair]:
    """The table with its facets, each filtered in another way."""
    ways = product(sample.topics, sample.years, ("answered", "unanswered"))
    pairs = []
    for (topic, _), year, status in ways:
        # JSON has another sort, else its counts would be cached already.
        sort = {"_sort_desc": "last_changed_at"} if kind else {"_sort": "answered_on"}
        arguments = {"topic_id": topic, "year__gte": year, "status": status, **sort}
        if kind:
            arguments["year__lte"] = year + 1
        pairs.append(
            (
                _path(f"/archive/questions{kind}", **arguments),
                _path(f"{table}{kind}", **arguments, _facet=FACETS),
            )
        )
    return pairs


def _searched(table: str, text: str, **filters: object) -> str:
    return f"{_path(table, _search=text, _facet=FACETS, **filters)}&{urlencode(_FULL_TEXT)}"


def _path(path: str, **arguments: object) -> str:
    pairs: list[tuple[str, object]] = []
    for name, value in arguments.items():
        pairs += [(name, item) for item in value] if isinstance(value, tuple) else [(name, value)]
    return f"{path}?{urlencode(pairs)}"


def _split(values: Sequence[str], parts: int) -> list[list[str]]:
    return [list(values[part::parts]) for part in range(parts)]
