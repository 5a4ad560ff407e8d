"""What archives put into pages is taken out, and nothing else, in any time that is short."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.memento import is_wrapped, unwrap, wrapping_of

BEGIN, END = b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->", b"<!-- END WAYBACK TOOLBAR INSERT -->"
SCRIPTS = (
    b'<script src="//archive.org/includes/analytics.js"></script>\n<script>x()</script>\n'
    b"<!-- End Wayback Rewrite JS Include -->\n"
)
FILED = b"<!--\n     FILE ARCHIVED ON 08:00:01 Jun 1, 2004 AND RETRIEVED FROM THE ARCHIVE\n-->"
INSERTS = (
    BEGIN + b'<div id="wm-ipp"><a href="/web/2005/http://a/">x</a></div>' + END,
    b"<!-- WB Insert --><script></script><!-- End WB Insert -->",
    FILED,
    b"<!--\nplayback timings (ms):\n  load: 3\n-->",
)
LED = (
    (b'"https://web.archive.org/web/20040601080001/http://a.org/x?y=1"', b'"http://a.org/x?y=1"'),
    (b'"//web.archive.org/web/20040601080001im_/http://a.org/i.gif"', b'"http://a.org/i.gif"'),
    (b'"/web/20040601080001cs_/http://a.org/c.css"', b'"http://a.org/c.css"'),
    (b'"/web/20040601/mailto:a@a.org"', b'"mailto:a@a.org"'),
    (b'"http://127.0.0.1:8080/coll/20040601080001mp_/http://a.org/"', b'"http://a.org/"'),
    (b'"/web/20040601080001/http:/a.org/x"', b'"http://a.org/x"'),
    (b'"http://a.org/web/plain"', b'"http://a.org/web/plain"'),
)
_text = st.lists(
    st.sampled_from(
        [b"<p>", b"text ", b"\n", b"<!-- ours -->", b'<a href="/x">', b"2004/", b"\xe9", b"<b>",
         b"web.archive.org", b"<script src=\"/a.js\"></script>"]
    ),
    max_size=8,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=400) | _text)
def test_what_has_no_marks_comes_back_as_it_is(body: bytes) -> None:
    if not is_wrapped(body):
        assert unwrap(body) is body
        assert wrapping_of(body) is None


@given(st.lists(st.tuples(_text, st.sampled_from(INSERTS)), max_size=4), _text)
def test_inserts_go_and_the_rest_stays(parts: list[tuple[bytes, bytes]], rest: bytes) -> None:
    wrapped = b"".join(one + insert for one, insert in parts) + rest + FILED
    plain = b"".join(one for one, _ in parts) + rest
    assert unwrap(wrapped) == plain
    assert unwrap(unwrap(wrapped)) == plain


@pytest.mark.parametrize(("led", "plain"), LED)
def test_addresses_are_made_original_again(led: bytes, plain: bytes) -> None:
    assert unwrap(FILED + b"<a href=" + led + b">") == b"<a href=" + plain + b">"


def test_scripts_go_from_the_first_of_the_archives_own() -> None:
    own = b"<head><script src='/ours.js'></script>"
    assert unwrap(own + SCRIPTS + b"<title>T</title>") == own + b"<title>T</title>"
    # What stands between is the page's, if its title does.
    page = b"<script src='//archive.org/a.js'></script><title>T</title>"
    assert b"<title>T</title>" in unwrap(page + b"<!-- End Wayback Rewrite JS Include -->")


def test_what_the_marks_say() -> None:
    page = b'<script>__wm.wombat("http://a.org/","20040601080001","https://x/","web")</script>'
    said = wrapping_of(page)
    assert said is not None
    assert said.url == "http://a.org/"
    assert f"{said.captured_at:%Y%m%d%H%M%S}" == "20040601080001"
    filed = wrapping_of(FILED)
    assert filed is not None
    assert f"{filed.captured_at:%Y%m%d%H%M%S}" == "20040601080001"
    wrong = wrapping_of(page.replace(b"20040601080001", b"99999999999999"))
    assert wrong is not None
    assert wrong.captured_at is None


@pytest.mark.parametrize(
    "piece",
    [
        BEGIN, b"<!-- WB Insert -->", b"<!-- FILE ARCHIVED ON", b"<!-- playback timings (ms):",
        b"<script ", b"<script src=archive.org/", b"<script src='/_static/'>", b"/_static/",
        b"<title", b"<!-- End Wayback Rewrite JS Include -->", b"<!--  ", b" ", b"//a/", b"a.",
        b"//web.archive.org/web/2004", b'"/2004', b"id_", b"//wayback.", b"http://", b"9", b"a",
        b'__wm.wombat("', SCRIPTS, FILED[:-3], b'"/2004/http:',
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [b"", b"<script ", b"<!--", b"//", b'"/2004'])
def test_no_page_takes_long(piece: bytes, before: bytes) -> None:
    body = b"FILE ARCHIVED ON " + before + piece * (1_000_000 // len(piece))
    started = time.process_time()
    unwrap(body)
    wrapping_of(body)
    assert time.process_time() - started < 2
