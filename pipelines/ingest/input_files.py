"""What is to be imported: files, all files of folders, and what comes through a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelines.ingest.sniff import FileError

#: The path that stands for the standard input.
STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says of files that do not say it themselves.

    :param url: the address of the page, where one page or text file is given
    :param base: the address of the folder that pages without an address lie in
    :param date: when pages and texts were captured; by default their time of change
    :param url_field: of a corpus in JSONL, the field with the address
    :param text_field: of a corpus in JSONL, the field with the text or HTML
    """

    url: str | None = None
    base: str | None = None
    date: datetime | None = None
    url_field: str | None = None
    text_field: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to import, and the folder of the user's that it was found in.

    ``named`` by the user, and not found in a folder.
    """

    path: Path
    root: Path
    named: bool


def files_of(paths: Iterable[str | os.PathLike[str]], options: ImportOptions) -> list[InputFile]:
    """The files that paths name, and all files in those that are folders.

    :raises FileError: if a URL is given for several files, or a path is not there
    """
    files = list(_files(Path(path) for path in paths))
    if options.url is not None and len(files) != 1:
        raise FileError(f"--url is for one file, and there are {len(files)}; see --base")
    return files


def _files(paths: Iterable[Path]) -> Iterator[InputFile]:
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if not file.is_dir() and not hidden:
                    yield InputFile(file, path, named=False)
        elif path == STDIN or path.exists():
            yield InputFile(path, path.parent, named=True)
        else:
            raise FileError(f"there is no {path}")


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path in a folder leads to a file outside of it, by a link.

    Whoever gives a folder away may have put a link to any file of its reader there.
    """
    return not path.resolve().is_relative_to(root.resolve())


@contextmanager
def as_file(file: InputFile, scratch: Path | None) -> Iterator[InputFile]:
    """A file that can be read from any place: what a named pipe gives is written down first.

    :param scratch: where; None for the system's folder
    :raises FileError: it is nothing that can be read to its end
    """
    path = file.path
    if not file.named and path.exists() and leads_out(path, file.root):
        raise FileError(f"{path} is a link that leads out of its folder; to import it, name it")
    if path.is_file():
        yield file
        return
    if not (path == STDIN or (file.named and path.is_fifo())):
        kind = (
            "a named pipe, which is read only where it is named itself" if path.is_fifo()
            else "a link to what is not there" if path.is_symlink() and not path.exists()
            else "neither a file nor a folder"
        )  # fmt: skip
        raise FileError(f"{path} is {kind}")
    with tempfile.NamedTemporaryFile(prefix=".import-", dir=scratch) as copy:
        if path == STDIN:
            if sys.stdin is None:
                raise FileError("the standard input is closed")
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with path.open("rb") as stream:
                shutil.copyfileobj(stream, copy)
        copy.flush()
        yield replace(file, path=Path(copy.name))
