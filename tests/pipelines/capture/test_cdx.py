"""Answers of indices, of whatever form, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.capture.cdx import CdxError, CdxPage, parse_cdx
from pipelines.files.timestamps import parse_timestamp, repair_timestamp

LINE = "org,example)/ 20040601080001 http://example.org/ text/html 200 " + "A" * 32 + " 1234"
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
ROW = dict(zip(FIELDS, LINE.split(" "), strict=True))

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_piece = st.sampled_from(
    [LINE, LINE[:40], json.dumps(ROW), "[", "]", "{", "}", "\n", "\n\n", " ", ",", '"', "key", "\0",
     json.dumps([FIELDS, list(ROW.values())]), "org,example)/ 2004 {}", "\ufeff", "\u2028", "٢٠٠٤"]
)  # fmt: skip


def usable(page: CdxPage) -> None:
    """Assert that everything in an answer can be kept."""
    for row in page.rows:
        assert row.captured_at.tzinfo is not None
        assert row.timestamp.isascii()
        assert len(row.timestamp) == 14
        json.dumps([row.original, row.mimetype, row.filename]).encode()
        "".join([row.original, row.mimetype, row.filename, row.digest]).encode()
    page.resume_key.encode()


@given(
    st.binary(max_size=300) | st.lists(_piece, max_size=8).map(lambda all: "".join(all).encode())
)
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'[[["a"]],["b"]]')
@example(b'[[{"a":1}],["b"]]')
@example(b'[["timestamp","original"],[{"a":1},2]]')
@example(b"[" + b"1" * 5000 + b"]")
@example(b'[["timestamp","original"],["2004","http://\\ud800/"]]')
@example(b'[["timestamp"],["2004"],[],["\\ud800"]]')
@example('[["timestamp","original"],["٢٠٠٤","http://a/"]]'.encode())
def test_any_bytes_are_an_answer_or_a_cdx_error(body: bytes) -> None:
    try:
        page = parse_cdx(body)
    except CdxError:
        return
    usable(page)


@given(_json)
def test_any_json_is_an_answer_or_a_cdx_error(value: object) -> None:
    for text in (json.dumps(value), json.dumps([FIELDS, value, [value]]), f"a 2004 {{{value}}}"):
        try:
            page = parse_cdx(text.encode("utf-8", "replace"))
        except CdxError:
            continue
        usable(page)


def test_the_forms_say_the_same() -> None:
    lists = json.dumps([FIELDS, list(ROW.values())])
    pages = [
        LINE,
        json.dumps(ROW),
        lists,
        f"org,example)/ {ROW['timestamp']} "
        + json.dumps({"url": ROW["original"], "mime": "text/html", "status": "200",
                      "digest": "sha1:" + ROW["digest"], "length": "1234"}),
    ]  # fmt: skip
    rows = {parse_cdx(one.encode()).rows for one in pages}
    assert len(rows) == 1
    ((row,),) = rows
    assert (row.status, row.length, row.digest) == (200, 1234, "sha1:" + "A" * 32)


@pytest.mark.parametrize("empty", [b"", b"\n\n", b"[]", b" \r\n"])
def test_nothing_is_an_answer(empty: bytes) -> None:
    assert parse_cdx(empty) == CdxPage(())


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("org%2Cexample%29%2F+2004060108000%3A", "org,example)/ 2004060108000:"),
        ("org%2Cexample%29%2F+2004%21", "org,example)/ 2004!"),
        ("plain", "plain"),
    ],
)
def test_a_key_is_decoded_and_may_come_without_rows(sent: str, key: str) -> None:
    assert parse_cdx(f"{LINE}\n\n{sent}\n".encode()).resume_key == key
    assert parse_cdx(f"\n\n{sent}\n".encode()) == CdxPage((), 0, key)
    lists = json.dumps([FIELDS, list(ROW.values()), [], [sent]])
    assert parse_cdx(lists.encode()).resume_key == key


def test_rows_that_repeat_are_one_and_are_counted() -> None:
    page = parse_cdx(f"{LINE}\n{LINE}\n".encode())
    assert (len(page.rows), page.listed) == (1, 2)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("2004", "20040101000000"),
        ("20040630", "20040630000000"),
        ("20040630120001", "20040630120001"),
        ("200", None),
        ("20041301", None),
        ("20040230", None),
        ("99991231", "99991231000000"),
        ("0000", None),
        ("٢٠٠٤", None),
        ("200406301200012", None),
        ("", None),
    ],
)
def test_moments(text: str, whole: str | None) -> None:
    moment = parse_timestamp(text)
    assert (f"{moment:%Y%m%d%H%M%S}" if moment else None) == whole


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("20000800241623", "2000-08-24 16:23:00"),
        ("20000008241731", "2000-08-24 17:31:00"),
        ("20020001120000", "2002-01-12 00:00:00"),
        ("20041301", "2004-12-01 00:00:00"),
        ("20040230101010", "2004-02-29 10:10:10"),
        ("20040506240000", "2004-05-06 23:00:00"),
        ("20040506070899", "2004-05-06 07:08:59"),
        ("200405060", "2004-05-06 00:00:00"),
        ("00001231", None),
        ("1f040506070809", None),
        ("-", None),
        ("", None),
    ],
)
def test_times_that_are_none_are_mended(text: str, means: str | None) -> None:
    moment = repair_timestamp(text)
    assert (f"{moment:%Y-%m-%d %H:%M:%S}" if moment else None) == means


@given(st.from_regex(r"\A(199[0-9]|20[0-9]{2})[0-9]{0,12}\Z"))
def test_all_digits_of_a_year_of_the_web_have_a_time(text: str) -> None:
    moment = repair_timestamp(text)
    assert moment is not None
    assert f"{moment:%Y}" == text[:4]


HEAD, TAIL = "org,example)/ 20040601080001 ", " text/html 200 " + "A" * 32


@pytest.mark.parametrize(
    ("line", "url", "kind", "length"),
    [
        (f"{HEAD}http://example.org/a b/c.htm{TAIL} 12", "a b/c.htm", "text/html", 12),
        (f"{HEAD}http://example.org/ text/html; charset=x 200 {'A' * 32} 12", "",
         "text/html; charset=x", 12),
        (f"{HEAD}http://example.org/{TAIL}", "", "text/html", None),
        (f"{HEAD}http://example.org/{TAIL} - 12 a.warc.gz", "", "text/html", None),
        (f"{HEAD}http://example.org/{TAIL} - - 12 34 a.warc.gz", "", "text/html", 12),
        (f"{HEAD}http://example.org/{TAIL} 12 - - -", "", "text/html", 12),
        (f"{HEAD}example.org/{TAIL} 12", "", "text/html", 12),
        (f" CDX N b a m s k S\n{HEAD}http://example.org/ - - {'A' * 32} -", "", "", None),
    ],
)  # fmt: skip
def test_rows_of_other_forms(line: str, url: str, kind: str, length: int | None) -> None:
    page = parse_cdx(f"{line}\n".encode())
    (row,) = page.rows
    assert (row.original, row.mimetype, row.length) == (f"http://example.org/{url}", kind, length)
    assert row.digest == "sha1:" + "A" * 32
    assert page.doubts == ""


@pytest.mark.parametrize(
    "time",
    [
        "2004-06-01T08:00:01Z",
        "2004/06/01 08:00:01",
        "Tue, 01 Jun 2004 08:00:01 GMT",
        "1086076801",
        "1086076801000",
        "20040601080001123",
        "20040601080001",
    ],
)
@pytest.mark.parametrize(
    "form",
    [f"org,example)/ %s http://example.org/{TAIL} 12",
     'org,example)/ %s {"url": "http://example.org/"}',
     '{"timestamp": "%s", "url": "http://example.org/"}',
     '[["timestamp", "original"], ["%s", "http://example.org/"]]'],
)  # fmt: skip
def test_a_time_of_any_form_is_asked_for_in_digits(form: str, time: str) -> None:
    page = parse_cdx((form % time).encode())
    assert [row.timestamp for row in page.rows] == ["20040601080001"]
    assert page.doubts == ""


def test_what_is_listed_of_other_schemes_is_no_doubt() -> None:
    dns = LINE.replace("http://example.org/", "dns:example.org")
    page = parse_cdx(f"{LINE}\n{dns}\n".encode())
    assert (len(page.rows), page.listed, page.doubts) == (1, 2, "")


@pytest.mark.parametrize(
    "end", ["org.archive.X: no connection within 2 s\n", "<html>\n", "Error\n", LINE[:60],
            '{"message": "busy"}\n', f"{HEAD}" + '{"url": "http://exa']
)  # fmt: skip
def test_an_answer_that_is_not_whole_keeps_its_rows(end: str) -> None:
    page = parse_cdx(f"{LINE}\n{end}".encode())
    assert len(page.rows) == 1
    assert "not whole" in page.doubts
    assert page.fault
    with pytest.raises(CdxError):
        parse_cdx(end.encode())


def test_a_row_without_a_time_is_a_doubt_and_no_fault() -> None:
    odd = LINE.replace("20040601080001", "1f04c2")
    page = parse_cdx(f"{LINE}\n{odd}\n".encode())
    assert (len(page.rows), page.unreadable, page.fault) == (1, (odd,), "")
