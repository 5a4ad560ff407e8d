"""RIS, as reference managers read it: two letters, two spaces, a hyphen, a line each. Pure.

A value never holds the end of a line, so no text can become a tag.
"""

from __future__ import annotations

from collections.abc import Iterator

from publish.cite.as_bibtex import citation_key, note
from publish.cite.record import Citation


def ris(citation: Citation) -> str:
    """Return one record with CRLF at the end of its lines, and an empty line behind it."""
    lines = [f"{tag}  - {value}" for tag, value in _tags(citation) if value]
    return "\r\n".join(["TY  - ELEC", *lines, "ER  - ", "", ""])


def _tags(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "ID", citation_key(citation)
    for author in citation.authors:
        yield "AU", author.parts.inverted
    yield "TI", citation.display_title
    yield "T2", citation.site_name
    if citation.year:
        yield "PY", f"{citation.year:04}"
    if citation.answered_on:
        yield "DA", f"{citation.answered_on:%Y/%m/%d}"
    yield "UR", citation.address
    yield "Y2", f"{citation.retrieved:%Y/%m/%d}"
    yield "DB", citation.archive
    yield "AN", citation.record_id
    for institution in dict.fromkeys(author.institution for author in citation.authors):
        yield "AD", institution
    for topic in citation.topics:
        yield "KW", topic
    yield "LA", citation.language
    yield "N1", note(citation)
