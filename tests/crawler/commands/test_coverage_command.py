"""What is known, held and missing of each site, and which web archive has it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.coverage_text import MOST_RUNS, as_json, lines, listed
from parsers.records import Link
from pipelines.db.models import Failure, Mention, Unanswered
from pipelines.files.timestamps import stamp
from pipelines.reports.coverage import NumberRange, SiteCoverage, coverage, gaps, in_order, runs
from pipelines.store.store import Store
from tests.conftest import Crawled, Scrapy
from tests.pipelines.archive_makers import (
    CRAWL,
    START,
    capture_row,
    empty_store,
    qa_page,
    question_url,
)


def page(store: Store, number: int, *links: int) -> None:
    row = capture_row(f"urn:page:{number}", url=question_url(number), seconds=1)
    store.pending.add_capture(row)
    more = tuple(Link("see", question_url(one)) for one in links)
    store.pending.add_page(qa_page(row.record_id, number, links=more))


def gone(store: Store, number: int) -> None:
    row = capture_row(f"urn:gone:{number}", url=question_url(number), seconds=5, status=404)
    store.pending.add_capture(row)
    store.pending.mark_gone(row.record_id)


def unread(store: Store, number: int) -> None:
    row = capture_row(f"urn:unread:{number}", url=question_url(number), seconds=2)
    store.pending.add_capture(row)
    store.pending.add_failure(Failure(row.record_id, "parse", "no answer", "answer"))


def unanswered(store: Store, number: int) -> None:
    url = question_url(number)
    store.pending.add_unanswered(
        Unanswered(url, url, START, "refused", f"urn:un:{number}", CRAWL.uid)
    )


def mentioned(store: Store, *numbers: int) -> None:
    row = capture_row("urn:list", url="http://www.netwellness.org/")
    store.pending.add_capture(row)
    found = tuple(Mention("netwellness", str(one), question_url(one)) for one in numbers)
    store.pending.add_mentions(row.record_id, found)


def listing(
    store: Store, number: int, archive: str, status: int | None = 200, captured_at: str = "x"
) -> None:
    url = question_url(number)
    place, index = ASKED[archive]
    asked = capture_row(f"urn:index:{archive}", url=index)
    store.pending.add_capture(asked)
    store.commit()
    store.db.table("listings").insert(
        {
            "archive": archive, "url": url, "captured_at": captured_at, "canonical_url": url,
            "site": "netwellness", "source_id": str(number), "status": status,
            "content_type": "text/html", "digest": "", "place": place.format(url),
            "record_id": asked.record_id,
        }
    )  # fmt: skip


#: Of each archive, where its captures can be had, and an answer of its index.
ASKED = {
    "web.archive.org": (
        "https://web.archive.org/web/20040601080001id_/{}",
        "https://web.archive.org/cdx/search/cdx?url=netwellness.org/*&limit=10",
    ),
    "arquivo.example": (
        "https://arquivo.example/wayback/20040601080001id_/{}",
        "https://arquivo.example/wayback/cdx?url=netwellness.org",
    ),
    "CC-MAIN-2016-07": (
        "https://data.commoncrawl.org/crawl-data/CC-MAIN-2016-07/w.warc.gz#5-9",
        "https://index.commoncrawl.org/CC-MAIN-2016-07-index?url=n&output=json&page=0",
    ),
    "CC-MAIN-2012-22": (
        "https://mirror.example/cc/crawl-data/CC-MAIN-2012-22/w.warc.gz#5-9",
        "https://mirror.example/CC-MAIN-2012-22-index?url=n&output=json&page=0",
    ),
}


def small() -> Store:
    store = empty_store()
    page(store, 100, 101, 109)
    page(store, 102)
    gone(store, 102)
    gone(store, 103)
    unread(store, 104)
    unanswered(store, 105)
    mentioned(store, 100, 101, 106, 120)
    store.commit()
    store.db.table("withheld").insert(
        {"site": "netwellness", "source_id": "107", "reason": "r", "withheld_on": "d"}
    )
    mentioned(store, 107)
    return store


def only(store: Store) -> SiteCoverage:
    (found,) = coverage(store.db.conn)
    return found


def test_each_number_is_in_its_place() -> None:
    found = only(small())
    assert (found.known, found.captured, found.readable, found.gone) == (10, 3, 2, 2)
    assert (found.withheld, found.missing) == (1, 7)
    assert found.never == ("101", "105", "106", "109", "120")
    assert (found.lost, found.unread) == (("103",), ("104",))
    assert dict(found.known_from) == {"captures": 5, "pages": 4, "questions": 2}
    assert found.span == NumberRange(100, 120)
    assert found.gaps == (NumberRange(108, 108), NumberRange(110, 119))
    assert found.prefix == "http://www.netwellness.org/question.cfm/"


def test_archives_are_named_by_what_they_alone_have() -> None:
    store = small()
    listing(store, 100, "web.archive.org")  # is readable here
    listing(store, 101, "web.archive.org")
    listing(store, 103, "web.archive.org", None)
    listing(store, 105, "web.archive.org", 404)
    listing(store, 101, "CC-MAIN-2016-07")
    listing(store, 131, "CC-MAIN-2012-22")
    listing(store, 130, "arquivo.example")
    # What was captured already, and could not be read, is not worth another try.
    row = capture_row("urn:x", seconds=2)
    listing(store, 104, "web.archive.org", 200, stamp(row.captured_at))
    found = only(store)
    assert [(one.archive, one.ids, one.alone) for one in found.fillings] == [
        ("web.archive.org", ("101", "103"), 1),
        ("CC-MAIN-2012-22", ("131",), 1),
        ("CC-MAIN-2016-07", ("101",), 0),
        ("arquivo.example", ("130",), 1),
    ]
    assert found.unlisted == ("104", "105", "106", "109", "120")
    assert [one["command"] for one in as_json("a.db", [found], {})["sites"][0]["archives"]] == [
        "scrapy crawl wayback -a 'url=http://www.netwellness.org/question.cfm/*' -a only=missing",
        "scrapy crawl commoncrawl -a url=http://www.netwellness.org/question.cfm/131.htm "
        "-a crawls=CC-MAIN-2012-22 -a index=https://mirror.example/ "
        "-a data=https://mirror.example/cc/",
        "scrapy crawl commoncrawl -a url=http://www.netwellness.org/question.cfm/101.htm "
        "-a crawls=CC-MAIN-2016-07",
        "scrapy crawl wayback -a url=http://www.netwellness.org/question.cfm/130.htm "
        "-a cdx=https://arquivo.example/wayback/cdx -a replay=https://arquivo.example/wayback/",
    ]
    text = "\n".join(lines("a.db", [found], {}))
    assert "web.archive.org: 2, 1 of them it alone" in text
    assert "in no index that was read: 5" in text


def test_nothing_is_readable_too() -> None:
    assert coverage(empty_store().db.conn) == ()
    assert list(lines("a.db", [], {})) == [
        "Coverage of a.db",
        "  it knows of no question yet: crawl a site, or import captures of one",
    ]


def test_without_an_index_the_text_says_how_to_read_one() -> None:
    text = "\n".join(lines("a.db", [only(small())], {}))
    wanted = "-a 'url=http://www.netwellness.org/question.cfm/*' -a only=missing"
    assert f"scrapy crawl commoncrawl {wanted}\n" in text
    assert "    101, 105-106, 109, 120\n" in text
    assert "numbers between 100 and 120 that nothing names: 11, in 2 gaps\n    108, 110-119" in text


def test_what_is_complete_says_so() -> None:
    store = empty_store()
    page(store, 7)
    store.commit()
    text = list(lines("a.db", [only(store)], {}))
    assert text[-2:] == [
        "  nothing is missing of what is known",
        "  every number between 7 and 7 is known",
    ]


def test_thousands_fit_on_a_screen() -> None:
    store = empty_store()
    mentioned(store, *range(100000, 130000, 3), 990000, 10**11, 10**30)
    store.commit()
    found = only(store)
    assert len(found.never) == 10003
    assert found.span == NumberRange(100000, 10**11)  # the longest is a slip of somebody's pen
    text = list(lines("a.db", [found], {}))
    assert len(text) < 40
    assert max(map(len, text)) <= 100
    assert any("the longest: " in line and "129998-989999 (860,002)" in line for line in text)
    assert len(as_json("a.db", [found], {})["sites"][0]["gaps"]) == len(found.gaps) > 9000


def test_numbers_are_ordered_by_value() -> None:
    assert in_order(["10", "9", "09", "1000", "0"]) == ("0", "09", "9", "10", "1000")


def test_other_sites_are_apart() -> None:
    store = empty_store()
    page(store, 1)
    url = "http://other.example/question.cfm/5.htm"
    store.pending.add_capture(replace(capture_row("urn:o", url=url), canonical_url=url))
    store.commit()
    assert [(one.site, one.known) for one in coverage(store.db.conn)] == [
        ("netwellness", 1),
        ("other.example", 1),
    ]


@given(st.sets(st.integers(0, 60)))
def test_runs_and_gaps_are_all_numbers_between(numbers: set[int]) -> None:
    found = runs(numbers)

    def spread(some: tuple[NumberRange, ...]) -> list[int]:
        return [number for run in some for number in range(run.first, run.last + 1)]

    assert spread(found) == sorted(numbers)
    whole = range(min(numbers), max(numbers) + 1) if numbers else ()
    assert spread(gaps(found)) == sorted(set(whole) - numbers)
    assert listed(found).count(",") <= MOST_RUNS


def test_the_command(crawled: Crawled, scrapy: Scrapy, tmp_path: Path) -> None:
    place = ("-s", f"ARCHIVE_DB={crawled.database}")
    found = json.loads(scrapy("status", "--coverage", "--json", *place).stdout)
    (site,) = found["sites"]
    assert site["site"] == "netwellness"
    assert site["known"] == site["readable"] + site["missing"]
    assert site["known_from"]["pages"] > 100
    text = scrapy("status", "--coverage", *place).stdout
    assert f"  {site['known']}  " in text
    assert max(map(len, text.splitlines())) <= 100
    none = scrapy("status", "--coverage", "-s", f"ARCHIVE_DB={tmp_path / 'none.db'}")
    assert (none.returncode, none.stdout) == (1, "")
    assert "there is no archive" in none.stderr
    assert scrapy("status", "--coverage", "--check", *place).returncode == 2
