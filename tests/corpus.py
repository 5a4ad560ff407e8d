"""``python -m tests.corpus``: what an import says of each sample file, beside what it must.

The files are real ones of other projects, sound and broken, and lie beside the repository;
what is expected is in ``tests/pipelines/corpus.toml``. Then how many records warcio and FastWARC
find in each sound file, and why that is not as many as here, where it is not. Exit status 1 if
one differs, or if a file that EXPECTED.json lists has no expectation here.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import tomllib
from collections import Counter
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipelines.capture.interpret import interpret
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.ingest.result import IngestResult
from pipelines.store.store import Store
from pipelines.warc.reader import read_warc
from tests.pipelines.archive_makers import SHARED_WARCS

EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "pipelines" / "corpus.toml").read_text()
)


def differences(name: str) -> tuple[str, list[str]]:
    """What an import says of a file in a few words, and where that is not as it must be."""
    path, wanted = SHARED_WARCS / name, EXPECTED[name]
    (result,) = dry_run([path])
    wrong = [
        f"{key}: {is_!r}, not {wanted[key]!r}"
        for key, is_ in _values(result).items()
        if key in wanted and is_ != wanted[key]
    ]
    wrong += _words(result, wanted)
    wrong += _records(path, wanted)
    wrong += _import(path, wanted, result)
    return _said(result), wrong


def _values(result: IngestResult) -> dict[str, Any]:
    return {
        "format": result.kind,
        "records": result.records,
        "damaged": len(result.damaged),
        "offset": min((damage.offset for damage in result.damaged), default=None),
        "unresolved": result.unresolved,
        "kinds": sorted({damage.kind.value for damage in result.damaged}),
    }


def _words(result: IngestResult, wanted: dict[str, Any]) -> list[str]:
    reasons = "; ".join(damage.why for damage in result.damaged)
    places = {"error": result.error or "", "note": result.note or "", "reason": reasons}
    wrong = [
        f"{key} {text!r} says nothing of {wanted[key]!r}"
        for key, text in places.items()
        if wanted.get(key, "") not in text
    ]
    if result.error and "error" not in wanted:
        wrong.append(f"an error: {result.error}")
    return wrong


def _records(path: Path, wanted: dict[str, Any]) -> list[str]:
    if "types" not in wanted and "captures" not in wanted:
        return []
    records = list(read_warc(path, lambda damage: None))
    rows = [interpret(record, path.name).row for record in records]
    found = {
        "types": dict(Counter(record.record_type for record in records)),
        "captures": sum(row is not None for row in rows),
    }
    return [
        f"{key}: {is_!r}, not {wanted[key]!r}"
        for key, is_ in found.items()
        if key in wanted and is_ != wanted[key]
    ]


def _import(path: Path, wanted: dict[str, Any], looked: IngestResult) -> list[str]:
    """A real import must find the same, and change nothing the second time."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "archive.db")
        first, second = (
            one for _ in range(2) for one in ingest([path], Path(folder) / "warcs", store)
        )
        rows = store.db["captures"].count
        store.close()
    wrong = []
    if bool(first.error) != bool(wanted.get("refused") or "error" in wanted):
        wrong.append(f"an import says {first.error!r}")
    elif not first.error and (first.records, first.pages) != (looked.records, looked.pages):
        wrong.append(f"an import finds {first.records} records")
    if second.new or (second.error is None) != (first.error is None):
        wrong.append("the second import differs")
    if "captures" in wanted and rows != wanted["captures"]:
        wrong.append(f"{rows} rows of captures")
    return wrong


def _said(result: IngestResult) -> str:
    if result.error:
        return f"error: {result.error.replace(str(result.path), 'it')}"
    kinds = ", ".join(sorted({damage.kind.value for damage in result.damaged}))
    harm = f", {len(result.damaged)} damaged ({kinds})" if result.damaged else ""
    return f"{result.kind}: {result.records} records{harm}"


def counted(name: str) -> tuple[int, str, str]:
    """How many records a sound file has: here, for warcio, for FastWARC; these say where they
    stop."""
    path = SHARED_WARCS / name
    ours = sum(1 for _ in read_warc(path))
    return ours, _count(path, ArchiveIterator), _count(path, FastIterator, parse_http=False)


def is_sound_archive(name: str) -> bool:
    """Whether a file is a WARC or ARC file by itself, and sound."""
    wanted = EXPECTED[name]
    return wanted.get("damaged") == 0 and wanted["format"].startswith(("warc", "arc"))


def _count(path: Path, iterator: Any, **options: Any) -> str:
    number = 0
    with path.open("rb") as file, redirect_stderr(io.StringIO()):
        try:
            for _ in iterator(file, **options):
                number += 1
        except (OSError, ArchiveLoadFailed):
            return f"{number}, then an error"
    return str(number)


def _print_counts() -> int:
    """Print the table of counts; return how many differ without a reason."""
    print(f"\n{'records':>8}{'warcio':>18}{'FastWARC':>18}")
    unexplained = 0
    for name in filter(is_sound_archive, EXPECTED):
        ours, *others = counted(name)
        reason = EXPECTED[name].get("peers", "")
        unexplained += any(other != str(ours) for other in others) and not reason
        print(f"{ours:8}{others[0]:>18}{others[1]:>18}  {name}{reason and f': {reason}'}")
    return unexplained


def missing() -> set[str]:
    """Files that are listed there and not expected to be anything here."""
    listed = json.loads((SHARED_WARCS / "EXPECTED.json").read_text())
    return {entry["file"] for entry in listed} - set(EXPECTED)


def main() -> int:
    """Print the table."""
    if not SHARED_WARCS.is_dir():
        print(f"the sample files are not at {SHARED_WARCS}", file=sys.stderr)
        return 2
    failed = 0
    for name, wanted in EXPECTED.items():
        said, wrong = differences(name)
        failed += bool(wrong)
        verdict = "FAILS: " + "; ".join(wrong) if wrong else "ok"
        print(f"{name}\n    expected  {wanted['why']}\n    got       {said}\n    {verdict}")
    for name in missing():
        print(f"{name}: not in corpus.toml")
    print(f"{len(EXPECTED)} files, {failed} fail, {len(missing())} without an expectation")
    unexplained = _print_counts()
    return 1 if failed or missing() or unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
