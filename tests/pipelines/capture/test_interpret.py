"""What a record says, by kind; and that an exchange says the same as the record written of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.capture.collect import collect, collect_exchange
from pipelines.capture.crawl_records import crawl_end_record, warcinfo
from pipelines.capture.interpret import (
    SUSPECT,
    InterpretedRecord,
    interpret,
    interpret_exchange,
)
from pipelines.capture.warc_extract import oddities_of
from pipelines.db.changeset import ChangeSet
from pipelines.db.models import Crawl, CrawlEnd, Fetched
from pipelines.files.timestamps import stamp
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.exchange import Exchange, Original
from pipelines.warc.reader import read_at, read_warc
from pipelines.warc.record import AccessMethod, ArchiveIndex, CapturePurpose, Record, sha1_digest
from pipelines.warc.writer import WarcWriter

URL = "http://example.org/a"
REPLAY = "https://web.archive.org/web/20040601080001id_/" + URL
WHEN = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
THEN = datetime(2004, 6, 1, 8, 0, 1, tzinfo=UTC)
MEMENTO = "Memento-Datetime: Tue, 01 Jun 2004 08:00:01 GMT\r\n"
CUT_GZIP = gzip.compress(b"x" * 1000)[:14]
CRAWL = Crawl("c", "wayback", source="wayback")
MODERATE = settings(max_examples=200, deadline=None, derandomize=True)


def http(body: bytes = b"<p>x</p>", head: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{head}\r\n".encode() + body


def record(kind: str, block: bytes = http(), **fields: str) -> Record:
    headers = {
        "WARC-Type": kind, "WARC-Record-ID": "<urn:r>", "WARC-Target-URI": URL,
        "WARC-Date": stamp(WHEN), "Content-Type": "application/http; msgtype=response",
    }  # fmt: skip
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    return Record(tuple(headers.items()), b"", block, 7, 9, addressable=True)


def interpreted(kind: str, block: bytes = http(), **fields: str) -> InterpretedRecord:
    return interpret(record(kind, block, **fields), "f.warc.gz", CRAWL)


def metadata(values: object, **fields: str) -> InterpretedRecord:
    block = json.dumps(values).encode()
    return interpreted("metadata", block, Content_Type="application/json", **fields)


# -- kinds of records ----------------------------------------------------------------------


def test_a_response_is_a_row_and_a_page() -> None:
    view = interpreted("response", http(head='ETag: "e"\r\n'))
    row, capture = view.row, view.capture()
    assert row is not None
    assert capture is not None
    assert (row.record_id, row.url, row.captured_at, row.status) == ("urn:r", URL, WHEN, 200)
    assert (row.warc_file, row.offset, row.length, row.crawl) == ("f.warc.gz", 7, 9, "c")
    assert (row.digest, row.etag) == (sha1_digest(b"<p>x</p>"), '"e"')
    assert (capture.body, capture.source, capture.record_id) == (b"<p>x</p>", "wayback", "urn:r")
    assert (view.fault, view.flags, view.unanswered, view.fetch_failure) == (None, (), None, None)


@pytest.mark.parametrize(
    ("fields", "original"),
    [
        ({"WARC_Refers_To": "<urn:o>"}, "urn:o"),
        (
            {"WARC_Refers_To_Target_URI": "http://b.org/", "WARC_Refers_To_Date": "2020-01-01"},
            "http://b.org/ 2020-01-01T00:00:00",
        ),
        ({"WARC_Refers_To_Date": "2020-01-01T00:00:00.5Z"}, f"{URL} 2020-01-01T00:00:00.500000Z"),
        ({"WARC_Payload_Digest": "sha1:X"}, f"{URL} sha1:X"),
        ({}, None),
    ],
)
def test_a_revisit_names_its_original_as_far_as_it_can(
    fields: dict[str, str], original: str | None
) -> None:
    view = interpreted("revisit", http(b"", status="304 Not Modified"), **fields)
    assert view.row is not None
    assert view.row.revisit_of == original
    assert view.row.digest == fields.get("WARC_Payload_Digest", sha1_digest(b""))
    assert view.capture() is None
    assert (view.fetch_failure is None) == (original is not None)


def test_a_revisit_may_leave_out_the_head_that_came() -> None:
    assert interpreted("revisit", b"", WARC_Refers_To="<urn:o>").fetch_failure is None
    assert interpreted("revisit", b"").fetch_failure is not None
    assert interpreted("revisit", b"no head", WARC_Refers_To="<urn:o>").fetch_failure is not None


@pytest.mark.parametrize("kind", ["resource", "conversion"])
def test_a_block_without_http_is_a_page_of_status_200(kind: str) -> None:
    crawl = Crawl("c", "ingest", source="warc")
    text = record(kind, b"text", Content_Type="text/plain")
    capture = interpret(text, "f", crawl).capture()
    assert capture is not None
    assert (capture.status, capture.content_type, capture.body) == (200, "text/plain", b"text")
    assert capture.source == ("wet" if kind == "conversion" else "warc")


def test_a_resource_saved_from_an_archives_view_has_its_marks_taken_out() -> None:
    marks = b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->x<!-- END WAYBACK TOOLBAR INSERT -->"
    capture = interpreted("resource", marks + b"<p>", Content_Type="text/html").capture()
    assert capture is not None
    assert capture.body == b"<p>"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("request", {}),
        ("metadata", {}),
        ("warcinfo", {}),
        ("continuation", {}),
        ("response", {"WARC_Target_URI": "dns:example.org", "Content_Type": "text/dns"}),
        ("resource", {"WARC_Target_URI": "urn:log"}),
        ("response", {"Content_Type": "text/plain", "WARC_Target_URI": "whois://x/"}),
    ],
)
def test_what_is_no_page_of_the_web_has_no_row(kind: str, fields: dict[str, str]) -> None:
    view = interpreted(kind, b"no HTTP", **fields)
    assert view.row is None
    assert view.capture() is None
    with pytest.raises(ValueError, match="no capture"):
        _ = view.empty_capture


def test_a_response_that_is_not_http_is_a_failure_and_an_empty_page() -> None:
    view = interpreted("response", b"\x16\x03")
    capture = view.capture()
    assert capture is not None
    assert (capture.status, capture.body) == (0, b"")
    assert view.fetch_failure == "the response is not HTTP"


def test_a_body_that_cannot_be_decoded_is_a_failure_to_read() -> None:
    view = interpreted("response", http(b"\x1f\x8b\x08" + bytes(40), "Content-Encoding: gzip\r\n"))
    with pytest.raises(UndecodableBody):
        view.capture()
    changes = ChangeSet()
    capture = collect(changes, view)
    assert capture is not None
    assert capture.body == b""
    assert [failure.stage for failure in changes.failures.values()] == ["read"]


def test_a_body_that_was_cut_is_read_as_far_as_it_goes_and_is_a_failure() -> None:
    changes = ChangeSet()
    capture = collect(
        changes, interpreted("response", http(CUT_GZIP, "Content-Encoding: gzip\r\n"))
    )
    assert capture is not None
    assert set(capture.body) == set(b"x")
    assert [failure.stage for failure in changes.failures.values()] == ["read"]


# -- runs ----------------------------------------------------------------------------------


def test_the_run_is_that_of_the_last_warcinfo_of_ours() -> None:
    def info(crawl: Crawl) -> bytes:
        return "".join(f"{name}: {value}\r\n" for name, value in warcinfo(crawl).items()).encode()

    ours = Crawl("u", "netwellness", {"a": "b"}, WHEN, {"x": "1"})
    begun = interpreted("warcinfo", info(ours))
    assert (begun.crawl, begun.names_crawl) == (ours, True)
    other = interpreted("warcinfo", b"software: other\r\nhousecall-crawl: {broken")
    assert (other.crawl, other.names_crawl) == (CRAWL, False)
    first, again = (interpret(record("response"), "their.warc").crawl for _ in range(2))
    assert first == again
    assert (first.source, first.started) == ("warc", WHEN)


def test_metadata_of_ours_says_how_a_run_ended_and_where_a_record_was_had() -> None:
    end = CrawlEnd(WHEN, "finished", {"new": 1}, ("slow",))
    assert metadata(crawl_end_record("c", end)).crawl_end == ("c", end)
    assert metadata({"kind": "crawl-end", "finished": "no date"}).crawl_end is None
    fetched = metadata({"kind": "fetched", "record": "urn:o"}).fetched
    assert fetched == Fetched("urn:o", WHEN, URL)
    others: tuple[object, ...] = ([], "text", {"kind": "other"}, 1)
    for values in others:
        view = metadata(values)
        assert (view.crawl_end, view.fetched, view.unanswered) == (None, None, None)


# -- what web archives gave ----------------------------------------------------------------


def test_a_memento_is_the_sites_answer_at_its_time() -> None:
    view = interpreted(
        "response", http(head=MEMENTO + "ETag: x\r\n", status="404 Gone"), WARC_Target_URI=REPLAY
    )
    row, capture = view.row, view.capture()
    assert row is not None
    assert capture is not None
    assert (row.url, row.captured_at, row.status, row.etag) == (URL, THEN, 404, "")
    assert (row.fetched_at, row.fetched_from) == (stamp(WHEN), REPLAY)
    assert (capture.url, capture.captured_at) == (URL, THEN)


def test_a_refusal_is_an_unanswered_request_for_the_original() -> None:
    fields = {"Housecall_Wanted": URL, "Housecall_Refused": "excluded", "WARC_Target_URI": REPLAY}
    view = interpreted("response", http(), **fields)
    assert view.unanswered is not None
    assert (view.unanswered.url, view.unanswered.reason) == (URL, "excluded")
    changes = ChangeSet()
    assert collect(changes, view) is None
    assert (len(changes.unanswered), changes.rows) == (1, {})
    assert interpreted("response", http(), **fields, WARC_Date="never").unanswered is None


def test_a_failure_record_is_an_unanswered_request() -> None:
    view = metadata({"kind": "failure", "error": "timed out"})
    assert view.unanswered is not None
    assert (view.unanswered.url, view.unanswered.reason) == (URL, "timed out")
    silent = metadata({"kind": "failure"}).unanswered
    assert silent is not None
    assert silent.reason == "no response"
    assert metadata({"kind": "failure"}, WARC_Target_URI="").unanswered is None


def test_an_answer_of_an_index_lists_captures() -> None:
    line = f"org,example)/a 20040601080001 {URL} text/html 200 {'A' * 32} 1\n".encode()
    index = ArchiveIndex("W", AccessMethod.REPLAY, "https://web.archive.org/web/")
    fields = dict(CapturePurpose(index=index).fields())
    view = interpret(record("response", http(line), **fields), "f", CRAWL)
    assert view.row is not None
    assert (view.row.source, view.row.canonical_url) == ("index", view.row.url)
    changes = ChangeSet()
    collect(changes, view)
    assert [listing.url for listing in changes.listings.values()] == [URL]
    damaged = interpret(record("response", http(b"<html>"), **fields), "f", CRAWL)
    collect(changes, damaged)
    assert [failure.stage for failure in changes.failures.values()] == ["read"]


@pytest.mark.parametrize(("digest", "failures"), [(sha1_digest(b"<p>x</p>"), 0), ("sha1:A", 1)])
def test_other_bytes_than_the_index_lists_are_a_failure(digest: str, failures: int) -> None:
    changes = ChangeSet()
    collect(changes, interpreted("response", Housecall_Listed_Digest=digest))
    assert len(changes.failures) == failures


# -- what is wrong -------------------------------------------------------------------------


def test_a_missing_date_is_the_servers_or_the_capture_is_lost() -> None:
    dated = interpreted(
        "response", http(head="Date: Tue, 01 Jun 2004 08:00:01 GMT\r\n"), WARC_Date=""
    )
    assert dated.row is not None
    assert dated.row.captured_at == THEN
    assert dated.fault is None
    assert ["server's clock" in odd for odd in oddities_of(dated, THEN)] == [True]
    unset = http(head="Date: Thu, 01 Jan 1970 00:00:09 GMT\r\n")
    rough = interpreted("response", unset, WARC_Date="2004-06-31T08:00:01Z")
    assert rough.captured_at == datetime(2004, 6, 1, tzinfo=UTC)
    lost = interpreted("response", WARC_Date="soon")
    assert (lost.row, lost.fault) == (None, None)
    assert ["WARC-Date is 'soon'" in flag.why for flag in lost.flags] == [True]
    nameless = interpreted("response", WARC_Record_ID="")
    assert nameless.row is not None
    assert nameless.row.record_id.startswith("urn:uuid:")
    assert nameless.row == interpreted("response", WARC_Record_ID="").row
    assert not nameless.flags


@pytest.mark.parametrize(
    ("fields", "proven"),
    [
        ({"WARC_Payload_Digest": sha1_digest(b"other")}, False),
        (
            {
                "WARC_Payload_Digest": sha1_digest(b"other"),
                "WARC_Block_Digest": sha1_digest(http()),
            },
            True,
        ),
        ({"WARC_Block_Digest": sha1_digest(b"other")}, False),
    ],
)
def test_a_page_counts_if_its_block_is_proven(fields: dict[str, str], proven: bool) -> None:
    view = interpreted("response", http(), **fields)
    assert view.fault is not None
    assert view.fault.proven is proven
    assert [flag.offset for flag in view.flags] == [7]


def test_a_record_of_a_suspect_file_is_not_sound() -> None:
    view = interpret(record("response"), f"import{SUSPECT}.warc.gz", CRAWL)
    assert view.fault is not None
    assert not view.fault.proven
    assert "gzip member" in view.fault.reason


# -- an exchange and its record ------------------------------------------------------------


@MODERATE
@given(
    response=st.sampled_from(
        [
            b"",
            b"no HTTP",
            http(),
            http(status="404 Not Found"),
            http(b"", status="304 Not Modified"),
            http(head=MEMENTO),
            http(CUT_GZIP, "Content-Encoding: gzip\r\n"),
            http(head='ETag: "e"\r\nLast-Modified: x\r\n'),
        ]
    ),
    truncated=st.sampled_from([None, "length"]),
    error=st.sampled_from([None, "a  b\nc"]),
    repeats=st.booleans(),
    purpose=st.builds(
        CapturePurpose,
        wanted=st.sampled_from(["", URL]),
        refused=st.sampled_from(["", "excluded"]),
        digest=st.sampled_from(["", sha1_digest(b"<p>x</p>")]),
    ),
)
def test_an_exchange_says_what_the_record_written_of_it_says(
    tmp_path_factory: pytest.TempPathFactory,
    response: bytes,
    truncated: str | None,
    error: str | None,
    repeats: bool,
    purpose: CapturePurpose,
) -> None:
    exchange = Exchange(
        REPLAY, "GET", WHEN, None, b"GET", response, truncated, error, purpose=purpose
    )
    if repeats:
        original = Original("urn:o", URL, WHEN, sha1_digest(exchange.payload))
        exchange = replace(exchange, repeats=original)
    folder = tmp_path_factory.mktemp("x")
    with WarcWriter(folder, "t", {}) as writer:
        location = writer.write_exchange(exchange)
    written = read_at(folder / location.warc_file, location.offset, location.length)
    live, kept = ChangeSet(), ChangeSet()
    capture = collect_exchange(live, exchange, location, CRAWL)
    again = collect(kept, interpret(written, location.warc_file, CRAWL))
    assert live == kept
    assert again is None or again == capture
    # The digests of the record on the disk hold, and there is no doubt about it.
    assert interpret(written, location.warc_file, CRAWL).fault is None
    view = interpret_exchange(exchange, location, CRAWL)
    assert (view.crawl_end, view.fetched) == (None, None)


def test_every_record_of_a_written_file_is_interpreted(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "t", warcinfo(CRAWL)) as writer:
        writer.write_exchange(Exchange(URL, "GET", WHEN, None, b"GET", http()))
    (path,) = writer.finished_files
    crawl, rows = None, []
    for each in read_warc(path):
        view = interpret(each, path.name, crawl)
        crawl = view.crawl
        rows += [view.row] if view.row else []
    assert crawl is not None
    assert (crawl.uid, [row.crawl for row in rows]) == ("c", ["c"])
