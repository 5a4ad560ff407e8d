"""The file of withheld questions is read strictly: a slip of the pen must not show a question."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.takedown.takedown_file import (
    Takedown,
    TakedownError,
    as_toml,
    parse_withheld,
    read_withheld,
)

GOOD = (
    """
# Asked for by mail, see file 12.
[[withheld]]
question = "netwellness/29280"
reason = "The person who asked wants it
taken down."
""".replace("it\n", "it ")
    + """on = 2026-11-22

[[withheld]]
url = "https://netwellness.org//question.cfm/00012.html?x=1"
reason = "Names a third person."
on = 2026-11-23
by = "A. Curator"

[[withheld]]
url = "http://copies.example:8080/question.cfm/7.htm"
reason = "Court order."
on = 2026-11-24
"""
)


def test_questions_and_addresses_are_understood() -> None:
    first, second, third = parse_withheld(GOOD)
    assert first == Takedown(
        "netwellness",
        "29280",
        "http://www.netwellness.org/question.cfm/29280.htm",
        "The person who asked wants it taken down.",
        date(2026, 11, 22),
    )
    assert second.key == ("netwellness", "00012")
    assert (second.url, second.by) == (
        "http://www.netwellness.org/question.cfm/00012.htm",
        "A. Curator",
    )
    assert third.key == ("copies.example", "7")
    assert third.url == "http://copies.example:8080/question.cfm/7.htm"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('question = "netwellness/1"\non = 2026-01-01', "line 2: reason is missing"),
        ('question = "netwellness/1"\nreason = "  "\non = 2026-01-01', "reason is missing"),
        ('question = "netwellness/1"\nreason = 3\non = 2026-01-01', "reason must be text"),
        ('question = "netwellness/1"\nreason = "x"', "on must be a day"),
        ('question = "netwellness/1"\nreason = "x"\non = "2026-01-01"', "without quotes"),
        ('question = "netwellness/1"\nreason = "x"\non = 2026-01-01T10:00:00', "on must be a day"),
        ('reason = "x"\non = 2026-01-01', "exactly one of question"),
        ('question = "netwellness/1"\nurl = "http://x/question.cfm/1.htm"\nreason = "x"\n'
         "on = 2026-01-01", "exactly one of question"),
        ('question = "netwelness/1"\nreason = "x"\non = 2026-01-01', "no site is called"),
        ('question = "netwellness/1.htm"\nreason = "x"\non = 2026-01-01', "is nothing that"),
        ('question = "29280"\nreason = "x"\non = 2026-01-01', "site/id"),
        ('url = "http://www.netwellness.org/healthtopics/x/"\nreason = "x"\non = 2026-01-01',
         "no question page"),
        ('url = 5\nreason = "x"\non = 2026-01-01', "no question page"),
        ('question = "netwellness/1"\nreasom = "x"\non = 2026-01-01', "did you mean 'reason'"),
        ('question = "netwellness/1"\nreason = "x"\non = 2026-01-01\nby = 1', "by must be text"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_an_error(entry: str, says: str) -> None:
    with pytest.raises(TakedownError, match=says):
        parse_withheld(f"\n[[withheld]]\n{entry}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[withheld]\n", "is no valid TOML.*line 1"),
        ("[[witheld]]\nquestion = 'netwellness/1'\n", "witheld is unknown"),
        ("[withheld]\nquestion = 'netwellness/1'\n", "must be tables"),
        ("withheld = ['netwellness/1']\n", "must be tables"),
        ("withheld = 1\n", "must be tables"),
        (GOOD + GOOD, "netwellness/29280 is withheld twice"),
    ],
)
def test_a_file_of_another_shape_is_an_error(text: str, says: str) -> None:
    with pytest.raises(TakedownError, match=says):
        parse_withheld(text)


def test_all_that_is_wrong_is_said_at_once() -> None:
    bad = '\n[[withheld]]\nquestion = "netwellness/1"\n'
    with pytest.raises(TakedownError) as caught:
        parse_withheld(bad * 3, "w.toml")
    assert [line for line in str(caught.value).splitlines() if "line 5" in line]
    assert str(caught.value).count("reason is missing") == 3


def test_one_question_by_number_and_by_address_is_one() -> None:
    text = as_toml(parse_withheld(GOOD)[0]) + GOOD
    with pytest.raises(TakedownError, match="twice"):
        parse_withheld(text)


def test_only_a_file_that_nobody_names_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_withheld(Path("withheld.toml"), optional=True) is None
    for name in ("withheld.toml", "witheld.toml", "other/withheld.toml", "/nowhere/withheld.toml"):
        with pytest.raises(TakedownError, match="there is no"):
            read_withheld(Path(name))
    Path("withheld.toml").write_text("")
    assert read_withheld(Path("withheld.toml")) == ()
    Path("withheld.toml").write_bytes(b"\xff\xfe[")
    with pytest.raises(TakedownError, match="cannot be read"):
        read_withheld(Path("withheld.toml"))
    Path("folder").mkdir()
    with pytest.raises(TakedownError, match="cannot be read"):
        read_withheld(Path("folder"))


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.dates(), st.text())
def test_what_is_written_is_read_again(reason: str, on: date, by: str) -> None:
    by = by.encode("utf-8", "ignore").decode()
    line, name = " ".join(reason.split()), " ".join(by.split())
    one = Takedown(
        "netwellness", "5", "http://www.netwellness.org/question.cfm/5.htm", line, on, name
    )
    if line:
        assert parse_withheld(as_toml(one)) == (one,)
    assert tomllib.loads(as_toml(one, commented=True, notes=[reason])) == {}
