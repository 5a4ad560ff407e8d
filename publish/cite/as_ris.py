"""RIS, as reference managers read it: two letters, two spaces, a hyphen, a line each. Pure.

A value never holds the end of a line, so no text can become a tag.
"""

from __future__ import annotations

from collections.abc import Iterator

from publish.cite.as_bibtex import key, note
from publish.cite.record import Cited


def ris(cited: Cited) -> str:
    """One record with CRLF at the end of its lines, and an empty line behind it."""
    lines = [f"{tag}  - {value}" for tag, value in _tags(cited) if value]
    return "\r\n".join(["TY  - ELEC", *lines, "ER  - ", "", ""])


def _tags(cited: Cited) -> Iterator[tuple[str, str]]:
    yield "ID", key(cited)
    for author in cited.authors:
        yield "AU", author.parts.inverted
    yield "TI", cited.called
    yield "T2", cited.site_name
    if cited.year:
        yield "PY", f"{cited.year:04}"
    if cited.answered_on:
        yield "DA", f"{cited.answered_on:%Y/%m/%d}"
    yield "UR", cited.address
    yield "Y2", f"{cited.retrieved:%Y/%m/%d}"
    yield "DB", cited.archive
    yield "AN", cited.record_id
    for institution in dict.fromkeys(author.institution for author in cited.authors):
        yield "AD", institution
    for topic in cited.topics:
        yield "KW", topic
    yield "LA", "en"
    yield "N1", note(cited)
