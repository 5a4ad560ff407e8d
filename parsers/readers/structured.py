"""Structured: being written."""

from parsers.page.opened import OpenPage
from parsers.readers.candidate import Candidate
from parsers.sites.site import Site

PARSER = "structured@1"


def read_structured(page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """Nothing yet."""
    return ()
