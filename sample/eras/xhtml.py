"""About 2007: XHTML, served as text/html, with definition lists or headings."""

from __future__ import annotations

from ..chrome import NAME, NAV, NOTE, anchor, foot_links, items
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HAND = Hand(xml=True)
BROKEN = Hand(xml=True, paragraphs="br", emphasis="strong")


def question(doc: Doc) -> str:
    """The content of a question page."""
    hand = BROKEN if doc.variant % 4 == 3 else HAND
    parts = [("Question", hand.body(doc.question))]
    parts.append(("Answer", hand.body(doc.answer) or f"<p>{doc.notice}</p>"))
    people = "\n".join(map(_card, doc.cards))
    lines = [f"<h2>{escape(doc.title)}</h2>", *_dates(doc.dates_top)]
    if doc.variant % 2:
        pairs = "\n".join(f"<dt>{label}</dt>\n<dd>{html}</dd>" for label, html in parts)
        lines.append(f'<dl class="faq">\n{pairs}\n</dl>')
    else:
        lines += [f"<h3>{label}:</h3>\n<div>\n{html}\n</div>" for label, html in parts]
    lines += _dates(doc.dates_after)
    if doc.has_more:
        lines.append(f"<h3>For more information:</h3>\n{_more(doc)}")
    if doc.cards:
        lines.append(f"<h3>Response by:</h3>\n{people}")
    return "\n".join([*lines, *_dates(doc.dates_end)])


def _dates(lines: tuple[str, ...]) -> list[str]:
    return [f'<p class="small">{escape(line)}</p>' for line in lines]


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
        alt = attribute(card.photo)
        picture = f'<img src="{card.picture}" alt="{alt}" class="photo" /> '
    lines = "".join(f"<p>{escape(line)}</p>\n" for line in card.lines)
    return f"<div>{picture}<p>{name}</p>\n{lines}</div>"


def _declared(charset: str) -> tuple[str, str]:
    """The XML declaration and the <meta> that name a character set."""
    if not charset:
        return "", ""
    content = f"text/html; charset={charset}"
    prolog = f'<?xml version="1.0" encoding="{charset}"?>\n'
    return prolog, f'<meta http-equiv="Content-Type" content="{content}" />\n'


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    prolog, meta = _declared(page.meta)
    nav = "".join(f"<li>{anchor(text, href)}</li>" for text, href in NAV)
    menu = "\n".join(f"<li>{anchor(text, href)}</li>" for text, href in page.menu)
    foot = "".join(f"<li>{anchor(text, href)}</li>" for text, href in foot_links(page))
    return f"""{prolog}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
<head>
{meta}<title>{NAME} - {escape(page.title)}</title>
<script type="text/javascript">
//<![CDATA[
var found = document.title < "Question:" && "Answer:" > "";
//]]>
</script>
</head>
<body>
<div id="wrap">
<div class="banner"><p><a href="/">{NAME}</a></p><ul>{nav}</ul></div>
<div class="columns"><div class="c1">
<h4>Topics</h4>
<ul>
{menu}
</ul>
<ul>{items(page.side)}</ul>
<form action="/cgi-bin/search" method="get"><p><label>Search <input name="q" /></label></p></form>
</div>
<div class="c2">
{content}
</div>
<div class="c3"><h4>Related Questions</h4><ul>{items(page.after)}</ul></div>
</div>
{page.bulk}<div class="foot"><ul>{foot}</ul><p>{NOTE}</p></div>
</div>
</body>
</html>
"""
