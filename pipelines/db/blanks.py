"""What repeats a withheld question on the pages of others, and blanks it. Pure.

A link to a withheld question loses its text, which mostly is the title. A sentence that repeats
the title, or eight words of what members of the public wrote there, is blanked as a whole: what
is left of a quote that somebody shortened or altered would still be one. What experts wrote is
not looked for, as they write the same to many: of 3,000 answers of MedQuAD, 41 % share twenty
words in a row with another one.

Words are known again by fingerprints (numbers of 64 bits), of eight words in a row, as in the
shingles of Broder, "On the resemblance and containment of documents" (1997), and never across
the end of a sentence: so what is blanked first does not change what is blanked later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import unquote

from parsers.records import Answer, Link, QAPage
from parsers.urls import canonical_url
from pipelines.db.rules import Key, is_withheld, key_of

#: What stands in the place of words.
MARK = "[withheld]"
#: What a blanked page has among its warnings: the reason.
WARNING = f"what repeats a question that is withheld is left out: {MARK}"

_Text = TypeVar("_Text", Answer, Link)
#: Words in a row.
Window = tuple[str, ...]
#: A fingerprint, with how many words it is of.
Fingerprint = tuple[int, int]

_SHINGLE = 8
#: The least words of a title, and of a sentence that is shorter than a shingle.
_LEAST_TITLE, _LEAST_SENTENCE = 2, 5
_PARTS = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)|[。！？]+[」』”]*|\n[\s>]*\n|\[withheld\]"
)
_MARKS = re.compile(r"\[withheld\](?:[\s>]+\[withheld\])+")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+")
#: Scripts without spaces between words: Thai, kana, Han.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:'[^\W_{_UNSPACED}]+)*")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_TARGET = re.compile(r"https?://", re.I)


@dataclass(frozen=True, slots=True)
class Blanks:
    """What is withheld: the questions, and by their size the fingerprints of what they say."""

    keys: frozenset[Key] = frozenset()
    words: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def with_more(self, prints: Iterable[Fingerprint]) -> Blanks:
        """The same, with more fingerprints."""
        words = {size: set(numbers) for size, numbers in self.words.items()}
        for size, number in prints:
            words.setdefault(size, set()).add(number)
        return Blanks(self.keys, {size: frozenset(words[size]) for size in sorted(words)})


def blank_page(page: QAPage, blanks: Blanks) -> QAPage:
    """A page without what repeats a withheld question; the same one if nothing on it does."""

    answers = tuple(_with_text(each, blank_text(each.text, blanks.words)) for each in page.answers)
    links = tuple(_with_text(each, _link_text(each, blanks)) for each in page.links)
    topics = tuple(each for each in page.topics if not leads_to(each.url or "", blanks.keys))
    title, question = (blank_text(text, blanks.words) for text in (page.title, page.question))
    before = (page.title, page.question, page.answers, page.links, page.topics)
    if before == (title, question, answers, links, topics):
        return page
    warnings = tuple(dict.fromkeys((*page.warnings, WARNING)))
    return replace(
        page, title=title, question=question, answers=answers, links=links, topics=topics,
        warnings=warnings,
    )  # fmt: skip


def _with_text(value: _Text, text: str) -> _Text:
    return value if value.text == text else replace(value, text=text)


def _link_text(link: Link, blanks: Blanks) -> str:
    if link.text and leads_to(link.url, blanks.keys):
        return MARK
    return blank_text(link.text, blanks.words)


def leads_to(url: str, keys: frozenset[Key]) -> bool:
    """Whether an address is that of a withheld question, or has one in it, as the addresses of
    web archives and redirections do."""
    if not keys or not url:
        return False
    return any(
        is_withheld(keys, key) or (anchor and (key[0], f"{key[1]}#{anchor}") in keys)
        for key, anchor in _targets(url)
    )


def _targets(url: str) -> Iterator[tuple[Key, str]]:
    """The questions that an address names, each with the anchor."""
    whole = unquote(url)
    starts = [match.start() for match in _TARGET.finditer(whole) if match.start()]
    for target in (url, *(whole[start:] for start in starts[-2:])):
        address, _, anchor = target.partition("#")
        yield key_of(canonical_url(address)), anchor


def blank_text(text: str, words: Mapping[int, frozenset[int]]) -> str:
    """A text without the sentences that have words of some fingerprints."""
    if not words:
        return text
    sentences = list(_sentences(text))
    blanked = [each if not _repeats(each, words) else _blanked(each) for each in sentences]
    return text if blanked == sentences else _MARKS.sub(MARK, "".join(blanked))


def _blanked(sentence: str) -> str:
    start, end = len(sentence) - len(sentence.lstrip()), len(sentence.rstrip())
    return f"{sentence[:start]}{MARK}{sentence[end:]}"


def _repeats(sentence: str, words: Mapping[int, frozenset[int]]) -> bool:
    tokens = words_of(sentence)
    return any(
        not numbers.isdisjoint(map(_number, windows_in(tokens, size)))
        for size, numbers in words.items()
        if size <= len(tokens)
    )


def fingerprints(page: QAPage) -> frozenset[Fingerprint]:
    """What tells a repetition of what members of the public wrote on a page."""
    return frozenset(map(fingerprint, windows_of(page)))


def fingerprint(window: Window) -> Fingerprint:
    """The fingerprint of words in a row."""
    return len(window), _number(window)


def windows_of(page: QAPage) -> frozenset[Window]:
    """The words in a row that members of the public wrote on a page, as far as they tell it."""
    windows: set[Window] = set()
    for sentence in _sentences(page.title):
        windows.update(_telling(words_of(sentence), _LEAST_TITLE))
    for text in _members_texts(page):
        for sentence in _sentences(text):
            windows.update(_telling(words_of(sentence), _LEAST_SENTENCE))
    return frozenset(windows)


def _members_texts(page: QAPage) -> list[str]:
    """What members of the public wrote on a page, without its title."""
    public = page.asker is not None or any(answer.author for answer in page.answers)
    posts = (each.text for each in page.answers if public and not each.responders)
    return [page.question, *posts]


def _telling(tokens: Sequence[str], least: int) -> Iterator[Window]:
    # Of scripts without spaces each character is a word here, and two count as one.
    scale = 2 if sum(token[0] >= "\u0e00" for token in tokens) * 2 > len(tokens) else 1
    size = min(len(tokens), _SHINGLE * scale)
    if size >= least * scale:
        yield from windows_in(tokens, size)


def words_of(text: str) -> list[str]:
    """The words of a text, folded, without addresses."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    return _WORD.findall(text.casefold().replace("’", "'"))


def windows_in(tokens: Sequence[str], size: int) -> Iterator[Window]:
    """All rows of so many words."""
    return zip(*(tokens[start:] for start in range(size)), strict=False)


def _number(words: Window) -> int:
    digest = blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text, with all between them: together they are the text."""
    start = 0
    for match in _PARTS.finditer(text):
        if match[0] == MARK and match.start() > start:
            yield text[start : match.start()]
            start = match.start()
        yield text[start : match.end()]
        start = match.end()
    if start < len(text):
        yield text[start:]
