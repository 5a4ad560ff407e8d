"""The fixed parts of the descriptions of a snapshot: descriptions.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def descriptions() -> dict[str, Any]:
    """Return the tables ``datapackage`` and ``croissant``."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
