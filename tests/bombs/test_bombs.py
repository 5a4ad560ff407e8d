"""Bombs are imported within bounds of memory and time, and named (``python -m tests.bombs``)."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipelines.warc.damage import DamagedWarc
from pipelines.warc.http import header_fields
from pipelines.warc.reader import read_warc
from tests.bombs.makers import BOMBS, head, record
from tests.bombs.measure import measured


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_named_within_bounds(kind: str) -> None:
    cost = measured(kind)
    assert cost.faults == (), cost


def test_a_header_without_an_end_in_a_member_is_passed(tmp_path: Path) -> None:
    """Looked for the next record, the reader came upon the same one again, without end."""
    endless = head(0)[:-2] + b"X: y\r\n" * 200_000
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(endless + b"\r\n\r\n\r\n" + record(b"HTTP/1.1 200 OK\r\n\r\n")))
    damaged: list[DamagedWarc] = []
    assert len(list(read_warc(path, damaged.append))) == 1
    assert [damage.why for damage in damaged] == ["a WARC header that does not end"]


def test_a_field_may_be_folded_often() -> None:
    (field,) = header_fields("X: a" + "\n b" * 200_000)
    assert len(field[1]) == 400_001
