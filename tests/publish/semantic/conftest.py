"""An archive that is embedded."""

from __future__ import annotations

from pathlib import Path

import pytest

from publish.semantic import build, nearest
from tests.publish.archives import Archive, page

TEXTS = {
    1: ("Hard stools", "I have not been to the toilet for days.", "Drink more and eat prunes."),
    2: ("Baby's rash", "Her cheeks are red and rough.", "It is eczema: use petroleum jelly."),
    3: ("Snoring", "My husband stops breathing at night.", "He has sleep apnea."),
    4: ("A tick", "There is a red ring on my leg.", "Lyme disease is treated with doxycycline."),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Four questions; row numbers are those of TEXTS."""
    made = Archive(tmp_path / "archive.db")
    for number, (title, question, answer) in TEXTS.items():
        made.add(page(number, title=title, question=question, answer=answer))
    made.close()
    return made.path


@pytest.fixture
def embedded(archive: Path) -> Path:
    """The same, with vectors."""
    build.update_vectors(archive)
    nearest._cache.clear()
    return archive
