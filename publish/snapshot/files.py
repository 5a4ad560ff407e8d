"""The files of a snapshot: name, size, and SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from pipelines.files.durable import sync_path

ARCHIVE = "archive.db"
CSV = "questions.csv"
PARQUET = "questions.parquet"
ANSWERS_CSV = "answers.csv"
ANSWERS_PARQUET = "answers.parquet"
CHANGES = "changes.csv"
DATAPACKAGE = "datapackage.json"
CROISSANT = "croissant.json"
README = "README.md"
SUMS = "SHA256SUMS"

# Nobody writes to a snapshot, not even by accident.
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a snapshot."""

    name: str
    size: int
    sha256: str


def list_file(path: Path) -> ListedFile:
    """Return name, size and digest of a file."""
    with path.open("rb") as file:
        return ListedFile(path.name, path.stat().st_size, file_digest(file, "sha256").hexdigest())


def write_sums(folder: Path, files: list[ListedFile]) -> None:
    """Write the list that ``sha256sum --check SHA256SUMS`` reads."""
    lines = [f"{file.sha256}  {file.name}\n" for file in sorted(files, key=lambda file: file.name)]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def seal(folder: Path) -> None:
    """Make all files of a folder durable, and read-only."""
    for path in folder.iterdir():
        path.chmod(_READ_ONLY)
        sync_path(path)
    sync_path(folder)
