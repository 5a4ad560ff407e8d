"""The texts of a page, what differs between them, and places in a search: as pages."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from publish.serve import application
from tests.publish.archives import HOSTILE, Archive, changed, page
from tests.publish.texts import Get, build, shown


@pytest.fixture(scope="module")
def read_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reading") / "archive.db"
    build(path)
    return path


@pytest.fixture(scope="module")
def get(read_archive: Path, loop: asyncio.AbstractEventLoop) -> Get:
    site = application(read_archive)

    def fetch(path: str, **options: Any) -> httpx.Response:
        return cast(httpx.Response, loop.run_until_complete(site.client.get(path, **options)))

    return fetch


@pytest.fixture(scope="module")
def digests(read_archive: Path) -> list[str]:
    """The digests of question 201's texts in time."""
    with sqlite3.connect(read_archive) as connection:
        found = connection.execute(
            "SELECT v.digest FROM versions v JOIN questions q ON q.id = v.question_id "
            "JOIN captures c ON c.id = v.first_capture_id "
            "WHERE q.source_id = '201' ORDER BY c.captured_at"
        ).fetchall()
    return [row[0] for row in found]


TEXTS = "/q/netwellness/201"


def test_every_text_is_listed_with_its_time_and_evidence(get: Get, digests: list[str]) -> None:
    assert len(digests) == 3
    html = get(f"{TEXTS}/versions").text
    text = shown(html)
    assert "3 texts of this page" in text
    assert "Text 1 , 2 March 2026 to 4 March 2026" in text
    assert "Another text stood in between." in text
    assert "2 captures" in text
    assert "Changed: answer, answered by, health topics, further links." in text
    assert "netwellness-0001.warc.gz at byte 2,000" in text
    assert text.index("Text 2") < text.index("Text 3") < text.index("shown now")
    for digest in digests:
        assert f'href="{TEXTS}/versions/{digest[:12]}"' in html
    assert "One text of this page" in get("/q/netwellness/202/versions").text


def test_an_earlier_text_is_a_page_to_read(get: Get, digests: list[str]) -> None:
    html = get(f"{TEXTS}/versions/{digests[1][:12]}").text
    assert "This is an earlier text of the page" in html
    assert "<p>Call your own doctor.</p>" in html
    assert "Answered by" not in html
    assert digests[1] in html
    assert f'rel="predecessor-version" href="{TEXTS}/versions/{digests[0][:12]}"' in html
    assert f'rel="successor-version" href="{TEXTS}/versions/{digests[2][:12]}"' in html
    assert f'rel="latest-version" href="{TEXTS}"' in html
    first = get(f"{TEXTS}/versions/{digests[0][:12]}").text
    assert re.search(r'href="/responder/\d+">Maria Lindqvist</a>', first)
    assert 'href="/topic/sleep-disorders"' in first
    assert "2 captures in all, with another text in between" in first
    current = get(f"{TEXTS}/versions/{digests[2][:12]}").text
    assert "the text that the archive shows now" in current


def test_a_text_has_one_address_that_stays(get: Get, digests: list[str]) -> None:
    address = f"{TEXTS}/versions/{digests[1][:12]}"
    for name, status in (("2", 302), (digests[1], 301), (digests[1][:8].upper(), 301)):
        answer = get(f"{TEXTS}/versions/{name}")
        assert (answer.status_code, answer.headers["location"]) == (status, address)
    for name in ("0", "4", "9999999", "abc", "g" * 12, "0" * 12, "%00", "-1", "²"):
        # Datasette answers an unknown address with "%" by the way to one with "~".
        answer = get(f"{TEXTS}/versions/{name}", follow_redirects=True)
        assert answer.status_code == 404
    assert get("/q/netwellness/999/versions").status_code == 404
    assert get("/q/NETWELLNESS/0201/versions").headers["location"] == f"{TEXTS}/versions"


def test_two_texts_are_compared_word_by_word(get: Get, digests: list[str]) -> None:
    html = get(f"{TEXTS}/compare?from=1&to=2").text
    assert re.search(r'<del><span class="unseen">\[removed: </span>two<', html)
    assert re.search(r'<ins><span class="unseen">\[added: </span>three<', html)
    text = shown(html)
    assert "The same in both: title, question, date of the answer, status." in text
    assert "Old &lt;http://old.example/&gt;" in text
    assert "University of Cincinnati" in text
    same = get(f"{TEXTS}/compare?from={digests[0]}&to={digests[1][:9]}").text
    assert re.findall("<(?:ins|del)>.*", same) == re.findall("<(?:ins|del)>.*", html)
    back = get(f"{TEXTS}/compare?from=2&to=1").text
    assert re.search(r'<ins><span class="unseen">\[added: </span>two<', back)


def test_without_numbers_the_last_two_are_compared(get: Get) -> None:
    assert "text 2</a>" in get(f"{TEXTS}/compare").text
    assert "text 3</a>" in get(f"{TEXTS}/compare").text
    assert "From <a" in get(f"{TEXTS}/compare?to=2").text
    assert "it is the same text" in get("/q/netwellness/202/compare").text
    for wrong in ("from=9", "to=0", "from=x&to=1", "from=%00", "to=" + "f" * 100):
        answer = get(f"{TEXTS}/compare?{wrong}")
        assert answer.status_code == 404
        assert "texts 1 to 3" in answer.text
    assert get("/q/netwellness/999/compare").status_code == 404


def test_texts_are_text_in_every_view(get: Get, digests: list[str]) -> None:
    for path in (
        f"{TEXTS}/versions",
        f"{TEXTS}/versions/{digests[2][:12]}",
        f"{TEXTS}/compare?from=1&to=3",
        f"{TEXTS}/compare?from=3&to=2",
        f"/q?url={HOSTILE}",
        f"/topics?q={HOSTILE}&letter={HOSTILE}",
    ):
        html = get(path).text
        assert "<img" not in html, path
        assert "<script>" not in html, path
        assert not re.search(r"<[^>]*\son\w+=", re.sub('"[^"]*"', '""', html)), path
        assert " style=" not in html, path
        assert "&lt;script&gt;" in html, path
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids)), path
        assert len(re.findall(r"<h1[ >]", html)) == 1, path


def test_a_question_knows_its_place_in_a_search(get: Get) -> None:
    search = "topic=sleep-disorders&year=2000&sort=oldest"
    first = get(f"/q/netwellness/202?{search}&at=0").text
    assert "Result <strong>1</strong> of 30" in first
    assert 'rel="prev"' not in first
    assert f'<link rel="next" href="/q/netwellness/203?{search.replace("&", "&amp;")}' in first
    middle = get(f"/q/netwellness/225?{search}&at=23").text
    assert "Result <strong>24</strong> of 30" in middle
    assert re.search(r'rel="prev" href="/q/netwellness/224\?[^"]*&amp;at=22"', middle)
    assert re.search(r'rel="next" href="/q/netwellness/226\?[^"]*&amp;at=24"', middle)
    assert re.search(r'href="/search\?[^"]*&amp;page=2">Back to the results', middle)
    last = get(f"/q/netwellness/231?{search}&at=29").text
    assert "Result <strong>30</strong> of 30" in last
    assert 'rel="next"' not in last


def test_a_wrong_place_does_no_harm(get: Get) -> None:
    search = "topic=sleep-disorders&year=2000&sort=oldest"
    # Six places off: the rank has moved since the list was made.
    assert "Result <strong>9</strong> of 30" in get(f"/q/netwellness/210?{search}&at=2").text
    for at in ("29", "99999", "-1", "x", "", "9" * 30, "%00", "1.5", "²"):
        html = get(f"/q/netwellness/202?{search}&at={at}").text
        assert "Result <strong>" not in html, at
        assert "Back to the results" in html, at
    assert "Back to the results" not in get("/q/netwellness/202?at=3").text
    nothing = get("/q/netwellness/202?q=zzzz&topic=none&at=0")
    assert nothing.status_code == 200
    assert "Result <strong>" not in nothing.text


def test_the_results_of_a_search_lead_on(get: Get) -> None:
    """Where a list links to is where the question says that it is."""
    html = get("/topic/sleep-disorders").text
    links = re.findall(r'<h3><a href="(/q/[^"]+)"', html)
    assert len(links) == 30
    for rank in (0, 11, 29):
        text = get(links[rank].replace("&amp;", "&")).text
        assert f"Result <strong>{rank + 1}</strong> of 34" in text


def test_many_texts_are_paged_and_chosen_by_number(tmp_path: Path) -> None:
    made = Archive(tmp_path / "many.db")
    plain = page(1)
    made.add(*(changed(plain, answer=f"Seen by {n} readers") for n in range(70)))
    made.close()
    site = application(tmp_path / "many.db")

    async def ask(path: str) -> str:
        return cast(str, (await site.client.get(path)).text)

    listed = asyncio.run(ask("/q/netwellness/1/versions?page=3"))
    assert "70 texts of this page" in listed
    assert "Text 51<" in listed
    assert "Text 50<" not in listed.replace("with text 50", "")
    assert "<select" not in listed
    assert 'type="number" min="1" max="70"' in listed
    assert asyncio.run(ask("/q/netwellness/1/compare?from=1&to=70")).count("<ins>") == 2
