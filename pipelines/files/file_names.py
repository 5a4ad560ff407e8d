"""Names of files as text: those of POSIX are bytes, and may be anything but NUL and a slash."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile("[\0-\x08\n-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A text of one line that harms no terminal and can be written in UTF-8.

    Line breaks, control characters, marks that turn the direction of writing around (by which a
    text may look like another), and bytes that are no UTF-8 (which Python has as lone
    surrogates, PEP 383) become escapes, as Python and JSON write them.
    """
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)
