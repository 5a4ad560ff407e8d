"""Times, as rows, WARC headers and HTTP write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.files.timestamps import http_date, parse_http_date, parse_stamp, stamp

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
