"""What the page of a question shows of how to cite it, and says to machines. Pure.

That is schema.org's QAPage as JSON-LD, typed links in the header ``Link``, and the format of
a citation for who asks for one.

The links are Signposting, level 1 (signposting.org), with ``cite-as`` of RFC 8574 and
``original`` of RFC 7089. The page shows the text that was read from a capture, in a form of its
own. So it leads to the original, but is no memento: a memento is the captured response itself.
Hence there is neither a ``Memento-Datetime`` nor a link ``memento``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publish.cite.citation_formats import FORMATS, CitationFormat
from publish.cite.record import Author, Citation, cite
from publish.cite.styles import apa, chicago
from publish.data.texts import safe_href
from publish.data.urls import question_path

# Servers and proxies refuse headers of more than a few thousand bytes.
_MOST_AUTHORS = 8
_LONGEST_URL = 1000
# Of these only "<" could end the block. The others are written so that no reader, however
# old, takes the text for markup or for the end of a line.
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def citation_context(question: Mapping[str, Any], base: str, retrieved: date) -> dict[str, Any]:
    """Return what ``question.html`` shows of it, and the header ``Link``.

    :param question: what :func:`publish.data.records.question` gives
    :param base: scheme and host of stable addresses
    :param retrieved: the reader's day
    """
    citation = cite(question, base, retrieved)
    path = question_path(question["site"], question["source_id"])
    return {
        "apa": apa(citation),
        "chicago": chicago(citation),
        "address": citation.address,
        "digest": citation.digest,
        "downloads": [
            {"label": form.label, "path": f"{path}/cite.{form.extension}"}
            for form in FORMATS.values()
        ],
        "jsonld": data_block(jsonld(citation, question["question"], question["answer"])),
        "link": link_header(
            citation, base, f"/archive/questions/{question['id']}.json?_shape=objects"
        ),
    }


def link_header(citation: Citation, base: str, record: str) -> str:
    """Return the value of the header ``Link``.

    :param record: path of the record as JSON: the question's own content, hence ``item``
    """
    links = [_link(citation.address, "cite-as")]
    for form in FORMATS.values():
        address = f"{citation.address}/cite.{form.extension}"
        links.append(_link(address, "describedby", form.content_type))
    links.append(_link("https://schema.org/QAPage", "type"))
    links.append(_link(base + record, "item", "application/json"))
    links.append(_link(f"{base}/about#rights", "license"))
    links += [_link(author.address, "author") for author in citation.authors[:_MOST_AUTHORS]]
    if (original := safe_href(citation.original_url)) and len(original) < _LONGEST_URL:
        links.append(_link(original, "original"))
    return ", ".join(links)


def _link(target: str, relation: str, media: str = "") -> str:
    # In ASCII, and without what could end the link or the header.
    safe = quote(target, safe="%/:?#[]@!$&'()*+,;=~-._", errors="replace")
    kind = f'; type="{media.partition(";")[0]}"' if media else ""
    return f'<{safe}>; rel="{relation}"{kind}'


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


def preferred_format(accept: str) -> CitationFormat | None:
    """Return the format that an Accept header prefers to HTML, or None (RFC 9110, 12.5.1)."""
    best: tuple[float, CitationFormat | None] = (0.0, None)
    for item in accept[:1000].split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if weight <= best[0]:
            continue
        form = next((f for f in FORMATS.values() if f.content_type.split(";")[0] == media), None)
        if form or media in ("text/html", "text/*", "*/*", "application/xhtml+xml"):
            best = (weight, form)
    return best[1]


def _weight(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
