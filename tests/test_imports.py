"""The direction of imports: crawler > publish > pipelines > parsers, never back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ("parsers", "pipelines", "publish", "crawler")
PURE = {"scrapy", "twisted", "sqlite3", "sqlite_utils", "datasette", "socket", "time", "random"}


def imports_of(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"{package}/ has no Python files"
    return found


@pytest.mark.parametrize("package", ORDER)
def test_no_import_runs_upwards(package: str) -> None:
    above = set(ORDER[ORDER.index(package) + 1 :]) | {"sample", "bench", "tests"}
    wrong = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files(package)
        for name in imports_of(path)
        if name in above
    }
    assert wrong == set()


def test_parsers_are_pure() -> None:
    wrong = {
        (path.name, name) for path in files("parsers") for name in imports_of(path) if name in PURE
    }
    assert wrong == set()


def test_scrapy_is_known_to_the_crawler_alone() -> None:
    wrong = {
        path.relative_to(ROOT).as_posix()
        for package in ("parsers", "pipelines", "publish")
        for path in files(package)
        if "scrapy" in imports_of(path) and path.name != "items.py"
    }
    assert wrong == set()
