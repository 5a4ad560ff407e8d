"""Filters and their counts, against plain SQL."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.search.facet_counts import count_facets
from publish.search.query_language import fts_all, parse
from publish.search.request import FILTERS, SearchRequest
from publish.search.selection import select

SQL = {
    "site": "SELECT site, id FROM questions",
    "topic": (
        "SELECT t.slug, qt.question_id FROM question_topics qt JOIN topics t ON t.id = qt.topic_id "
        "UNION SELECT 'none', id FROM questions WHERE id NOT IN "
        "(SELECT question_id FROM question_topics)"
    ),
    "responder": "SELECT responder_id, question_id FROM question_responders",
    "institution": "SELECT institution, question_id FROM question_responders",
    "year": "SELECT coalesce(year, 'none'), id FROM questions",
    "status": "SELECT status, id FROM questions",
    "language": "SELECT nullif(language, ''), id FROM questions",
    "confidence": (
        "SELECT iif(confidence < 0.8, 'low', iif(confidence < 1, 'good', 'full')), id "
        "FROM questions"
    ),
    "answers": (
        "SELECT DISTINCT iif(r.answer_id IS NULL AND s.answers = 'public', 'public', 'experts'), "
        "q.id FROM answers a JOIN questions q ON q.id = a.question_id "
        "JOIN sites s ON s.name = q.site LEFT JOIN answer_responders r ON r.answer_id = a.id"
    ),
}
WORDS = ["", "sleep", "pain", "sleep night", "blood", "the", "title:headache", "by:md", "zebra"]


def _having(connection: Connection, name: str, values: tuple[Any, ...]) -> set[int]:
    return {q for value, q in map(tuple, connection.execute(SQL[name])) if value in values}


def _matching(connection: Connection, text: str) -> set[int]:
    query = parse(text)
    if query.name_terms:
        return set()
    if not query.text_terms:
        return {row[0] for row in connection.execute("SELECT id FROM questions")}
    match = fts_all(query.content_terms)
    sql = "SELECT rowid FROM questions_fts WHERE questions_fts MATCH ?"
    return {row[0] for row in connection.execute(sql, (match,))}


def _values(connection: Connection, name: str) -> list[Any]:
    values = {value for value, _ in map(tuple, connection.execute(SQL[name])) if value is not None}
    return sorted(values, key=str)


@given(st.data())
def test_counts_equal_plain_sql(connection: Connection, data: st.DataObject) -> None:
    chosen = {
        name: tuple(
            data.draw(st.lists(st.sampled_from(_values(connection, name)), max_size=2, unique=True))
        )
        for name in FILTERS
    }
    request = SearchRequest(text=data.draw(st.sampled_from(WORDS)), **chosen)  # type: ignore[arg-type]
    selection = select(connection, request)
    words = _matching(connection, request.text)
    passing = {name: _having(connection, name, values) for name, values in request.filters.items()}
    expected_ids = words.intersection(*passing.values())
    assert list(selection.ids()) == sorted(expected_ids)
    assert selection.count == len(expected_ids)
    for facet in count_facets(selection):
        others = words.intersection(*(p for name, p in passing.items() if name != facet.name))
        expected: dict[Any, set[int]] = {}
        for value, question in map(tuple, connection.execute(SQL[facet.name])):
            if question in others and value is not None:
                expected.setdefault(value, set()).add(question)
        shown = {choice.value: choice.count for choice in facet.all if choice.count}
        assert shown == {value: len(questions) for value, questions in expected.items()}
        assert {choice.value for choice in facet.chosen} == set(request.filters.get(facet.name, ()))


@given(
    st.sampled_from([*WORDS, "numb toes sugar", "sleep -apnea", "what is the matter", "slepp"]),
    st.sampled_from(["relevance", "newest", "oldest"]),
    st.sampled_from([(), ("answered",), ("unanswered",)]),
)
def test_pages_part_what_is_counted(
    connection: Connection, text: str, sort: Any, status: tuple[str, ...]
) -> None:
    selection = select(connection, SearchRequest(text=text, sort=sort, status=status))
    total = selection.count
    pages = [selection.ranked(37, offset) for offset in range(0, total + 37, 37)]
    shown = [number for page in pages for number in page]
    assert len(shown) == len(set(shown)) == total
    assert sorted(shown) == list(selection.ids())
    assert pages[-1] == []


def test_the_order_of_time_is_that_of_sql(connection: Connection) -> None:
    for sort, way in (("newest", "DESC"), ("oldest", "ASC")):
        selection = select(connection, SearchRequest(sort=sort))  # type: ignore[arg-type]
        sql = f"SELECT id FROM questions ORDER BY answered_on IS NULL, answered_on {way}, id"
        expected = [row[0] for row in connection.execute(sql)]
        assert selection.ranked(10_000) == expected


def test_years_are_in_order_and_the_rest_by_number(connection: Connection) -> None:
    by_name = {facet.name: facet for facet in count_facets(select(connection, SearchRequest()))}
    years = [choice.value for choice in by_name["year"].all]
    assert years[-1] == "none"
    assert years[:-1] == sorted(years[:-1], reverse=True)
    counts = [choice.count for choice in by_name["topic"].all if choice.value != "none"]
    assert counts == sorted(counts, reverse=True)
    assert len(by_name["topic"].shown) == 8
    assert by_name["topic"].more


def test_a_value_that_no_question_has_finds_nothing(connection: Connection) -> None:
    selection = select(connection, SearchRequest(topic=("no-such",), year=(2004,)))
    assert selection.count == 0
    topic = next(facet for facet in count_facets(selection) if facet.name == "topic")
    assert [(choice.value, choice.count) for choice in topic.chosen] == [("no-such", 0)]
    assert topic.shown


@pytest.mark.parametrize(
    ("years", "condition"),
    [
        ("2004-2006", "year BETWEEN 2004 AND 2006"),
        ("2004-", "year >= 2004"),
        ("-2006", "year <= 2006"),
        ("none", "year IS NULL"),
        ("1066", "year = 1066"),
    ],
)
def test_ranges_of_years(connection: Connection, years: str, condition: str) -> None:
    sql = f"SELECT count(*) FROM questions WHERE {condition}"
    (expected,) = connection.execute(sql).fetchone()
    value = int(years) if years.isdigit() else years
    selection = select(connection, SearchRequest(year=(value,)))
    assert selection.count == expected
    assert select(connection, SearchRequest(f"year:{years}")).count == expected
    all_but = select(connection, SearchRequest(f"-year:{years}")).count
    assert all_but == selection.index.size - expected
    chosen = {facet.name: facet.chosen for facet in count_facets(selection)}["year"]
    assert [(choice.value, choice.count) for choice in chosen] == [(value, expected)]
