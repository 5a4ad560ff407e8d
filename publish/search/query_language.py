"""The query language: words, "phrases", -minus, OR, begin*, and prefixes such as ``title:``.

Pure, and total: every text is a query. What cannot be understood in it is a word or nothing,
and ``ParsedQuery.not_understood`` says so. FTS5 never sees a character that it could take for
its own syntax.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Literal, get_args

from publish.data.stop_words import STOP_WORDS

Field = Literal["title", "question", "answer", "by", "topic", "site", "year"]

#: Prefixes of what is no text: a person, a topic, a site, years.
NAMES = ("by", "topic", "site", "year")
#: In the place of a year or a topic: questions without any.
NONE = "none"
#: With fewer letters words have nothing in common but chance.
SHORTEST_BEGINNING = 3

#: A longer text is no query: who comes with it is told.
MAX_CHARACTERS = 2000
#: Terms beyond these are not read: FTS5 limits the depth of an expression.
MAX_TERMS = 48

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("‘’‚‛`´′ʼ", "'")})
_TERM = re.compile(
    r'(?P<minus>(?<![^\s(])-)?(?:year:(?P<years>[^\s"]+)|'
    r'(?:(?P<field>title|question|answer|by|topic|site):(?=["\w]))?'
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+)))',
    re.I,
)
_PREFIX = re.compile(r"([^\W\d_]+):(.?)")
_PREFIXES = get_args(Field)
_BRACKETS = re.compile(r"(?<!\S)-?[(]|[)](?!\S)")
_YEARS = re.compile(r"(?P<first>[0-9]{1,4})?(?P<to>[-–])?(?P<last>[0-9]{1,4})?")
# What stands between separate words. A hyphen or an apostrophe does not: it's, follow-up.
_BETWEEN = re.compile(r"[^\w'.&-]+|\.\.+|--+")
_WORD = re.compile(r"[^\W_]+")

# What an apostrophe leaves: I'd, it's. Alone they may mean something (vitamin d).
_REMNANTS = frozenset(("d", "ll", "m", "re", "s", "t", "ve"))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand together, in one ``field`` of a question or in any.

    A ``quoted`` term is required as it is: never loosened, never corrected. With
    ``beginning`` it stands for every word that begins so; ``forms`` are such words whose stem
    is shorter than that. ``alternatives`` are the terms that OR joins, the first of them being
    this; they are required as quoted ones are. ``typed`` is how a reader wrote it.
    """

    words: tuple[str, ...]
    field: Field | None = None
    minus: bool = False
    quoted: bool = False
    beginning: bool = False
    alternatives: tuple[Term, ...] = ()
    forms: tuple[str, ...] = ()
    typed: str = dataclass_field(default="", compare=False)

    @property
    def fts(self) -> str:
        """The term as an FTS5 query."""
        if self.alternatives:
            return f"({fts_any(self.alternatives)})"
        # Only letters and digits are left by now: nothing in it can end the quotation.
        phrase = f'"{" ".join(self.words)}"'
        phrase += "*" if self.beginning else ""
        if self.forms:
            forms = "".join(f' OR "{form}"' for form in self.forms)
            phrase = f"({phrase}{forms})"
        return f"{{{self.field}}} : {phrase}" if self.field else phrase

    @property
    def is_content(self) -> bool:
        """Whether it is more than stop words."""
        ignored = STOP_WORDS | _REMNANTS if len(self.words) > 1 else STOP_WORDS
        return self.quoted or any(word.lower() not in ignored for word in self.words)

    def within(self, field: Field) -> Term:
        """Return the term for one column of the text only."""
        others = tuple(term.within(field) for term in self.alternatives)
        return replace(self, field=field, alternatives=others)

    def either(self, other: Term) -> Term | None:
        """Return the term that OR makes of two; None if they are of different kinds."""
        kinds = {term.field if term.field in NAMES else None for term in (self, other)}
        if self.minus or other.minus or len(kinds) > 1:
            return None
        both = dict.fromkeys((*(self.alternatives or (self,)), other))
        return replace(self, quoted=True, alternatives=tuple(both))

    def exactly(self) -> Term:
        """Return the term in quotation marks. A beginning stays one."""
        return self if self.beginning else replace(self, quoted=True)

    def __str__(self) -> str:
        """Return the term as a reader would type it."""
        if self.alternatives:
            return " OR ".join(map(str, self.alternatives))
        text = f'"{" ".join(self.words)}"' if self.quoted else self.typed or " ".join(self.words)
        text += "*" if self.beginning else ""
        prefix = f"{self.field}:" if self.field else ""
        return f"{'-' if self.minus else ''}{prefix}{text}"


@dataclass(frozen=True)
class ParsedQuery:
    """The terms of a query, in their order, each once.

    ``typed`` has those that stand there several times as often: who says a word twice means it.
    ``not_understood`` are sentences for the reader, about what was not taken as it was meant.
    """

    terms: tuple[Term, ...] = ()
    typed: tuple[Term, ...] = dataclass_field(default=(), compare=False)
    not_understood: tuple[str, ...] = dataclass_field(default=(), compare=False)

    @cached_property
    def text_terms(self) -> tuple[Term, ...]:
        """The words and phrases that the texts must have."""
        return tuple(t for t in self.terms if not t.minus and t.field not in NAMES)

    @cached_property
    def text(self) -> str:
        """The words of the text terms, as often as they were typed."""
        typed = (term for term in self.typed or self.terms if term in self.text_terms)
        return " ".join(word for term in typed for word in term.words)

    @cached_property
    def excluded_terms(self) -> tuple[Term, ...]:
        """The words and phrases that the texts must not have."""
        return tuple(t for t in self.terms if t.minus and t.field not in NAMES)

    @cached_property
    def name_terms(self) -> tuple[Term, ...]:
        """The names of responders, topics and sites, and years, required or excluded."""
        return tuple(t for t in self.terms if t.field in NAMES)

    @cached_property
    def content_terms(self) -> tuple[Term, ...]:
        """``text_terms`` without stop words; all of them if there is nothing else."""
        return tuple(t for t in self.text_terms if t.is_content) or self.text_terms

    def replaced(self, replacements: dict[str, tuple[str, ...]]) -> ParsedQuery:
        """Return the query with single words replaced, each by one word or by several."""
        terms: dict[Term, None] = {}
        for term in self.terms:
            words = replacements.get(term.words[0].lower()) if len(term.words) == 1 else None
            if words is None or term.quoted or term.minus or term.beginning:
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
    reading = _Reading(normalize(text))
    terms = tuple(reading.terms)
    return ParsedQuery(tuple(dict.fromkeys(terms)), terms, tuple(dict.fromkeys(reading.notes)))


def part_read(text: str) -> str:
    """Return the beginning of a text from which all of its terms are read."""
    reading = _Reading(normalize(text))
    return text if reading.end is None else reading.text[: reading.end]


def years(text: str) -> tuple[int, int] | None:
    """Return the first and the last year of ``2004``, ``2004-2006``, ``2004-`` or ``-2006``."""
    match = _YEARS.fullmatch(text)
    if match is None or not (match["first"] or match["last"]):
        return None
    first = int(match["first"] or 0)
    last = int(match["last"] or (9999 if match["to"] else first))
    return (first, last) if first <= last else None


class _Reading:
    """A normal text, read from left to right: its terms, and what is to be told of it.

    ``end`` is where the last term that is read ends; None where all are read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.terms: list[Term] = []
        self.notes: list[str] = []
        self.end: int | None = None
        self._joining = False
        self._read()

    def _read(self) -> None:
        for match in _TERM.finditer(self.text):
            if match.group() == "OR":
                self._or()
                continue
            for term in self._terms_of(match):
                self._add(term)
                if sum(len(t.alternatives) or 1 for t in set(self.terms)) >= MAX_TERMS:
                    self.end = match.end()
                    self._say(f"A search has at most {MAX_TERMS} words. Further ones are not read.")
                    return
        if self._joining:
            self._say("Nothing stands behind “OR”: it was left out.")
        if self.text.count('"') % 2:
            self._say("A quotation mark has no partner: it was left out.")
        operators = any(term.minus or term.alternatives for term in self.terms)
        if operators and _BRACKETS.search(self.text):
            self._say("Brackets do not group words: they were left out.")

    def _say(self, note: str) -> None:
        self.notes.append(note)

    def _or(self) -> None:
        if not self.terms or self._joining:
            self._say("“OR” must stand between two words: it was left out.")
        else:
            self._joining = True

    def _add(self, term: Term) -> None:
        either = self.terms[-1].either(term) if self._joining else None
        if either is not None:
            self.terms[-1] = either
        else:
            if self._joining:
                self._say(
                    "“OR” joins words with words, or names of one kind, without a minus: "
                    f"here both “{self.terms[-1]}” and “{term}” are required."
                )
            self.terms.append(term)
        self._joining = False

    def _terms_of(self, match: re.Match[str]) -> list[Term]:
        if match["years"] is not None:
            return self._years(match["years"], bool(match["minus"]))
        phrase, minus = match["phrase"], bool(match["minus"])
        field: Field | None = match["field"].lower() if match["field"] else None  # type: ignore[assignment]
        if phrase is not None:
            words = tuple(_WORD.findall(phrase))[:MAX_TERMS]
            if not words:
                self._say("Nothing stands between two quotation marks: they were left out.")
            return [Term(words, field, minus, quoted=True, typed=phrase)] if words else []
        return self._words(match["word"], field, minus, self.text[match.end() : match.end() + 1])

    def _words(self, word: str, field: Field | None, minus: bool, behind: str) -> list[Term]:
        """The terms of a text without blanks. ``behind`` is the character behind it."""
        if field is None:
            self._prefix(word, behind)
        if word in ("NOT", "AND"):
            instead = "write -word" if word == "NOT" else "all words are required anyway"
            self._say(f"“{word}” is taken as a word: {instead}.")
        terms = []
        for part in _BETWEEN.split(word):
            if words := tuple(_WORD.findall(part))[:MAX_TERMS]:
                terms.append(Term(words, field, minus, typed=part.strip("'.&-")))
        stem = word.rstrip("*")
        if "*" in stem or (stem != word and not terms):
            self._say(f"“{_short(word)}”: a * can only stand at the end of a word.")
        elif stem != word and len(terms[-1].words[-1]) < SHORTEST_BEGINNING:
            self._say(f"“{_short(word)}”: a * needs {SHORTEST_BEGINNING} letters before it.")
        elif stem != word:
            terms[-1] = replace(terms[-1], beginning=True)
        return terms

    def _prefix(self, word: str, behind: str) -> None:
        """Say what of a word looks like a prefix, and is none."""
        match = _PREFIX.match(word)
        if match is None:
            return
        name, following = match.groups()
        if name.lower() in _PREFIXES:
            self._say(f"Nothing stands directly behind “{name}:”. It is taken as a word.")
        elif (following or behind) == '"' or following.isalnum():
            known = ", ".join(f"{prefix}:" for prefix in _PREFIXES)
            self._say(f"“{_short(name)}:” is taken as a word. The prefixes are {known}.")

    def _years(self, text: str, minus: bool) -> list[Term]:
        value = text.lower().rstrip(".,;")
        if value != NONE and years(value) is None:
            self._say(f"“year:{_short(text)}” is no year and no range of years: it was left out.")
            return []
        return [Term((value,), "year", minus, typed=value)]


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def fts_all(terms: tuple[Term, ...]) -> str:
    """Return the FTS5 query for rows that have all of the terms."""
    return " AND ".join(term.fts for term in terms)


def fts_any(terms: tuple[Term, ...]) -> str:
    """Return the FTS5 query for rows that have at least one of the terms."""
    return " OR ".join(term.fts for term in terms)


def fts_words(text: str | None) -> str:
    """Return the FTS5 query for all words of a text. It is an SQL function too."""
    return fts_all(parse(text or "").text_terms) or '""'
