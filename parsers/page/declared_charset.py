"""Which charset a page declares in itself: the HTML Standard's prescan of a byte stream.

https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding, with what browsers
do beyond it: comments, scripts, styles and titles declare nothing, and a ``<meta>`` is looked for
as far as the head goes (the standard's 1024 bytes end within the scripts of many a page).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A page's head is not looked for beyond (bytes).
_MOST = 65_536
#: So far a <meta> counts wherever it stands.
_ANYWHERE = 1024
_CHARSET = re.compile(rb"charset", re.I)
_TAG = re.compile(rb"<(?:!--|[!?/][^>]*+>|([a-zA-Z][^\s/>]*+))")
_ATTRIBUTE = re.compile(
    rb"[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"'][^\s>]*+)?))?+"
)
_CONTENT = re.compile(
    r"charset\s*=\s*(?:\"\s*([^\"]*?)\s*\"|'\s*([^']*?)\s*'|(?![\"'])([^\s;]+))", re.I
)
_XML = re.compile(
    rb"(?:\xef\xbb\xbf)?<\?xml\b[^>]*?\bencoding\s*=\s*(?:\"\s*([^\"]*?)\s*\"|'\s*([^']*?)\s*')"
)
# Elements that hold text and no markup; where they end.
_RAW = {
    name: re.compile(rb"</" + name + rb"[\s/>]", re.I)
    for name in (b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noframes")
}
_OF_HEAD = frozenset(
    (b"html", b"head", b"title", b"base", b"link", b"meta", b"style", b"script", b"noscript",
     b"object")
)  # fmt: skip


def declared_labels(body: bytes) -> Iterator[str]:
    """Yield the labels that a page's ``<meta>`` elements and its XML declaration have, as they
    stand there, the first first."""
    head = body[:_MOST]
    if _CHARSET.search(head):
        yield from _meta_labels(head)
    yield from xml_label(body)


def xml_label(body: bytes) -> Iterator[str]:
    """Yield the label of an XML declaration, if there is one."""
    match = _XML.match(body[:_ANYWHERE].lstrip())
    if match:
        yield (match[1] or match[2] or b"").decode("latin-1")


def _meta_labels(head: bytes) -> Iterator[str]:
    at, in_head = 0, True
    while match := _TAG.search(head, at):
        at = match.end()
        if match[0] == b"<!--":
            end = head.find(b"-->", match.start() + 2)
            if end < 0:
                return
            at = end + 3
            continue
        if match[1] is None:
            continue
        name = match[1].lower()
        in_head = in_head and name in _OF_HEAD
        if not in_head and match.start() >= _ANYWHERE:
            return
        attributes, at = _attributes(head, at)
        if name == b"meta" and (label := _label_of(attributes)):
            yield label
        elif name in _RAW:
            closing = _RAW[name].search(head, at)
            if closing is None:
                return
            at = closing.start()


def _attributes(head: bytes, at: int) -> tuple[dict[bytes, str], int]:
    """The attributes of a tag from where its name ends, and where they end."""
    attributes: dict[bytes, str] = {}
    while match := _ATTRIBUTE.match(head, at):
        at = match.end()
        value = match[2] or match[3] or match[4] or b""
        attributes.setdefault(match[1].lower(), value.decode("latin-1"))
    return attributes, at


def _label_of(attributes: dict[bytes, str]) -> str:
    """The label that a ``<meta>`` declares; "" if it declares none."""
    if b"charset" in attributes:
        return attributes[b"charset"].strip()
    if attributes.get(b"http-equiv", "").strip().lower() != "content-type":
        return ""
    match = _CONTENT.search(attributes.get(b"content", ""))
    return (match[1] or match[2] or match[3] or "") if match else ""
