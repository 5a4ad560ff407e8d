"""Names of people as they are printed, in the parts that bibliographies sort by. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_SUFFIXES = {"jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV"}
# A name with one of these words is an office's, which nobody inverts.
_OFFICES = frozenset(
    (
        "center", "centre", "clinic", "college", "department", "editors", "experts",
        "foundation", "group", "hospital", "institute", "library", "office", "program",
        "school", "service", "services", "society", "staff", "team", "university",
    )
)  # fmt: skip
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts. For an office, or an unusual name, only ``family`` is set."""

    family: str
    given: str = ""
    suffix: str = ""

    @property
    def is_person(self) -> bool:
        """Whether it may be inverted and its given names abbreviated."""
        return bool(self.given)

    @property
    def initials(self) -> str:
        """The given names as APA has them: "Arthur T" is "A. T.", "Jean-Paul" is "J.-P."."""
        words = self.given.replace(".", ". ").split()
        parts = ("-".join(f"{p[0]}." for p in word.split("-") if p) for word in words)
        return " ".join(part for part in parts if part)

    @property
    def inverted(self) -> str:
        """Family name first: "Lindqvist, Maria", "Smith, John, Jr."."""
        return ", ".join(part for part in (self.family, self.given, self.suffix) if part)

    @property
    def straight(self) -> str:
        """As one says it: "Maria Lindqvist", "John Smith Jr."."""
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)


def split_name(printed: str) -> Name:
    """Split a name without credentials into its parts, as far as they can be known.

    The last word is the family name, with words in lower case before it (van, de la). What
    does not look like a person's name stays whole.
    """
    words = printed.replace(", ", " ").split()
    suffix = ""
    if len(words) > 2 and (known := _SUFFIXES.get(words[-1].rstrip(".").lower())):
        words, suffix = words[:-1], known
    elif "," in printed:
        return Name(printed)
    if not 2 <= len(words) <= _MOST_WORDS or not all(map(_is_name, words)):
        return Name(printed)
    if any(word.lower() in _OFFICES for word in words):
        return Name(printed)
    border = len(words) - 1
    while border > 1 and words[border - 1][0].islower():
        border -= 1
    return Name(" ".join(words[border:]), " ".join(words[:border]), suffix)


def _is_name(word: str) -> bool:
    plain = all(sign in "'’`.-" or unicodedata.category(sign)[0] in "LM" for sign in word)
    return plain and word[0].isalpha()
