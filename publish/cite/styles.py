"""References to read and copy: APA and Chicago. Pure.

Both cite the archived page, and say of which address it is a copy and which capture it was
read from. Titles are verbatim: their capitals are not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from publish.cite.names import Name
from publish.cite.record import MONTHS, Citation, us_date


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference: pieces of text, each with whether it is in italics.

    ``str()`` is plain text. A template writes it as HTML, all text escaped.
    """

    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def __html__(self) -> Markup:
        return Markup("").join(
            Markup("<i>{}</i>").format(text) if italic else escape(text)
            for text, italic in self.pieces
        )


def apa(citation: Citation) -> Reference:
    """Return the reference in APA style, 7th edition: a web page (section 10.16) in an archive.

    Without an author the title comes first; without a date it says n.d.; without a title a
    description in brackets takes its place.
    """
    title = (
        ((citation.title, True), (f" [{citation.kind}]. ", False))
        if citation.title
        else ((f"[{citation.display_title}]. ", False),)
    )
    dated = (f"({_apa_date(citation)}). ", False)
    authors = _apa_authors([author.parts for author in citation.authors])
    head = ((f"{_ended(authors)} ", False), dated, *title) if authors else (*title, dated)
    return Reference((*head, (_apa_source(citation), False)))


def _apa_source(citation: Citation) -> str:
    """Where it is: site, archive, day of retrieval, address, and the capture as a note."""
    copy = [f"archived copy of {citation.original_url}"]
    if citation.captured_at:
        copy.append(f"captured {us_date(citation.captured_at.date())}")
    note = ", ".join(copy) + (f"; payload {citation.digest}" if citation.digest else "")
    return (
        f"{_ended(citation.site_name)} {_ended(citation.archive)} "
        f"Retrieved {us_date(citation.retrieved)}, from {citation.address} ({note})"
    )


def _apa_date(citation: Citation) -> str:
    day = citation.answered_on
    if day:
        return f"{day.year}, {MONTHS[day.month - 1]} {day.day}"
    return str(citation.year) if citation.year else "n.d."


def _apa_authors(names: Sequence[Name]) -> str:
    """Up to 20 names; of more, the first 19 and the last (section 9.8)."""
    shown = [
        ", ".join(part for part in (name.family, name.initials, name.suffix) if part)
        for name in names
    ]
    if len(shown) > 20:
        return f"{', '.join(shown[:19])}, . . . {shown[-1]}"
    return _join(shown, "&")


def chicago(citation: Citation) -> Reference:
    """Return the reference in Chicago style, 18th edition: a web page (14.104), archived.

    The 17th edition differs where there are more than six authors: it names up to ten.
    """
    parts = []
    if names := _chicago_authors([author.parts for author in citation.authors]):
        parts.append(_ended(names))
    parts.append(
        f"“{_ended(_inner_quotes(citation.title))}”"
        if citation.title
        else f"{citation.display_title}."
    )
    parts.append(_ended(citation.site_name))
    parts.append(_chicago_date(citation))
    parts.append(f"{citation.original_url}.")
    when = f" {us_date(citation.captured_at.date())}," if citation.captured_at else ""
    digest = f" (payload {citation.digest})" if citation.digest else ""
    parts.append(f"Archived{when} in {citation.archive}{digest}.")
    parts.append(f"Accessed {us_date(citation.retrieved)}.")
    parts.append(f"{citation.address}.")
    return Reference(((" ".join(parts), False),))


def _chicago_date(citation: Citation) -> str:
    if citation.answered_on:
        return f"{citation.when_answered} {us_date(citation.answered_on)}."
    return f"{citation.when_answered} {citation.year}." if citation.year else "n.d."


def _chicago_authors(names: Sequence[Name]) -> str:
    """Up to six names, the first inverted; of more, three and et al. (13.23)."""
    shown = [name.straight if i else name.inverted for i, name in enumerate(names)]
    if len(shown) > 6:
        return f"{', '.join(shown[:3])}, et al."
    return _join(shown, "and")


def _join(names: Sequence[str], conjunction: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])}, {conjunction} {names[-1]}"


def _inner_quotes(title: str) -> str:
    # Quotation marks within quotation marks are single ones.
    return title.translate({ord("“"): "‘", ord("”"): "’", ord('"'): "'"})


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", ".”", "?”", "!”", "…")) else f"{text}."
