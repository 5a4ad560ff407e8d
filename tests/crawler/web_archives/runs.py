"""Runs of the spider against an archive of a test, and what is to be seen of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest
from tests.conftest import run_scrapy, settings_for


class Asked(Protocol):
    """An archive that is running."""

    @property
    def words(self) -> list[str]:
        """The arguments of the spider by which it asks this archive."""


def words_for(archive: Asked, folder: Path, *arguments: str) -> list[str]:
    """The command that recovers what the arguments say into a folder; with ``--json``.

    :param arguments: of the spider (``name=value``), or settings (``NAME=value``)
    """
    words = ["crawl", "wayback", *archive.words, *settings_for(folder), "--json"]
    for one in arguments:
        words += ["-s" if one.partition("=")[0].isupper() else "-a", one]
    return words


def rescue(archive: Asked, folder: Path, *arguments: str, status: int = 0) -> dict[str, Any]:
    """Run the spider to its end, and give its summary; with its log as ``"log"``."""
    run = run_scrapy(*words_for(archive, folder, *arguments))
    assert run.returncode == status, run.stdout + run.stderr
    assert "Traceback" not in run.stderr, run.stderr
    return {**json.loads(run.stdout), "log": run.stderr}


def rows(folder: Path, query: str, *values: object) -> list[Any]:
    """What a query of the archive in a folder gives."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(query, values).fetchall()


def digest(folder: Path) -> str:
    """The content digest of the archive in a folder."""
    with closing(open_archive(folder / "archive.db", readonly=True)) as db:
        return content_digest(db)


def sound(folder: Path) -> None:
    """Assert that verify finds nothing, and that a rebuild gives the same content."""
    verify = run_scrapy("verify", *settings_for(folder))
    assert verify.returncode == 0, verify.stdout + verify.stderr
    named = ["-s", f"ARCHIVE_DB={folder / 'again.db'}", "-s", f"WARC_DIR={folder / 'warcs'}"]
    rebuilt = run_scrapy("rebuild", "--json", *named)
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert json.loads(rebuilt.stdout)["content_digest"] == digest(folder)
