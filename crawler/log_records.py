"""Log lines that harm nobody: no control characters of strangers, no passwords of ours."""

from __future__ import annotations

import logging
import re

from pipelines.files.file_names import printable

# Of an address: what stands between "//" and "@" (RFC 3986, 3.2.1).
_USERINFO = re.compile(r"(?<=://)[^\s/?#@'\"<>]*@(?=[^\s/?#])")


class SafeLogRecord(logging.LogRecord):
    """A log record whose message has its control characters escaped and its passwords blanked.

    Messages have addresses, titles and errors of servers in them. An escape sequence among
    these would be obeyed by the terminal that shows the log. Line breaks are left: summaries
    have many lines.
    """

    def getMessage(self) -> str:
        """Return the message as it may be shown."""
        return safe_text(super().getMessage())


def safe_text(text: str) -> str:
    r"""Return a text of many lines as a log may have it.

    >>> safe_text("http://me:secret@example.org/\x1b[2J")
    'http://[redacted]@example.org/\\x1b[2J'
    """
    text = _USERINFO.sub("[redacted]@", text)
    return "\n".join(map(printable, text.split("\n")))
