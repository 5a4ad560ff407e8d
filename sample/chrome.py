"""The furniture of all pages: navigation, menus, teasers, footers."""

from __future__ import annotations

import re

from .docs import Frame, Teaser
from .markup import attribute, escape

NAME = "NetWellness"
NAV = (
    ("Home", "/"),
    ("Health Topics", "/healthtopics/"),
    ("Experts", "/experts/"),
    ("Reference Library", "/reference/"),
    ("Research", "/research.htm"),
    ("Ask an Expert", "/askanexpert.htm"),
)
FOOT = (
    ("About Us", "/about/"),
    ("Disclaimer", "/about/disclaimer.htm"),
    ("Privacy", "/about/privacy.htm"),
    ("How questions are answered", "/about/howitworks.htm"),
)
NOTE = (
    "This site is for education only. It does not take the place of advice from your own"
    " doctor or dentist."
)


def anchor(text: str, href: str, tag: str = "a") -> str:
    """A link."""
    name = "HREF" if tag.isupper() else "href"
    return f'<{tag} {name}="{attribute(href)}">{escape(text)}</{tag}>'


def anchors(pairs: tuple[tuple[str, str], ...], between: str, tag: str = "a") -> str:
    """Links in a row."""
    return between.join(anchor(text, href, tag) for text, href in pairs)


def foot_links(frame: Frame) -> tuple[tuple[str, str], ...]:
    """The links at the foot of a page."""
    calendar = (("Calendar of events", "/calendar/"),) if frame.calendar else ()
    printable = (("Printer version", f"{frame.path}?print=1"),) if frame.printable else ()
    return (*printable, *FOOT, *calendar)


def rows(teasers: tuple[Teaser, ...], tag: str = "a") -> str:
    """Teasers as rows of a table; those that say nothing further as rows of a portal menu."""
    upper = tag.isupper()
    tr, td, br = ("TR", "TD", "BR") if upper else ("tr", "td", "br")
    return "\n".join(
        f"<{tr}><{td}>{anchor(each.text, each.href, tag)}<{br}>{escape(each.about)}</{td}></{tr}>"
        if each.about
        else _menu_row(each, upper=upper)
        for each in teasers
    )


def items(teasers: tuple[Teaser, ...]) -> str:
    """Teasers as items of a list."""
    return "\n".join(
        f"<li>{anchor(each.text, each.href)} <span>{escape(each.about)}</span></li>"
        if each.about
        else _menu_item(each)
        for each in teasers
    )


def _menu_row(each: Teaser, *, upper: bool) -> str:
    """A row as layout programs of the 1990s wrote it: spacers, fonts, status line."""
    cell = (
        '<TR><TD WIDTH="14" VALIGN="TOP" ALIGN="CENTER"><IMG SRC="/images/bullet.gif" WIDTH="7"'
        ' HEIGHT="7" BORDER="0" VSPACE="3"></TD><TD VALIGN="TOP">'
        '<FONT FACE="Arial, Helvetica, sans-serif" SIZE="1">'
        f'<A HREF="{attribute(each.href)}" TARGET="_self" {_status_line().upper()}>'
        f"<B>{escape(each.text)}</B></A></FONT></TD></TR>\n"
        '<TR><TD COLSPAN="2"><IMG SRC="/images/spacer.gif" WIDTH="1" HEIGHT="4"></TD></TR>'
    )
    return cell if upper else _TAG.sub(lambda found: found[0].lower(), cell)


def _menu_item(each: Teaser) -> str:
    """An item as content systems of the 2000s wrote it: a class for everything."""
    return (
        '<li class="leaf"><div class="row"><span class="bullet"><img src="/images/bullet.gif"'
        ' width="7" height="7" border="0" /></span><span class="label"><a'
        f' href="{attribute(each.href)}" class="menu" target="_self"'
        f' title="Questions and answers of our experts" {_status_line()}><b>{escape(each.text)}</b>'
        '</a></span><span class="more"><img src="/images/arrow.gif" width="5" height="9" /></span>'
        "</div></li>"
    )


def _status_line() -> str:
    """Script that hides a link's address at the foot of the window, as was the fashion."""
    return "onmouseover=\"window.status='';return true\""


_TAG = re.compile(r"</?[A-Z]+|\b[A-Z]+(?==)")
