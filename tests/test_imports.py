"""The direction of imports: crawler > publish > pipelines > parsers, and from room to room.

Each package is a house of rooms (its folders). ``ROOMS`` lists them from the ground floor
up; "." stands for the modules beside them. A room imports its own modules and those of the
rooms below it. So no arrow runs back up, and no two rooms can import each other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("parsers", "pipelines", "publish", "crawler")
ROOMS = {
    "parsers": (
        "records", "strict_toml", "css", "links", "words", "sites", "urls", "page", "qa", "threads",
        "articles", "schema", "readers", ".",
    ),
    "pipelines": (
        "files", "warc", "db", "capture", "store", "takedown", "verify", "rebuild", "backup",
        "ingest", "reports", ".",
    ),
    "publish": (
        "data", "datasette", "semantic", "search", "charts", "export", "cite", "snapshot",
        "pages", ".",
    ),
    "crawler": (
        "settings", "paths", "text_format", "redaction", "log_records", "frontier", "net",
        "monitoring", "session", "web_archives", "spiders", "jobs", "newsite", "cli", "commands",
        ".",
    ),
}  # fmt: skip
PURE = {"scrapy", "twisted", "sqlite3", "sqlite_utils", "datasette", "socket", "time", "random"}
MOST_FILES_IN_A_ROOM = 16


def files_of(package: str) -> list[Path]:
    paths = sorted((ROOT / package).rglob("*.py"))
    assert paths, f"{package}/ has no Python files"
    return paths


def module_name(path: Path) -> str:
    """The dotted name of a module; a package's ``__init__`` has the package's name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in PACKAGES for path in files_of(package)}


def imported_names(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it: modules, or names in modules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level_imports(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_names(path)}


def imported_modules(path: Path) -> set[str]:
    """The modules of this project that a file imports."""
    names = set(imported_names(path))
    return {
        module
        for name in names
        if (module := name if name in MODULES else name.rpartition(".")[0]) in MODULES
    }


def room_of(module: str) -> str:
    """The room that a module is in, as ``ROOMS`` names it."""
    package, *rest = module.split(".")
    named = rest[:1] and rest[0] in ROOMS[package]
    return rest[0] if named else "."


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_runs_upwards_between_packages(package: str) -> None:
    above = set(PACKAGES[PACKAGES.index(package) + 1 :]) | {"sample", "bench", "tests", "tools"}
    wrong = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files_of(package)
        for name in top_level_imports(path) & above
    }
    assert wrong == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_runs_upwards_between_rooms(package: str) -> None:
    floors = {room: floor for floor, room in enumerate(ROOMS[package])}
    wrong = {
        (module, target)
        for module, path in MODULES.items()
        if module.split(".")[0] == package
        for target in imported_modules(path)
        if target.split(".")[0] == package and target != package
        if floors[room_of(target)] > floors[room_of(module)]
    }
    assert wrong == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_room(package: str) -> None:
    folders = {path.parent.name for path in files_of(package) if path.parent != ROOT / package}
    assert folders <= set(ROOMS[package])


def test_no_modules_import_each_other() -> None:
    graph = {
        module: {target for target in imported_modules(path) if not module.startswith(target)}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' > '.join(error.args[1])}")


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_are_small_and_a_module_has_a_name_of_its_own(package: str) -> None:
    folders: dict[str, list[Path]] = {}
    names: dict[str, list[Path]] = {}
    for path in files_of(package):
        if path.name != "__init__.py":
            folders.setdefault(path.parent.name, []).append(path)
            names.setdefault(path.name, []).append(path)
    full = {
        name: len(paths)
        for name, paths in folders.items()
        if len(paths) > MOST_FILES_IN_A_ROOM and name != "commands"  # one file a command
    }
    twice = {name: paths for name, paths in names.items() if len(paths) > 1}
    assert (full, twice) == ({}, {})


def test_parsers_are_pure() -> None:
    wrong = {
        (path.name, name) for path in files_of("parsers") for name in top_level_imports(path) & PURE
    }
    assert wrong == set()


def test_scrapy_is_known_to_the_crawler_alone() -> None:
    wrong = {
        path.relative_to(ROOT).as_posix()
        for package in ("parsers", "pipelines", "publish")
        for path in files_of(package)
        if "scrapy" in top_level_imports(path) and path.name != "items.py"
    }
    assert wrong == set()
