"""CSL-JSON 1.0, which citation processors and Zotero read. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from publish.cite.as_bibtex import citation_key
from publish.cite.names import Name
from publish.cite.record import Citation


def csl_json(citation: Citation) -> dict[str, Any]:
    """Return one item. Facts about the capture are under ``custom``, as CSL provides."""
    item: dict[str, Any] = {
        "id": citation_key(citation),
        "type": "webpage",
        "title": citation.display_title,
        "container-title": citation.site_name,
        "genre": citation.kind,
        "author": [_name(author.parts) for author in citation.authors],
        "issued": _issued(citation),
        "accessed": _date(citation.retrieved),
        "URL": citation.address,
        "archive": citation.archive,
        "archive_location": citation.record_id,
        "keyword": ", ".join(citation.topics),
        "language": citation.language,
        "custom": {
            "original_url": citation.original_url,
            "captured_at": citation.captured_stamp,
            "payload_digest": citation.digest,
            "warc_file": citation.warc_file,
            "responders": [
                {name: getattr(author, name) for name in ("name", "credentials", "institution")}
                for author in citation.authors
            ],
        },
    }
    return {name: value for name, value in item.items() if value}


def csl_text(citation: Citation) -> str:
    """Return one item as a line of JSON."""
    return json.dumps(csl_json(citation), ensure_ascii=False)


def _name(name: Name) -> dict[str, str]:
    if not name.is_person:
        return {"literal": name.family}
    return {part: value for part, value in asdict(name).items() if value}


def _issued(citation: Citation) -> dict[str, Any] | None:
    if citation.answered_on:
        return _date(citation.answered_on)
    return {"date-parts": [[citation.year]]} if citation.year else None


def _date(day: date) -> dict[str, Any]:
    return {"date-parts": [[day.year, day.month, day.day]]}
