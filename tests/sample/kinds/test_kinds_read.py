"""What the readers make of every page of the other kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parsers.urls import declare
from sample.comparison import as_text
from sample.kinds.check import compare_readings
from sample.kinds.site import KindSite

PAGES = 60


@pytest.fixture(autouse=True)
def undeclared_afterwards() -> Iterator[None]:
    yield
    declare([])


@pytest.mark.parametrize("kind", ["column", "discourse", "phpbb", "faq", "script"])
def test_every_field_of_every_page_is_read(kind: str) -> None:
    result = compare_readings(KindSite(kind=kind, pages=PAGES))
    assert not result.is_off, as_text(result, 10)
