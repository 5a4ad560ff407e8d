"""What a WARC must not hold: secrets that our own requests carry. Pure.

The server gets the real header. The record of the request keeps the header's name, so that
a reader sees that one was sent, and ``Housecall-Redacted`` on it says which were blanked.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

#: Our own WARC field on a request record: the names of the headers whose values were replaced.
REDACTED_FIELD = "Housecall-Redacted"
#: What stands in place of a value.
PLACEHOLDER = b"[redacted]"

_MARKS = (b"authorization", b"cookie")
# The value runs on over folded lines (RFC 9112, 5.2): a line that begins with white space.
_SECRET = re.compile(
    rb"^((Proxy-Authorization|Authorization|Cookie)[ \t]*:[ \t]*)"
    rb"([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def redact(message: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A request as it may be stored, and the names of the headers that were blanked.

    Names are as they were written, each once, in their order. The body is left alone.

    >>> redact(b"GET / HTTP/1.1\\r\\ncookie: a=1\\r\\n\\r\\n")
    (b'GET / HTTP/1.1\\r\\ncookie: [redacted]\\r\\n\\r\\n', ('cookie',))
    """
    lowered = message.lower()
    if not any(mark in lowered for mark in _MARKS):  # nearly every request
        return message, ()
    end = _HEAD_END.search(message)
    size = end.start() if end else len(message)
    names: dict[str, None] = {}

    def blank(match: re.Match[bytes]) -> bytes:
        names[match[2].decode("ascii")] = None
        return match[1] + PLACEHOLDER

    head = _SECRET.sub(blank, message[:size])
    return head + message[size:], tuple(names)


def without_credentials(url: str) -> str:
    """``url`` without the ``user:password@`` that it may have.

    >>> without_credentials("http://me:secret@example.org:8080/a?b=c@d")
    'http://example.org:8080/a?b=c@d'
    """
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
