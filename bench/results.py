"""bench/results.json: what was measured last, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bench.measure import Result

PATH = Path(__file__).parent / "results.json"


def write(results: Mapping[str, Result], path: Path = PATH) -> None:
    """Keep these; results of an earlier run stay for what was not measured now."""
    known = json.loads(path.read_text()) if path.exists() else {}
    known.update({name: result.as_json() for name, result in results.items()})
    path.write_text(json.dumps(known, indent=2) + "\n")
