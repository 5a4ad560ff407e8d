"""Dates: which lines are dates, of what, and which day."""

from __future__ import annotations

from datetime import date

import pytest

from parsers.qa.dates import ANSWERED, BARE, OTHER, date_items, date_label, trailing_date


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Published: May 4, 2003", ANSWERED, date(2003, 5, 4)),
        ("Answered on Tuesday, Sept. 4th, 2001", ANSWERED, date(2001, 9, 4)),
        ("Date answered: 11/23/98", ANSWERED, date(1998, 11, 23)),
        ("Posted 12 June 2001", ANSWERED, date(2001, 6, 12)),
        ("Date: 2004-02-29", ANSWERED, date(2004, 2, 29)),
        ("(Published: 13/5/2003)", ANSWERED, date(2003, 5, 13)),
        ("Answer Published: 1-2-05", ANSWERED, date(2005, 1, 2)),
        ("Last Reviewed: May 1, 2012", OTHER, date(2012, 5, 1)),
        ("This page was last modified on May 1, 2012", OTHER, date(2012, 5, 1)),
        ("Question submitted: Dec 1, 1997", OTHER, date(1997, 12, 1)),
        ("Wednesday, March 3, 2010", BARE, date(2010, 3, 3)),
        ("Published: February 30, 2003", ANSWERED, None),
    ],
)
def test_lines_that_are_dates(text: str, kind: str, value: date | None) -> None:
    assert [(item.kind, item.value) for item in date_items(text)] == [(kind, value)]


def test_two_dates_on_a_line() -> None:
    found = date_items("Published: May 4, 2003 | Last Reviewed: June 1, 2010")
    assert [(item.kind, item.value) for item in found] == [
        (ANSWERED, date(2003, 5, 4)),
        (OTHER, date(2010, 6, 1)),
    ]


@pytest.mark.parametrize(
    "text", ["On May 4, 2003 I fell.", "Published in 1999", "Take 1/2 tablet", "", "911"]
)
def test_prose_is_no_date(text: str) -> None:
    assert date_items(text) == ()


def test_labels_alone() -> None:
    assert date_label("Published:") == ANSWERED
    assert date_label("Last Reviewed:") == OTHER
    assert date_label("Published") is None


def test_trailing_date() -> None:
    assert trailing_date("Jane Roe, RN on May 4, 2003") == ("Jane Roe, RN", date(2003, 5, 4))
    assert trailing_date("Jane Roe, RN") == ("Jane Roe, RN", None)
