"""A withheld question is found nowhere: pages, search, JSON, CSV, exports, SQL, or bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date
from html import unescape
from io import BytesIO
from pathlib import Path
from sqlite3 import connect
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pyarrow.parquet
import pytest
from datasette.app import Datasette

from parsers.records import Responder, TopicLink
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from publish.data import dictionary
from publish.data.urls import question_path
from publish.datasette.publisher import Publisher
from publish.pages.question_page import addressed_keys
from publish.serve import Profile, application
from publish.snapshot.make import publish
from tests.publish import forum
from tests.publish.archives import Archive, page, small

#: Words that stand in the withheld question alone, one in each place that holds text.
WORDS = (
    "zebrafinch",
    "quagmire",
    "ocelotry",
    "pangolinic",
    "wombatish",
    "axolotlian",
    "quokkaesque",
)
NUMBER = 31337
REASON = "The person who asked <b>wants</b> it taken down."
ENTRY = Takedown(
    "netwellness",
    str(NUMBER),
    f"http://www.netwellness.org/question.cfm/{NUMBER}.htm",
    REASON,
    date(2026, 11, 22),
    "a curator whose name is not for readers",
)
MOST_PAGES = 700
TABLES = (
    *dictionary.TABLES,
    "questions_fts_data", "questions_fts_idx", "questions_fts_docsize", "sqlite_stat1",
)  # fmt: skip

Get = Callable[[str], Awaitable[httpx.Response]]


def secret(answer: str = f"An {WORDS[2]} helps.") -> Any:
    """A question of its own responder, topic and link."""
    return page(
        NUMBER,
        title=f"About the {WORDS[0]}",
        question=f"Why a {WORDS[1]}?",
        answer=answer,
        responders=(Responder(f"Dr {WORDS[3].title()}", ("MD",), institution=WORDS[4].title()),),
        topics=(
            TopicLink(WORDS[5].title(), f"http://www.netwellness.org/healthtopics/{WORDS[5]}/"),
        ),
        links=(),
        warnings=(f"no border after '{WORDS[6]}'",),
        confidence=0.5,
    )


def make(path: Path) -> Archive:
    made = small(path)
    made.add(secret(), secret(f"The {WORDS[2]} was wrong."))
    made.commit()
    return made


@pytest.fixture(scope="module")
def withheld_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive from which one question was withheld while its crawl still ran."""
    path = tmp_path_factory.mktemp("withheld") / "archive.db"
    made = make(path)
    assert withhold(path, [ENTRY]).removed == (ENTRY.key,)
    made.add(secret("Once more the ocelotry."))
    made.close()
    return path


def on(archive: Path, steps: Callable[[Datasette, Get], Awaitable[None]], **more: Any) -> None:
    site = application(archive, **more)
    asyncio.run(steps(site, site.client.get))  # type: ignore[arg-type]


STARTS = [
    "/", "/search", "/search.json?q=", "/charts", "/about", "/topics", "/responders",
    "/institutions", "/export", "/archive", "/archive.json", "/sitemap.xml", "/sitemap-1.xml",
    "/robots.txt", "/q", f"/q/netwellness/{NUMBER}", f"/q/netwellness/{NUMBER}.json",
    "/archive/withheld", "/archive/captures", "/archive/failures",
    *(f"/search?q={word}" for word in WORDS),
    *(f"/search.json?q={word}" for word in WORDS),
    *(f"/search?q={word[:-1]}" for word in WORDS),
    *(f"/archive/questions.json?_search={word}" for word in WORDS),
    *(f"/export/questions.{kind}" for kind in ("csv", "jsonl", "parquet", "bib", "ris")),
    "/export/questions.csl.json",
    *(f"/archive/{table}.{kind}" for kind in ("json?_size=max&_shape=objects", "csv?_stream=1")
      for table in TABLES),
    *(f"/archive/questions/{row}{kind}" for row in range(1, 14) for kind in ("", ".json")),
]  # fmt: skip

#: An address may repeat a word that the request brought; nothing else may.
_LINK = re.compile(r'(?:href|src|action)="([^"]+)"')


def text_of(response: httpx.Response) -> str:
    """An answer as text, Parquet too."""
    if response.content.startswith(b"PAR1"):
        return str(pyarrow.parquet.read_table(BytesIO(response.content)).to_pylist()).lower()
    return response.content.decode("utf-8", "replace").lower()


def betrayed(response: httpx.Response, asked: str) -> set[str]:
    """The withheld words that an answer has and the request had not."""
    text = text_of(response)
    return {word for word in WORDS if word in text and word[:-1] not in asked.lower()}


async def walk(get: Get) -> dict[str, set[str]]:
    """Every page from STARTS on, by links; for each, the withheld words that it shows."""
    waiting, known = list(STARTS), set(STARTS)
    found: dict[str, set[str]] = {}
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        response = await get(address)
        assert response.status_code < 500, address
        found[address] = betrayed(response, address)
        if not response.headers.get("content-type", "").startswith("text/html"):
            continue
        for link in _LINK.findall(response.text):
            target = urlsplit(urljoin(f"http://localhost{address}", unescape(link)))
            path = f"{target.path}?{target.query}" if target.query else target.path
            if target.netloc == "localhost" and path not in known:
                known.add(path)
                waiting.append(path)
    return found


def test_it_is_found_nowhere(withheld_archive: Path) -> None:
    async def steps(site: Datasette, get: Get) -> None:
        found = await walk(get)
        assert len(found) > 200
        assert {address: words for address, words in found.items() if words} == {}
        for word in WORDS:
            assert str(NUMBER) not in (await get(f"/search?q={word}")).text

    on(withheld_archive, steps)


def test_the_same_walk_finds_it_while_it_is_shown(tmp_path: Path) -> None:
    """So that the walk is known to look where it would be."""
    made = make(tmp_path / "a.db")

    async def steps(site: Datasette, get: Get) -> None:
        found = await walk(get)
        places = [
            f"/q/netwellness/{NUMBER}",
            *(f"/export/questions.{kind}" for kind in ("csv", "jsonl", "parquet", "bib")),
            f"/topic/{WORDS[5]}",
            "/archive/questions.csv?_stream=1",
            "/archive/versions.json?_size=max&_shape=objects",
            "/archive/questions/8",
            f"/archive/questions.json?_search={WORDS[1]}",
        ]
        assert [place for place in places if not found[place]] == []
        assert set().union(*found.values()) == set(WORDS)

    on(made.path, steps)
    made.close()


def test_sql_does_not_find_it(withheld_archive: Path) -> None:
    async def steps(site: Datasette, get: Get) -> None:
        for table in ("questions", "versions", "captures", "failures", "responders", "topics"):
            for word in WORDS:
                columns = (await get(f"/archive/{table}.json?_size=1")).json()["columns"]
                where = " or ".join(f'cast("{column}" as text) like :w' for column in columns)
                sql = f"select count(*) from {table} where {where}"
                found = await get(f"/archive.json?sql={quote(sql)}&w=%25{word}%25&_shape=arrays")
                assert found.json()["rows"] == [[0]], (table, word)

    on(withheld_archive, steps)


def test_no_byte_of_it_is_in_the_files(withheld_archive: Path) -> None:
    files = sorted(withheld_archive.parent.glob("archive.db*"))
    whole = b"".join(path.read_bytes() for path in files).lower()
    for word in WORDS:
        assert word.encode() not in whole, word
    assert b"whose name is not for readers" not in whole
    # In the index, terms are stems, and share what they begin with.
    with closing(connect(withheld_archive)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, questions_fts, 'row')")
        for word in WORDS:
            query = "SELECT count(*) FROM temp.terms WHERE term LIKE ?"
            assert db.execute(query, (word[:6] + "%",)).fetchone() == (0,), word


@pytest.mark.parametrize("profile", ["private", "public"])
def test_its_addresses_say_why(withheld_archive: Path, profile: Profile) -> None:
    own = f"/q/netwellness/{NUMBER}"
    original = ENTRY.url or ""
    addresses = [
        own, f"{own}/", f"{own}/versions", f"{own}/compare", f"{own}/cite.bib", f"{own}.json",
        f"{own}/anything", "/q/netwellness/3133%37", f"/q?url={quote(original, safe='')}",
        f"/q/{original}", f"/q/?url=https://netwellness.org/question.cfm/{NUMBER}.html",
    ]  # fmt: skip

    async def steps(site: Datasette, get: Get) -> None:
        for address in addresses:
            response = await get(address)
            assert response.status_code == 451, address
            assert "wants" in response.text
            assert "2026-11-22" in response.text
            assert response.headers["link"] == '<https://archive.example.org>; rel="blocked-by"'
            assert "default-src 'none'" in response.headers["content-security-policy"]
            assert response.headers["x-robots-tag"] == "noindex"
        html = (await get(own)).text
        assert "&lt;b&gt;wants" in html
        assert "mailto:keeper@example.org" in html
        found = (await get(f"{own}.json")).json()
        assert (found["ok"], found["status"], found["reason"]) == (False, 451, REASON)
        asked = await site.client.get(own, headers={"Accept": "application/json"})
        assert (asked.status_code, asked.json()["withheld_on"]) == (451, "2026-11-22")
        head = await site.client.head(own)
        assert head.status_code == 451
        for other in ("/q/netwellness/101", "/q/netwellness/313", "/q/other/31337"):
            assert (await get(other)).status_code in (200, 404)

    publisher = Publisher("https://archive.example.org", "keeper@example.org")
    on(withheld_archive, steps, profile=profile, publisher=publisher)


def test_without_a_public_address_nobody_is_named(withheld_archive: Path) -> None:
    async def steps(site: Datasette, get: Get) -> None:
        response = await get(f"/q/netwellness/{NUMBER}")
        assert response.status_code == 451
        assert "link" not in response.headers

    on(withheld_archive, steps)


def test_a_running_server_stops_showing_it_at_once(tmp_path: Path) -> None:
    made = make(tmp_path / "a.db")
    own = f"/q/netwellness/{NUMBER}"

    async def steps(site: Datasette, get: Get) -> None:
        count = (await get("/archive/questions.json?_size=0")).json()["filtered_table_rows_count"]
        assert (await get(own)).status_code == 200
        assert WORDS[0] in (await get(f"/search?q={WORDS[1]}")).text
        withhold(made.path, [ENTRY])
        assert (await get(own)).status_code == 451
        assert WORDS[0] not in (await get(f"/search?q={WORDS[1]}")).text
        after = (await get("/archive/questions.json?_size=0")).json()["filtered_table_rows_count"]
        assert after == count - 1

    on(made.path, steps)
    made.close()


@pytest.mark.parametrize(
    ("path", "query", "key"),
    [
        ("/q/netwellness/1", "", ("netwellness", "1")),
        ("/q/netwellness/1.json", "", ("netwellness", "1")),
        ("/q/%6eetwellness/1/x/y", "", ("netwellness", "1")),
        ("/q/a%2Fb/1", "", ("a/b", "1")),
        ("/q/a/b%2Fc%3Fd", "", ("a", "b/c?d")),
        ("/q/a/b/c%3Fd/versions", "", ("a", "b/c?d")),
        ("/q/a/faq%23one/cite.bib", "", ("a", "faq#one")),
        ("/q/a/faq%23one", "", ("a", "faq")),
        ("/q", "url=http%3A%2F%2Fnetwellness.org%2Fquestion.cfm%2F1.htm", ("netwellness", "1")),
        ("/q/http%3A//netwellness.org/question.cfm/1.htm", "", ("netwellness", "1")),
        ("/q/\xff/1", "", ("\xff", "1")),
    ],
)
def test_the_question_is_read_from_the_address(path: str, query: str, key: tuple[str, str]) -> None:
    scope = {"path": path, "raw_path": path.encode("latin-1"), "query_string": query.encode()}
    assert key in addressed_keys(scope)


def test_other_addresses_are_of_no_question() -> None:
    for path in ("/q", "/q/", "/q/netwellness", "/q/netwellness/"):
        scope = {"path": path, "query_string": b""}
        assert all(not number for _, number in addressed_keys(scope))


def test_no_byte_of_it_is_in_a_snapshot(withheld_archive: Path, tmp_path: Path) -> None:
    """Nor in one of an archive that shows it still, published after the decision."""
    shown = make(tmp_path / "shown.db")
    shown.close()
    for number, (archive, entries) in enumerate(((withheld_archive, ()), (shown.path, (ENTRY,)))):
        folder = publish(archive, tmp_path / f"public{number}", entries).folder
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {"archive.db", "questions.jsonl", "questions.parquet"} <= {f.name for f in files}
        for path in files:
            content = path.read_bytes().lower()
            assert not [word for word in WORDS if word.encode() in content], path.name
        told = pyarrow.parquet.read_table(folder / "questions.parquet").to_pylist()
        assert len(told) == 7
        assert not [word for word in WORDS if word in repr(told).lower()]


def test_a_page_is_withheld_with_all_its_questions(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    forum.build(path).close()
    with forum.declared():
        page_url = f"https://herz.example.de/fragen/{forum.FAQ}"
        entry = Takedown("herzinstitut", forum.FAQ, page_url, REASON, date(2026, 11, 22), "")
        withhold(path, [entry])

        async def steps(site: Datasette, get: Get) -> None:
            for number in (1, 2, 3):
                own = question_path("herzinstitut", f"{forum.FAQ}#frage-{number}")
                assert (await get(own)).status_code == 451
                assert (await get(f"{own}/versions")).status_code == 451
            assert (await get(f"/q?url={page_url}")).status_code == 451
            # It was all that the archive had of this site.
            assert (await get("/search.json?site=herzinstitut")).status_code == 400
            assert (await get("/site/herzinstitut")).status_code == 404

        on(path, steps)
    assert publish(path, tmp_path / "public").facts.questions == 3
