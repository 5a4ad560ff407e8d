"""Typed links in the header of a question's page, for machines. Pure.

Signposting, level 1 (signposting.org), with ``cite-as`` of RFC 8574 and ``original`` of RFC
7089. The page shows the text that was read from a capture, in a form of its own. So it leads
to the original, but is no memento: a memento is the captured response itself. Hence there is
neither a ``Memento-Datetime`` nor a link ``memento``.
"""

from __future__ import annotations

from urllib.parse import quote

from publish.cite.citation_formats import FORMATS
from publish.cite.record import Citation
from publish.data.texts import safe_href

# Servers and proxies refuse headers of more than a few thousand bytes.
_MOST_AUTHORS = 8
_LONGEST_URL = 1000


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
