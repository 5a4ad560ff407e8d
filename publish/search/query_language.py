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

from publish.data.stop_words import STOP_WORDS

Field = Literal["title", "question", "answer", "by", "topic"]

#: A longer text is no query: who comes with it is told.
MAX_CHARACTERS = 2000
#: Terms beyond these are not read: FTS5 limits the depth of an expression.
MAX_TERMS = 48

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("‘’‚‛`´′ʼ", "'")})
_TERM = re.compile(
    r'(?P<minus>(?<![^\s(])-)?(?:(?P<field>title|question|answer|by|topic):(?=["\w]))?'
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))',
    re.I,
)
# What stands between separate words. A hyphen or an apostrophe does not: it's, follow-up.
_BETWEEN = re.compile(r"[^\w'.&-]+|\.\.+|--+")
_WORD = re.compile(r"[^\W_]+")

# What an apostrophe leaves: I'd, it's. Alone they may mean something (vitamin d).
_REMNANTS = frozenset(("d", "ll", "m", "re", "s", "t", "ve"))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand together, in one ``field`` of a question or in any.

    A ``quoted`` term is required as it is: never loosened, never corrected. With
    ``beginning`` it stands for every word that begins so. ``typed`` is how a reader wrote it.
    """

    words: tuple[str, ...]
    field: Field | None = None
    minus: bool = False
    quoted: bool = False
    beginning: bool = False
    typed: str = dataclass_field(default="", compare=False)

    @property
    def fts(self) -> str:
        """The term as an FTS5 query."""
        # Only letters and digits are left by now: nothing in it can end the quotation.
        phrase = f'"{" ".join(self.words)}"'
        phrase += "*" if self.beginning else ""
        return f"{{{self.field}}} : {phrase}" if self.field else phrase

    @property
    def is_content(self) -> bool:
        """Whether it is more than stop words."""
        ignored = STOP_WORDS | _REMNANTS if len(self.words) > 1 else STOP_WORDS
        return self.quoted or any(word.lower() not in ignored for word in self.words)

    def within(self, field: Field) -> Term:
        """Return the term for one column of the text only."""
        return replace(self, field=field)

    def exactly(self) -> Term:
        """Return the term in quotation marks."""
        return replace(self, quoted=True)

    def __str__(self) -> str:
        """Return the term as a reader would type it."""
        text = f'"{" ".join(self.words)}"' if self.quoted else self.typed or " ".join(self.words)
        text += "…" if self.beginning else ""
        prefix = f"{self.field}:" if self.field else ""
        return f"{'-' if self.minus else ''}{prefix}{text}"


@dataclass(frozen=True)
class ParsedQuery:
    """The terms of a query, in their order, each once.

    ``typed`` has those that stand there several times as often: who says a word twice means it.
    """

    terms: tuple[Term, ...] = ()
    typed: tuple[Term, ...] = dataclass_field(default=(), compare=False)

    @cached_property
    def text_terms(self) -> tuple[Term, ...]:
        """The words and phrases that the texts must have."""
        return tuple(t for t in self.terms if not t.minus and t.field not in ("by", "topic"))

    @cached_property
    def text(self) -> str:
        """The words of the text terms, as often as they were typed."""
        typed = (term for term in self.typed or self.terms if term in self.text_terms)
        return " ".join(word for term in typed for word in term.words)

    @cached_property
    def excluded_terms(self) -> tuple[Term, ...]:
        """The words and phrases that the texts must not have."""
        return tuple(t for t in self.terms if t.minus and t.field not in ("by", "topic"))

    @cached_property
    def name_terms(self) -> tuple[Term, ...]:
        """The names of responders and topics, required or excluded."""
        return tuple(t for t in self.terms if t.field in ("by", "topic"))

    @cached_property
    def content_terms(self) -> tuple[Term, ...]:
        """``text_terms`` without stop words; all of them if there is nothing else."""
        return tuple(t for t in self.text_terms if t.is_content) or self.text_terms

    def replaced(self, replacements: dict[str, tuple[str, ...]]) -> ParsedQuery:
        """Return the query with single words replaced, each by one word or by several."""
        terms: dict[Term, None] = {}
        for term in self.terms:
            words = replacements.get(term.words[0].lower()) if len(term.words) == 1 else None
            if words is None or term.quoted or term.minus:
                terms[term] = None
            else:
                terms |= {Term((word,), term.field): None for word in words}
        return ParsedQuery(tuple(terms))

    def exactly(self, terms: tuple[Term, ...]) -> ParsedQuery:
        """Return the query with some of its terms in quotation marks."""
        return ParsedQuery(tuple(t.exactly() if t in terms else t for t in self.terms))

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))


def normalize(text: str) -> str:
    """Return a text with plain quotes and composed letters (NFC), without NUL and surrogates."""
    plain = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ")
    return unicodedata.normalize("NFC", plain).translate(_QUOTES)


def parse(text: str) -> ParsedQuery:
    """Parse a query. Never fails."""
    terms, _ = _read(text)
    return ParsedQuery(tuple(dict.fromkeys(terms)), terms)


def part_read(text: str) -> str:
    """Return the beginning of a text from which all of its terms are read."""
    terms, end = _read(text)
    return text if len(set(terms)) < MAX_TERMS else normalize(text)[:end]


def _read(text: str) -> tuple[tuple[Term, ...], int]:
    """The terms of a text, and where the last of them ends in its normal form."""
    terms: list[Term] = []
    distinct: set[Term] = set()
    for match in _TERM.finditer(normalize(text)):
        for term in _terms(match):
            terms.append(term)
            distinct.add(term)
            if len(distinct) == MAX_TERMS:
                return tuple(terms), match.end()
    return tuple(terms), len(text)


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


def fts_all(terms: tuple[Term, ...]) -> str:
    """Return the FTS5 query for rows that have all of the terms."""
    return " AND ".join(term.fts for term in terms)


def fts_any(terms: tuple[Term, ...]) -> str:
    """Return the FTS5 query for rows that have at least one of the terms."""
    return " OR ".join(term.fts for term in terms)


def fts_words(text: str | None) -> str:
    """Return the FTS5 query for all words of a text. It is an SQL function too."""
    return fts_all(parse(text or "").text_terms) or '""'
