"""An archive with enough rows to tell a stream from a heap, and a server of its own."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from pipelines.db.connection import FTS_TRIGGERS
from tests.publish.archives import small

#: As many as the issue asks for; each answer is 500 characters that hardly compress.
ROWS = 60_000

_MORE = """
WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 999 + {more})
INSERT INTO {table} ({columns}) SELECT {values} FROM n JOIN {table} t ON {which}"""
_KEYS = {"questions": "id", "answer_responders": "answer_id"}


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small archive with one of its questions thousands of times over."""
    path = tmp_path_factory.mktemp("export") / "large.db"
    small(path).close()
    with closing(sqlite3.connect(path)) as archive:
        for trigger in FTS_TRIGGERS:  # nobody searches it
            archive.execute(f"DROP TRIGGER {trigger}")
        more = ROWS - archive.execute("SELECT count(*) FROM questions").fetchone()[0]
        first = archive.execute("SELECT min(id) FROM questions").fetchone()[0]
        changed = {
            "questions": {"id": "i", "source_id": "i", "answer": "hex(randomblob(250))"},
            "answers": {"id": "i", "question_id": "i", "text": "hex(randomblob(250))"},
            "answer_responders": {"answer_id": "i"},
            "question_topics": {"question_id": "i"},
            "links": {"question_id": "i"},
        }
        for table, values in changed.items():
            columns = [row[1] for row in archive.execute(f"PRAGMA table_info({table})")]
            key = _KEYS.get(table, "question_id")
            archive.execute(
                _MORE.format(
                    more=more,
                    table=table,
                    columns=", ".join(columns),
                    values=", ".join(values.get(column, f"t.{column}") for column in columns),
                    which=f"t.{key} = {first}",
                )
            )
        archive.commit()
    return path


class Server:
    """A server in a process of its own."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address = address
        self.process = process

    def megabytes(self, which: str) -> float:
        """Resident memory: ``VmRSS`` now, ``VmHWM`` at its highest."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(f"{which}:"))
        return int(line.split()[1]) / 1024


_CODE = """
import sys
from pathlib import Path
from publish.export import stream
from publish.serve import serve
for setting in sys.argv[2:]:
    name, value = setting.split("=")
    setattr(stream, name, float(value))
    stream.Exports.__init__.__defaults__ = (stream.MAX_EXPORTS, stream.MAX_SECONDS, stream.PATIENCE)
serve(Path(sys.argv[1]), 0)
"""

Serving = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """``with serving(path, "PATIENCE=1") as server``: with settings of publish.export.stream."""

    @contextmanager
    def started(archive: Path, *settings: str) -> Iterator[Server]:
        command = [sys.executable, "-c", _CODE, str(archive), *settings]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with process:
            try:
                assert process.stdout is not None
                yield Server(process.stdout.readline().strip().rstrip("/"), process)
            finally:
                process.kill()
                process.wait(timeout=15)

    return started
