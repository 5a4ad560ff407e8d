"""What a site's selectors select on a page: elements, and texts, days and addresses of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias

from lxml import html

from parsers.css import Match, select
from parsers.page.lines import collapse
from parsers.page.opened import OpenPage
from parsers.page.prose import prose
from parsers.qa.days import day_in, is_day_first
from parsers.qa.doubt import Doubt
from parsers.sites.site import Site
from parsers.threads.quotes import Quotes, quotes_in
from parsers.urls import canonical_url, resolve

_EVERYWHERE = ("title", "question", "post", "text")  # what each page of a layout has

Selected: TypeAlias = html.HtmlElement | Match


@dataclass
class SelectorMatches:
    """What a site's selectors select on a page.

    ``missing`` are the fields that each page should have and whose selectors select nothing,
    ``doubts`` come from single posts.
    """

    page: OpenPage
    tree: html.HtmlElement
    site: Site
    missing: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def selectors(self) -> Mapping[str, str]:
        """The CSS selectors, by field."""
        return self.site.selectors

    def doubt(self, text: str, factor: float) -> None:
        """Note once what lowers the confidence by a factor."""
        if all(each.text != text for each in self.doubts):
            self.doubts.append(Doubt(text, factor))

    def all_of(self, name: str) -> Sequence[Selected]:
        """What the selector of a field selects on the page; noted if it is nothing."""
        if name not in self.selectors:
            return []
        matches = select(self.selectors[name], self.tree)
        if not matches and name in _EVERYWHERE:
            self.missing.append(name)
        return matches

    def text(self, name: str) -> str:
        """The first text of a field, in one line."""
        return next(filter(None, map(line_of, self.all_of(name))), "")

    def prose(self, name: str) -> str:
        """All texts of a field, in paragraphs."""
        return "\n\n".join(filter(None, map(_prose, self.all_of(name))))

    def day(self, text: str) -> date | None:
        """The day that a text names."""
        if not text:
            return None
        known = day_in(text, self._language, self.page.capture.captured_at, self._is_day_first)
        return known.day if known else None

    @property
    def _language(self) -> str:
        return self.site.language or self.page.language

    @cached_property
    def _is_day_first(self) -> bool:
        """Whether the page writes its days before the months."""
        matches = [match for name in ("asked_on", "answered_on") if name in self.selectors
                   for match in select(self.selectors[name], self.tree)]  # fmt: skip
        return is_day_first(list(map(line_of, matches)), self._language)

    @cached_property
    def quotes(self) -> Quotes:
        """All quotes on the page."""
        return quotes_in(self.page.outline, 0)

    def address(self, matches: Sequence[Selected]) -> str | None:
        """The first address among some matches: a text, or what an element links to."""
        for match in matches:
            href = match if isinstance(match, Match) else match.get("href")
            target, _, fragment = (href or "").strip().partition("#")
            page = self.page
            url = resolve(page.base, target) if target else None
            url = url or (canonical_url(page.url) if fragment else None)
            if url:
                return f"{url}#{fragment}" if fragment else url
        return None


def element_of(match: Selected) -> html.HtmlElement:
    """The element that was selected, or that has the text that was."""
    return match.element if isinstance(match, Match) else match


def line_of(match: Selected) -> str:
    """A text in one line; of a ``<time>`` its moment."""
    if isinstance(match, Match):
        return collapse(match)
    moment = match.get("datetime")
    return collapse(moment or prose([match], plain=[match]).replace("\n", " "))


def _prose(match: Selected) -> str:
    return collapse(match) if isinstance(match, Match) else prose([match], plain=[match])
