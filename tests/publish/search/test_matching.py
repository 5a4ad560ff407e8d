"""How words are taken, and in which order what they found stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from sqlite3 import Connection, Row, connect

import pytest

from parsers.records import Responder, TopicLink
from publish.search import ranking
from publish.search.cache import index_snapshot
from publish.search.query_language import parse
from publish.search.request import SearchRequest
from publish.search.selection import select
from tests.publish.archives import DIABETES, PHARMACIST, Archive, page


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    path = tmp_path_factory.mktemp("matching") / "archive.db"
    archive = Archive(path)
    plain = {"question": "Nothing to see.", "answer": "Nothing at all."}
    archive.add(
        page(1, title="Snoring loudly", **plain),
        page(2, title="Bedroom noise", question="Why does snoring happen?", answer="Air."),
        page(3, title="Noise", question="A noise at night.", answer="It may be snoring."),
        page(4, title="Loudly snoring men", **plain),
        page(5, title="Hypertension", question="Mine is 160.", answer="Measure again."),
        page(6, title="Zürich", question="A crème for the skin", answer="Ask there."),
        page(7, title="Insulin", topics=(DIABETES,), responders=(PHARMACIST,), **plain),
        page(
            8,
            title="Feet",
            question="Numb feet at night",
            answer="See somebody.",
            topics=(TopicLink("Skin & Hair", None), DIABETES),
            responders=(Responder("Zoë O'Neil-Smith", ("RN",), None, None, None, None),),
            answered_on=date(2009, 1, 1),
        ),
    )
    archive.close()
    connection = connect(path.resolve().as_uri() + "?mode=ro", uri=True)
    connection.row_factory = Row
    return connection


def _found(made: Connection, text: str, **more: object) -> tuple[str, list[int]]:
    """The mode, and the questions in order; their row numbers are those above."""
    selection = select(made, SearchRequest(text=text, **more))  # type: ignore[arg-type]
    return selection.mode, selection.ranked(100)


@pytest.mark.parametrize(
    ("text", "mode", "numbers"),
    [
        ("snoring", "all", {1, 2, 3, 4}),
        ("title:snoring", "all", {1, 4}),
        ("question:snoring", "all", {2}),
        ("answer:snoring", "all", {3}),
        ("snores -title:loudly", "all", {2, 3}),
        ('"loudly snoring"', "all", {4}),
        ('snoring -"loudly snoring"', "all", {1, 2, 3}),
        ("by:tate", "every", {7}),
        ("by:zoe", "every", {8}),
        ('by:"smith zoë"', "every", {8}),
        ("by:o'neil-smith", "every", {8}),
        ("topic:skin", "every", {8}),
        ("topic:diab", "every", {7, 8}),
        ("topic:diab -by:tate", "every", {8}),
        ("by:nobody", "every", set()),
        ("by:nobody snoring", "none", set()),
        ("-snoring -topic:sleep", "every", {7, 8}),
        ("zurich creme", "all", {6}),
        ("what is the snoring", "all", {1, 2, 3, 4}),
        ("zebra snoring", "any", {1, 2, 3, 4}),
        ("zebra", "none", set()),
        ('"zebra" snoring', "none", set()),
        ("?!", "none", set()),
        ("", "every", {1, 2, 3, 4, 5, 6, 7, 8}),
    ],
)
def test_finds(made: Connection, text: str, mode: str, numbers: set[int]) -> None:
    taken_as, ids = _found(made, text)
    assert set(ids) == numbers
    assert taken_as == mode


def test_title_before_question_before_answer(made: Connection) -> None:
    assert _found(made, "snoring")[1][2:] == [2, 3]


def test_words_that_stand_together_in_a_title_come_first(made: Connection) -> None:
    assert _found(made, "snoring loudly")[1] == [1, 4]
    assert _found(made, "loudly snoring")[1] == [4, 1]


def test_more_and_rarer_words_come_first(made: Connection) -> None:
    mode, ids = _found(made, "zebra numb feet snoring night")
    assert mode == "any"
    assert ids[0] == 8


def test_an_unknown_word_is_replaced_and_the_page_can_tell(made: Connection) -> None:
    selection = select(made, SearchRequest(text="insulim"))
    assert str(selection.hits.query) == "insulin"
    assert selection.hits.corrected
    assert selection.ranked(9) == [7]
    assert _found(made, '"insulim"') == ("none", [])


def test_a_filter_never_changes_how_words_are_taken(made: Connection) -> None:
    request = SearchRequest(text="numb feet", topic=("sleep-disorders",))
    selection = select(made, request)
    assert selection.mode == "all"
    assert selection.count == 0


def test_few_full_matches_get_those_with_most_of_the_words(made: Connection) -> None:
    selection = select(made, SearchRequest(text="noise night snoring"))
    assert (selection.mode, selection.hits.with_all) == ("any", 1)
    assert selection.ranked(9)[0] == 3
    assert selection.count > 1
    assert _found(made, '"noise" "night" "snoring"') == ("all", [3])


def test_only_the_rarest_words_of_a_large_archive_cost_time(
    made: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, terms = index_snapshot(made), parse("snoring insulin zebra").content_terms
    assert [str(term) for term in ranking.affordable(index, terms)] == ["insulin", "snoring"]
    monkeypatch.setattr(ranking, "MAX_EXACT", 3)
    assert [str(term) for term in ranking.affordable(index, terms)] == ["insulin"]
    assert [str(term) for term in ranking.affordable(index, terms[:1])] == ["title:snoring"]
    assert set(_found(made, "snoring   ")[1][:2]) == {1, 4}


def test_an_archive_in_memory_or_empty_can_be_searched(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    Archive(path).close()
    connection = connect(path)
    connection.row_factory = Row
    for text in ("", "sleep", "by:x -y", "slepp insomnia"):
        selection = select(connection, SearchRequest(text=text))
        assert selection.count == 0
        assert selection.ranked(9) == []
    copy = connect(":memory:")
    connection.backup(copy)
    assert select(copy, SearchRequest()).count == 0
    connection.close()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("hypertensiology", {5}),  # no word is two slips away: hypertens… is what both begin with
        ("zzqx hypertensiology", {5}),
        ("topic:diabetes nightgown", {8}),
    ],
)
def test_a_beginning_is_the_last_resort(made: Connection, text: str, numbers: set[int]) -> None:
    selection = select(made, SearchRequest(text=text))
    assert set(selection.ranked(100)) == numbers
    assert selection.hits.corrected
    assert "*" in str(selection.hits.query)


@pytest.mark.parametrize("text", ['"hypertensiology"', "zzqx", "-noise zzqx"])
def test_nothing_in_common_is_nothing_found(made: Connection, text: str) -> None:
    assert _found(made, text) == ("none", [])
