"""What the page of a question shows of how to cite it, and its typed links for machines. Pure.

The links are Signposting, level 1 (signposting.org), with ``cite-as`` of RFC 8574 and
``original`` of RFC 7089. The page shows the text that was read from a capture, in a form of its
own. So it leads to the original, but is no memento: a memento is the captured response itself.
Hence there is neither a ``Memento-Datetime`` nor a link ``memento``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from publish.cite.citation_formats import FORMATS
from publish.cite.jsonld import data_block, jsonld
from publish.cite.record import Citation, cite
from publish.cite.styles import apa, chicago
from publish.data.texts import safe_href
from publish.data.urls import question_path

# Servers and proxies refuse headers of more than a few thousand bytes.
_MOST_AUTHORS = 8
_LONGEST_URL = 1000


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
