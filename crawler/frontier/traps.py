"""Cuts crawler traps: addresses that go on for ever and lead to nothing new. Pure.

Three rules. An address that repeats its own parts is made by a loop (as Heritrix's
PathologicalPathDecideRule has it). One that differs from another in the order of its parameters
only is the same page. And pages of a kind are followed no further when many in a row said
nothing that was not said before, led to no question, and led on to their like: so do calendars,
session ids, facets, orders of a list, and pages that answer 200 where nothing is.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from parsers import is_question_url
from parsers.sites.address import fits_glob

#: A run of letters that holds a digit, as ids and tokens do; letters that are hexadecimal digits,
#: or too many for a word.
_ID = re.compile(r"[a-z]*[0-9][a-z0-9]*|(?<![a-z])(?:[a-f]{8,}|[a-z]{24,})(?![a-z])", re.I)
#: A UUID; characters of base64 and the like, with capitals, small letters, and digits.
_TOKEN = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[\w-]*[0-9])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,}",
    re.ASCII,
)
_FAMILY = re.compile(r"/[^/?;]*")
_PARAMETERS = re.compile("[&;]")
_PIECES = re.compile(r"[/?&;]")

KNOWN = re.compile(r"/calendar/", re.IGNORECASE)
"""URLs that no site answers with a question, and many answer without end."""
SUSPECT = re.compile(r"[?&;](?:month|day|date|sort|order|sort_?by|order_?by|dir)=", re.IGNORECASE)
"""Lists may have them, and calendars do: their patience is a tenth."""
FAMILY_FACTOR = 10
"""How much more patience all pages below a folder get together than those of one shape."""
MOST_REPEATS = 3
"""How often the same part may stand in an address. People's have it once or twice."""
MOST_SEGMENTS = 20
"""Folders in a path, as in Heritrix's TooManyPathSegmentsDecideRule."""


@lru_cache(maxsize=8192)
def shape(url: str) -> str:
    """The URL's path and query with every number and token replaced by 0, in one order.

    >>> shape("http://www.netwellness.org/calendar/2004/06.htm?view=7")
    '/calendar/0/0.htm?view=0'
    >>> shape("http://clinic.example/s/8f3ac91e/list?z=Zk9xQwLmPq7RtAbC&a=b")
    '/s/0/list?a=b&z=0'
    """
    parts = urlsplit(url)
    path, query = (_ID.sub("0", _TOKEN.sub("0", text)) for text in (parts.path, parts.query))
    return path + (f"?{'&'.join(sorted(set(_PARAMETERS.split(query))))}" if query else "")


def repeats_itself(url: str) -> bool:
    """Whether the same part stands too often in an address, or too many parts do.

    Numbers do not count, which dates repeat. What is encoded within a parameter does.

    >>> repeats_itself("http://clinic.example/help/about/help/about/help/about/help/about/")
    True
    """
    if sum(map(url.count, "/?&;%")) <= MOST_REPEATS + 2:  # those behind the scheme are two
        return False  # nearly all of them
    parts = urlsplit(url)
    if parts.path.count("/") > MOST_SEGMENTS:
        return True
    text = f"{parts.path}?{parts.query}"
    while (plain := unquote(text)) != text:
        text = plain
    pieces = Counter(piece for piece in _PIECES.split(text) if piece and not piece.isdigit())
    names = Counter(piece.partition("=")[0] for piece in _PARAMETERS.split(parts.query) if piece)
    return (
        max(pieces.values(), default=0) > MOST_REPEATS
        or max(names.values(), default=0) > 2 * MOST_REPEATS
    )


class TrapGuard:
    """Counts the pages in a row that say nothing new and lead on to their like.

    They are counted by shape and, with more patience, by family: the first folder of the path,
    since facets and the words of a menu make any number of shapes.

    :param patience: pages in a row after which a shape is followed no further
    :param max_depth: links from a seed, or from a page that brought something new, beyond which
        nothing is followed
    :param allow: globs of path and query that are no traps, as the site's declaration says
    """

    def __init__(self, patience: int, max_depth: int, allow: Iterable[str] = ()) -> None:
        self._patience = patience
        self._max_depth = max_depth
        self._allow = tuple(allow)
        self._barren: Counter[str] = Counter()
        self._walked: set[str] = set()
        self._fruitful: set[str] = set()
        self._led_here: defaultdict[str, set[str]] = defaultdict(set)
        self._orders: dict[str, str] = {}
        self._seen_lines = _SeenLines()
        #: links that were not followed, and the first of them, by the glob that allows them
        self.cut: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.too_deep = 0

    def visited(self, url: str, new_links: Iterable[str], body: bytes) -> bool:
        """Note that a page, which is no question page, led to ``new_links``.

        :param new_links: canonical, not seen before
        :param body: the page, decoded from what it was sent in
        :returns: whether it brought anything new: text, or a question
        """
        links, questions = list[str](), 0
        for link in new_links:
            if is_question_url(link):
                questions += 1
            else:
                links.append(link)
        own, family = shape(url), _family(url)
        self._walked.update((own, family))
        shapes = {shape(link) for link in links}
        for each in shapes - {own}:
            self._led_here[each].add(own)
        if questions:
            self._fruitful.add(own)
        if self._seen_lines.has_new(body) or questions:
            # What led here is to be thanked as well: an index by month has no text of its own.
            for kind in (own, family, *self._led_here[own]):
                self._barren[kind] = 0
            return True
        # Who leads nowhere new does no harm, nor who leads to what nobody has looked at yet.
        self._barren[own] += bool(shapes & self._walked)
        self._barren[family] += any(_family(link) in self._walked for link in links)
        return False

    def allows(self, url: str, depth: int = 0) -> bool:
        """Whether to follow ``url``; a refusal is counted in ``cut``.

        :param depth: how many links it is away from a seed, or a page that brought anything new
        """
        if depth > self._max_depth:
            self.too_deep += 1
            return False
        if self._is_allowed(url) or not self._is_trap(url):
            return True
        glob = glob_of(url)
        self.cut[glob] += 1
        self.examples.setdefault(glob, url)
        return False

    def _is_allowed(self, url: str) -> bool:
        if not self._allow:
            return False
        parts = urlsplit(url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        return any(fits_glob(pattern, address) for pattern in self._allow)

    def _is_trap(self, url: str) -> bool:
        if repeats_itself(url):
            return True
        if is_question_url(url):
            return False
        if KNOWN.search(url) or self._is_another_order(url):
            return True
        own = shape(url)
        patience = self._patience // 10 if SUSPECT.search(url) else self._patience
        if self._barren[own] >= max(patience, 1):
            return True
        tired = self._barren[_family(url)] >= self._patience * FAMILY_FACTOR
        return tired and own not in self._fruitful

    def _is_another_order(self, url: str) -> bool:
        """Whether an address with the same parameters in another order was allowed."""
        address, _, query = url.partition("?")
        pieces = _PARAMETERS.split(query)
        if len(pieces) < 2:
            return False
        key = f"{address}?{'&'.join(sorted(pieces))}"
        return self._orders.setdefault(key, url) != url


def glob_of(url: str) -> str:
    """The glob of addresses like one, for ``allow`` in a site's declaration.

    >>> glob_of("http://clinic.example/events/2004/06.htm")
    '/events/*/*.htm'
    """
    glob = shape(url)
    return _family(url)[2:] + "/*" if repeats_itself(url) else re.sub(r"\b0\b", "*", glob)


def _family(url: str) -> str:
    """What the family of a URL is counted under: its first folder."""
    path = urlsplit(url).path
    folder = _FAMILY.match(path)
    return "//" + (folder[0] if folder and folder.end() < len(path) else "")


class _SeenLines:
    """Which lines of text were seen: a Bloom filter, so that its size is fixed.

    A line that was not seen is taken for one that was with a chance of one in a hundred after
    300,000 lines; a page has many.
    """

    _TAG = re.compile(rb"<[^<>]*>|\n")
    _DIGIT = re.compile(rb"[0-9/]")
    _MOST_BYTES = 200_000  # of a page
    _BITS = 25

    def __init__(self) -> None:
        self._bits = bytearray(1 << (self._BITS - 3))

    def has_new(self, body: bytes) -> bool:
        """Add the lines of a page; return whether any of them is new.

        Words with digits, addresses, and what is too long for a word do not count: dates, page
        numbers, tokens.
        """
        new = False
        for line in self._TAG.split(body[: self._MOST_BYTES]):
            words = [
                word for word in line.split() if len(word) < 25 and not self._DIGIT.search(word)
            ]
            text = b" ".join(words)
            if len(text) < 4:
                continue
            place, bit = divmod(zlib.crc32(text) & ((1 << self._BITS) - 1), 8)
            if not self._bits[place] >> bit & 1:
                self._bits[place] |= 1 << bit
                new = True
        return new
