"""The template that the page of a capture was made with, by the bytes in its WARC file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from parsers.template import template_of
from pipelines.capture.interpret import interpret
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_at


class Evidence(NamedTuple):
    """Where the bytes of a capture are: a file of the WARC directory, and bytes in it."""

    warc_file: str
    offset: int
    length: int


#: Gives a capture's template, "" where its bytes cannot be had.
EraOf = Callable[[Evidence], str]


def eras_in(warc_dir: Path) -> EraOf:
    """Return what reads templates in a WARC directory, which may be incomplete or missing."""

    def era_of(evidence: Evidence) -> str:
        try:
            record = read_at(warc_dir / evidence.warc_file, evidence.offset, evidence.length)
            capture = interpret(record, evidence.warc_file).capture()
        except (DamagedWarc, UndecodableBody, OSError):
            return ""
        return template_of(capture) if capture is not None else ""

    return era_of
