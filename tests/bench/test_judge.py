"""The judgements hold together, and the measure is what the literature says it is."""

from __future__ import annotations

from collections import Counter
from math import log2
from pathlib import Path

import pytest

from bench.judge import DEVELOPMENT, EXACT, HELD_OUT, BadJudgement, judged, ndcg
from sample.library import entries


@pytest.mark.parametrize(("folder", "least", "each"), [(DEVELOPMENT, 80, 20), (HELD_OUT, 57, 11)])
def test_there_are_enough_and_they_reach_every_entry(folder: Path, least: int, each: int) -> None:
    queries = judged(folder)
    assert len(queries) >= least
    kinds = Counter(query.kind for query in queries)
    assert kinds.keys() == {"lay", "long", "medical", "misspelt", "short"}
    assert min(kinds.values()) >= each
    answered = {n for query in queries for n, grade in query.grades.items() if grade == EXACT}
    assert answered == {entry.number for entry in entries()}


def test_what_is_held_out_is_in_nothing_else() -> None:
    seen = {query.text.lower() for query in judged(DEVELOPMENT)}
    assert not seen & {query.text.lower() for query in judged(HELD_OUT)}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ('text = "x"\nexact = ["No such entry"]', "no entry is titled 'No such entry'"),
        ('text = "x"\nexact = []', "without an answer"),
        ('text = "x"\nexact = ["Forgetting names"]\nrelated = ["Forgetting names"]', "twice"),
    ],
)
def test_a_wrong_judgement_is_named(tmp_path: Path, rows: str, why: str) -> None:
    (tmp_path / "short.toml").write_text(f"[[query]]\n{rows}\n")
    with pytest.raises(BadJudgement, match=f"short.toml: 'x': .*{why}"):
        judged(tmp_path)


def test_a_query_stands_once(tmp_path: Path) -> None:
    row = '[[query]]\ntext = "x"\nexact = ["Forgetting names"]\n'
    (tmp_path / "short.toml").write_text(row)
    assert len(judged(tmp_path)) == 1
    (tmp_path / "long.toml").write_text(row)
    with pytest.raises(BadJudgement, match="twice"):
        judged(tmp_path)


def test_ndcg_by_hand() -> None:
    # Gains 3 and 1; the ideal has them at ranks 1 and 2.
    ideal = 3 + 1 / log2(3)
    assert ndcg([2, 1], [1, 2]) == 1
    assert ndcg([1, 0, 2], [2, 1]) == pytest.approx((1 + 3 / log2(4)) / ideal)
    assert ndcg([], [2]) == 0
    assert ndcg([0, 2], [2]) == pytest.approx(1 / log2(3))


def test_only_the_first_ten_count() -> None:
    assert ndcg([0] * 10 + [2], [2]) == 0
    assert ndcg([2] * 11, [2] * 30) == 1
