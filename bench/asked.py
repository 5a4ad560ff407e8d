"""What many readers ask for: addresses of two servers for the same things, no two alike.

A server may remember an answer, and does; here every request is somebody's first. Words come
from the archive's own questions: one word, two to four together, or a sentence.
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

#: The address of a thing at our server, and at a plain Datasette.
Pair = tuple[str, str]

FACETS = ("topic_id", "responder_id", "institution", "year", "status")
# Datasette would not find the full-text table by itself: its SQL is quoted in another way.
_FULL_TEXT = [("_fts_table", "questions_fts"), ("_fts_pk", "id")]


@dataclass(frozen=True, slots=True)
class Known:
    """What an archive has that can be asked for. ``topics`` are pairs of row number and slug."""

    rows: Sequence[tuple[int, str, str]]
    texts: Sequence[str]
    topics: Sequence[tuple[int, str]]
    years: Sequence[int]


def known(archive: Path, most: int, seed: int = 1) -> Known:
    """Choose questions of an archive at random, the same ones for the same seed."""
    with closing(open_read_only(archive)) as db:
        (last,) = db.execute("SELECT max(id) FROM questions").fetchone()
        chosen = Random(seed).sample(range(1, last + 1), min(most, last))
        marks = ", ".join("?" * len(chosen))
        found = db.execute(
            f"SELECT id, site, source_id, title, question FROM questions WHERE id IN ({marks})",
            chosen,
        ).fetchall()
        by_id = {row[0]: row for row in found}
        in_order = [by_id[one] for one in chosen if one in by_id]
        return Known(
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


def kinds(known: Known, database: str, seed: int = 1) -> Mapping[str, list[Pair]]:
    """For each kind of page its addresses, in random order.

    :param database: the name that the plain Datasette gives the archive
    """
    dice = Random(seed)
    table = f"/{database}/questions"
    typed = list(queries(known.texts, seed))
    shares = _split(typed, 3)
    found: dict[str, list[Pair]] = {
        "front": [("/", "/")] * 400,
        "search": [(_path("/search", q=q), _searched(table, q)) for q in shares[0]],
        "filtered": [
            (
                _path("/search", q=q, year=year, status="answered"),
                _searched(table, q, year=year, status="answered"),
            )
            for q, year in ((q, dice.choice(known.years)) for q in shares[1])
        ],
        "search_json": [
            (_path("/search.json", q=q), _searched(f"{table}.json", q)) for q in shares[2]
        ],
        "question": [
            (f"/q/{quote(site, safe='')}/{quote(source, safe='')}", f"{table}/{row}")
            for row, site, source in known.rows
        ],
        "topic": [
            (
                _path(f"/topic/{quote(slug, safe='')}", page=page),
                _path(table, topic_id=row, _sort_desc="year", _facet=("year", "responder_id")),
            )
            for (row, slug), page in product(known.topics, range(1, 30))
        ],
        "table": _tables(known, table, ""),
        "table_json": _tables(known, table, ".json"),
    }
    for pairs in found.values():
        dice.shuffle(pairs)
    return found


def _tables(known: Known, table: str, kind: str) -> list[Pair]:
    """The table with its facets, filtered in ways that nobody asked for before."""
    ways = product(known.topics, known.years, ("answered", "unanswered"))
    found = []
    for (topic, _), year, status in ways:
        # JSON is asked for another sort, else it would be counted already.
        sort = {"_sort_desc": "last_changed_at"} if kind else {"_sort": "answered_on"}
        asked = {"topic_id": topic, "year__gte": year, "status": status, **sort}
        if kind:
            asked["year__lte"] = year + 1
        found.append(
            (
                _path(f"/archive/questions{kind}", **asked),
                _path(f"{table}{kind}", **asked, _facet=FACETS),
            )
        )
    return found


def _searched(table: str, text: str, **filters: object) -> str:
    return f"{_path(table, _search=text, _facet=FACETS, **filters)}&{urlencode(_FULL_TEXT)}"


def _path(path: str, **asked: object) -> str:
    pairs: list[tuple[str, object]] = []
    for name, value in asked.items():
        pairs += [(name, one) for one in value] if isinstance(value, tuple) else [(name, value)]
    return f"{path}?{urlencode(pairs)}"


def _split(values: Sequence[str], parts: int) -> list[list[str]]:
    return [list(values[part::parts]) for part in range(parts)]
