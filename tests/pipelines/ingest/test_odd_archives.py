"""What other tools wrote oddly is read and said; what cannot be trusted is damage, everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from parsers import canonical_url
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.store.store import Store
from pipelines.verify.verify import verify_archive, verify_files
from pipelines.warc.reader import read_warc
from tests.corpus import EXPECTED
from tests.pipelines.archive_makers import SHARED_WARCS, needs_shared_warcs
from tests.pipelines.ingest.odd_archives import OddFile, arc_files, warc_files

CASES = Path(__file__).parents[4] / "shared" / "data" / "cases"
#: Of those, the files that are damaged, by the beginning of their names.
DAMAGED = ("541", "545", "591", "926")
FILES = {f"{kind}: {file.name}": file for kind, files in
         (("WARC", warc_files()), ("ARC", arc_files())) for file in files}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_is_odd_is_read_and_said(name: str, tmp_path: Path) -> None:
    file = FILES[name]
    path = tmp_path / "a file"
    path.write_bytes(file.data)
    (looked,) = dry_run([path])
    assert (looked.error, looked.records, looked.pages) == (None, file.records, file.pages)
    assert file.note in (looked.note or "")
    assert {damage.kind for damage in looked.damaged} == file.damage
    assert bool(verify_files([path]).findings) == bool(file.damage)
    assert _imported(path, tmp_path) == (bool(file.damage), file.dates or None)


def _imported(path: Path, folder: Path) -> tuple[bool, frozenset[str] | None]:
    """Whether an archive of the file is damaged, and when its captures are of."""
    store = Store.open(folder / "archive.db")
    ingest([path], folder / "warcs", store)
    dates = frozenset(row["captured_at"] for row in store.db["captures"].rows)
    store.close()
    findings = verify_archive(folder / "warcs", folder / "archive.db").findings
    expected = FILES_BY_DATA[path.read_bytes()].dates
    return bool(findings), dates if expected else None


FILES_BY_DATA: dict[bytes, OddFile] = {file.data: file for file in FILES.values()}


@needs_shared_warcs
def test_an_archive_of_all_sound_files_verifies_clean(tmp_path: Path) -> None:
    sound = [
        SHARED_WARCS / name
        for name, wanted in EXPECTED.items()
        if wanted.get("damaged") == 0 and not wanted.get("refused") and "error" not in wanted
    ]
    store = Store.open(tmp_path / "archive.db")
    results = ingest(sound, tmp_path / "warcs", store)
    store.close()
    told = {damage.path for result in results for damage in result.damaged}  # ids of two files
    verified = verify_archive(tmp_path / "warcs", tmp_path / "archive.db")
    assert [finding for finding in verified.findings if finding.file not in told] == []
    assert len(told) < len(sound) / 5


@needs_shared_warcs
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_dry_run_and_verify_come_to_the_same_verdict(name: str) -> None:
    path = SHARED_WARCS / name
    if EXPECTED[name]["format"] in ("", "wacz", "jsonl"):
        pytest.skip("no WARC file by itself")
    (looked,) = dry_run([path])
    assert bool(verify_files([path]).findings) == bool(looked.damaged)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://x.example/a b?c d", "http://x.example/a%20b?c%20d"),
        ("http://x.example/a\rb", "http://x.example/ab"),
        ("http://x.example/a\x0cb\x7f", "http://x.example/a%0Cb%7F"),
    ],
)
def test_the_canonical_form_of_an_odd_address_is_encoded(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the cases are not at {CASES}")
@pytest.mark.parametrize("case", ["c07", "c21", "c24"])
def test_the_cases_of_other_crawlers_are_read(case: str, tmp_path: Path) -> None:
    made = CASES / case / "in"
    if (CASES / case / "make.py").exists():
        made = tmp_path
        environment = os.environ | {"OUT_DIR": str(made)}
        subprocess.run([sys.executable, CASES / case / "make.py"], env=environment, check=True)
    for path in sorted(made.iterdir()):
        (looked,) = dry_run([path])
        damaged = path.name.startswith(DAMAGED)
        assert (looked.error, bool(looked.damaged)) == (None, damaged), path
        assert bool(verify_files([path]).findings) == damaged, path
        numbers = {int(number) for number in re.findall(rb"/(\d+)\.htm", _plain(path))}
        assert looked.records >= len(numbers), path
        assert case != "c24" or looked.pages == len(numbers), path


def _plain(path: Path) -> bytes:
    """The heads of its records."""
    return b"".join(record.head for record in read_warc(path, lambda damage: None))
