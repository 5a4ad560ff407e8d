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
from typing import TYPE_CHECKING, Any

from pipelines.files.file_names import printable
from pipelines.files.timestamps import stamp

if TYPE_CHECKING:
    import argparse


class OutputError(Exception):
    """The standard output cannot be written, such as on a full disk."""


def open_output() -> None:
    """Make the standard output one that can be printed to, whatever the text and the locale.

    Where it or the standard error was closed (``>&-``), what is printed goes nowhere.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


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

    Times become stamps, paths text, and dataclasses objects. Bytes of file names that are no
    UTF-8 are escapes of lone surrogates, which Python's ``json`` reads back as they were.
    """
    _print_json(json.dumps(document, ensure_ascii=False, indent=2, default=_json_value))


def print_json_line(document: Mapping[str, Any]) -> None:
    """Print one JSON value on a line of its own."""
    _print_json(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _print_json(text: str) -> None:
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
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
