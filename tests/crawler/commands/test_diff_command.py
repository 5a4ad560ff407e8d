"""``scrapy diff`` at the terminal: a parser that was made worse is named by field and era."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.diff_text import around, lines, plain
from crawler.text_format import WIDTH
from pipelines.reports.field_diff import CapturePlace, FieldChange, Tally
from pipelines.reports.parser_diff import Compared, LoneCaptures, OnlyInOne
from tests.conftest import ROOT, Crawled, Scrapy
from tests.pipelines.archive_makers import empty_store

# A parser that goes wrong on one template, and a rebuild with it.
REGRESSION = """
import sys
from dataclasses import replace
from parsers.readers import best
from parsers.records import ParseError, Reading
from parsers.template import template_of
from pipelines.rebuild.rebuild import rebuild

good = best.read_capture

def worse(capture, **options):
    result = good(capture, **options)
    template = template_of(capture) if result.pages else ""
    if template.startswith("HTML 3.2"):
        (page,) = result.pages
        answers = tuple(replace(answer, responders=()) for answer in page.answers)
        return replace(result, pages=(replace(page, answers=answers),))
    if template.endswith("as images"):
        error = ParseError("answer", "no label", capture.url)
        return Reading(error=error, outlinks=result.outlinks)
    return result

best.read_capture = worse
rebuild(sys.argv[1], sys.argv[2], workers=1)
"""
TABLES = "HTML 3.2, labels in bold"
IMAGES = "HTML without a doctype, labels as images"


@pytest.fixture(scope="module")
def worse(crawled: Crawled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that a worse parser makes of the crawl."""
    path = tmp_path_factory.mktemp("worse") / "archive.db"
    words = [sys.executable, "-c", REGRESSION, str(crawled.warcs), str(path)]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return path


def test_a_regression_is_named_by_field_and_era(
    crawled: Crawled, worse: Path, scrapy: Scrapy
) -> None:
    pair = ("diff", str(crawled.database), str(worse), *crawled.settings)
    run = scrapy(*pair, "--json")
    assert run.returncode == 1, run.stderr
    found = json.loads(run.stdout)
    by = {(one["of"], one["field"], one["kind"]): one["by_era"] for one in found["changes"]}
    tables, images = by["field", "responders", "lost"], by["failure", "answer", "gained"]
    assert tables.keys() == {TABLES}
    assert images.keys() == {IMAGES}
    assert by == {
        ("field", "responders", "lost"): tables,
        ("failure", "answer", "gained"): images,
        ("reading", "record", "lost"): images,
    }
    assert found["questions"]["disappeared"]["by_parser"] == images[IMAGES] > 5
    assert found["captures"]["differ"] == images[IMAGES] + tables[TABLES]
    lost = next(one for one in found["changes"] if one["field"] == "responders")
    assert lost["examples"][0]["old"][0]["name"]
    assert lost["examples"][0]["new"] == []


def test_it_is_read_at_a_terminal(crawled: Crawled, worse: Path, scrapy: Scrapy) -> None:
    pair = ("diff", str(crawled.database), str(worse), *crawled.settings)
    text = scrapy(*pair, "--examples", "1").stdout
    head, *said = text.split("\n\n")
    assert "read otherwise; by labelled@1 before and now" in head
    lost = next(one for one in said if one.startswith("responders lost: "))
    assert f"  era         {TABLES}: " in lost
    assert lost.count("    + (none)") == 1
    fails = next(one for one in said if one.startswith("answer: parsing fails now: "))
    assert f"  era         {IMAGES}: " in fails
    assert "    + no label" in fails
    long = [line for line in text.splitlines()[2:] if len(line) > WIDTH]
    assert long == []


def test_without_the_warc_files_the_year_is_the_era(
    crawled: Crawled, worse: Path, scrapy: Scrapy, tmp_path: Path
) -> None:
    elsewhere = ("-s", f"WARC_DIR={tmp_path}")
    text = scrapy("diff", str(crawled.database), str(worse), *elsewhere).stdout
    assert "  era         captured in 20" in text
    assert "not in WARC_DIR" in text


def test_the_same_is_one_line(crawled: Crawled, scrapy: Scrapy) -> None:
    run = scrapy("diff", str(crawled.database), str(crawled.database))
    assert (run.returncode, run.stderr) == (0, "")
    assert len(run.stdout.splitlines()) == 1
    assert run.stdout.startswith("no difference: the ")


def test_wrong_use(crawled: Crawled, scrapy: Scrapy, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database" * 999)
    empty_store(tmp_path / "empty.db").close()
    database, none, bad, empty = (
        str(crawled.database),
        *(str(tmp_path / name) for name in ("none.db", "bad.db", "empty.db")),
    )
    for words, said in (
        ([database], "name two archives"),
        ([database, none], "there is no archive"),
        ([database, bad], "no SQLite database"),
        ([database, empty], "no capture in common"),
        ([database, database, "--examples", "-1"], "0 or more"),
    ):
        run = scrapy("diff", *words)
        assert run.returncode == 2, words
        assert said in run.stdout + run.stderr


# -- the text ------------------------------------------------------------------------------


def test_texts_are_shown_from_where_they_part() -> None:
    same = "The same words for a good while, "
    old, new = around(same + "and then these.", same + "and\nthen those.", 60)
    assert old == "...ds for a good while, and then these."
    assert new == "...ds for a good while, and\\nthen those."
    assert around("", "\x1b[31mred", 20) == ("(none)", "\\x1b[31mred")
    assert around("a", "a" * 99, 20) == ("a", "a" * 17 + "...")


@given(st.text(max_size=300), st.text(max_size=300), st.integers(40, 100))
def test_what_differs_is_seen(old: str, new: str, width: int) -> None:
    shown = around(old, new, width)
    assert max(map(len, shown)) <= width
    for sign in "".join(shown):
        assert unicodedata.category(sign)[0] != "C"
    # An escape may look like the text that it stands for, and (none) like a text.
    if old != new and (old + new).isprintable() and "(none)" not in (old, new):
        assert shown[0] != shown[1]


def test_people_and_links_are_read_in_their_order() -> None:
    person = {"college": None, "credentials": ["MD", "PhD"], "name": "Ann Smith", "url": "u"}
    assert plain([person, {"text": "More", "url": "v"}]) == "Ann Smith, MD; PhD, u; More, v"
    assert plain(None) == plain([]) == plain("") == ""
    assert plain(0.85) == "0.85"


def test_many_values_fit_on_a_screen() -> None:
    tally = Tally(1)
    for number in range(300):
        place = CapturePlace(
            f"urn:{number}", "http://x/" + "y" * 200, f"{1900 + number % 99}-01-01", "site" * 40,
            f"era {number}", "1.0",
        )  # fmt: skip
        tally.add(place, [FieldChange("field", "answer", "changed", "a" * 500, "b\t" * 500)])
    found = Compared(
        (("a@1",), ("a@2",)), 300, 300, {"year": Counter({"1900": 4})},
        (LoneCaptures(0, 0), LoneCaptures(9, 1)), 2,
        OnlyInOne(1, 0, ("u",)), OnlyInOne(0, 0, ()), 300, tally,
    )  # fmt: skip
    text = list(lines("a.db", "b.db", found, 3))
    assert max(map(len, text)) <= WIDTH
    assert len(text) < 40
    assert "292 others: 292" in "\n".join(text)
    assert "not compared: 9 captures that only NEW has, 1 of them with a record" in text
