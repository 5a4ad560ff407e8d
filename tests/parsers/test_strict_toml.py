"""Files that people write by hand: every slip of the pen is named, with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.strict_toml import TomlError, TomlTable, flag, line_of_text, read_table, read_tables

KEYS = ("name", "enabled")


def problems(text: str) -> list[tuple[int | None, str, str]]:
    tables, outside = read_tables(text, "job", KEYS)
    for table in tables:
        table.take("name", line_of_text, "")
        table.take("enabled", flag, True)
    return [*outside, *(problem for table in tables for problem in table.problems)]


def test_tables_are_read_in_their_order() -> None:
    tables, outside = read_tables('[[job]]\nname = " a\tb "\n\n[[job]]\n', "job", KEYS)
    assert outside == []
    assert [table.take("name", line_of_text, "none") for table in tables] == ["a b", "none"]
    assert [(table.number, table.first_line) for table in tables] == [(1, 1), (2, 4)]


def test_each_problem_has_the_line_of_its_key() -> None:
    text = 'nme = 1\n[[job]]\nname = 1\n# enabled\nenabled = "yes"\n[[job]]\nnames = "x"\n'
    assert problems(text) == [
        (1, "nme", "is unknown; there are [[job]] tables only"),
        (3, "name", "must be text in quotes"),
        (5, "enabled", "must be true or false, not 'yes'"),
        (7, "names", "is unknown; did you mean 'name'?"),
    ]


def test_an_unknown_key_that_is_like_none_is_shown_all_that_there_are() -> None:
    assert problems("[[job]]\nxyz = 1\n") == [(2, "xyz", "is unknown; there are enabled, name")]


def test_a_missing_key_is_reported_at_the_header() -> None:
    (table,), _ = read_tables("\n[[job]]\nenabled = true\n", "job", KEYS)
    table.wrong("name", "is missing")
    table.wrong("", "is of no use")
    assert [str(problem) for problem in table.problems] == ["name is missing", "is of no use"]
    assert {problem.line for problem in table.problems} == {2}


def test_a_line_that_cannot_be_known_is_not_guessed() -> None:
    assert problems("job = [{nme = 1}]") == [(None, "nme", "is unknown; did you mean 'name'?")]
    within_a_text = '[[job]]\nname = """\n[[job]]\n"""\nnme = 1\n'
    assert [line for line, *_ in problems(within_a_text)] == [None]


@pytest.mark.parametrize("text", ["[[job]\n", "job = 1", "[job]\nname = 'x'", "job = ['x']"])
def test_a_file_of_another_shape_is_an_error(text: str) -> None:
    with pytest.raises(TomlError):
        read_tables(text, "job", KEYS)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("name = „clinic“\n", 'line 1 has „: write straight quotes, "'),
        ('name = "clinic”\nx = 1\n', "line 1 has ”: write straight quotes"),
        ("# “a”\n\nname = [‘a’]\n", 'line 3 has ‘: write straight quotes, "'),
        ('a = 1\nhosts = ["a"\nstart = ["b"]\n\n[labels]\nmore = ["c"]\n', "line 2 has no ]"),
        ('hosts = ["a", # ]\n  "]",\nname = "b"\n', "the [ in line 1 has no ]"),
        ('hosts = [\n  "a"\n  "b",\n]\n', "between two texts of a list stands a comma"),
        ('name = "clinic\nhosts = ["a"]\n', "a quote in line 1 has no other half"),
        ('a = 1\nb = [“x”, "y]\nc = 2\n', "line 2 has “: write"),
        ("[selectors\npost = 'a'\n", "the [ in line 1 has no ]"),
    ],
)
def test_what_is_no_toml_is_said_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(TomlError, match=r"^is no valid TOML: ") as error:
        read_table(text, KEYS)
    assert hint in str(error.value)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, '"' * 100_001, "“" * 100_000])
def test_what_is_senseless_is_refused_at_once(text: str) -> None:
    with pytest.raises(TomlError, match="is no valid TOML"):
        read_table(text, KEYS)


def test_no_hint_is_invented() -> None:
    with pytest.raises(TomlError) as error:
        read_table('name = "“a” [b"\nenabled = yes\n', KEYS)
    assert "line 2" in str(error.value)
    assert ";" not in str(error.value)


@given(st.text("ab=[]\"'#“”\n\\ ", max_size=60))
def test_no_text_makes_the_hint_fail(text: str) -> None:
    try:
        table = read_table(text, KEYS)
    except TomlError:
        return
    assert isinstance(table, TomlTable)


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    for written in (text, f"[[job]]\n{text}"):
        try:
            tables, _ = read_tables(written, "job", KEYS)
        except TomlError:
            continue
        assert all(isinstance(table, TomlTable) for table in tables)
