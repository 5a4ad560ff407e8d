"""The nineties: nested tables, <FONT>, capitals, paragraphs nobody closed, bold labels."""

from __future__ import annotations

from ..chrome import NAME, NAV, NOTE, anchor, anchors, foot_links, rows
from ..docs import Card, Doc, Frame
from ..markup import Hand, attribute, escape
from ..truth import Offer, Pointer

OPEN = Hand(paragraphs="open", upper=True, emphasis="i", wrapped=True)
BROKEN = Hand(paragraphs="br", upper=True, emphasis="b", wrapped=True)
FACE = '<FONT FACE="Arial,Helvetica" SIZE="2">'


def question(doc: Doc) -> str:
    """The content of a question page."""
    hand = OPEN if doc.variant % 3 else BROKEN
    colon = ":" if doc.variant % 2 else ""
    inline = doc.variant % 5 == 0 and bool(colon)
    parts = [
        f'<TABLE BORDER=0 WIDTH="100%"><TR><TD><FONT SIZE="+2" COLOR="#003366"><B>'
        f"{escape(doc.title)}</B></FONT>{_dates(doc.dates_top)}</TD></TR>",
        _row(f"{_label('Question' + colon, inline)}{hand.body(doc.question)}"),
        _row(f"{_label('Answer' + colon, inline)}{hand.body(doc.answer) or escape(doc.notice)}"),
    ]
    if doc.dates_after:
        parts.append(_row(_dates(doc.dates_after)))
    if doc.has_more:
        parts.append(_row(_more(doc)))
    if doc.cards:
        people = "\n".join(_card(card) for card in doc.cards)
        parts.append(_row(f"<B>Response by:</B><P>\n{people}"))
    if doc.dates_end:
        parts.append(_row(_dates(doc.dates_end)))
    return "\n".join([*parts, "</TABLE>"])


def _row(html: str) -> str:
    return f"<TR><TD>{FACE}{html}</FONT></TD></TR>"


def _label(text: str, inline: bool) -> str:
    return f"<B>{text}</B>\n" if inline else f"<B>{text}</B><P>\n"


def _dates(lines: tuple[str, ...]) -> str:
    return "".join(f'<BR><FONT SIZE="1" COLOR="#666666">{escape(line)}</FONT>' for line in lines)


def _more(doc: Doc) -> str:
    pointers = "\n".join(_pointer(pointer) for pointer in doc.pointers)
    return f"<B>For more information:</B><P>\n{_list(doc.sources)}{pointers}"


def _pointer(pointer: Pointer) -> str:
    topic = pointer.topic
    name = anchor(topic.name, topic.path, "A") if pointer.linked else escape(topic.name)
    return f"<P>Go to the {name} health topic, where you can:\n{_list(pointer.offers)}"


def _list(offers: tuple[Offer, ...]) -> str:
    if not offers:
        return ""
    lines = "\n".join(f"<LI>{anchor(o.text, o.href, 'A')}{escape(o.behind)}" for o in offers)
    return f"<UL>\n{lines}\n</UL>"


def _card(card: Card) -> str:
    name = anchor(card.signature, card.href, "A") if card.href else escape(card.signature)
    lines = "".join(f"<BR>\n{escape(line)}" for line in card.lines)
    picture = ""
    if card.photo is not None:
        alt = f' ALT="{attribute(card.photo)}"' if card.photo else ""
        picture = f'<TD><IMG SRC="{card.picture}"{alt} WIDTH=72 HEIGHT=96></TD>'
    return f"<TABLE BORDER=0><TR>{picture}<TD>{FACE}<B>{name}</B>{lines}</FONT></TD></TR></TABLE>"


def frame(page: Frame, content: str) -> str:
    """The page around a content."""
    meta = (
        f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={page.meta}">\n'
        if page.meta
        else ""
    )
    menu = "\n".join(f"{anchor(text, href, 'A')}<BR>" for text, href in page.menu)
    return f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<HTML><HEAD>
{meta}<TITLE>{NAME}: {escape(page.title)}</TITLE>
<SCRIPT LANGUAGE="JavaScript"><!--
function ask() {{ window.open("/askanexpert.htm", "Question:", "width=400"); }}
//--></SCRIPT>
</HEAD>
<BODY BGCOLOR="#FFFFFF" TEXT="#000000" LINK="#003399">
<CENTER><TABLE WIDTH=620 BORDER=0 CELLPADDING=2><TR>
<TD><A HREF="/"><IMG SRC="/images/logo.gif" ALT="{NAME}" BORDER=0></A></TD>
<TD ALIGN=right>{FACE}{anchors(NAV, " | ", "A")}</FONT></TD>
</TR></TABLE></CENTER>
<TABLE WIDTH=620 BORDER=0 CELLSPACING=4><TR>
<TD WIDTH=130 VALIGN=top BGCOLOR="#CCDDEE">{FACE}<B>Health Topics</B><BR>
{menu}
<FORM ACTION="/cgi-bin/search" METHOD=GET>Search: <INPUT NAME=q SIZE=10><INPUT TYPE=submit
VALUE="Go"></FORM></FONT>
<TABLE>{rows(page.side, "A")}</TABLE></TD>
<TD VALIGN=top>
{content}
</TD></TR></TABLE>
{page.bulk}<TABLE WIDTH=620><TR><TD><B>Elsewhere on {NAME}</B></TD></TR>
{rows(page.after, "A")}</TABLE>
<HR><CENTER>{FACE}{anchors(foot_links(page), " - ", "A")}
<A HREF="javascript:history.back()">Back</A><BR>{NOTE}<BR>Copyright 1999 {NAME}</FONT></CENTER>
</BODY></HTML>
"""
