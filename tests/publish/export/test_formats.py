"""What is written can be read back, to the letter, whatever a page says."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from publish.export.export_formats import CSV, FORMATS, JSONL, PARQUET, SPREADSHEET
from publish.export.fields import ANSWERS, PARTS, QUESTIONS
from publish.export.rows import (
    ExportError,
    Record,
    count_answers,
    prepare_connection,
    read_answers,
    read_questions,
)
from tests.publish.archives import HOSTILE, Archive, page

ODD = (
    "=HYPERLINK(\"http://x\")",
    "+1", "-1", "@SUM(A1)", "\t=1", "＝1＋1",
    'quotes "inside", commas, ; and | bars',
    "lines\r\nof\rall\nkinds\u2028and\u2029more\x85",
    "NUL \0 and \x1b[31m and \ufeff and \u202e backwards",
    "naïve café 漢字 🩺",
    " spaces around ",
    "", "null", "0123", "1e5", "#N/A", "\\N",
    HOSTILE,
    "long " * 100_000,
)  # fmt: skip


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question for each odd text, in its title, question and answer."""
    path = tmp_path_factory.mktemp("odd") / "odd.db"
    made = Archive(path)
    made.add(
        *(
            page(number, title=text, question=text, answer=text)
            for number, text in enumerate(ODD, 1)
        )
    )
    made.commit()
    made.close()
    return path


def read(path: Path) -> list[Record]:
    """All records of an archive."""
    with closing(sqlite3.connect(path)) as connection:
        prepare_connection(connection)
        ids = [row[0] for row in connection.execute("SELECT id FROM questions ORDER BY id")]
        return list(read_questions(connection, ids))


def cells(content: bytes) -> list[list[str]]:
    """A CSV file's rows by Python's own reader, to the letter."""
    csv.field_size_limit(10_000_000)
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def test_a_record_has_every_field_in_order(archive: Path) -> None:
    records = read(archive)
    assert all(tuple(record) == QUESTIONS.names for record in records)
    second = records[1]
    assert [person["name"] for person in second["responders"]] == ["Owen Tate", "Maria Lindqvist"]
    assert set(second["responders"][0]) == set(PARTS["people"])
    assert (second["topic"], second["responder"]) == ("Diabetes", "Owen Tate")
    assert second["address"] == "/q/netwellness/102"
    assert second["record_id"].startswith("urn:uuid:")
    assert second["offset"] == 2000
    for record in records:
        for field in QUESTIONS.fields:
            assert record[field.name] is not None or not field.required, field.name


def test_answers_are_rows_of_their_own(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        prepare_connection(connection)
        ids = [row[0] for row in connection.execute("SELECT id FROM questions ORDER BY id")]
        records = list(read_answers(connection, ids))
        assert count_answers(connection, ids) == len(records)
    assert all(tuple(record) == ANSWERS.names for record in records)
    first = next(record for record in records if record["source_id"] == "102")
    assert (first["address"], first["position"]) == ("/q/netwellness/102#answer-1", 1)
    assert first["text"].startswith("Low blood sugar")
    assert [person["name"] for person in first["responders"]] == ["Owen Tate", "Maria Lindqvist"]
    for record in records:
        for field in ANSWERS.fields:
            assert record[field.name] is not None or not field.required, field.name
    content = b"".join(PARQUET.pieces(records, ANSWERS.fields))
    assert pyarrow.parquet.read_table(io.BytesIO(content)).num_rows == len(records)


def test_csv_reads_back(odd: Path) -> None:
    content = b"".join(CSV.pieces(read(odd), QUESTIONS.fields))
    rows = cells(content)
    assert rows[0] == list(QUESTIONS.names)
    title = QUESTIONS.names.index("title")
    assert [row[title] for row in rows[1:]] == list(ODD)
    assert {len(row) for row in rows} == {len(QUESTIONS.names)}
    assert content.endswith(b"\r\n")
    people = json.loads(rows[1][QUESTIONS.names.index("responders")])
    assert people[0]["name"] == "Maria Lindqvist"


def test_a_spreadsheet_gets_no_formula(odd: Path) -> None:
    content = b"".join(SPREADSHEET.pieces(read(odd), QUESTIONS.fields))
    assert content.startswith(b"\xef\xbb\xbfaddress,")
    rows = cells(content[3:])
    title = QUESTIONS.names.index("title")
    shown = [row[title] for row in rows[1:]]
    assert shown[:6] == [f"'{text}" for text in ODD[:6]]
    assert shown[6:] == list(ODD[6:])
    assert not any(cell[:1] in tuple("=+-@\t\r\n＝＋－＠") for row in rows for cell in row if cell)


def test_jsonl_reads_back(odd: Path) -> None:
    content = b"".join(JSONL.pieces(read(odd), QUESTIONS.fields))
    lines = content.split(b"\n")
    assert lines[-1] == b""
    assert [json.loads(line) for line in lines[:-1]] == read(odd)


def test_parquet_reads_back(odd: Path, tmp_path: Path) -> None:
    file = tmp_path / "odd.parquet"
    file.write_bytes(b"".join(PARQUET.pieces(read(odd), QUESTIONS.fields)))
    table = pyarrow.parquet.read_table(file)
    assert table.num_rows == len(ODD)
    assert table.schema.field("answer").metadata[b"description"]
    for record, row in zip(read(odd), table.to_pylist(), strict=True):
        assert {name: _plain(value) for name, value in row.items()} == record


def _plain(value: Any) -> Any:
    if hasattr(value, "tzinfo"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_questions_are_the_same_bytes(archive: Path, name: str) -> None:
    first, second = (
        b"".join(FORMATS[name].pieces(read(archive), QUESTIONS.fields)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("name", FORMATS)
def test_no_questions_are_a_file_too(name: str) -> None:
    content = b"".join(FORMATS[name].pieces([], QUESTIONS.fields))
    if name == "csv":
        assert cells(content) == [list(QUESTIONS.names)]
    elif name == "parquet":
        assert pyarrow.parquet.read_table(io.BytesIO(content)).num_rows == 0
    else:
        assert content == b""


def test_a_value_of_another_type_is_named(archive: Path) -> None:
    record = read(archive)[0] | {"answered_on": "in spring"}
    with pytest.raises(ExportError, match=r"answered_on of netwellness 101 .*in spring"):
        b"".join(PARQUET.pieces([record], QUESTIONS.fields))
    with pytest.raises(ExportError, match="year"):
        b"".join(PARQUET.pieces([record | {"answered_on": None, "year": "MMIV"}], QUESTIONS.fields))


def test_a_question_that_is_not_there_is_an_error(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        prepare_connection(connection)
        with pytest.raises(ExportError, match="2 questions were to be read, 1 are there"):
            list(read_questions(connection, [1, 999_999]))


def test_bytes_that_are_no_text_stop_nothing(tmp_path: Path) -> None:
    made = Archive(tmp_path / "a.db")
    made.add(page(1))
    made.commit()
    made.close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("UPDATE questions SET title = CAST(x'ff41' AS TEXT)")
        connection.commit()
    record = read(tmp_path / "a.db")[0]
    assert record["title"] == "\ufffdA"
    assert json.loads(b"".join(JSONL.pieces([record], QUESTIONS.fields)))["title"] == "\ufffdA"
