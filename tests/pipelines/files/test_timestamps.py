"""Times, as rows, WARC headers and HTTP write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.files.timestamps import http_date, parse_http_date, parse_moment, parse_stamp, stamp

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 09:49:37 +0100 ",
    ],
)
def test_all_forms_of_an_http_date_are_read(text: str) -> None:
    assert parse_http_date(text) == MOMENT


@pytest.mark.parametrize("text", ["", "soon", "0", "Sun, 99 Nov 1994 08:49:37 GMT", "1994-11-06"])
def test_what_is_no_http_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None


def test_an_http_date_is_written_in_gmt() -> None:
    east = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert http_date(MOMENT) == http_date(east) == "Sun, 06 Nov 1994 08:49:37 GMT"


@given(MOMENTS)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    assert parse_stamp(stamp(moment)) == moment
    if moment.year >= 1900:
        assert parse_http_date(http_date(moment)) == moment.replace(microsecond=0)


def test_a_time_without_a_zone_is_refused() -> None:
    naive = MOMENT.replace(tzinfo=None)
    for write in (stamp, http_date):
        with pytest.raises(ValueError, match=r"zone|UTC|aware|naive"):
            write(naive)


@pytest.mark.parametrize(
    "text",
    [
        "20040506070809", "20040506070809123", "2004/05/06 07:08:09", "2004/5/6 7:08:09",
        "2004.05.06 07:08:09", "2004-05-06T09:08:09+02:00", "20040506T070809Z",
        "Thu, 06 May 2004 07:08:09 GMT", "Thu, 06 May 2004 09:08:09 +0200",
        "Thursday, 06-May-04 07:08:09 GMT", "Thu May  6 07:08:09 2004", "06 May 2004 07:08:09",
        "Thu May 06 2004 09:08:09 GMT+0200 (CEST)", "[06/May/2004:02:08:09 -0500]",
        "07:08:09 May 06, 2004", "1083827289", "1083827289.25", "1083827289123",
        "1083827289123456", "1083827289123456789",
    ],
)  # fmt: skip
def test_a_date_of_any_form_is_read_to_the_second(text: str) -> None:
    moment = parse_moment(text)
    assert moment is not None
    assert moment.replace(microsecond=0) == datetime(2004, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "-", "0", "200", "2004-02-30", "10830101000000", "1083-01-01", "1e9", "9" * 30]
)
def test_what_is_no_time_of_the_web_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.one_of(st.text(max_size=30), st.from_regex(r"\A[0-9./: -]{0,25}\Z")))
def test_any_text_is_a_time_of_the_web_or_none(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or 1990 <= moment.year <= 2199
