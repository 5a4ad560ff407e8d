"""Selectors: being written."""

from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.sites.site import Site

PARSER = "selectors@1"


def overlay(candidates: tuple[Candidate, ...], page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """Nothing yet."""
    return candidates
