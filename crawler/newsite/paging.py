"""How a site numbers the further pages of a thread or a list, from the links alone. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

_PAGE_NAMES = frozenset(("page", "paged", "pg", "seite", "pagina", "pagenumber", "cpage"))
_OFFSET_NAMES = frozenset(("start", "offset", "st", "from", "limitstart", "begin"))
#: Parameters that name a question or a post.
ID_NAMES = (
    "t", "tid", "topic", "topicid", "topic_id", "thread", "threadid", "thread_id", "qid",
    "question", "questionid", "question_id", "q", "id", "p", "pid", "post", "postid", "post_id",
)  # fmt: skip
_PATH = re.compile(
    r"(.*?)([/-](?:(?:comment-)?page|pg|p|seite|pagina)?[-/]?)([0-9]{1,4})(/|\.[a-z]{2,5})?",
    re.I,
)
_IN_QUERY = re.compile("(.*[^/])(/page-?)([0-9]{1,4})", re.I)
_MOST_PAGES = 1_000
_LEAST_STEP = 5  # posts on a page, where a site counts posts


class PageForm(NamedTuple):
    """How a further page's address differs from the first one's.

    In the query it is the parameter ``name`` ("?" where it stands at the query's end without
    one); else ``name`` is "" and ``before`` the text
    between the first page's path and the number, ``after`` the slash behind it, if any (an
    ending such as ".html" stands there too). ``field`` is "page", or "offset" where posts are
    counted.
    """

    name: str
    before: str
    after: str
    field: str

    @property
    def is_worded(self) -> bool:
        """Whether more than a number tells a further page."""
        return bool(self.name or self.before.strip("/-"))


class _Further(NamedTuple):
    """An address as that of a further page: the first page's, the form, the number."""

    base: str
    name: str
    before: str
    after: str
    number: int


def page_forms(urls: Collection[str]) -> dict[PageForm, set[str]]:
    """The forms in which some addresses number pages, each with the first pages' addresses."""
    numbers: defaultdict[tuple[str, str, str], defaultdict[str, set[int]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for url in urls:
        for further in _readings(url):
            numbers[further[1:4]][further.base].add(further.number)
    known = {_bare(url) for url in urls}
    forms: dict[PageForm, set[str]] = {}
    for (name, before, after), by_base in numbers.items():
        bases = {
            base
            for base, values in by_base.items()
            if (_bare(base) in known or name.lower() in _PAGE_NAMES or (len(values) > 1 and before))
            and _counts_pages(name, before, values)
        }
        if bases:
            smallest = min(min(by_base[base]) for base in bases)
            is_offset = name in _OFFSET_NAMES or (name not in _PAGE_NAMES and smallest > 2)
            forms[PageForm(name, before, after, "offset" if is_offset else "page")] = bases
    return forms


def first_page(url: str, forms: Mapping[PageForm, set[str]]) -> str:
    """The address of the first page of what an address is a page of."""
    for further in _readings(url):
        for form, bases in forms.items():
            # A number alone may be anything, where no link says that it counts pages.
            is_said = form.is_worded or further.base in bases
            if form[:3] == further[1:4] and is_said:
                return further.base
    return url


def _readings(url: str) -> Iterator[_Further]:
    """An address as that of a further page, in each way in which it may be one."""
    parts = urlsplit(url)
    pieces = re.split("[&;]", parts.query) if parts.query else []
    for piece in pieces:
        name, _, value = piece.partition("=")
        if value.isascii() and value.isdigit() and len(value) < 6:
            query = "&".join(other for other in pieces if other != piece)
            yield _Further(parts._replace(query=query).geturl(), name, "", "", int(value))
    match = _IN_QUERY.fullmatch(parts.query)
    if match:
        base = parts._replace(query=match[1]).geturl()
        yield _Further(base, "?", match[2], "", int(match[3]))
    match = _PATH.fullmatch(parts.path)
    if match and match[1]:
        path, before, number, ending = match[1], match[2], match[3], match[4] or ""
        if before == "-" and not ending.startswith("."):
            return  # it tells two slugs of the same words apart
        base = parts._replace(path=path + ending).geturl()
        yield _Further(base, "", before, "/" if ending == "/" else "", int(number))


def _counts_pages(name: str, before: str, values: Collection[int]) -> bool:
    """Whether the numbers behind one address are those of its pages."""
    if max(values) > _MOST_PAGES * _LEAST_STEP:
        return False
    lowered = name.lower()
    if lowered in ID_NAMES:
        return False
    if lowered in _PAGE_NAMES or lowered in _OFFSET_NAMES or before.strip("/-"):
        return True
    small = sorted(set(values) - {1})
    if small and small[0] == 2:
        return bool(name) or small == list(range(2, 2 + len(small)))
    step = small[0] if small else 0
    return (
        bool(name) and len(small) > 1 and step >= _LEAST_STEP and not any(n % step for n in small)
    )


def _bare(url: str) -> str:
    return url.rstrip("/")
