"""The printer version: no menus, one column."""

from __future__ import annotations

from ..chrome import NAME, NOTE, anchor, foot_links, items
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HAND = Hand(emphasis="i")


def question(doc: Doc) -> str:
    """The content of a question page."""
    parts = [
        f"<h3>{escape(doc.title)}</h3>",
        *_dates(doc.dates_top),
        "<p><b>Question:</b></p>",
        HAND.body(doc.question),
        "<p><b>Answer:</b></p>",
        HAND.body(doc.answer) or f"<p>{doc.notice}</p>",
        *_dates(doc.dates_after),
    ]
    if doc.has_more:
        parts += ["<p><b>For more information:</b></p>", *_list(doc.sources)]
        parts += [_pointer(pointer) for pointer in doc.pointers]
    if doc.cards:
        parts += ["<p><b>Response by:</b></p>", *map(_card, doc.cards)]
    return "\n".join([*parts, *_dates(doc.dates_end)])


def _dates(lines: tuple[str, ...]) -> list[str]:
    return [f"<p><i>{escape(line)}</i></p>" for line in lines]


def _pointer(pointer: Pointer) -> str:
    topic = pointer.topic
    name = anchor(topic.name, topic.path) if pointer.linked else escape(topic.name)
    offers = "\n".join(_list(pointer.offers))
    return f"<p>Go to the {name} health topic, where you can:</p>\n{offers}"


def _list(offers: tuple[Offer, ...]) -> list[str]:
    return [
        f"<p>&#8226; {anchor(each.text, each.href)}{escape(each.behind)}</p>" for each in offers
    ]


def _card(card: Card) -> str:
    name = anchor(card.signature, card.href) if card.href else escape(card.signature)
    picture = f'<img src="{card.picture}" alt="{attribute(card.photo)}"> ' if card.photo else ""
    return "<p>" + "<br>\n".join([f"{picture}{name}", *map(escape, card.lines)]) + "</p>"


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={page.meta}">\n'
        if page.meta
        else ""
    )
    foot = " | ".join(anchor(text, href) for text, href in foot_links(page))
    teasers = (*page.side, *page.after)
    return f"""<html>
<head>
{meta}<title>{NAME} Printer Version: {escape(page.title)}</title>
</head>
<body onload="window.print()">
<p><a href="/">{NAME}</a> <a href="{page.path}">Back to the page</a></p>
<hr>
{content}
<hr>
{page.bulk}<p>Elsewhere on {NAME}:</p>
<ul>{items(teasers)}</ul>
<p>{foot}</p>
<p>{NOTE}</p>
</body>
</html>
"""
