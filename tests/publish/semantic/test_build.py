"""Embedding: everything once, afterwards only what is new."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.files.locks import Lock
from publish import semantic
from publish.semantic import VectorsError, model
from publish.semantic.build import Embedded, update_vectors
from publish.semantic.vectors import read
from tests.publish.semantic.conftest import TEXTS


def change(archive: Path, sql: str) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(sql)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are embedded from now on."""
    seen: list[str] = []
    real = model.Model.embed

    def embed(self: model.Model, texts: list[str]) -> object:
        seen.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(model.Model, "embed", embed)
    return seen


def test_every_question_gets_a_vector(archive: Path) -> None:
    assert update_vectors(archive) == Embedded(4, 4, 0)
    assert read(semantic.vectors_path(archive)).ids.tolist() == list(TEXTS)


def test_a_second_time_nothing_is_made(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = semantic.vectors_path(embedded).read_bytes()
    seen = counted(monkeypatch)
    assert update_vectors(embedded) == Embedded(4, 0, 0)
    assert seen == []
    after = read(semantic.vectors_path(embedded))
    assert len(after) == 4
    assert semantic.vectors_path(embedded).stat().st_size == len(before)


def test_only_what_changed_is_made(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(embedded, "UPDATE questions SET question = 'Her skin is dry.' WHERE id = 2")
    seen = counted(monkeypatch)
    assert update_vectors(embedded) == Embedded(4, 1, 1)
    assert seen == [TEXTS[2][0], "Her skin is dry."]
    change(embedded, "UPDATE questions SET answer = 'See a dermatologist.' WHERE id = 1")
    assert update_vectors(embedded) == Embedded(4, 0, 0)
    change(embedded, "DELETE FROM questions WHERE id = 4")
    assert update_vectors(embedded) == Embedded(3, 0, 1)
    assert read(semantic.vectors_path(embedded)).ids.tolist() == [1, 2, 3]


def test_another_row_number_is_no_reason_to_make_it_anew(embedded: Path) -> None:
    before = read(semantic.vectors_path(embedded))
    change(embedded, "UPDATE questions SET id = 90 WHERE id = 1")
    assert update_vectors(embedded) == Embedded(4, 0, 0)
    after = read(semantic.vectors_path(embedded))
    assert after.ids.tolist() == [2, 3, 4, 90]
    assert (after.bytes[3] == before.bytes[0]).all()
    assert after.scale[3] == before.scale[0]


def test_damaged_vectors_are_made_anew(embedded: Path, caplog: pytest.LogCaptureFixture) -> None:
    semantic.vectors_path(embedded).write_bytes(b"damaged")
    assert update_vectors(embedded) == Embedded(4, 4, 0)
    assert "all vectors are made anew: cannot read" in caplog.text


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="there is no archive at"):
        update_vectors(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_two_at_once(embedded: Path) -> None:
    path = semantic.vectors_path(embedded)
    with (
        Lock(path.with_suffix(".lock"), "embedding"),
        pytest.raises(VectorsError, match=r"not begun: archive\.db\.vectors\.npz is being made by"),
    ):
        update_vectors(embedded)
    assert update_vectors(embedded) == Embedded(4, 0, 0)


def test_killed_while_it_wrote(embedded: Path) -> None:
    path = semantic.vectors_path(embedded)
    left = path.with_name(path.name + ".partial")
    left.write_bytes(path.read_bytes()[:500])
    assert update_vectors(embedded) == Embedded(4, 0, 0)
    assert not left.exists()


def test_vectors_are_beside_the_archive_that_a_link_leads_to(archive: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere"
    link.mkdir()
    (link / "a.db").symlink_to(archive)
    update_vectors(link / "a.db")
    assert (tmp_path / "archive.db.vectors.npz").is_file()
