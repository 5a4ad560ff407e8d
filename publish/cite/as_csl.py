"""CSL-JSON 1.0, which citation processors and Zotero read. Pure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from publish.cite.as_bibtex import key
from publish.cite.names import Name
from publish.cite.record import Cited


def csl_json(cited: Cited) -> dict[str, Any]:
    """One item. Our own facts about the capture are under ``custom``, as CSL provides."""
    item: dict[str, Any] = {
        "id": key(cited),
        "type": "webpage",
        "title": cited.called,
        "container-title": cited.site_name,
        "genre": cited.kind,
        "author": [_name(author.parts) for author in cited.authors],
        "issued": _issued(cited),
        "accessed": _date(cited.retrieved),
        "URL": cited.address,
        "archive": cited.archive,
        "archive_location": cited.record_id,
        "keyword": ", ".join(cited.topics),
        "language": "en",
        "custom": {
            "original_url": cited.original_url,
            "captured_at": f"{cited.captured_at:%Y-%m-%dT%H:%M:%SZ}" if cited.captured_at else "",
            "payload_digest": cited.digest,
            "warc_file": cited.warc_file,
            "responders": [
                {
                    "name": author.name,
                    "credentials": author.credentials,
                    "institution": author.institution,
                }
                for author in cited.authors
            ],
        },
    }
    return {name: value for name, value in item.items() if value}


def csl_text(cited: Cited) -> str:
    """One item as a line of JSON."""
    return json.dumps(csl_json(cited), ensure_ascii=False)


def _name(name: Name) -> dict[str, str]:
    if not name.is_person:
        return {"literal": name.family}
    parts = {"family": name.family, "given": name.given, "suffix": name.suffix}
    return {part: value for part, value in parts.items() if value}


def _issued(cited: Cited) -> dict[str, Any] | None:
    if cited.answered_on:
        return _date(cited.answered_on)
    return {"date-parts": [[cited.year]]} if cited.year else None


def _date(day: date) -> dict[str, Any]:
    return {"date-parts": [[day.year, day.month, day.day]]}
