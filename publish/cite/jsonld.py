"""schema.org's QAPage, as JSON-LD for the page itself. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from publish.cite.record import Author, Citation

# Of these only "<" could end the block. The others are written so that no reader, however
# old, takes the text for markup or for the end of a line.
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def jsonld(citation: Citation, question: str, answer: str) -> dict[str, Any]:
    """Return the question as a QAPage.

    The site shows one answer, which its expert gave: it is the accepted one. Who asked is not
    known, and is left out. ``dateCreated`` is the date of the answer: no page says when the
    question was asked.
    """
    entity: dict[str, Any] = {
        "@type": "Question",
        "name": citation.display_title,
        "text": question,
        "answerCount": 1 if citation.answered else 0,
        "inLanguage": "en",
        "about": [{"@type": "Thing", "name": topic} for topic in citation.topics],
    }
    if citation.answered:
        entity["acceptedAnswer"] = _filled(
            {
                "@type": "Answer",
                "text": answer,
                "url": f"{citation.address}#answer",
                "dateCreated": citation.answered_on.isoformat() if citation.answered_on else "",
                "author": [_person(author) for author in citation.authors],
                "inLanguage": "en",
            }
        )
    return _filled(
        {
            "@context": "https://schema.org",
            "@type": "QAPage",
            "@id": citation.address,
            "url": citation.address,
            "name": citation.display_title,
            "inLanguage": "en",
            "isBasedOn": citation.original_url,
            "archivedAt": citation.address,
            "identifier": _identifiers(citation),
            "mainEntity": _filled(entity),
        }
    )


def _person(author: Author) -> dict[str, Any]:
    organisation = {"@type": "Organization", "name": author.institution}
    return _filled(
        {
            "@type": "Person",
            "name": author.name,
            "honorificSuffix": author.credentials,
            "jobTitle": author.title,
            "affiliation": organisation if author.institution else None,
            "url": author.address,
        }
    )


def _identifiers(citation: Citation) -> list[dict[str, str]]:
    known = {"WARC-Record-ID": citation.record_id, "WARC-Payload-Digest": citation.digest}
    return [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in known.items()
        if value
    ]


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in ("", None, [])}


def data_block(value: Mapping[str, Any]) -> Markup:
    """Return JSON for a ``<script type="application/ld+json">``, which no text in it can end."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(_ESCAPES))
