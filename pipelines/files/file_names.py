"""Names of files as text: those of POSIX are bytes, and may be anything but NUL and a slash."""

from __future__ import annotations

import json
import re

# C0 and C1, lone surrogates (bytes that are no UTF-8, PEP 383), and what is not seen but does
# something: breaks lines, turns the direction of writing around, hides text in text. That is
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) but for the two joiners and
# sixteen selectors that words of Persian and Hindi, and emoji, are written with.
_UNPRINTABLE = re.compile(
    "[\0-\x08\n-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def printable(text: str) -> str:
    """A text of one line that harms no terminal and can be written in UTF-8.

    Line breaks, control characters, what turns the direction of writing around or is not seen (by
    which a text may look like another), and lone surrogates become escapes, as Python writes them.
    """
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


def printable_json(text: str) -> str:
    """A JSON text (RFC 8259) with the same characters as its escapes; line breaks are left."""
    return _UNPRINTABLE.sub(
        lambda match: match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1], text
    )
