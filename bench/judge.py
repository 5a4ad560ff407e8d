"""Judged queries, and how good a list of results is by those judgements.

A judgement is of a hand-written entry of the sample site, and every question that was mixed
from that entry has its grade: 2 answers exactly this, 1 is related and useful, 0 is neither.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path

from sample.library import entries

_JUDGED = Path(__file__).parent / "judged"
#: Queries that the search was worked on with, and those that it was not (judged/README.md).
DEVELOPMENT, HELD_OUT = _JUDGED / "development", _JUDGED / "held_out"
EXACT, RELATED = 2, 1


class BadJudgement(ValueError):
    """A file of judged queries says what cannot be: the message has the file and why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query as somebody types it; ``grades`` by the number of the entry (others are 0)."""

    kind: str
    text: str
    grades: Mapping[int, int]


def judged(folder: Path) -> list[Judged]:
    """The judged queries of a folder; the name of its file is the kind of a query.

    :raises BadJudgement: no entry has the title that a judgement names, one is judged twice,
        a query stands twice, or nothing answers it
    """
    numbers = {entry.titles[0]: entry.number for entry in entries()}
    queries: dict[str, Judged] = {}
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["query"]:
            text = row["text"]
            named = [(title, EXACT) for title in row["exact"]]
            named += [(title, RELATED) for title in row.get("related", ())]
            if unknown := [title for title, _ in named if title not in numbers]:
                raise BadJudgement(f"{path.name}: {text!r}: no entry is titled {unknown[0]!r}")
            grades = {numbers[title]: grade for title, grade in named}
            if text in queries or not row["exact"] or len(grades) < len(named):
                raise BadJudgement(f"{path.name}: {text!r}: twice, or without an answer")
            queries[text] = Judged(path.stem, text, grades)
    return list(queries.values())


def ndcg(grades: Sequence[int], ideal: Iterable[int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain at ``depth``: 0 (nothing) to 1 (as good as can be).

    The gain of a grade is 2^grade - 1, discounted by log2(rank + 1) (Järvelin and Kekäläinen
    2002, with the gain of Burges et al. 2005: what answers exactly counts three times as much
    as what is related).

    :param grades: of the results, in their order
    :param ideal: the grades of everything that could have been found, in any order
    """
    best = _gain(sorted(ideal, reverse=True)[:depth])
    return _gain(grades[:depth]) / best if best else 0.0


def _gain(grades: Iterable[int]) -> float:
    return sum((2.0**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades, 1))
