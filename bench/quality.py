"""How good the search is: judged queries through three searches over the same archive.

Usage: python -m bench.quality [--pages N] [--worst N]

Each query of bench/judged/ (its README tells how they were written) goes to the table's own
search of a plain Datasette (``_search``, default settings) and to ``/search.json`` of this
project: what a reader gets, over HTTP, the help with spelling included. Of each the first ten
rows count. A row has the grade of the hand-written entry that its question was mixed from; where
an entry comes twice among the ten, only its first row gains. The ideal is every relevant entry
once, the best first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any
from urllib.parse import quote

import httpx

from bench.archive import make_archive
from bench.judge import DEVELOPMENT, HELD_OUT, Judged, judged, ndcg
from bench.measure import Result
from bench.results import write
from bench.servers import FULL_TEXT, ours, plain_datasette
from sample import Site
from sample.library import entries

HERE = Path(__file__).parent
DEPTH = 10
PEER_IS = "plain Datasette 0.65.5, _search of the table, same file"

#: Gives the source ids of the first results for a text, in their order.
Search = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one search gave for one query; ``taken`` is in milliseconds."""

    query: Judged
    count: int
    ndcg: float
    taken: float


@dataclass(frozen=True, slots=True)
class Score:
    """One search over all queries."""

    name: str
    answers: Sequence[Answer]

    @property
    def ndcg(self) -> float:
        """The mean over all queries."""
        return mean(answer.ndcg for answer in self.answers)

    @property
    def empty(self) -> int:
        """Queries for which nothing was found."""
        return sum(not answer.count for answer in self.answers)

    @property
    def taken(self) -> float:
        """Milliseconds for a query, the median."""
        return median(answer.taken for answer in self.answers)

    def of(self, queries: Sequence[Judged]) -> Score:
        """The same search, over some of the queries only."""
        return Score(self.name, [answer for answer in self.answers if answer.query in queries])

    def by_kind(self) -> dict[str, float]:
        """The mean nDCG of each kind of query."""
        kinds = dict.fromkeys(answer.query.kind for answer in self.answers)
        return {kind: mean(a.ndcg for a in self.answers if a.query.kind == kind) for kind in kinds}


def quality(folder: Path, pages: int, queries: Sequence[Judged]) -> list[Score]:
    """Every query through each search, over an archive of so many sample questions.

    "ranked" is the search as it comes.
    """
    archive = folder / f"quality-{pages}.db"
    make_archive(archive, pages)
    scores = []
    with plain_datasette(archive) as peer:
        scores.append(_score("_search", _plain(peer, archive.stem), queries, pages))
    with ours(archive) as client:
        scores.append(_score("ranked", _ranked(client), queries, pages))
    return scores


def _score(name: str, search: Search, queries: Sequence[Judged], pages: int) -> Score:
    site = Site(pages=pages)
    search("what comes first pays for the start")
    return Score(name, [_answer(site, search, query) for query in queries])


def _answer(site: Site, search: Search, query: Judged) -> Answer:
    started = time.perf_counter()
    ids = search(query.text)
    taken = (time.perf_counter() - started) * 1000
    grades, seen = [], set()
    for source_id in ids[:DEPTH]:
        entry = site.entry(source_id)
        number = entry.number if entry else None
        grades.append(0 if number is None or number in seen else query.grades.get(number, 0))
        seen.add(number)
    return Answer(query, len(ids), ndcg(grades, query.grades.values(), DEPTH), taken)


def _plain(client: httpx.Client, name: str) -> Search:
    def search(text: str) -> list[str]:
        arguments = f"_search={quote(text)}&{FULL_TEXT}&_size={DEPTH}&_shape=objects"
        return _source_ids(client.get(f"/{name}/questions.json?{arguments}"), "rows")

    return search


def _ranked(client: httpx.Client) -> Search:
    def search(text: str) -> list[str]:
        return _source_ids(client.get("/search.json", params={"q": text}), "results")

    return search


def _source_ids(response: httpx.Response, key: str) -> list[str]:
    rows: list[dict[str, Any]] = response.raise_for_status().json()[key]
    return [str(row["source_id"]) for row in rows]


def main() -> int:
    """Measure, print, and keep the figures in bench/results.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--pages", type=int, default=3_000, help="questions of the archive (3000)")
    parser.add_argument(
        "--worst", type=int, default=0, help="development queries to list, the worst first"
    )
    options = parser.parse_args()
    parts = {"held out": judged(HELD_OUT), "development": judged(DEVELOPMENT)}
    work = HERE / "work"
    work.mkdir(exist_ok=True)
    # One question of each entry is the plainest test; so many that each stands there in a
    # score of versions is what a crawl of a real site is nearer to.
    for name, pages in {"quality_one_each": len(entries()), "quality": options.pages}.items():
        with tempfile.TemporaryDirectory(dir=work) as folder:
            scores = quality(Path(folder), pages, [q for part in parts.values() for q in part])
        by_part = {part: [s.of(queries) for s in scores] for part, queries in parts.items()}
        for part, of_part in {**by_part, "in all": scores}.items():
            print(f"{len(of_part[0].answers)} judged queries, {part}; {pages} questions")
            print("\n".join(table(of_part)), flush=True)
        for line in _worst(by_part["development"][1:], options.worst):
            print(line)
        write({name: result(scores, by_part, pages)})
    return 0


def table(scores: Sequence[Score]) -> list[str]:
    """The figures in lines, a search each."""
    kinds = list(scores[0].by_kind())
    head = "".join(f"{kind:>10}" for kind in kinds)
    lines = [f"{'':10}{'nDCG@10':>9}{'empty':>7}{'ms':>8}{head}"]
    for score in scores:
        each = "".join(f"{value:10.3f}" for value in score.by_kind().values())
        lines.append(f"{score.name:10}{score.ndcg:9.3f}{score.empty:7}{score.taken:8.1f}{each}")
    return lines


def result(scores: Sequence[Score], by_part: Mapping[str, Sequence[Score]], pages: int) -> Result:
    """As bench/results.json keeps it: ours is the ranked search, over all queries.

    :param by_part: the same over those that the search was worked on with, and the others
    """
    peer, ranked = scores[0], scores[-1]
    more: dict[str, Any] = {"queries": len(peer.answers), "questions": pages} | _figures(scores)
    more["ms"] = {score.name: round(score.taken, 1) for score in scores}
    more |= {part.replace(" ", "_"): _figures(of_part) for part, of_part in by_part.items()}
    return Result(ranked.ndcg, peer.ndcg, "nDCG@10", PEER_IS, more, less_is_better=False)


def _figures(scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "ndcg": {score.name: round(score.ndcg, 3) for score in scores},
        "empty": {score.name: score.empty for score in scores},
    }


def _worst(scores: Sequence[Score], count: int) -> list[str]:
    lines = []
    for score in scores:
        for answer in sorted(score.answers, key=lambda answer: answer.ndcg)[:count]:
            query = answer.query
            rows = f"{answer.count:3} rows"
            lines.append(f"{score.name:10}{answer.ndcg:7.3f} {rows} {query.kind:9} {query.text}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
