"""The frontier: nothing wanted is lost, nothing done is asked for again."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crawler.frontier.frontier import Frontier, FrontierEntry, FrontierError, peek
from crawler.frontier.revisit import Visit
from pipelines.db.models import Crawl

STARTED = datetime(2026, 5, 1, 12, tzinfo=UTC)


def crawl(uid: str = "one", **arguments: str) -> Crawl:
    return Crawl(uid, "netwellness", arguments, STARTED, {"housecall": "0"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sites" / "a" / "frontier.db"


def begun(path: Path, *entries: FrontierEntry) -> Frontier:
    frontier = Frontier(path)
    frontier.begin(crawl())
    frontier.add(entries)
    return frontier


def test_a_run_is_found_again_as_it_was(path: Path) -> None:
    frontier = begun(path)
    frontier.close()
    again = Frontier(path)
    assert again.open_run() == crawl()
    assert again.resume() == crawl()


def test_lists_come_before_questions(path: Path) -> None:
    frontier = begun(
        path, FrontierEntry("q1", late=True), FrontierEntry("list"), FrontierEntry("q2", late=True)
    )
    assert [entry.url for _ in range(3) if (entry := frontier.lease())] == ["list", "q1", "q2"]
    assert frontier.lease() is None


def test_a_url_is_wanted_once(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"))
    assert frontier.add([FrontierEntry("a"), FrontierEntry("b"), FrontierEntry("b")]) == 1
    frontier.lease()
    frontier.acknowledge("a")
    assert frontier.add([FrontierEntry("a")]) == 0
    assert "a" in frontier


def test_what_was_leased_when_the_process_died_is_leased_again(path: Path) -> None:
    frontier = begun(
        path, FrontierEntry("a", depth=3, lastmod="m"), FrontierEntry("b"), FrontierEntry("c")
    )
    first, second = frontier.lease(), frontier.lease()
    assert first is not None
    assert second is not None
    frontier.acknowledge(first.url)
    frontier.commit()
    frontier.acknowledge(second.url)  # and then it died: this was never committed
    frontier.close()
    again = Frontier(path)
    again.resume()
    assert list(again.waiting()) == ["b", "c"]
    assert again.add([FrontierEntry("a")]) == 0


def test_what_was_released_comes_first(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"), FrontierEntry("b"))
    frontier.lease()
    frontier.release("a")
    assert list(frontier.waiting()) == ["a", "b"]
    assert frontier.in_flight == 0


def test_skipped_urls_are_known_and_not_wanted(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"))
    frontier.add([FrontierEntry("b")], skip=True)
    frontier.commit()
    again = Frontier(path)
    again.resume()
    assert list(again.waiting()) == ["a"]
    assert again.add([FrontierEntry("b")]) == 0
    assert peek(path.parents[2])[0].waiting == 1


def test_a_new_run_takes_over_what_an_abandoned_one_wanted(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"), FrontierEntry("b"))
    frontier.lease()
    frontier.acknowledge("a")
    frontier.add([FrontierEntry("c")], skip=True)
    frontier.commit()
    frontier.begin(crawl("two", base="elsewhere"))
    assert list(frontier.waiting()) == ["b"]
    assert "a" not in frontier
    assert "c" not in frontier


def test_a_finished_run_leaves_only_what_is_known_of_pages(path: Path) -> None:
    visit = Visit(STARTED, timedelta(days=7), "2012-06-01")
    frontier = begun(path, FrontierEntry("a"))
    frontier.lease()
    frontier.acknowledge("a", visit)
    assert frontier.visit("a") == visit
    frontier.finish()
    frontier.close()
    again = Frontier(path)
    assert again.open_run() is None
    assert again.visit("a") == visit
    assert again.visit("b") is None
    with pytest.raises(FrontierError, match="no run"):
        again.resume()


def test_peek_tells_open_runs(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"), FrontierEntry("b"))
    frontier.lease()
    frontier.acknowledge("a")
    frontier.commit()
    (found,) = peek(path.parents[2])
    assert (found.path, found.crawl, found.done, found.waiting) == (path, crawl(), 1, 1)
    frontier.finish()
    assert peek(path.parents[2]) == []
    assert peek(path.parents[2] / "nowhere") == []


def test_a_damaged_file_says_what_to_do(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(FrontierError, match="remove it"):
        Frontier(path)
    assert peek(path.parents[2]) == []


def test_a_failed_commit_forgets_nothing(path: Path) -> None:
    frontier = begun(path, FrontierEntry("a"))
    other = sqlite3.connect(path, isolation_level=None)
    frontier._db.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(FrontierError, match="cannot be used"):
        frontier.commit()
    other.execute("ROLLBACK")
    frontier.commit()
    assert other.execute("SELECT url FROM queue").fetchall() == [("a",)]


class FrontierMachine(RuleBasedStateMachine):
    """Against a model: what a killed process finds again is what was committed."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "frontier.db"
        self.frontier = Frontier(self.path)
        self.frontier.begin(crawl())
        self.known: set[str] = set()
        self.done: set[str] = set()
        self.leased: set[str] = set()
        self.safe: tuple[set[str], set[str]] = (set(), set())

    def teardown(self) -> None:
        self.frontier.close()
        self.folder.cleanup()

    @rule(urls=st.lists(st.sampled_from("abcdefghij"), max_size=4), late=st.booleans())
    def add(self, urls: list[str], late: bool) -> None:
        assert self.frontier.add(FrontierEntry(url, late) for url in urls) == len(
            set(urls) - self.known
        )
        self.known |= set(urls)

    @rule()
    def lease(self) -> None:
        entry = self.frontier.lease()
        assert (entry is None) == (not self.known - self.done - self.leased)
        if entry is not None:
            assert entry.url not in self.leased | self.done
            self.leased.add(entry.url)

    @precondition(lambda self: self.leased)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        url = data.draw(st.sampled_from(sorted(self.leased)))
        self.frontier.acknowledge(url)
        self.leased.discard(url)
        self.done.add(url)

    @precondition(lambda self: self.leased)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        url = data.draw(st.sampled_from(sorted(self.leased)))
        self.frontier.release(url)
        self.leased.discard(url)

    @rule()
    def commit(self) -> None:
        self.frontier.commit()
        self.safe = set(self.known), set(self.done)

    @rule()
    def die(self) -> None:
        self.frontier.close()
        self.frontier = Frontier(self.path)
        self.frontier.resume()
        self.known, self.done = set(self.safe[0]), set(self.safe[1])
        self.leased.clear()

    @invariant()
    def waits_for_all_that_is_not_done(self) -> None:
        assert set(self.frontier.waiting()) == self.known - self.done - self.leased
        assert len(self.frontier) == len(self.known - self.done - self.leased)


TestFrontierMachine = FrontierMachine.TestCase
TestFrontierMachine.settings = settings(stateful_step_count=40)
