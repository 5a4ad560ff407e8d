"""Spelling help from the archive's own words.

A dictionary would call half of medicine misspelled. What people wrote in titles and
questions is the measure: a word that no question has is probably a slip of one that many
have.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from publish.data.stop_words import STOP_WORDS
from publish.search.query_language import ParsedQuery

#: Letters of the longest word that is one, and not a text without blanks.
LONGEST = 30
SHORTEST = 4
_WORDS = re.compile(rf"[^\W\d_]{{3,{LONGEST}}}")
#: A rarer word than this many times its neighbour may be a slip that the archive shares.
OFTEN = 40


@dataclass(frozen=True)
class SpellingWords:
    """The words of titles and questions in lower case, with how often each was written."""

    counts: dict[str, int]

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        words: defaultdict[int, list[str]] = defaultdict(list)
        for word in self.counts:
            words[len(word)].append(word)
        return words

    def suggest(self, word: str) -> tuple[str, ...]:
        """Return the likeliest right spelling: a word, two where a space is missing, or none."""
        word = word.lower()
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return ()
        best, score = self._nearest(word)
        for parts in self._split(word):
            worth = min(math.log(self.counts[part]) for part in parts) - 3.0
            if worth > score:
                best, score = parts, worth
        return best

    def beginning(self, part: str, limit: int) -> tuple[str, ...]:
        """Return the most frequent words that begin so."""
        part = part.lower()
        words = (word for word in self.counts if word.startswith(part))
        return tuple(nlargest(limit, words, key=lambda word: (self.counts[word], word)))

    def is_doubtful(self, word: str) -> bool:
        """Whether a similar word is so much more frequent that this one may be a slip."""
        best = self.suggest(word)
        count = max(1, self.counts.get(word.lower(), 0))
        return bool(best) and min(self.counts[part] for part in best) >= count * OFTEN

    def _nearest(self, word: str) -> tuple[tuple[str, ...], float]:
        # In a word of four letters two slips leave nothing to go by.
        distance = 1 if len(word) < 5 else 2
        similar = [
            known
            for length in range(len(word) - distance, len(word) + distance + 1)
            for known in self._by_length[length]
        ]
        near = extract(word, similar, scorer=OSA.distance, score_cutoff=distance, limit=None)
        best: tuple[str, ...] = ()
        score = -math.inf
        for known, distance, _ in near:
            if distance == 0 or known in STOP_WORDS:
                continue
            if distance == 2 and len(word) < 6:
                continue
            # Each further slip must be outweighed by a word some thirty times as frequent;
            # the first letter is seldom wrong, and the same letters are seldom chance.
            worth = math.log(self.counts[known]) - 3.4 * distance
            worth -= 1.2 * (known[0] != word[0]) + 0.3 * (known[-1] != word[-1])
            worth += 0.8 * (set(known) == set(word))
            if (worth, known) > (score, ""):
                best, score = (known,), worth
        return best, score

    def _split(self, word: str) -> Iterable[tuple[str, str]]:
        for place in range(3, len(word) - 2):
            parts = word[:place], word[place:]
            if all(self.counts.get(part, 0) >= 3 for part in parts):
                yield parts


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the words of three letters or more in the texts."""
    return Counter(_WORDS.findall(" ".join(texts).lower()))


def correct(
    query: ParsedQuery, unknown: Iterable[str], vocabulary: SpellingWords
) -> ParsedQuery | None:
    """Return the query with unknown words replaced; None if the vocabulary suggests none."""
    suggested = {word.lower(): words for word in unknown if (words := vocabulary.suggest(word))}
    return query.replaced(suggested) if suggested else None
