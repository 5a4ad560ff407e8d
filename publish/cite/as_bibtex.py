"""BibTeX, for BibTeX itself and for biber. Pure.

Entries are ``@misc``: every style knows it, and with ``url`` and ``urldate`` biblatex sets
it as a web page. The text is UTF-8. BibTeX counts braces whether or not a backslash stands
before them, so a brace in a text is written as a command.
"""

from __future__ import annotations

import re

from publish.cite.names import Name
from publish.cite.record import MONTHS, Cited, american

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


def bibtex(cited: Cited) -> str:
    """One entry, ended by an empty line."""
    fields = {
        "author": _braced(" and ".join(_author(author.parts) for author in cited.authors)),
        # The inner braces keep the capitals as they are.
        "title": f"{{{{{escaped(cited.called)}}}}}",
        "year": _braced(str(cited.year) if cited.year else ""),
        # A macro that every style defines: a number would be set as it is.
        "month": MONTHS[cited.answered_on.month - 1][:3].lower() if cited.answered_on else "",
        "howpublished": _braced(escaped(f"{cited.site_name}, archived in {cited.archive}")),
        # Read without commands being understood, and percent-encoded to begin with.
        "url": _braced(cited.address),
        "urldate": _braced(cited.retrieved.isoformat()),
        "keywords": _braced(escaped(", ".join(name.replace(",", " ") for name in cited.topics))),
        "note": _braced(escaped(note(cited))),
    }
    body = "\n".join(f"  {name} = {value}," for name, value in fields.items() if value)
    return f"@misc{{{key(cited)},\n{body}\n}}\n\n"


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def key(cited: Cited) -> str:
    """The same for the same question, different for different ones.

    Letters, digits and hyphens stay, any other byte is ``_`` and two hexadecimal digits.
    Capitals too: BibTeX does not tell keys apart by them.
    """
    return f"{_key_part(cited.site)}:{_key_part(cited.source_id)}"


def _key_part(text: str) -> str:
    signs = (bytes([byte]) for byte in text.encode("utf-8", "surrogatepass"))
    return "".join(
        sign.decode() if _PLAIN_KEY.fullmatch(sign) else f"_{sign[0]:02x}" for sign in signs
    )


def note(cited: Cited) -> str:
    """The day of the answer, who answered, and the evidence, in words. Not escaped."""
    signed = "; ".join(
        ", ".join(part for part in (one.name, one.credentials, one.institution) if part)
        for one in cited.authors
    )
    when = american(cited.answered_on) if cited.answered_on else ""
    answered = ", ".join(part for part in (when, f"by {signed}" if signed else "") if part)
    text = f"{cited.kind}. {f'Answered {answered}. ' if answered else ''}"
    text += f"Archived copy of {cited.original_url}"
    if cited.captured_at:
        text += f", captured {cited.captured_at:%Y-%m-%dT%H:%M:%SZ}"
    text += "."
    if cited.record_id:
        text += f" WARC record {cited.record_id}, payload {cited.digest}."
    return text


def escaped(text: str) -> str:
    """A text that LaTeX sets as it is."""
    return _LIGATURES.sub("{}", text.translate(_ESCAPES))


def _author(name: Name) -> str:
    if not name.is_person:
        # Braces keep BibTeX from dividing it at "and" or a comma.
        return f"{{{escaped(name.family)}}}"
    parts = (name.family, name.suffix, name.given)
    return ", ".join(_name_part(part) for part in parts if part)


def _name_part(part: str) -> str:
    whole = escaped(part)
    if re.search(r"\b(and|others)\b", part, re.I) or part[0].islower():
        # "others" and small letters mean something to BibTeX too.
        return f"{{{whole}}}"
    return whole
