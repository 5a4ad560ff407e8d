"""Which post of another reading is the one that stands in a part of the page.

Readings are of the same post where the words of one are among those of the other. Posts are
looked up by their first words, each reading of one is given out once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from parsers.readers.candidate import Candidate
from parsers.records import Answer
from parsers.schema.page_text import tokens

_FIRST = 4  # words by which a post is looked up
_ALIKE = 3  # posts that begin alike, to be tried
_TRIED = 20  # posts
_WITHIN = 0.9  # of a post's words stand in its part of the page
_SAME = 0.5  # of the words of a text; another one has fewer
_AROUND = 40  # words: names, dates and buttons around a text


class OtherPosts:
    """The posts that another reader read, that of who asks among them."""

    def __init__(self, reading: Candidate) -> None:
        self.asking: Answer | None = None
        if reading.question:
            self.asking = Answer(reading.question, reading.asker, answered_on=reading.asked_on)
        posts = [self.asking, *reading.answers] if self.asking else reading.answers
        self._posts = [(tokens(post.text), post) for post in posts]
        self._waiting: dict[tuple[str, ...], list[int]] = {}
        for number in reversed(range(len(posts))):
            if words := self._posts[number][0]:
                self._waiting.setdefault(tuple(words[:_FIRST]), []).append(number)

    def take(self, whole: str, text: str | None = None) -> Answer | None:
        """The longest post that is read in a part of the page; None if there is none.

        :param whole: all words of that part
        :param text: those that are the post's text, if that is known
        """
        words = tokens(whole)
        bag = Counter(words)
        own = Counter(tokens(text)) if text is not None else None
        same = [
            number for number in islice(self._begun_in(words), _TRIED)
            if _is_same(self._posts[number][0], bag, own)
        ]  # fmt: skip
        if not same:
            return None
        best = max(same, key=lambda number: (len(self._posts[number][0]), -number))
        first_words, post = self._posts[best]
        waiting = self._waiting[tuple(first_words[:_FIRST])]
        del waiting[max(place for place in range(-_ALIKE, 0) if waiting[place:][:1] == [best])]
        return post

    def _begun_in(self, words: Sequence[str]) -> Iterator[int]:
        """The posts whose first words stand among some words."""
        keys = dict.fromkeys(
            tuple(words[start : start + length])
            for start in range(len(words))
            for length in range(_FIRST, 0, -1)
        )
        for key in keys:
            yield from reversed(self._waiting.get(key, [])[-_ALIKE:])


def _is_same(words: Sequence[str], whole: Counter[str], own: Counter[str] | None) -> bool:
    """Whether a post with some words is the one with others."""
    if len(words) > 2 * whole.total():
        return False
    bag = Counter(words)
    if (bag & whole).total() < _WITHIN * len(words):
        return False
    if own is None:
        return whole.total() - len(words) <= max(_AROUND, len(words))
    return (bag & own).total() >= _SAME * max(len(words), own.total())
