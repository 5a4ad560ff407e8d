"""The middle 2000s: <div> layout with headings."""

from __future__ import annotations

from ..chrome import NAME, NAV, NOTE, anchor, foot_links, items
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HANDS = (Hand(emphasis="strong"), Hand(wrapped=True), Hand(paragraphs="br"))


def question(doc: Doc) -> str:
    """The content of a question page."""
    hand = HANDS[doc.variant % 3]
    high, low = (("h1", "h2"), ("h2", "h3"))[doc.variant % 2]
    colon = ":" if doc.variant % 5 == 1 else ""

    def part(label: str, html: str) -> str:
        return f"<{low}>{label}</{low}>\n<div>{html}</div>"

    parts = [
        f"<{high}>{escape(doc.title)}</{high}>",
        *_dates(doc.dates_top),
        part(f"Question{colon}", hand.body(doc.question)),
        part(f"Answer{colon}", hand.body(doc.answer) or f"<p><em>{doc.notice}</em></p>"),
        *_dates(doc.dates_after),
    ]
    if doc.has_more:
        parts.append(part("For more information:", _more(doc)))
    if doc.cards:
        parts.append(part("Response by:", "\n".join(map(_card, doc.cards))))
    return "\n".join([*parts, *_dates(doc.dates_end)])


def _dates(lines: tuple[str, ...]) -> list[str]:
    return [f'<div class="date">{escape(line)}</div>' for line in lines]


def _more(doc: Doc) -> str:
    return "\n".join([*_list(doc.sources), *(_pointer(each) for each in doc.pointers)])


def _pointer(pointer: Pointer) -> str:
    topic = pointer.topic
    name = anchor(topic.name, topic.path) if pointer.linked else escape(topic.name)
    offers = "\n".join(_list(pointer.offers))
    return f"<p>Go to the {name} health topic, where you can:</p>\n{offers}"


def _list(offers: tuple[Offer, ...]) -> list[str]:
    if not offers:
        return []
    lines = (f"<li>{anchor(each.text, each.href)}{escape(each.behind)}</li>" for each in offers)
    return ["<ul>", *lines, "</ul>"]


def _card(card: Card) -> str:
    name = anchor(card.signature, card.href) if card.href else escape(card.signature)
    picture = ""
    if card.photo is not None:
        alt = f' alt="{attribute(card.photo)}"' if card.photo else ""
        picture = f'<img src="{card.picture}"{alt} width="80" height="100" />'
    lines = "".join(f"<br>{escape(line)}" for line in card.lines)
    return f'<div class="person">{picture}\n<strong>{name}</strong>{lines}</div>'


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={page.meta}">\n'
        if page.meta
        else ""
    )
    nav = "".join(f"<li>{anchor(text, href)}</li>" for text, href in NAV)
    menu = "\n".join(f"<li>{anchor(text, href)}</li>" for text, href in page.menu)
    foot = " | ".join(anchor(text, href) for text, href in foot_links(page))
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html lang="en">
<head>
{meta}<title>{escape(page.title)} | {NAME}</title>
<style type="text/css">
#nav li {{ display: inline }} h2 {{ color: #069 }} .date {{ font-size: 80% }}
</style>
<script type="text/javascript">var labels = ["Question", "Answer:", "Response by:"];</script>
</head>
<body>
<div id="header"><a href="/"><img src="/images/logo.gif" alt="{NAME}"></a>
<ul id="nav">{nav}</ul>
<form action="/cgi-bin/search" method="get"><input type="text" name="q"><input type="submit"
value="Search"></form></div>
<div id="left"><h4>Health Topics</h4><ul>
{menu}
</ul><ul>{items(page.side)}</ul></div>
<div id="main">
{content}
</div>
<div id="right"><h4>Related Questions</h4><ul>{items(page.after)}</ul></div>
{page.bulk}<div id="footer">{foot}
<a href="javascript:void(0)" onclick="share()">Share this</a><p>{NOTE}</p></div>
</body>
</html>
"""
