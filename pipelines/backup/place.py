"""Where a backup lies: a folder, or an address that fsspec knows (``s3://bucket/folder``)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from pipelines.db.connection import ArchiveError
from pipelines.files.durable import replace_durably

_CHUNK = 1 << 20


class BackupError(ArchiveError):
    """A backup cannot be made, read or restored; the message says why and what to do."""


class BackupPlace:
    """The files of a backup, by their names: relative, with ``/`` between the parts.

    :raises BackupError: from all methods: it cannot be reached, read or written
    """

    def __init__(self, address: str) -> None:
        address = address.removeprefix("file://")
        self.address = address.rstrip("/") or address
        self._remote: Any = None
        self._root = self.address
        if "://" in address:
            with self._named("reached"):
                import fsspec

                self._remote, self._root = fsspec.core.url_to_fs(self.address)

    @property
    def folder(self) -> Path | None:
        """The folder of this machine; None if it is an address."""
        return Path(self._root).expanduser() if self._remote is None else None

    def sizes(self) -> dict[str, int]:
        """The sizes (bytes) of all files, by name; empty if there is nothing."""
        with self._named("read"):
            if self.folder is not None:
                files = (path for path in self.folder.rglob("*") if path.is_file())
                return {
                    path.relative_to(self.folder).as_posix(): path.stat().st_size for path in files
                }
            self._remote.invalidate_cache()
            try:
                known = self._remote.find(self._root, detail=True)
            except FileNotFoundError:
                return {}
            start = f"{self._root.rstrip('/')}/"
            return {
                name.removeprefix(start): int(about["size"])
                for name, about in known.items()
                if name.startswith(start)
            }

    def put(self, name: str, source: Path) -> None:
        """Store a copy of a file: in a folder whole or not at all, elsewhere as the store does."""
        with self._named("written", name):
            if self.folder is None:
                self._remote.put_file(str(source), f"{self._root}/{name}")
                return
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file, replace_durably(path) as copy:
                shutil.copyfileobj(file, copy, _CHUNK)

    def get(self, name: str, target: BinaryIO | None = None) -> str:
        """The SHA-256 (hex) of a file, which is copied into ``target`` on the way.

        :raises OSError: ``target`` cannot be written
        """
        digest = sha256()
        with self._named("read", name):
            file = self._open(name)
        with file:
            while True:
                with self._named("read", name):
                    data = file.read(_CHUNK)
                if not data:
                    return digest.hexdigest()
                digest.update(data)
                if target is not None:
                    target.write(data)

    def write(self, name: str, data: bytes) -> None:
        """Write a small file in one step, in the place of what has its name."""
        with self._named("written", name):
            if self.folder is None:
                self._remote.pipe_file(f"{self._root}/{name}", data)
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            with replace_durably(self.folder / name) as file:
                file.write(data)

    def read(self, name: str) -> bytes | None:
        """The content of a small file; None if there is none."""
        with self._named("read", name):
            try:
                with self._open(name) as file:
                    return file.read()
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """Remove a file."""
        with self._named("removed", name):
            if self.folder is None:
                self._remote.rm_file(f"{self._root}/{name}")
            else:
                (self.folder / name).unlink(missing_ok=True)

    def _open(self, name: str) -> BinaryIO:
        if self.folder is None:
            return cast("BinaryIO", self._remote.open(f"{self._root}/{name}", "rb"))
        return (self.folder / name).open("rb")

    @contextmanager
    def _named(self, done: str, name: str = "") -> Iterator[None]:
        """Give errors the address: each object store's library raises others of its own."""
        try:
            yield
        except BackupError:
            raise
        except Exception as error:
            place = f"{self.address}/{name}" if name else self.address
            why: object = error
            if isinstance(error, OSError) and error.strerror and not error.filename:
                why = error.strerror
            hint = ""
            if isinstance(error, ImportError):
                hint = '; addresses need fsspec and its driver, such as the extra "cluster" (S3)'
            raise BackupError(f"{place} cannot be {done}: {why}{hint}") from error


def sha256_of(path: Path) -> str:
    """The SHA-256 (hex) of a file of this machine.

    :raises OSError: it cannot be read
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
