"""Pages as web archives show them: read as what the site sent, with the time of the capture."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from parsers import read
from pipelines.capture.memento import (
    is_wrapped,
    memento_of,
    original_in,
    parse_replay,
    refusal,
    unwrap,
    wrapping_of,
)
from pipelines.ingest.saved_pages import captures_in
from pipelines.warc.http import parse_response
from tests.conftest import ROOT, Scrapy, settings_for

CDX = ROOT.parent / "shared" / "data" / "cdx"
needs_recorded = pytest.mark.skipif(
    not CDX.is_dir(), reason="the recorded answers (../shared/data/cdx) are not here"
)

QUESTION = """<html><head><script src="//archive.org/includes/a.js"></script>
<script>__wm.wombat("http://www.netwellness.org/question.cfm/700123.htm","20080102030405");</script>
<!-- End Wayback Rewrite JS Include -->
<title>Sleep and tea</title></head><body>
<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>598 captures <a href="/web/2008*/x">all</a></div>
<!-- END WAYBACK TOOLBAR INSERT -->
<h1>Sleep and tea</h1><h2>Question</h2><p>Does tea keep one awake at night?</p>
<h2>Answer</h2><p>Black tea does, for some hours.</p>
<h3>For more information:</h3><p>Go to the
<a href="/web/20080102030405/http://www.netwellness.org/healthtopics/sleep/">Sleep health topic</a>,
where you can:</p><ul><li>
<a href="http://web.archive.org/web/20080102030405/http://www.netwellness.org/ask.cfm">Ask</a></li>
</ul><h3>Response by:</h3><p>Ann B Example, RN<br>University of Cincinnati</p></body></html>
<!--
     FILE ARCHIVED ON 03:04:05 Jan 02, 2008 AND RETRIEVED FROM THE
     INTERNET ARCHIVE ON 10:00:00 Feb 03, 2020.
-->
"""


def test_a_saved_page_is_of_the_original(tmp_path: Path, scrapy: Scrapy) -> None:
    file = tmp_path / "saved.html"
    file.write_text(QUESTION)
    shown = scrapy("show", str(file))
    assert shown.returncode == 0, shown.stderr
    page = json.loads(shown.stdout)
    assert page["url"] == "http://www.netwellness.org/question.cfm/700123.htm"
    assert page["topics"] == [
        {"name": "Sleep", "url": "http://www.netwellness.org/healthtopics/sleep/"}
    ]
    assert page["links"] == [{"text": "Ask", "url": "http://www.netwellness.org/ask.cfm"}]
    done = scrapy("ingest", str(file), *settings_for(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert scrapy("verify", *settings_for(tmp_path)).returncode == 0
    from sqlite_utils import Database

    (row,) = Database(tmp_path / "archive.db").query(
        "SELECT c.captured_at, q.answer FROM questions q JOIN captures c ON c.id = q.capture_id"
    )
    assert row["captured_at"].startswith("2008-01-02T03:04:05")
    assert row["answer"] == "Black tea does, for some hours."


@needs_recorded
def test_a_recorded_toolbar_page_has_original_addresses_only() -> None:
    body = (CDX / "memento_view_mode_toolbar.html").read_bytes()
    wrapping = wrapping_of(body)
    assert wrapping is not None
    assert wrapping.url == "https://www.fws.gov/birds/"
    plain = unwrap(body)
    assert b"web.archive.org" not in plain
    assert b"/web/2017" not in plain
    assert not is_wrapped(plain)
    assert unwrap(plain) == plain
    original = (CDX / "memento_id_mode.html").read_bytes()
    assert not is_wrapped(original)


@needs_recorded
def test_recorded_answers_are_what_they_are() -> None:
    index = json.loads((CDX / "INDEX.json").read_text())
    answers = {one["file"].rpartition("/")[2]: one for one in index}
    found = {}
    for name in answers:
        if name.startswith(("memento", "ia_memento")):
            one = answers[name]
            lines = [f"{key}: {value}" for key, value in one["headers"].items()]
            head = "\r\n".join([f"HTTP/1.1 {one['status']} X", *lines, "", ""]).encode()
            http = parse_response(head + (CDX / name).read_bytes())
            memento = memento_of(http, one["request"])
            found[name] = memento.url if memento else refusal(http)
    assert found["memento_archived_404.html"].endswith("/ostp/about/student/faqs")
    assert found["memento_archived_429.html"].startswith("http://www.reddit.com/")
    assert found["memento_1997.html"] == "http://www.zew.de:80/"
    assert "excludes" in found["memento_blocked_200.html"]
    assert "no such capture" in found["memento_not_archived_404.html"]
    assert "redirect (HTTP 301 at crawl time)" in found["memento_view_redirect_200.html"]


def test_addresses_of_originals() -> None:
    assert (
        original_in("https://web.archive.org/web/2008id_/http://a.org/x?y=1")
        == "http://a.org/x?y=1"
    )
    assert (
        original_in("http://h/coll/20080328041443id_/http%3A//www.a.org%3A80/")
        == "http://www.a.org:80/"
    )
    assert original_in("https://a.org/2008/http/x") == ""
    assert original_in("https://web.archive.org/web/*/http://a.org/") == ""


def test_replay_addresses_are_written_as_they_are_read() -> None:
    for address in (
        "https://web.archive.org/web/20080328041443id_/http://a.org/x?y=1",
        "https://web.archive.org/web/*/http://a.org/2008/http://b.org/",
        "/web/2008/https://a.org/",
    ):
        assert str(parse_replay(address)) == address
    for mended in ("http:/a.org/", "http%3A//a.org/", "HTTP:a.org/"):
        replay = parse_replay(f"http://h/coll/2008im_/{mended}")
        assert replay is not None
        assert (replay.archive, replay.timestamp, replay.flags) == ("http://h/coll/", "2008", "im_")
        assert replay.url.lower() == "http://a.org/"
    assert parse_replay("http://a.org/question.cfm/29280.htm") is None


def test_hostile_pages_take_no_time() -> None:
    for piece in (
        b'<script src="//archive.org/',
        b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->",
        b"<!--\n     FILE ARCHIVED ON",
        b'"/web/2008/http://',
    ):
        body = b"FILE ARCHIVED ON" + piece * (1_000_000 // len(piece))
        started = time.process_time()
        unwrap(body)
        assert time.process_time() - started < 5


TEXT = "Tea\n\nQuestion:\nDoes tea – hélas – keep one awake?\n\nAnswer:\nBlack tea does.\n"
MARKUP = "<h1>Tea</h1><h2>Question</h2><p>Does tea – hélas – keep one awake?<h2>Answer</h2><p>Yes."


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (MARKUP.encode().replace(b"Does", b"\0Does") + b"\0" * 40, "text/html"),
        (MARKUP.encode("utf-16-le"), "text/html"),
        (MARKUP.encode("utf-16"), "text/html"),
        (TEXT.encode().replace(b"Black", b"Bl\0ack"), "text/plain; charset=utf-8"),
        (TEXT.encode() + b"It\x92s late.", "text/plain"),
        (TEXT.encode("cp1252"), "text/plain"),
    ],
)
def test_saved_bytes_that_are_odd_are_pages_and_texts(
    tmp_path: Path, body: bytes, kind: str
) -> None:
    file = tmp_path / "saved"
    file.write_bytes(body)
    (capture,) = captures_in(file, url="http://www.netwellness.org/question.cfm/700123.htm")
    assert capture.content_type == kind
    (page,) = read(capture).pages
    assert page.question == "Does tea – hélas – keep one awake?"
    assert "\0" not in page.answer
