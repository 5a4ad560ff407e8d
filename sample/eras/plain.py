"""The last years: nothing says which is the question and which the answer, only blocks do."""

from __future__ import annotations

from ..chrome import NAV, NOTE, anchor, foot_links, items
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HANDS = (Hand(), Hand(paragraphs="br"), Hand(wrapped=True))


def question(doc: Doc) -> str:
    """The content of a question page."""
    hand = HANDS[doc.variant % 3]
    way = _rules if doc.variant % 4 == 0 else _cells if doc.variant % 4 == 1 else _divs
    answer = hand.body(doc.answer) or f"<p>{doc.notice}</p>"
    dates = "\n".join(_dates(doc.dates_top))
    body = f"<h1>{escape(doc.title)}</h1>\n{dates}\n{way(hand.body(doc.question), answer)}"
    parts = [body, *_dates(doc.dates_after)]
    if doc.has_more:
        parts += ["<div><p><strong>For more information:</strong></p>", _more(doc), "</div>"]
    if doc.cards:
        parts += ["<p><strong>Response by:</strong></p>", *map(_card, doc.cards)]
    return "\n".join([*parts, *_dates(doc.dates_end)])


def _divs(question: str, answer: str) -> str:
    return f"<div>\n{question}\n</div>\n<br>\n<div>\n{answer}\n</div>"


def _cells(question: str, answer: str) -> str:
    return (
        f'<table width="100%"><tr><td>\n{question}\n</td></tr>\n<tr><td>&nbsp;</td></tr>\n'
        f"<tr><td>\n{answer}\n</td></tr></table>"
    )


def _rules(question: str, answer: str) -> str:
    return f"<div>\n{question}\n<hr>\n{answer}\n</div>"


def _dates(lines: tuple[str, ...]) -> list[str]:
    return [f'<p class="d">{escape(line)}</p>' for line in lines]


def _more(doc: Doc) -> str:
    return "\n".join([_list(doc.sources), *(_pointer(each) for each in doc.pointers)])


def _pointer(pointer: Pointer) -> str:
    topic = pointer.topic
    name = anchor(topic.name, topic.path) if pointer.linked else escape(topic.name)
    return f"<p>Go to the {name} health topic, where you can:</p>\n{_list(pointer.offers)}"


def _list(offers: tuple[Offer, ...]) -> str:
    if not offers:
        return ""
    lines = (f"<li>{anchor(each.text, each.href)}{escape(each.behind)}</li>" for each in offers)
    return "\n".join(["<ul>", *lines, "</ul>"])


def _card(card: Card) -> str:
    name = anchor(card.signature, card.href) if card.href else escape(card.signature)
    picture = ""
    if card.photo is not None:
        alt = f' alt="{attribute(card.photo)}"' if card.photo else ""
        picture = f'<img src="{card.picture}"{alt}> '
    return f"<div>{picture}" + "<br>\n".join([name, *map(escape, card.lines)]) + "</div>"


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={page.meta}">\n'
        if page.meta
        else ""
    )
    nav = " ".join(anchor(text, href) for text, href in NAV)
    menu = "\n".join(f"<li>{anchor(text, href)}</li>" for text, href in page.menu)
    foot = " ".join(anchor(text, href) for text, href in foot_links(page))
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">
<html>
<head>
{meta}<title>{escape(page.title)}</title>
</head>
<body>
<div>{nav}</div>
<div><a href="http://www.example.com/join"><img src="/images/join.gif" alt="Join us"> Join us</a>
<a href="javascript:share()">Share</a></div>
<div>
{content}
</div>
<div><p>Health Topics</p><ul>
{menu}
</ul><ul>{items(page.side)}</ul><p>Related Questions</p><ul>{items(page.after)}</ul></div>
{page.bulk}<div><form action="/cgi-bin/search"><input name="q"></form>{foot}<p>{NOTE}</p></div>
</body>
</html>
"""
