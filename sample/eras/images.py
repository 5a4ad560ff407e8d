"""Around 2000: pictures as headings, with or without alt text, and spacer images."""

from __future__ import annotations

from ..chrome import NAME, NAV, NOTE, anchor, foot_links, rows
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

HANDS = (Hand(emphasis="b"), Hand(paragraphs="br", emphasis="i"), Hand(wrapped=True))
SPACER = '<img src="/images/spacer.gif" width="1" height="8" alt="">'


def question(doc: Doc) -> str:
    """The content of a question page."""
    hand = HANDS[doc.variant % 3]
    alts = doc.variant % 4 != 0
    named = alts or doc.variant % 8 == 4 or bool(doc.sources)
    parts = [
        f'<p><font face="Verdana" size="4"><b>{escape(doc.title)}</b></font></p>',
        *_small(doc.dates_top),
        _heading("Question", "hd_question", alts),
        _box(hand.body(doc.question)),
        _heading("Answer", "hd_answer", alts),
        _box(hand.body(doc.answer) or escape(doc.notice)),
        *_small(doc.dates_after),
    ]
    if doc.has_more:
        parts += [_heading("For more information:", "hd_more", named), _more(doc)]
    if doc.cards:
        parts += [_heading("Response by:", "hd_response", named), *map(_card, doc.cards)]
    return "\n".join([*parts, *_small(doc.dates_end)])


def _heading(text: str, picture: str, alts: bool) -> str:
    alt = f' alt="{text}"' if alts else ""
    return (
        f'<table width="100%" cellspacing="0"><tr><td bgcolor="#336699">'
        f'<img src="/images/{picture}.gif"{alt} width="180" height="22" border="0">'
        "</td></tr></table>"
    )


def _box(html: str) -> str:
    return (
        f'<table width="100%" cellpadding="4"><tr><td>{SPACER}</td>'
        f'<td><font face="Verdana" size="2">{html}</font></td></tr></table>'
    )


def _small(lines: tuple[str, ...]) -> list[str]:
    return [f'<p><font size="1">{escape(line)}</font></p>' for line in lines]


def _more(doc: Doc) -> str:
    return _box(_list(doc.sources) + "\n".join(_pointer(each) for each in doc.pointers))


def _pointer(pointer: Pointer) -> str:
    topic = pointer.topic
    name = anchor(topic.name, topic.path) if pointer.linked else escape(topic.name)
    return f"<p>Go to the {name} health topic, where you can:</p>\n{_list(pointer.offers)}"


def _list(offers: tuple[Offer, ...]) -> str:
    return "".join(
        f'<img src="/images/bullet.gif" alt=""> {anchor(each.text, each.href)}'
        f"{escape(each.behind)}<br>\n"
        for each in offers
    )


def _card(card: Card) -> str:
    name = anchor(card.signature, card.href) if card.href else escape(card.signature)
    picture = ""
    if card.photo is not None:
        alt = f' alt="{attribute(card.photo)}"' if card.photo else ""
        image = f'<img src="{card.picture}"{alt} width="60" align="left" border="0">'
        picture = f'<a href="{card.href}">{image}</a> ' if card.href else f"{image} "
    lines = "<br>\n".join([name, *map(escape, card.lines)])
    return f'<p><font face="Verdana" size="2">{picture}{lines}</font></p>'


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = (
        f'<meta http-equiv="content-type" content="text/html; charset={page.meta}">\n'
        if page.meta
        else ""
    )
    nav = "\n".join(
        f'<td><a href="{href}"><img src="/images/nav{place}.gif" alt="{text}" border="0"></a></td>'
        for place, (text, href) in enumerate(NAV)
    )
    menu = "<br>\n".join(anchor(text, href) for text, href in page.menu)
    foot = " | ".join(anchor(text, href) for text, href in foot_links(page))
    return f"""<html>
<head>
<title>{escape(page.title)} - {NAME}</title>
{meta}<link rel="stylesheet" href="/style.css" type="text/css">
</head>
<body bgcolor="white" topmargin="0" leftmargin="0">
<!-- header: Question and Answer service -->
<table width="700" cellspacing="0" cellpadding="0"><tr>{nav}</tr></table>
<table width="700" cellspacing="0" cellpadding="6"><tr valign="top"><td width="150">
<img src="/images/hd_topics.gif" alt="Health Topics"><br>
{menu}
<form action="/cgi-bin/search"><input name="q" size="12"><input type="image"
src="/images/go.gif" alt="Search"></form>
<table>{rows(page.side)}</table>
</td><td>
{content}
</td></tr></table>
{page.bulk}<table width="700"><tr><td><font size="3"><b>Related Questions</b></font></td></tr>
{rows(page.after)}</table>
<p align="center"><font size="1">{foot}<br>{NOTE}</font></p>
</body>
</html>
"""
