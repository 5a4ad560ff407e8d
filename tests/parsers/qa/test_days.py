"""Days in the forms and languages that pages print them in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.qa.day_forms import names_day
from parsers.qa.days import Day, day_in, is_day_first

CAPTURED = datetime(2020, 6, 30, 9, 30, tzinfo=UTC)  # a Tuesday
NOVEMBER = date(2019, 11, 3)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2019-11-03", ""),
        ("2019-11-03T21:47:34+00:00", "en"),
        ("2019.11.03 13:17", ""),
        ("1572739200", ""),
        ("Sun Nov 03, 2019 6:50 am", "en"),
        ("Nov 3rd, 2019", "en"),
        ("3 November 2019 09:16", "en"),
        ("Posted 11/3/2019 9:16 PM (GMT -7)", "en-US"),
        ("3/11/2019", "en-GB"),
        ("Sun 03-Nov-19 16:12:14", "en"),
        ("3. November 2019 um 23:20", "de"),
        ("03.11.2019, 11:49", "de"),
        ("03.11.19 11:27", "de"),
        ("03/11/2019, 19h46", "fr"),
        ("Dim 3 nov. 2019 16:46", "fr"),
        ("3 de noviembre de 2019", "es"),
        ("3 novembre 2019", "it"),
        ("3 november 2019", "nl"),
        ("3 de novembro de 2019", "pt"),
        ("den 3 november 2019", "sv"),
        ("3. marraskuuta 2019", "fi"),
        ("3 listopada 2019", "pl"),
        ("3 ноября 2019 г. в 13:34", "ru"),
        ("3 בנובמבר 2019, 18:30", "he"),
        ("2019年11月3日", "zh"),
        ("2019年11月3日(日)", "ja"),
        ("2019년 11월 3일", "ko"),
        ("3 Kasım 2019", "tr"),
        ("3 Νοεμβρίου 2019", "el"),
    ],
)
def test_a_written_day(text: str, language: str) -> None:
    assert day_in(text, language, CAPTURED) == Day(NOVEMBER)


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("yesterday", "en", 1),
        ("Yesterday at 5:12 PM", "en", 1),
        ("2 days ago", "en", 2),
        ("11 hours ago", "en", 1),
        ("5 minutes ago", "en", 0),
        ("Monday at 10:12 AM", "en", 1),
        ("gestern, 11:40", "de", 1),
        ("vor 2 Tagen", "de", 2),
        ("hier à 12:10", "fr", 1),
        ("il y a 2 jours", "fr", 2),
        ("hace 2 días", "es", 2),
        ("2 giorni fa", "it", 2),
        ("2 dagen geleden", "nl", 2),
        ("há 2 dias", "pt", 2),
        ("för 2 dagar sedan", "sv", 2),
        ("2 päivää sitten", "fi", 2),
        ("2 dni temu", "pl", 2),
        ("2 дня назад", "ru", 2),
        ("לפני 2 ימים", "he", 2),
        ("2天前", "zh", 2),
        ("2日前", "ja", 2),
        ("vor 2 Tagen", "", 2),
    ],
)
def test_a_day_counted_from_the_capture(text: str, language: str, days: int) -> None:
    assert day_in(text, language, CAPTURED) == Day(date(2020, 6, 30 - days), relative=True)


def test_the_capture_gives_the_year_of_a_day_without_one() -> None:
    assert day_in("March 30", "en", CAPTURED) == Day(date(2020, 3, 30), relative=True)
    assert day_in("30. September", "de", CAPTURED) == Day(date(2019, 9, 30), relative=True)


@pytest.mark.parametrize(
    "text",
    ["", "Reply", "2 months ago", "Joined Mar 2009", "31 February 2019", "13/13/2013", "v1.1.10+",
     "Posts: 318", "99999999999"],
)  # fmt: skip
def test_no_day(text: str) -> None:
    assert day_in(text, "en", CAPTURED) is None


def test_a_day_of_25_on_the_page_says_which_number_is_the_day() -> None:
    assert is_day_first(["3/4/2019", "25/4/2019"], "en")
    assert not is_day_first(["3/4/2019", "4/25/2019"], "de")
    assert day_in("3/4/2019", "en", CAPTURED, True) == Day(date(2019, 4, 3))


def test_a_sentence_with_a_date_in_it_is_no_date() -> None:
    assert names_day("Posted 12/10/2011 9:16 PM")
    assert not names_day("I was told on 12/10/2011 that it would go away within a week or two.")


@given(st.text(max_size=120), st.sampled_from(["", "en", "de", "zh", "xx"]))
def test_nothing_that_strangers_write_makes_it_fail(text: str, language: str) -> None:
    day = day_in(text, language, CAPTURED)
    assert day is None or isinstance(day.day, date)
