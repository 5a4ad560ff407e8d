"""Log records that harm nobody: no control characters of strangers, no passwords of ours."""

from __future__ import annotations

import logging

from crawler.redaction import without_secrets
from pipelines.files.file_names import printable


class SafeLogRecord(logging.LogRecord):
    """A log record with its control characters escaped and its passwords blanked.

    Messages and tracebacks have addresses, titles and errors of servers in them. An escape
    sequence among these would be obeyed by the terminal that shows the log. Line breaks are
    left in messages, since summaries have many lines, but not in what is put into one: it
    could pass for a record of its own.
    """

    def getMessage(self) -> str:
        """Return the message as it may be shown."""
        if isinstance(self.args, tuple):
            self.args = tuple(map(_in_one_line, self.args))
        elif isinstance(self.args, dict):
            self.args = {name: _in_one_line(value) for name, value in self.args.items()}
        return safe_text(super().getMessage())

    def __setattr__(self, name: str, value: object) -> None:
        """Keep a traceback, which a formatter puts here as text, as it may be shown."""
        if name in ("exc_text", "stack_info") and isinstance(value, str):
            value = safe_text(value)
        super().__setattr__(name, value)


def _in_one_line(value: object) -> object:
    return printable(str(value)) if isinstance(value, (str, BaseException)) else value


def safe_text(text: str) -> str:
    r"""Return a text of many lines as a log may have it.

    >>> safe_text("http://me:secret@example.org/\x1b[2J")
    'http://[redacted]@example.org/\\x1b[2J'
    """
    return "\n".join(map(printable, without_secrets(text).split("\n")))
