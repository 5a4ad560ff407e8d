"""Reads pages of one shape and several sizes, as pages of each kind of site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import NamedTuple

from parsers import declare, read, read_declaration
from parsers.records import Capture, Reading
from tests.growth.shapes import Shape

_SELECTORS = """
[selectors]
title = "title, h1"
question = "div p, b > i"
post = "div, tr, li"
text = "p, td"
author = "b, cite::text"
"""
_READERS = ("thread", "structured", "labelled")
#: The kinds of sites: a built-in one, one that nobody declares, and a reader or selectors alone.
KINDS = ("netwellness", "undeclared", *_READERS, "selectors")
_MOMENT = datetime(2004, 1, 1, tzinfo=UTC)


class Growth(NamedTuple):
    """The CPU seconds of a shape at three sizes; ``size`` is that of the largest (bytes)."""

    shape: str
    kind: str
    size: int
    seconds: tuple[float, ...]


def reader_of(kind: str) -> Callable[[bytes, str], Reading]:
    """Reads a body of a content type as a page of a kind of site."""
    url = f"https://{kind}.example/t/1"
    if kind == "netwellness":
        url = "http://www.netwellness.org/question.cfm/12.htm"
    elif kind != "undeclared":
        more = f'reader = "{kind}"\n' if kind in _READERS else _SELECTORS
        text = f'name = "{kind}"\nhosts = ["{kind}.example"]\nquestions = ["/t/{{id}}"]\n{more}'
        declare([read_declaration(text, f"{kind}.toml")])

    def read_page(body: bytes, content_type: str) -> Reading:
        capture = Capture(url, _MOMENT, body, content_type, 200, "live", "urn:uuid:1")
        return read(capture, outlinks=True, anywhere=kind == "undeclared")

    return read_page


def growth_of(name: str, shape: Shape, kind: str, size: int, runs: int = 1) -> Growth:
    """Measure; of several runs the fastest counts, since a busy machine takes from the caches."""
    read_page = reader_of(kind)
    bodies = [shape.page(size << doubling) for doubling in range(3)]
    try:
        seconds = tuple(
            min(_seconds(read_page, body, shape.kind) for _ in range(runs)) for body in bodies
        )
    finally:
        declare(())
    return Growth(name, kind, len(bodies[-1]), seconds)


def _seconds(read_page: Callable[[bytes, str], Reading], body: bytes, content_type: str) -> float:
    began = process_time()
    reading = read_page(body, content_type)
    seconds = process_time() - began
    assert reading.error is None or reading.error.field != "parser", reading.error
    return seconds
