"""The attack of ``make attack``, in short."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.attack.__main__ import attack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]


def test_a_public_server_withstands(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # nginx's workers have another name
    assert attack(tmp_path, questions=60_000, seconds=2) == []
