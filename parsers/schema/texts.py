"""The texts of posts that markup describes: the page's own, wherever the page shows them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.page.prose import prose
from parsers.schema.marked_text import is_cut, plain_text, without_cut
from parsers.schema.page_text import PageWords, Place, tokens
from parsers.schema.threads import MarkedPost

_FULL_LINE = 20  # words; a shorter text may end within a line of the page


@dataclass(frozen=True, slots=True)
class Located:
    """A post with its text, and where on the page that stands (None: nowhere)."""

    post: MarkedPost
    text: str
    place: Place | None


def locate(posts: Sequence[MarkedPost], shown: PageWords) -> list[Located | None]:
    """The text of each post; None for one that has none, or that was described before.

    What two descriptions of a post say is in the first.
    """
    places = _places(posts, shown)
    located: list[Located | None] = []
    taken: list[tuple[int, int, int]] = []  # places in order, and whose they are
    for post, place in zip(posts, places, strict=True):
        if place is None:
            text = _markups_own(post)
            located.append(Located(post, text, None) if text else None)
            continue
        at = bisect_right(taken, (place.start, len(shown.words), 0))
        if at and place.end <= taken[at - 1][1]:  # described twice
            twin = taken[at - 1][2]
            first = located[twin]
            located[twin] = first and replace(first, post=first.post.with_all_of(post))
            located.append(None)
            continue
        taken.insert(at, (place.start, place.end, len(located)))
        text = shown.text(place)
        located.append(Located(post, text, place) if text else None)
    return located


def _places(posts: Sequence[MarkedPost], shown: PageWords) -> list[Place | None]:
    places: list[Place | None] = []
    after = 0
    for post in posts:
        place = _place(post, shown, after)
        places.append(place)
        after = place.end if place else after
    taken = sorted((place.start, place.end) for place in places if place)
    return [
        place or _cut_place(post, shown, taken) for post, place in zip(posts, places, strict=True)
    ]


def _place(post: MarkedPost, shown: PageWords, after: int) -> Place | None:
    """Where a text stands that is not cut."""
    text = post.text
    if text is None:
        return None
    if text.element is not None and (place := shown.place_of(text.element)):
        return place
    words = tokens(plain_text(text.text))
    place = shown.find(words, after) if words else None
    may_be_cut = len(words) >= _FULL_LINE or is_cut(text.text)
    if place and may_be_cut and not shown.ends_line(place):
        return None
    return place and shown.with_quotes(place)


def _cut_place(
    post: MarkedPost, shown: PageWords, taken: Sequence[tuple[int, int]]
) -> Place | None:
    """Where a text stands of which the markup has only the beginning."""
    text = _marked(post)
    words = tokens(plain_text(without_cut(text)))
    if is_cut(text) or len(words) >= _FULL_LINE:
        return shown.find_beginning(words, taken)
    return None


def _markups_own(post: MarkedPost) -> str:
    """The text as the markup has it, or an element that the page hides."""
    element = post.text.element if post.text else None
    return (prose([element]) if element is not None else "") or plain_text(_marked(post))


def _marked(post: MarkedPost) -> str:
    return post.text.text if post.text else ""
