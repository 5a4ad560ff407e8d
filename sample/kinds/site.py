"""A site of another kind, as the server and the checker take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import cast
from urllib.parse import parse_qs

from sample.options import Options
from sample.responses import Response, headed
from sample.routes import HTML, Made

from . import column, discourse, faq, phpbb, script
from .kind import Kind, KnownPage

_MODULES: tuple[ModuleType, ...] = (column, discourse, phpbb, faq, script)
KINDS: dict[str, Kind] = {module.NAME: cast("Kind", module) for module in _MODULES}
ONE_STATE = ("kb", "changed", "gone")  # what only NetWellness has
FORUMS = ("discourse", "phpbb")  # which have threads that grow
MOST_PAGES = 10_000  # questions, or pages of them


@dataclass(frozen=True, kw_only=True)
class KindSite(Options):
    """A site of another kind. Pure: the same options give the same bytes.

    :param added: of a forum, the share of its threads that have got further replies
    :param kind: a name of :data:`KINDS`
    :param base: the address that it names as its own, without a slash at the end
    :raises ValueError: for an option that this kind does not have
    """

    kind: str
    base: str = "http://127.0.0.1:8000"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.pages > MOST_PAGES:
            raise ValueError(f"pages must be 1 to {MOST_PAGES} for {self.kind}, not {self.pages}")
        for name in ONE_STATE if self.kind in FORUMS else (*ONE_STATE, "added"):
            if getattr(self, name):
                raise ValueError(f"{name} is not for {self.kind}")

    @property
    def options(self) -> Options:
        """What the pages are made from."""
        return Options(pages=self.pages, seed=self.seed, added=self.added)

    def resource(self, target: str, zipped: bool) -> Response:
        """The response to an unconditional request, gzipped if ``zipped`` and so chosen."""
        path, _, query = target.partition("?")
        values = {name: each[-1] for name, each in parse_qs(query).items()}
        made = KINDS[self.kind].make(self.options, self.base, path, values)
        return headed(self, path, made or _missing(), zipped)

    def behaviour(self, target: str) -> str:
        """The network does nothing unusual here."""
        return ""

    def question_paths(self) -> Iterator[str]:
        """Path and query of every address of a question."""
        return (page.target for page in self.known_pages())

    def known_pages(self) -> Iterator[KnownPage]:
        """Every address of a question, with the records that a perfect reader reads there."""
        return KINDS[self.kind].known_pages(self.options, self.base)

    def declaration(self) -> str:
        """The declaration of the site, as TOML."""
        return KINDS[self.kind].declaration(self.base)


def _missing() -> Made:
    body = b"<!DOCTYPE html><title>Not found</title><h1>Not found</h1><p>There is no such page.</p>"
    return Made(404, HTML, body, datetime(2012, 6, 1))
