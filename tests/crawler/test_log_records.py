"""What a log may have of strangers' texts and of our passwords."""

from __future__ import annotations

import io
import json
import logging

import pytest

from crawler.cli.output import SafeStream
from crawler.log_records import safe_text
from pipelines.files.file_names import printable, printable_json

#: What a terminal obeys, or what makes a text look like another, by kind.
HARMFUL = {
    "ESC": "\x1b", "OSC 52": "\x1b]52;c;eA==\x07", "CSI": "\x9b", "DCS": "\x90", "NUL": "\0",
    "BS": "\b", "DEL": "\x7f", "CR": "\r", "LF": "\n", "VT": "\v", "FF": "\f", "NEL": "\x85",
    "line separator": "\u2028", "paragraph separator": "\u2029",
    "override": "\u202e", "embedding": "\u202a", "isolate": "\u2066", "pop": "\u2069",
    "left-to-right mark": "\u200e", "right-to-left mark": "\u200f", "Arabic mark": "\u061c",
    "zero width space": "\u200b", "word joiner": "\u2060", "BOM": "\ufeff", "soft hyphen": "\xad",
    "filler": "\u3164", "annotation": "\ufff9", "tag": "\U000e0041", "selector": "\U000e0100",
    "lone surrogate": "\udc9b",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET http://example.org/a@b?c=d@e", "GET http://example.org/a@b?c=d@e"),
        ("http://me:secret@example.org:8080/", "http://[redacted]@example.org:8080/"),
        ("at 'https://me:se:cr%40et@[::1]/'", "at 'https://[redacted]@[::1]/'"),
        ("proxy socks5://u@h failed", "proxy socks5://[redacted]@h failed"),
        ("a\x1b]52;c;eA==\x07", r"a\x1b]52;c;eA==\x07"),
        ("me:secret@proxy.example:3128", "[redacted]@proxy.example:3128"),
        ("http://me:p@ss'word@h/", "http://[redacted]@h/"),
        ("to mailto:ann@example.org at 12:30", "to mailto:ann@example.org at 12:30"),
        ("/a?b=1&api_key=s&c=2", "/a?b=1&api_key=[redacted]&c=2"),
        ("/?token=s /?x-amz-signature=s", "/?token=[redacted] /?x-amz-signature=[redacted]"),
        ("http://h/#access_token=s&a=b", "http://h/#access_token=[redacted]&a=b"),
        ("/?keyword=iron&author=ann&monkey=1", "/?keyword=iron&author=ann&monkey=1"),
        ("Authorization: Basic czpz", "Authorization: [redacted]"),
        ("{b'X-Api-Key': [b's'], 'a': 1}", "{b'X-Api-Key': [redacted]], 'a': 1}"),
        ('{"cookie": "a=1; b=2", "c": 3}', '{"cookie": [redacted], "c": 3}'),
        ("the key: iron; a cookie for everybody", "the key: iron; a cookie for everybody"),
        ("a\rb\x9b2J\u202eabc", r"a\rb\x9b2J\u202eabc"),
        ("two\nlines", "two\nlines"),
        ("Zürich 東京 μg", "Zürich 東京 μg"),
    ],
)
def test_texts_of_logs(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_every_log_line_is_such_a_text(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("any").warning("no answer from %s", "http://me:secret@example.org/\x1b[2J")
    assert caplog.messages == [r"no answer from http://[redacted]@example.org/\x1b[2J"]


@pytest.mark.parametrize("kind", HARMFUL)
def test_what_is_harmful_becomes_an_escape(kind: str) -> None:
    text = f"a{HARMFUL[kind]}b"
    for shown in (printable(text), safe_text(text.replace("\n", "")), printable_json(text)):
        assert not set(shown) & (set(HARMFUL[kind]) - set("]52;c;eA==\n")), shown
    if kind not in ("LF", "NUL"):
        document = json.dumps({text: text}, ensure_ascii=False, indent=1)
        assert json.loads(printable_json(document)) == {text: text}
        printable_json(document).encode()


@pytest.mark.parametrize("text", ["Zürich 東京 μg ½", "می\u200cخواهم", "क्\u200dष", "❤️", "\ta"])
def test_letters_stay_readable(text: str) -> None:
    assert printable(text) == printable_json(text) == safe_text(text) == text


def test_a_traceback_is_such_a_text() -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger = logging.getLogger("any")
    logger.addHandler(handler)
    try:
        try:
            raise ValueError("\x1b[2J http://me:secret@h/")
        except ValueError as error:
            raise KeyError("/?token=secret\u202e") from error
    except KeyError:
        logger.exception("it failed", stack_info=True)
    logger.removeHandler(handler)
    assert "Traceback" in log.getvalue()
    assert not {"\x1b", "\u202e"} & set(log.getvalue())
    assert "secret\\" not in log.getvalue().replace('me:secret@h/")', "")


def test_what_is_put_into_a_message_makes_no_line_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("any")
    logger.warning("two\nlines: %s, %d", "a\n2026-01-01 [any] INFO: all is well", 3)
    logger.warning("%(why)s", {"why": ValueError("a\nb")})
    assert caplog.messages == [
        "two\nlines: a\\n2026-01-01 [any] INFO: all is well, 3", r"a\nb",
    ]  # fmt: skip


def test_the_standard_error_takes_such_texts_only() -> None:
    stream = io.StringIO()
    print("a\x1b[2J\nhttp://me:secret@h/\r", file=SafeStream(stream))
    assert stream.getvalue() == "a\\x1b[2J\nhttp://[redacted]@h/\\r\n"
