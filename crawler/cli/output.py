"""What commands print: lines for a person in any encoding, JSON in UTF-8 whatever the locale."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from crawler.log_records import safe_text
from pipelines.files.file_names import printable, printable_json
from pipelines.files.timestamps import stamp

if TYPE_CHECKING:
    import argparse


class OutputError(Exception):
    """The standard output cannot be written, such as on a full disk."""


class SafeStream:
    """A text stream to which nothing is written that a log may not have.

    What goes there goes by many ways, not all of them ours: complaints about wrong use, warnings,
    tracebacks of what nobody expected.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text as it may be shown."""
        return self._stream.write(safe_text(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def open_output() -> None:
    """Make the standard output one that can be printed to, whatever the text and the locale.

    The standard error takes nothing any more that harms a terminal or gives a secret away.

    Where it or the standard error was closed (``>&-``), what is printed goes nowhere.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if not isinstance(sys.stderr, SafeStream):
        sys.stderr = cast("TextIO", SafeStream(sys.stderr))


def silence_output() -> None:
    """Let what is still to be written go nowhere, so that the interpreter's end is silent."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def print_result(
    opts: argparse.Namespace, document: Mapping[str, Any], lines: Iterable[str]
) -> None:
    """Print a result: the document with ``--json``, otherwise the lines."""
    if opts.json:
        print_json(document)
    else:
        print_lines(lines)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines; what in them would harm a terminal is escaped."""
    try:
        print("\n".join(map(printable, lines)), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror) from error


def print_json(document: Mapping[str, Any] | list[Any]) -> None:
    """Print one JSON value, indented.

    Times become stamps, paths text, and dataclasses objects. What would harm a terminal stands as
    escapes, which any reader of JSON gives back as it was: also lone surrogates, by which
    Python has bytes of file names that are no UTF-8.
    """
    _print_json(json.dumps(document, ensure_ascii=False, indent=2, default=_json_value))


def print_json_line(document: Mapping[str, Any]) -> None:
    """Print one JSON value on a line of its own."""
    _print_json(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _print_json(text: str) -> None:
    try:
        sys.stdout.buffer.write(printable_json(text).encode() + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror) from error


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
