"""BibTeX, for BibTeX itself and for biber. Pure.

Entries are ``@misc``: every style knows it, and with ``url`` and ``urldate`` biblatex sets
it as a web page. The text is UTF-8. BibTeX counts braces whether or not a backslash stands
before them, so a brace in a text is written as a command.
"""

from __future__ import annotations

import re

from publish.cite.names import Name
from publish.cite.record import MONTHS, Citation, us_date

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "%#&$_"},
}
_ESCAPES = str.maketrans(_SPECIAL)
# Between these TeX would make one sign of two: -- is a dash, `` a quotation mark.
_LIGATURES = re.compile(
    r"(?<=-)(?=-)|(?<=`)(?=`)|(?<=')(?=')|(?<=[?!])(?=`)|(?<=<)(?=<)|(?<=>)(?=>)|(?<=,)(?=,)"
)
_PLAIN_KEY = re.compile(rb"[a-z0-9-]")


def bibtex(citation: Citation) -> str:
    """Return one entry, ended by an empty line."""
    fields = {
        "author": _braced(" and ".join(_author(author.parts) for author in citation.authors)),
        # The inner braces keep the capitals as they are.
        "title": f"{{{{{escape_latex(citation.display_title)}}}}}",
        "year": _braced(str(citation.year) if citation.year else ""),
        # A macro that every style defines: a number would be set as it is.
        "month": MONTHS[citation.answered_on.month - 1][:3].lower() if citation.answered_on else "",
        "howpublished": _braced(
            escape_latex(f"{citation.site_name}, archived in {citation.archive}")
        ),
        # Read without commands being understood, and percent-encoded to begin with.
        "url": _braced(citation.address),
        "urldate": _braced(citation.retrieved.isoformat()),
        "keywords": _braced(
            escape_latex(", ".join(name.replace(",", " ") for name in citation.topics))
        ),
        "note": _braced(escape_latex(note(citation))),
    }
    body = "\n".join(f"  {name} = {value}," for name, value in fields.items() if value)
    return f"@misc{{{citation_key(citation)},\n{body}\n}}\n\n"


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def citation_key(citation: Citation) -> str:
    """Return the key of a question in bibliographies.

    Small letters, digits and hyphens stay, any other byte is ``_`` and two hexadecimal
    digits, capitals too: BibTeX does not distinguish keys by them.
    """
    return f"{_key_part(citation.site)}:{_key_part(citation.source_id)}"


def _key_part(text: str) -> str:
    signs = (bytes([byte]) for byte in text.encode("utf-8", "surrogatepass"))
    return "".join(
        sign.decode() if _PLAIN_KEY.fullmatch(sign) else f"_{sign[0]:02x}" for sign in signs
    )


def note(citation: Citation) -> str:
    """Return the day of the answer, who answered, and the evidence, in words. Not escaped."""
    signed = "; ".join(
        ", ".join(filter(None, (author.name, author.credentials, author.institution)))
        for author in citation.authors
    )
    when = us_date(citation.answered_on) if citation.answered_on else ""
    answered = ", ".join(filter(None, (when, signed and f"by {signed}")))
    text = f"{citation.kind}. {f'{citation.when_answered} {answered}. ' if answered else ''}"
    text += f"Archived copy of {citation.original_url}"
    if citation.captured_at:
        text += f", captured {citation.captured_stamp}"
    text += "."
    if citation.record_id:
        text += f" WARC record {citation.record_id}, payload {citation.digest}."
    return text


def escape_latex(text: str) -> str:
    """Escape a text so that LaTeX sets it as it is."""
    return _LIGATURES.sub("{}", text.translate(_ESCAPES))


def _author(name: Name) -> str:
    if not name.is_person:
        # Braces keep BibTeX from dividing it at "and" or a comma.
        return f"{{{escape_latex(name.family)}}}"
    parts = (name.family, name.suffix, name.given)
    return ", ".join(_name_part(part) for part in parts if part)


def _name_part(part: str) -> str:
    whole = escape_latex(part)
    if re.search(r"\b(and|others)\b", part, re.I) or part[0].islower():
        # "others" and small letters mean something to BibTeX too.
        return f"{{{whole}}}"
    return whole
