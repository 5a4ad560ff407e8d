"""The HTTPS re-publication: HTML5, a tagline, and who answered before where to read on."""

from __future__ import annotations

from ..chrome import NAME, NAV, NOTE, anchor, foot_links, items
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HAND = Hand()
TAGLINE = "Since 1995: answers from three universities, without advertising"


def question(doc: Doc) -> str:
    """The content of a question page."""
    parts = [
        f"<header><h1>{escape(doc.title)}</h1>{_dates(doc.dates_top)}</header>",
        f"<section><h2>Question</h2>\n{HAND.body(doc.question)}</section>",
        f"<section><h2>Answer</h2>\n{HAND.body(doc.answer) or f'<p>{doc.notice}</p>'}</section>",
        _dates(doc.dates_after),
    ]
    if doc.cards:
        people = "\n".join(map(_card, doc.cards))
        parts.append(f"<section><h2>Response by:</h2>\n{people}</section>")
    if doc.has_more:
        parts.append(f"<section><h2>For more information:</h2>\n{_more(doc)}</section>")
    parts.append(_dates(doc.dates_end))
    return "<article>\n" + "\n".join(part for part in parts if part) + "\n</article>"


def _dates(lines: tuple[str, ...]) -> str:
    return "\n".join(f"<p><small>{escape(line)}</small></p>" for line in lines)


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
        picture = f'<figure><img src="{card.picture}"{alt} loading="lazy"></figure>\n'
    lines = "".join(f"<div>{escape(line)}</div>\n" for line in card.lines)
    return f"<div>{picture}<div>{name}</div>\n{lines}</div>"


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = f'<meta charset="{page.meta}">\n' if page.meta else ""
    nav = " ".join(anchor(text, href) for text, href in NAV)
    menu = "\n".join(f"<li>{anchor(text, href)}</li>" for text, href in page.menu)
    foot = " · ".join(anchor(text, href) for text, href in foot_links(page))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
{meta}<title>{escape(page.title)} &#8211; {NAME}</title>
<meta name="viewport" content="width=device-width">
<meta property="og:title" content="{attribute(page.title)}">
</head>
<body>
<div class="site-header"><p><a href="/">{NAME}</a></p><p>{TAGLINE}</p>
<nav>{nav}</nav>
<form role="search" action="/cgi-bin/search"><input type="search" name="q"
placeholder="Search questions"></form></div>
<main>
{content}
</main>
<aside><h3>Health Topics</h3><ul>
{menu}
</ul>
<ul>{items(page.side)}</ul>
<h3>People also read</h3><ul>{items(page.after)}</ul></aside>
{page.bulk}<footer><p>{foot}</p><p>{NOTE}</p>
<p><a href="https://share.example.com/?u=page" rel="nofollow">Share</a>
<a href="mailto:editor@example.org">E-mail the editor</a></p></footer>
</body>
</html>
"""
