"""The words of a language, and of a site, by which the parts of a question page are known.

Each language has a table (``<language>.toml``): phrases by kind. A site's declaration
adds its own. Both become the patterns that :mod:`parsers.qa.labels` and the rest ask.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from string import ascii_lowercase

from parsers.words.phrases import beginnings, pattern_of

QUESTION, ANSWER, RESPONSE, MORE, TITLE, TOPIC = (
    "question", "answer", "response", "more", "title", "topic"
)  # fmt: skip
KINDS = (
    QUESTION, ANSWER, RESPONSE, MORE, TITLE, TOPIC, "owner", "byline", "expert", "topic_link",
    "topic_offers", "greeting", "letter", "closing", "addressee", "says", "by",
    "column", "about", "reviewed", "dated",
    "faq", "unanswered", "gone", "footer", "filed",
    "offer", "section",
)  # fmt: skip
"""What the phrases of a table may be for."""

_NUMBER = r"(?:\s*(?:#|n(?:o|r|umber|um|[º°])\b\.?)?\s*\d{1,7})?"
_FROM = r"(?:\s+(?:from|by|von|de|du|di|da|van)\s+[^:?!.\n]{2,40}(?=:))?"  # "Question from Anna:"
_AFTER = r"(?P<after>(?![\w'’`])[^\w(\"“'‘«„¿¡]*)(?P<rest>.*)"
_PAIRS = frozenset(a + b for a in ascii_lowercase for b in ascii_lowercase)
_NEVER = re.compile(r"(?!)")
_BEGINNING, _SEARCH = r"\W*%()(?!\w)", r"(?<!\w)%()(?!\w)"
_PHRASES = re.compile(r"%\(([a-z|]*)(\*?)\)")

Words = Mapping[str, tuple[str, ...]]
_Items = tuple[tuple[str, tuple[str, ...]], ...]


class _Shaped(cached_property[re.Pattern[str]]):
    """A pattern with the phrases of some kinds in it.

    :param template: with ``%(kind)`` for the phrases of a kind, ``%(a|b*)`` for those of two that
        are no letters, ``%()`` for those of the kind that the attribute is called
    """

    def __init__(self, template: str) -> None:
        super().__init__(self._made)
        self._template = template

    def _made(self, words: Vocabulary) -> re.Pattern[str]:
        def phrases(place: re.Match[str]) -> str:
            kinds = (place[1] or self.attrname or "").split("|")
            every = (phrase for kind in kinds for phrase in words.phrases(kind))
            return pattern_of(each for each in every if len(each) > 1 or not place[2])

        flags = re.I | re.S if self._template == _SEARCH else re.I
        return re.compile(_PHRASES.sub(phrases, self._template), flags)


@dataclass(frozen=True)
class Vocabulary:
    """Phrases by kind, and the patterns that they make, each when it is first asked.

    ``day_first`` are the signs between numbers of which the first is a day, not a month.
    """

    words: Words
    day_first: str = ""

    def phrases(self, kind: str) -> tuple[str, ...]:
        """The phrases of a kind."""
        return self.words.get(kind, ())

    @cached_property
    def label(self) -> re.Pattern[str]:
        """A label at the beginning of a line: a group named for its kind, ``after``, ``rest``."""
        owner = rf"(?:{pattern_of(self.phrases('owner'))}\s+)*"
        expert = pattern_of(self.phrases("expert"))
        kinds = (
            rf"(?P<{RESPONSE}>{pattern_of(self.phrases(RESPONSE))}(?:\s+{expert}(?=\W*$))?)",
            f"(?P<{QUESTION}>{self._label_words(QUESTION, owner)})",
            f"(?P<{ANSWER}>{self._label_words(ANSWER, owner)})",
            *(f"(?P<{kind}>{pattern_of(self.phrases(kind))})" for kind in (MORE, TITLE, TOPIC)),
        )
        return re.compile(rf"[^\w]*+(?:{'|'.join(kinds)}){_AFTER}", re.I | re.S)

    @cached_property
    def known_label(self) -> Callable[[str], re.Match[str] | None]:
        """How :attr:`label` matches a short text: most of them stand on hundreds of pages."""
        return lru_cache(maxsize=4096)(self.label.match)

    def _label_words(self, kind: str, owner: str) -> str:
        """Words with what may stand around them; letters ("Q", "A") with a number at most."""
        letters = [phrase for phrase in self.phrases(kind) if len(phrase) == 1]
        words = [phrase for phrase in self.phrases(kind) if len(phrase) > 1]
        whom = _FROM if kind == QUESTION else ""
        return rf"{owner}{pattern_of(words)}{_NUMBER}{whom}|{pattern_of(letters)}\d{{0,3}}"

    @cached_property
    def no_label(self) -> frozenset[str]:
        """The pairs of letters with which no label begins; most lines begin with one of them."""
        kinds = (RESPONSE, "owner", QUESTION, ANSWER, MORE, TITLE, TOPIC)
        return _PAIRS.difference(*(beginnings(self.phrases(kind)) for kind in kinds))

    @cached_property
    def topic_link(self) -> re.Pattern[str]:
        """ "Go to the X health topic, where you can:", the whole of a line: X, and what follows."""
        link, offers = self.phrases("topic_link"), self.phrases("topic_offers")
        if not link:
            return _NEVER
        rest = rf"{pattern_of(offers)}\b\W*(?P<rest>.*)|" if offers else "(?P<rest>(?!))|"
        return re.compile(rf"\W*{pattern_of(link)}(?:{rest}[\s.,:]*)", re.I | re.S)

    @cached_property
    def no_topic_link(self) -> frozenset[str]:
        """The pairs of letters with which no such line begins."""
        link = self.phrases("topic_link")
        return _PAIRS - beginnings(link)

    #: What makes it sure that such a line is one.
    topic_offers = _Shaped(_SEARCH)
    #: A label before a title: "Question #3: ".
    prefix = _Shaped(rf"%(question|title|topic){_NUMBER}\s*:\s+")
    #: The name of a section of the site, or of the site itself, the whole of a text.
    section = _Shaped(rf"\W*(?:%(section)|%(question*){_NUMBER})\W*")
    #: The beginning of what stands below the answer.
    footer = _Shaped(r"\W*(?:%(footer)(?!\w)|©|\(c\)\s)|©")
    #: What stands before the topics of a post, at the end of its text.
    filed = _Shaped(_BEGINNING)
    #: The beginning of a link to something that one can do.
    offer = _Shaped(_BEGINNING)
    #: The beginning of a responder's label that may stand above the answer.
    byline = _Shaped(r"\W*%(byline)")
    #: The beginning of an answer that greets.
    greeting = _Shaped(_BEGINNING)
    #: The greeting of a letter.
    letter = _Shaped(_BEGINNING)
    #: Whom letters ask for advice, where it is no name; the whole of a text.
    addressee = _Shaped(_BEGINNING)
    #: A name, and that he or she answers; the whole of a line: "Dr. Roe replies:".
    says = _Shaped(r"(?P<name>.{3,100}?),?\s+%(says)\W*")
    #: What stands before the name of who wrote a page.
    by = _Shaped(r"(?<!\w)%(by)\s*:?\s+")
    #: The beginning of a line above what is said of somebody.
    about = _Shaped(r"\W*%(about)\s*:?\s+")
    #: What tells that a name is that of somebody who did not write the answer.
    reviewed = _Shaped(_SEARCH)
    #: The title of a column in which experts answer.
    column = _Shaped(_SEARCH)
    #: What may stand before the date of an answer ("answered") or another, and "on".
    dated = _Shaped(
        r"\W*(?:(?P<answered>%(dated))|(?P<other>%(reviewed)))?\s*:?\s*(?:[^\W\d]{2,3}\s+)?"
    )
    #: The beginning of the line above a letter's signature.
    closing = _Shaped(_BEGINNING)
    #: What says that a page has many questions.
    faq = _Shaped(_SEARCH)
    #: A notice that nobody has answered.
    unanswered = _Shaped(_SEARCH)
    #: A notice that a page is no longer there.
    gone = _Shaped(_SEARCH)

    @cached_property
    def no_letter(self) -> frozenset[str]:
        """The pairs of letters with which no letter begins."""
        return _PAIRS - beginnings(self.phrases("letter"))

    @cached_property
    def label_words(self) -> re.Pattern[str]:
        """A cell of a table that is a label, the whole of a text or a letter before a colon."""
        kinds = (QUESTION, ANSWER, RESPONSE)
        words = [p for kind in kinds for p in self.phrases(kind) if len(p) > 1]
        letters = [p for kind in kinds for p in self.phrases(kind) if len(p) == 1]
        return re.compile(rf"\W*(?:{pattern_of(words)}\W*$|{pattern_of(letters)}\s*:)", re.I)


def vocabulary(language: str, extra: Words | None = None) -> Vocabulary:
    """The vocabulary of a language, with the words of a declaration.

    :param language: a tag of BCP 47; that of all languages together where there is no table
    """
    tags = (_tag(language),) if is_known(language) else tuple(LANGUAGES)
    is_american = language.lower().replace("_", "-") in ("en", "en-us")
    day_first = "" if is_american else "-/." if is_known(language) else "."
    return _vocabulary(tags, tuple(sorted((extra or {}).items())), day_first)


def is_known(language: str) -> bool:
    """Whether there is a table for a language."""
    return _tag(language) in LANGUAGES


def _tag(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]


@lru_cache(maxsize=64)
def _vocabulary(tags: tuple[str, ...], extra: _Items, day_first: str) -> Vocabulary:
    words: dict[str, tuple[str, ...]] = {}
    for table in (dict(extra), *(LANGUAGES[tag] for tag in tags)):
        for kind, phrases in table.items():
            words[kind] = words.get(kind, ()) + tuple(phrases)
    return Vocabulary(words, day_first)


def _tables() -> dict[str, Words]:
    folder = files(__package__)
    return {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


LANGUAGES: Mapping[str, Words] = _tables()
"""The phrases by kind of each language that has a table."""
