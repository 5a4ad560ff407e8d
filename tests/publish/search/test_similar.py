"""Questions like one."""

from __future__ import annotations

from sqlite3 import Connection

from publish.search.similar import similar


def test_similar_questions_are_others_and_near(connection: Connection) -> None:
    sql = "SELECT id, title, topic_id FROM questions ORDER BY id LIMIT 40"
    same_topic = shown = 0
    for number, _, topic in connection.execute(sql).fetchall():
        rows = similar(connection, number, 5)
        ids = [row["id"] for row in rows]
        assert number not in ids
        assert len(ids) == len(set(ids)) <= 5
        assert rows == similar(connection, number, 5)
        shown += len(ids)
        for row in rows:
            sql = "SELECT topic_id FROM questions WHERE id = ?"
            same_topic += connection.execute(sql, (row["id"],)).fetchone()[0] == topic
    assert shown > 150
    # Two questions picked at random have the same topic one time in nineteen.
    assert same_topic / shown > 0.5


def test_similar_rows_have_what_a_link_needs(connection: Connection) -> None:
    first = similar(connection, 1)[0]
    assert set(first) == {"id", "site", "source_id", "title", "year", "status", "topic", "slug"}
    assert first["site"] == "netwellness"


def test_an_unknown_question_has_none(connection: Connection) -> None:
    assert similar(connection, 10**12) == []
