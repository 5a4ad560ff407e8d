"""References to read and copy: APA and Chicago. Pure.

Both cite the archived page, and say of which address it is a copy and which capture it was
read from. Titles are verbatim: their capitals are not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from publish.cite.names import Name
from publish.cite.record import MONTHS, Cited, american


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


def apa(cited: Cited) -> Reference:
    """APA style, 7th edition: a web page (section 10.16) in an archive.

    Without an author the title comes first; without a date it says n.d.; without a title a
    description in brackets takes its place.
    """
    title = (
        ((cited.title, True), (f" [{cited.kind}]. ", False))
        if cited.title
        else ((f"[{cited.called}]. ", False),)
    )
    dated = (f"({_apa_date(cited)}). ", False)
    authors = _apa_authors([author.parts for author in cited.authors])
    head = ((f"{_ended(authors)} ", False), dated, *title) if authors else (*title, dated)
    return Reference((*head, (_apa_source(cited), False)))


def _apa_source(cited: Cited) -> str:
    """Where it is: site, archive, day of retrieval, address, and the capture as a note."""
    copy = [f"archived copy of {cited.original_url}"]
    if cited.captured_at:
        copy.append(f"captured {american(cited.captured_at.date())}")
    note = ", ".join(copy) + (f"; payload {cited.digest}" if cited.digest else "")
    return (
        f"{_ended(cited.site_name)} {_ended(cited.archive)} "
        f"Retrieved {american(cited.retrieved)}, from {cited.address} ({note})"
    )


def _apa_date(cited: Cited) -> str:
    day = cited.answered_on
    if day:
        return f"{day.year}, {MONTHS[day.month - 1]} {day.day}"
    return str(cited.year) if cited.year else "n.d."


def _apa_authors(names: Sequence[Name]) -> str:
    """Up to 20 names; of more, the first 19 and the last (section 9.8)."""
    shown = [
        ", ".join(part for part in (name.family, name.initials, name.suffix) if part)
        for name in names
    ]
    if len(shown) > 20:
        return f"{', '.join(shown[:19])}, . . . {shown[-1]}"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])}, & {shown[-1]}"


def chicago(cited: Cited) -> Reference:
    """Chicago Manual of Style, 18th edition, bibliography: a web page (14.104), archived.

    The 17th edition differs where there are more than six authors: it names up to ten.
    """
    parts = []
    if names := _chicago_authors([author.parts for author in cited.authors]):
        parts.append(_ended(names))
    parts.append(f"“{_ended(_inner_quotes(cited.title))}”" if cited.title else f"{cited.called}.")
    parts.append(_ended(cited.site_name))
    parts.append(_chicago_date(cited))
    parts.append(f"{cited.original_url}.")
    when = f" {american(cited.captured_at.date())}," if cited.captured_at else ""
    digest = f" (payload {cited.digest})" if cited.digest else ""
    parts.append(f"Archived{when} in {cited.archive}{digest}.")
    parts.append(f"Accessed {american(cited.retrieved)}.")
    parts.append(f"{cited.address}.")
    return Reference(((" ".join(parts), False),))


def _chicago_date(cited: Cited) -> str:
    if cited.answered_on:
        return f"Answered {american(cited.answered_on)}."
    return f"Answered {cited.year}." if cited.year else "n.d."


def _chicago_authors(names: Sequence[Name]) -> str:
    """Up to six names, the first inverted; of more, three and et al. (13.23)."""
    shown = [name.straight if i else name.inverted for i, name in enumerate(names)]
    if len(shown) > 6:
        return f"{', '.join(shown[:3])}, et al."
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])}, and {shown[-1]}"


def _inner_quotes(title: str) -> str:
    # Quotation marks within quotation marks are single ones.
    return title.translate({ord("“"): "‘", ord("”"): "’", ord('"'): "'"})


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", ".”", "?”", "!”", "…")) else f"{text}."
