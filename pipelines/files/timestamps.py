"""Times as rows, WARC headers and HTTP write them."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

#: By how much clocks may differ: a time further ahead lies in the future.
CLOCK_SKEW = timedelta(days=1)


def stamp(moment: datetime) -> str:
    """A time as rows and WARC headers write it: UTC, microseconds, sortable as text.

    :raises ValueError: if it is naive: which instant it means would be a guess
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


_EXACT_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_STAMP = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T_ ]?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,]?(\d+))?)?)?)?)?)?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.I | re.A,
)
_PARTS = re.compile(r"(\d{4})(?:\D?(\d\d)(?:\D?(\d\d)(?!\d\D))?)?", re.A)


def parse_stamp(text: str) -> datetime | None:
    """The instant that a WARC-Date names, of any precision that WARC/1.1 allows, or in digits
    alone, as CDX files have it.

    A missing month or day is the first, finer parts than a microsecond are cut, a zone
    other than UTC is converted, without one it is UTC. A leap second is the one after it, 24:00
    the day after (ISO 8601). None if it is no such date.
    """
    if _EXACT_STAMP.fullmatch(text):  # what is read most, at once
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else least
        for part, least in zip(match.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    zone = (match[8] or "Z").upper().replace(":", "")
    over = timedelta(days=hour == 24 and not minute and not second, seconds=second == 60)
    hour, second = hour - 24 * over.days, second - over.seconds
    try:
        offset = UTC if zone[0] in "ZUG" else datetime.strptime(zone.ljust(5, "0"), "%z").tzinfo
        moment = datetime(year, month, day, hour, minute, second, micro, offset)
        return (moment + over).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def rough_date(text: str) -> datetime | None:
    """The day, month or year that a date begins with which names no instant, in UTC.

    ``2004-02-30T00:00:00Z`` is of February 2004. None if it does not begin with a year.
    """
    match = _PARTS.match(text.strip())
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    for date in ((year, month, day), (year, month, 1), (year, 1, 1)):
        with suppress(ValueError):
            return datetime(*date, tzinfo=UTC)
    return None


def parse_timestamp(text: str) -> datetime | None:
    """The instant that 4 to 14 digits name, as web archives write one, in UTC.

    They are year, month, day, hour, minute and second; those that are missing are the first.
    None if there is no such instant.
    """
    if not (text.isascii() and text.isdecimal() and 4 <= len(text) <= 14):
        return None
    whole = text + "00000101000000"[len(text) :]
    try:
        return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """The instant, to the second, that people and programs mean by a date, in UTC.

    Read are: digits of web archives, ISO 8601 (``2004/05/06 07:08:09`` and ``2004-5-6`` too), the
    dates of e-mail, HTTP, C, JavaScript and web servers' logs, and seconds since 1970, or
    thousandths, millionths or billionths of them. A number that can be a date is one: as seconds
    it would be in 2033 or later. None if it is no instant at which there was a web.
    """
    text = _FORMS.sub(_as_others, text.strip().strip("[]\"'"))
    digits, _, rest = text.partition(".")
    if not digits.isascii() or not digits.isdecimal() or (rest and not rest.isdecimal()):
        moment = parse_stamp(text) or parse_http_date(text)
    elif _is_of_the_web(text[:4]):
        moment = parse_timestamp(digits[:14])
    else:
        moment = _since_1970(digits)
    return moment if moment is not None and _is_of_the_web(f"{moment.year:04}") else None


#: Forms of dates that are rewritten as others: ``2004/5/6 7:08:09``, ``06/May/2004:07:08:09``,
#: ``07:08:09 May 06, 2004``, ``GMT+0200 (CEST)``.
_FORMS = re.compile(
    r"^(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?:[T ]+(?=\d:))?"
    r"|^(\d\d?)/([A-Z]{3})/(\d{4}):|^(\d\d?:\d\d:\d\d) ([A-Z]{3} \d.*)$"
    r"|(?<=\d )(?:GMT|UTC)(?=[+-]\d)|(?<=[+-]\d{4}) \(.*\)$",
    re.I | re.A,
)


def _as_others(match: re.Match[str]) -> str:
    year, month, day, day_of_log, name, year_of_log, time, date = match.groups()
    if year:
        return f"{year}-{month:0>2}-{day:0>2}{' 0' if match[0][-1] in 'T ' else ''}"
    if name:
        return f"{day_of_log} {name} {year_of_log} "
    return f"{date} {time}" if time else ""


def _is_of_the_web(year: str) -> bool:
    return "1990" <= year <= "2199"


def _since_1970(digits: str) -> datetime | None:
    """Seconds by 9 or 10 digits, finer parts by 3 more each."""
    if not 9 <= len(digits) <= 19:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(digits) // 1000 ** ((len(digits) - 8) // 3), UTC)
    return None


def repair_timestamp(text: str) -> datetime | None:
    """The instant that digits mean which name none, as indexes of web archives have some.

    Crawls of the year 2000 put "00" before the month or the day, which moved the rest and cut
    the seconds off (``20000800241623`` is 24 August, 16:23). Any other part that is too large
    is the largest that there is. None if the digits do not begin with a year of the web.
    """
    if not (text.isascii() and text.isdecimal() and "1990" <= text[:4] <= "2199"):
        return None
    for at in (4, 6):
        moved = f"{text[:at]}{text[at + 2 : 14]}00"
        if text[at : at + 2] == "00" and (moment := parse_timestamp(moved)) is not None:
            return moment
    month, day, hour, minute, second = (int(text[at : at + 2] or 0) for at in range(4, 14, 2))
    year, month = int(text[:4]), min(max(month, 1), 12)
    day = min(max(day, 1), monthrange(year, month)[1])
    time = f"{min(hour, 23):02}{min(minute, 59):02}{min(second, 59):02}"
    return parse_timestamp(f"{year}{month:02}{day:02}{time}")


def parse_http_date(text: str) -> datetime | None:
    """The instant of an HTTP-date in any of its three forms (RFC 9110, 5.6.7), in UTC.

    A date without a zone, such as that of asctime(), is UTC. None if it is no date.
    """
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def http_date(moment: datetime) -> str:
    """An instant as HTTP writes it: ``Sun, 06 Nov 1994 08:49:37 GMT``.

    :raises ValueError: if it is naive
    """
    return format_datetime(moment.astimezone(UTC) if moment.tzinfo else moment, usegmt=True)
