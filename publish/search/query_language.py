"""The query language: words, "phrases", -minus, and prefixes such as ``title:``.

Pure, and total: every text is a query, and what cannot be understood in it is a word or
nothing. FTS5 never sees a character that it could take for its own syntax.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Literal

from publish.search.request import MOST_CHARACTERS

Field = Literal["title", "question", "answer", "by", "topic"]

#: Terms beyond these are not read: FTS5 limits the depth of an expression.
MAX_TERMS = 24

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("‘’‚‛`´′ʼ", "'")})
_TERM = re.compile(
    r'(?P<minus>(?<![^\s(])-)?(?:(?P<field>title|question|answer|by|topic):(?=["\w]))?'
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))',
    re.I,
)
# What stands between separate words. A hyphen or an apostrophe does not: it's, follow-up.
_BETWEEN = re.compile(r"[^\w'.&-]+|\.\.+|--+")
_WORD = re.compile(r"[^\W_]+")

_STOP_WORDS = """
a about after all also am an and any are as at be because been before being but by can could
did do does doing don for from get getting got had has have having he her him his how i if in
into is isn it its just like ll m me more my no not of on or our out please re s she should
so some t than that the their them then there these they this to too up us very was we were
what when where which while who why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
# What an apostrophe leaves: I'd, it's. Alone they may tell something (vitamin d).
_REMNANTS = frozenset(("d", "ll", "m", "re", "s", "t", "ve"))


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: words that must stand together, perhaps in one place only.

    ``quoted`` means as it stands: required, never loosened, never corrected. ``beginning``
    stands for every word that begins so. ``typed`` is how it was written, for showing it again.
    """

    words: tuple[str, ...]
    field: Field | None = None
    minus: bool = False
    quoted: bool = False
    beginning: bool = False
    typed: str = dataclass_field(default="", compare=False)

    @property
    def fts(self) -> str:
        """The term in FTS5's syntax."""
        # Only letters and digits are left by now: nothing in it can end the quotation.
        phrase = f'"{" ".join(self.words)}"'
        phrase += "*" if self.beginning else ""
        return f"{{{self.field}}} : {phrase}" if self.field else phrase

    @property
    def is_telling(self) -> bool:
        """Whether it says more than the words that stand in every text."""
        idle = STOP_WORDS | _REMNANTS if len(self.words) > 1 else STOP_WORDS
        return self.quoted or any(word.lower() not in idle for word in self.words)

    def within(self, field: Field) -> Term:
        """The same, in one column of the text only."""
        return replace(self, field=field)

    def exactly(self) -> Term:
        """The same in quotation marks."""
        return replace(self, quoted=True)

    def __str__(self) -> str:
        """As a reader would type it."""
        text = f'"{" ".join(self.words)}"' if self.quoted else self.typed or " ".join(self.words)
        text += "…" if self.beginning else ""
        prefix = f"{self.field}:" if self.field else ""
        return f"{'-' if self.minus else ''}{prefix}{text}"


@dataclass(frozen=True)
class ParsedQuery:
    """What was asked for, as understood."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def wanted(self) -> tuple[Term, ...]:
        """Words and phrases to find in the texts."""
        return tuple(t for t in self.terms if not t.minus and t.field not in ("by", "topic"))

    @cached_property
    def unwanted(self) -> tuple[Term, ...]:
        """Words and phrases that must not stand in the texts."""
        return tuple(t for t in self.terms if t.minus and t.field not in ("by", "topic"))

    @cached_property
    def names(self) -> tuple[Term, ...]:
        """What is said of responders and topics, wanted or not."""
        return tuple(t for t in self.terms if t.field in ("by", "topic"))

    @cached_property
    def telling(self) -> tuple[Term, ...]:
        """The wanted terms without stop words; all of them, if there are no others."""
        return tuple(t for t in self.wanted if t.is_telling) or self.wanted

    def replaced(self, other: dict[str, tuple[str, ...]]) -> ParsedQuery:
        """The same with some single words replaced, each by a word or by several."""
        terms: dict[Term, None] = {}
        for term in self.terms:
            words = other.get(term.words[0].lower()) if len(term.words) == 1 else None
            if words is None or term.quoted or term.minus:
                terms[term] = None
            else:
                terms |= {Term((word,), term.field): None for word in words}
        return ParsedQuery(tuple(terms))

    def exactly(self, terms: tuple[Term, ...]) -> ParsedQuery:
        """The same with some of its terms in quotation marks."""
        return ParsedQuery(tuple(t.exactly() if t in terms else t for t in self.terms))

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))


def normal(text: str) -> str:
    """A text with plain quotes and composed letters, without what cannot be stored."""
    plain = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ")
    return unicodedata.normalize("NFC", plain).translate(_QUOTES)


def parse(text: str) -> ParsedQuery:
    """Read a query. Never fails."""
    found: dict[Term, None] = {}
    for match in _TERM.finditer(normal(text)):
        for term in _terms(match):
            found[term] = None
        if len(found) >= MAX_TERMS:
            break
    return ParsedQuery(tuple(found)[:MAX_TERMS])


def _terms(match: re.Match[str]) -> list[Term]:
    phrase, minus = match["phrase"], bool(match["minus"])
    field: Field | None = match["field"].lower() if match["field"] else None  # type: ignore[assignment]
    parts = [phrase] if phrase is not None else _BETWEEN.split(match["word"])
    terms = []
    for part in parts:
        if words := tuple(_WORD.findall(part))[:MAX_TERMS]:
            typed = part.strip("'.&-")
            terms.append(Term(words, field, minus, phrase is not None, typed=typed))
    return terms


def every(terms: tuple[Term, ...]) -> str:
    """FTS5 for rows that have every one of the terms."""
    return " AND ".join(term.fts for term in terms)


def some(terms: tuple[Term, ...]) -> str:
    """FTS5 for rows that have at least one of the terms."""
    return " OR ".join(term.fts for term in terms)


def fts_words(text: str | None) -> str:
    """The SQL function of the same name: a text as an FTS5 query for all its words."""
    return every(parse(text or "").wanted) or '""'
