"""The furniture of all pages: navigation, menus, teasers, footers."""

from __future__ import annotations

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
    """Teasers as rows of a table."""
    tr, td, br = ("TR", "TD", "BR") if tag.isupper() else ("tr", "td", "br")
    return "\n".join(
        f"<{tr}><{td}>{anchor(each.text, each.href, tag)}<{br}>{escape(each.about)}</{td}></{tr}>"
        for each in teasers
    )


def items(teasers: tuple[Teaser, ...]) -> str:
    """Teasers as items of a list."""
    return "\n".join(
        f"<li>{anchor(each.text, each.href)} <span>{escape(each.about)}</span></li>"
        for each in teasers
    )
