"""What no WARC, log, report or row may hold: secrets that our own requests carry. Pure.

The server gets the real header. The record of the request keeps the header's name, so that
a reader sees that one was sent, and ``Housecall-Redacted`` on it says which were blanked.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

#: Our own WARC field on a request record: the names of the headers whose values were replaced.
REDACTED_FIELD = "Housecall-Redacted"
#: What stands in place of a value.
PLACEHOLDER = "[redacted]"

# What names of secrets have in them, whatever the service: Authorization, X-Api-Key,
# PRIVATE-TOKEN, X-Amz-Signature, client_secret, Ocp-Apim-Subscription-Key.
_MARKS = (
    r"(?:auth(?!or(?!iz))|cookie|token|secret|passw|pwd|credential|signature"
    r"|(?:api|access|account|private|shared|subscription|functions?|master)[-_.]?key)"
)
# A header of a request. The value runs on over folded lines (RFC 9112, 5.2): a line that begins
# with white space.
_HEADER = re.compile(
    rf"^(([^\s:]*(?:{_MARKS}[^\s:]*|key))[ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)".encode(),
    re.IGNORECASE | re.MULTILINE,
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
# Of an address: what stands between "//" and the last "@" before its path (RFC 3986, 3.2.1),
# or, of one without a scheme (as in settings of proxies), before it.
_USERINFO = re.compile(
    r"(?<=://)[^\s/?#\\]*@"
    r"|(?<![^\s'\"(<\[=,])(?!mailto:)[^\s/?#@:'\"<>=]{1,99}:[^\s/?#'\"<>]{1,99}@(?=[\w.[])"
)
# (Lengths are bounded, so that a long line takes no longer than it is.)
# In a query or a fragment, where OAuth has it: "key" and the like alone, others as in headers.
_PARAMETER = re.compile(
    rf"([?&;#](?:[\w.-]{{0,50}}{_MARKS}[\w.-]{{0,50}}|key|sig|pass|pw|jwt)=)[^&;#\s'\"<>]+",
    re.IGNORECASE,
)
# A header in a text: a line of its own, or as Python and JSON print one. No part of an address:
# what follows "?resumeKey=the-same-key:" is a message.
_MENTIONED = re.compile(
    r"(?<![^\s'\"{(\[,])((?:(?:proxy-)?authorization|(?:set-)?cookie"
    r"|(?:[a-z]{1,30}-){1,4}(?:key|token|secret|auth))"
    r"['\"]?\s*[:=,]\s*)(\[?b?(['\"]).*?\3|[^\r\n'\"]+)",
    re.IGNORECASE,
)


def redact(message: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A request as it may be stored, and the names of the headers that were blanked.

    Names are as they were written, each once, in their order. The body is left alone.

    >>> redact(b"GET / HTTP/1.1\\r\\ncookie: a=1\\r\\n\\r\\n")
    (b'GET / HTTP/1.1\\r\\ncookie: [redacted]\\r\\n\\r\\n', ('cookie',))
    """
    end = _HEAD_END.search(message)
    size = end.start() if end else len(message)
    names: dict[str, None] = {}

    def blank(match: re.Match[bytes]) -> bytes:
        names[match[2].decode("latin-1")] = None
        return match[1] + PLACEHOLDER.encode()

    head = _HEADER.sub(blank, message[:size])
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


def without_secrets(text: str, userinfo: str = f"{PLACEHOLDER}@") -> str:
    """A text in which passwords and keys of addresses, and values of headers, are blanked.

    :param userinfo: what stands in place of the ``user:password@`` of an address

    >>> without_secrets("http://me:secret@example.org/?a=1&api_key=2")
    'http://[redacted]@example.org/?a=1&api_key=[redacted]'
    """
    text = _USERINFO.sub(userinfo, text)
    text = _PARAMETER.sub(rf"\1{PLACEHOLDER}", text)
    return _MENTIONED.sub(rf"\1{PLACEHOLDER}", text)
