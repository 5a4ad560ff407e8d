"""A site, as its declaration says it. Frozen values; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from parsers.sites.address import AddressPattern, QuestionAddress, question_address
from parsers.words.patterns import words

#: Parameters of a query that say who asks or where he came from, and never which page it is.
SESSION_PARAMETERS = tuple(words("session_parameters"))
_SAFE_IN_ID = ":@!$'()*,~"
EXPERTS, PUBLIC = "experts", "public"


@dataclass(frozen=True)
class Site:
    """One site.

    ``name`` stands in tables and addresses, ``title`` on pages. ``hosts`` serve it, each with
    and without "www.", under http and https; ``origin`` is how its canonical URLs begin.
    ``start`` are the addresses at which a crawl begins, ``sitemaps`` and ``feeds`` what lists
    its pages (``sitemaps`` is None where nothing is said of them). ``questions`` are the
    addresses of its question pages, ``canonical`` the form that all of them take (None: as they
    are). ``follow`` and ``skip`` say which other addresses a crawl takes (globs of path and
    query), ``allow`` which are no crawler traps though they look it. ``answers`` says who answers:
    ``experts``, whose names are public, or ``public``. ``reader`` is the one that reads its pages
    ("": the best of all).
    ``selectors`` are CSS selectors by field, ``labels`` further words for the reader of labels,
    by kind. ``loopback`` says that copies on loopback stand for it, ``anywhere`` that pages with
    its addresses on hosts that nobody declares are read as its pages are.
    """

    name: str
    title: str
    hosts: tuple[str, ...]
    origin: str
    questions: tuple[AddressPattern, ...]
    canonical: AddressPattern | None = None
    start: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] | None = None
    feeds: tuple[str, ...] = ()
    language: str = ""
    drop_parameters: tuple[str, ...] = SESSION_PARAMETERS
    follow: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    answers: str = PUBLIC
    keep_names: bool = False
    reader: str = ""
    selectors: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loopback: bool = False
    anywhere: bool = False

    def question(self, path: str, query: str) -> tuple[QuestionAddress, str] | None:
        """The question whose page an address is, and its canonical path; None if it is none."""
        for pattern in self.questions:
            values = pattern.match(path, query)
            if values is None:
                continue
            address = question_address(pattern, values)
            if address.part == 1:  # the first page is the one without a number
                values = {k: v for k, v in values.items() if k not in ("page", "offset")}
            form = self.canonical or pattern
            try:
                return address, form.fill(values)
            except KeyError:  # a number outside of brackets, or a slug that this form lacks
                return address, pattern.fill(pattern.match(path, query) or {})
        return None

    def question_path(self, source_id: str) -> str | None:
        """The canonical path of a question; None if its id alone does not tell it."""
        forms = (self.canonical, *self.questions) if self.canonical else self.questions
        for form in forms:
            safe = _SAFE_IN_ID + ("/" if "{id:path}" in form.text else "")
            try:
                return form.fill({"id": quote(source_id, safe=safe)})
            except KeyError:
                continue
        return None
