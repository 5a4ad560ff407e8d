"""The quality bench itself: an entry gains once, and what it says of the search is so."""

from __future__ import annotations

import pytest

from bench.judge import DEVELOPMENT, HELD_OUT, Judged, judged
from bench.quality import Answer, Score, _answer, quality, result, table
from sample import Site

SITE = Site(pages=120)  # more than two questions an entry


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    """All judged queries over two or three questions of each entry."""
    queries = [*judged(HELD_OUT), *judged(DEVELOPMENT)]
    measured = quality(tmp_path_factory.mktemp("quality"), 120, queries)
    return {score.name: score for score in measured}


def test_an_entry_gains_once() -> None:
    by_entry: dict[int, list[str]] = {}
    for page in SITE.questions():
        entry = SITE.entry(page.source_id)
        assert entry is not None
        by_entry.setdefault(entry.number, []).append(page.source_id)
    first, other = by_entry[7][:2], by_entry[8][:1]
    query = Judged("short", "x", {7: 2, 8: 1})
    best = _answer(SITE, lambda text: [first[0], *other], query)
    again = _answer(SITE, lambda text: [*first, *other], query)
    only = _answer(SITE, lambda text: first, query)
    assert best.ndcg == 1
    assert only.ndcg < again.ndcg < best.ndcg
    assert _answer(SITE, lambda text: [], query).count == 0


def test_what_this_project_promises(scores: dict[str, Score]) -> None:
    plain, ranked = scores["_search"], scores["ranked"]
    assert plain.empty > len(plain.answers) / 2
    assert ranked.empty <= 1
    assert ranked.ndcg >= 5 * plain.ndcg


def test_it_holds_for_queries_that_were_never_seen(scores: dict[str, Score]) -> None:
    plain, ranked = (scores[name].of(judged(HELD_OUT)) for name in ("_search", "ranked"))
    assert ranked.ndcg >= 4 * plain.ndcg
    assert ranked.ndcg > 0.9


def test_the_table_and_the_file_say_the_same() -> None:
    query = Judged("short", "x", {7: 2})
    poor = Score("_search", [Answer(query, 0, 0.1, 20.0)])
    good = Score("ranked", [Answer(query, 10, 0.8, 5.0)])
    assert table([poor, good])[1:] == [
        "_search       0.100      1    20.0     0.100",
        "ranked        0.800      0     5.0     0.800",
    ]
    figures = result([poor, good], {"held out": [poor, good]}, 120).as_json()
    assert (figures["ours"], figures["peer"], figures["ratio"]) == (0.8, 0.1, 8.0)
    assert figures["empty"] == figures["held_out"]["empty"] == {"_search": 1, "ranked": 0}
