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
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import compress
from operator import not_
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publish.cite.citation_formats import FORMATS, CitationFormat
from publish.cite.record import Author, Citation, authors, cite
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
        "jsonld": data_block(jsonld(citation, question, base)),
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


def jsonld(citation: Citation, question: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return the question as a QAPage.

    Where one answer stands, which an expert signed, it is the accepted one; else those are that
    the page marks so. Experts are named; members of the public, who ask or answer, are not.

    :param question: what :func:`publish.data.records.question` gives
    """
    answers = question["answers"]
    alone = len(answers) == 1
    marked = [bool(each["accepted"] or (alone and each["responders"])) for each in answers]
    listed = [_answer(citation, each, base, alone=alone) for each in answers]
    entity: dict[str, Any] = {
        "@type": "Question",
        "name": citation.display_title,
        "text": question["question"],
        "dateCreated": question["asked_on"],
        "answerCount": len(answers),
        "inLanguage": citation.language,
        "about": [{"@type": "Thing", "name": topic} for topic in citation.topics],
        "acceptedAnswer": _bare(compress(listed, marked)),
        "suggestedAnswer": _bare(compress(listed, map(not_, marked))),
    }
    return _filled(
        {
            "@context": "https://schema.org",
            "@type": "QAPage",
            "@id": citation.address,
            "url": citation.address,
            "name": citation.display_title,
            "inLanguage": citation.language,
            "isBasedOn": citation.original_url,
            "archivedAt": citation.address,
            "identifier": _identifiers(citation),
            "mainEntity": _filled(entity),
        }
    )


def _answer(
    citation: Citation, answer: Mapping[str, Any], base: str, *, alone: bool
) -> dict[str, Any]:
    return _filled(
        {
            "@type": "Answer",
            "text": answer["text"],
            "url": f"{citation.address}#answer" + ("" if alone else f"-{answer['position']}"),
            "dateCreated": answer["answered_on"],
            "author": [_person(author) for author in authors(answer["responders"], base)],
            "upvoteCount": answer["score"],
            "isBasedOn": safe_href(answer["url"]),
            "inLanguage": citation.language,
        }
    )


def _bare(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]] | dict[str, Any] | None:
    """A list of several, one alone without a list, None for none: as validators want it."""
    listed = list(answers)
    return listed if len(listed) > 1 else next(iter(listed), None)


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
