"""schema.org's QAPage, as JSON-LD for the page itself. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from publish.cite.record import Author, Cited

# Of these only "<" could end the block. The others are written so that no reader, however
# old, takes the text for markup or for the end of a line.
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def jsonld(cited: Cited, question: str, answer: str) -> dict[str, Any]:
    """The question as a QAPage.

    The site shows one answer, which its expert gave: it is the accepted one. Who asked is
    not known, and is left out. ``dateCreated`` is the answer's: when it was asked, no page
    says.
    """
    asked: dict[str, Any] = {
        "@type": "Question",
        "name": cited.called,
        "text": question,
        "answerCount": 1 if cited.answered else 0,
        "inLanguage": "en",
        "about": [{"@type": "Thing", "name": topic} for topic in cited.topics],
    }
    if cited.answered:
        asked["acceptedAnswer"] = _filled(
            {
                "@type": "Answer",
                "text": answer,
                "url": f"{cited.address}#answer",
                "dateCreated": cited.answered_on.isoformat() if cited.answered_on else "",
                "author": [_person(author) for author in cited.authors],
                "inLanguage": "en",
            }
        )
    return _filled(
        {
            "@context": "https://schema.org",
            "@type": "QAPage",
            "@id": cited.address,
            "url": cited.address,
            "name": cited.called,
            "inLanguage": "en",
            "isBasedOn": cited.original_url,
            "archivedAt": cited.address,
            "identifier": _identifiers(cited),
            "mainEntity": _filled(asked),
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


def _identifiers(cited: Cited) -> list[dict[str, str]]:
    known = {"WARC-Record-ID": cited.record_id, "WARC-Payload-Digest": cited.digest}
    return [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in known.items()
        if value
    ]


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in ("", None, [])}


def data_block(value: Mapping[str, Any]) -> Markup:
    """JSON for a ``<script type="application/ld+json">``, which no text in it can end."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(_ESCAPES))
