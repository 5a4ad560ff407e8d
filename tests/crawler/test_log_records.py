"""What a log may have of strangers' texts and of our passwords."""

from __future__ import annotations

import logging

import pytest

from crawler.log_records import safe_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET http://example.org/a@b?c=d@e", "GET http://example.org/a@b?c=d@e"),
        ("http://me:secret@example.org:8080/", "http://[redacted]@example.org:8080/"),
        ("at 'https://me:se:cr%40et@[::1]/'", "at 'https://[redacted]@[::1]/'"),
        ("proxy socks5://u@h failed", "proxy socks5://[redacted]@h failed"),
        ("a\x1b]52;c;eA==\x07", r"a\x1b]52;c;eA==\x07"),
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
