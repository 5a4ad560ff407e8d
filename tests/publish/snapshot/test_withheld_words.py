"""No byte of a withheld question's words is left anywhere, on the pages of others either."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from parsers import declare
from pipelines.db.blanks import MARK
from pipelines.db.connection import open_archive
from pipelines.db.content_digest import content_digest, table_digests
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.rebuild.rebuild import rebuild
from pipelines.reports.provenance_chain import chain_of
from pipelines.store.repetitions import COMMON, COMMON_SHORT
from pipelines.store.store import Store
from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from pipelines.verify.verify import verify_archive
from pipelines.warc.exchange import Exchange
from publish.snapshot.make import publish
from tests.pipelines.archive_makers import CRAWL, crawl_into, exchange, http_response, question_url
from tests.pipelines.forum import FORUM, thread_page
from tests.pipelines.forum import HOST as FORUM_HOST

TITLE = "Zebrafinch quagmire of the ankle"
TEXT = (
    "Since the spring my zebrafinch will not let go of my left ankle, whatever I feed it. "
    "The quagmire behind our house in Dullsville made it worse!"
)
#: Words that are in no text but those.
WORDS = (b"zebrafinch", b"quagmire", b"dullsville")
REPLY = "a quagmire is never good for ankles of any kind"
LINK = '<p>For more information:</p><ul><li><a href="{}">{}</a></li></ul>'
ARCHIVED = "http://web.archive.org/web/20040102030405/"
REDIRECTION = "http://x.example/?to="
FINCH = "On a zebrafinch"
#: What another page has, by what it is.
REPEATS = {
    "link": ("", LINK.format("/question.cfm/1.htm", TITLE)),
    "link of another form": (
        "",
        LINK.format("https://netwellness.org/question.cfm/1.htm#a", FINCH),
    ),
    "link to a memento": ("", LINK.format(ARCHIVED + question_url(1), FINCH)),
    "link by a redirection": ("", LINK.format(REDIRECTION + quote(question_url(1), ""), FINCH)),
    "title in a sentence": (f"I read of it. {TITLE} is what I have. Am I ill?", ""),
    "title in capitals": (f"It says: {TITLE.upper()}. Am I ill?", ""),
    "quote": (f"Somebody wrote: “{TEXT}” I have that too. Am I ill?", ""),
    "wrapped quote": (f"Am I ill?<br>&gt; {TEXT[:40]}<br>&gt; {TEXT[40:]}", ""),
    "part of a sentence": (f"She said that {TEXT[17:60]}, she did. Am I ill?", ""),
    "quote in an answer": ("", f"<p>You write: {TEXT}</p><p>Rest.</p>"),
}


def page_html(title: str, question: str, answer: str = "Rest and drink water.") -> bytes:
    return f"""<html><head><title>{title}</title></head><body>
<h1>{title}</h1><h2>Question:</h2><p>{question}</p><h2>Answer:</h2><p>{answer}</p>
<h3>Response by:</h3><p>Ann B Smith, MD<br>Professor of Medicine<br>University of Cincinnati</p>
</body></html>""".encode()


def entry(site: str, id_: str, url: str) -> Takedown:
    return Takedown(site, id_, url, "Asked for.", date(2026, 11, 22), "me")


def netwellness() -> list[Exchange]:
    """The question, each kind of repetition, and pages that changed in nothing but that."""
    made = [(1, page_html(TITLE, TEXT)), (2, page_html("Sore knees", "Why are my knees sore?"))]
    for number, (question, more) in enumerate(REPEATS.values(), 10):
        made.append(
            (number, page_html(f"Number {number}", question or "Am I ill?", "Rest." + more))
        )
    link = LINK.format("/question.cfm/1.htm", "An old zebrafinch")
    made.append((10, page_html("Number 10", "Am I ill?", "Rest." + link)))
    made.append((14, page_html("Number 14", "Am I ill?")))  # the repetition is an older version
    return [
        exchange(question_url(number), http_response(body), seconds=at)
        for at, (number, body) in enumerate(made)
    ]


def forum() -> list[Exchange]:
    """A thread, and another that quotes the first post and a reply, in an order of no help."""
    quoted = f"<blockquote><p>{TEXT}</p></blockquote>"
    threads = [
        ("/t/8", thread_page(("Ann", "I am new."), ("Bob", f"</p>{quoted}<p>Mine too, sadly."))),
        ("/t/8/page-2", thread_page(("Cy", f"See {TITLE}. It helped."), ("Ann", "Thanks."))),
        ("/t/9", thread_page(("Cy", "Hi all."), title=f"Re: {TITLE}")),
        ("/t/7", thread_page(("Dot", TEXT), ("Eve", f"{REPLY}."), title=TITLE)),
        ("/t/10", thread_page(("Fay", f"Is it true that {REPLY}?"))),
    ]
    return [
        exchange(FORUM_HOST + path, http_response(body), seconds=at)
        for at, (path, body) in enumerate(threads)
    ]


LATER = replace(CRAWL, uid="22222222-2222-4222-8222-222222222222")
SITES = {
    "netwellness": (netwellness, entry("netwellness", "1", question_url(1))),
    "forum": (forum, entry("forum", "7", f"{FORUM_HOST}/t/7")),
}


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


def left_in(*paths: Path) -> list[str]:
    """The files that have any of the words."""
    files = [each for path in paths for each in (path.rglob("*") if path.is_dir() else [path])]
    contents = [(file.name, file.read_bytes().lower()) for file in files if file.is_file()]
    return [f"{name}: {word!r}" for name, data in contents for word in WORDS if word in data]


def everywhere(folder: Path, name: str = "archive.db") -> list[str]:
    public = folder / "public"
    publish(folder / name, public)
    return left_in(*folder.glob(f"{name}*"), public)


def verified(folder: Path, name: str, entries: Sequence[Takedown]) -> list[str]:
    found = verify_archive(folder / "warcs", folder / name, withheld=entries)
    return [each.reason for each in found.findings]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_word_of_it_is_left(tmp_path: Path, site: str, seed: int) -> None:
    make, taken = SITES[site]
    made = make()
    random.Random(seed).shuffle(made)
    crawl_into(tmp_path, made).close()
    assert left_in(tmp_path / "archive.db")
    before = content_digest(open_archive(tmp_path / "archive.db"))
    withhold(tmp_path / "archive.db", [taken])
    assert everywhere(tmp_path) == []
    assert verified(tmp_path, "archive.db", [taken]) == []
    digest = rebuild(
        tmp_path / "warcs", tmp_path / "rebuilt.db", withheld=[taken], workers=1 + seed % 2
    ).digest
    assert everywhere(tmp_path, "rebuilt.db") == []
    assert verified(tmp_path, "rebuilt.db", [taken]) == []
    with closing(open_archive(tmp_path / "archive.db")) as applied:
        rebuilt = open_archive(tmp_path / "rebuilt.db")
        assert table_digests(applied) == table_digests(rebuilt)
        assert content_digest(applied) == digest != before
        rebuilt.close()
        # What is read again in the evidence is blanked too.
        for key in applied.execute("SELECT site, source_id FROM questions").fetchall():
            chain = chain_of(applied.conn, key, tmp_path / "warcs")
            assert chain is not None
            assert chain.wrong == ()
            assert TITLE not in repr(chain)
    assert rebuild(tmp_path / "warcs", tmp_path / "archive.db").digest == before


@pytest.mark.parametrize("site", SITES)
def test_what_comes_later_brings_no_word_back(tmp_path: Path, site: str) -> None:
    """Pages that repeat it are imported, crawled, and come before a new text of it."""
    make, taken = SITES[site]
    made = make()
    own = [each for each in made if each.url == taken.url]
    others = [each for each in made if each not in own]
    path = tmp_path / "archive.db"
    crawl_into(tmp_path, own[:1]).close()
    withhold(path, [taken])
    crawl_into(tmp_path, others, LATER).close()
    assert everywhere(tmp_path) == []
    page = tmp_path / "page.htm"
    page.write_bytes(others[1].response.partition(b"\r\n\r\n")[2])
    store = Store.open(path)
    ingest([page], tmp_path / "warcs", store, ImportOptions(url=others[1].url))
    store.close()
    page.unlink()
    assert everywhere(tmp_path) == []
    assert verified(tmp_path, "archive.db", [taken]) == []
    digest = content_digest(open_archive(path))
    assert rebuild(tmp_path / "warcs", path, withheld=[taken]).digest == digest
    assert rebuild(tmp_path / "warcs", path, withheld=[taken], full=False).unchanged == 3


def test_a_text_that_it_has_had_since_is_looked_for_in_what_came_before(tmp_path: Path) -> None:
    make, taken = SITES["netwellness"]
    first, *others = make()
    path = tmp_path / "archive.db"
    crawl_into(tmp_path, others).close()
    withhold(path, [taken])
    assert left_in(path)  # nobody knows yet what is quoted
    assert verified(tmp_path, "archive.db", [taken]) == []
    crawl_into(tmp_path, [first], LATER).close()
    assert everywhere(tmp_path) == []
    digest = content_digest(open_archive(path))
    assert rebuild(tmp_path / "warcs", path, withheld=[taken]).digest == digest


def test_withheld_after_each_other_or_at_once_is_the_same(tmp_path: Path) -> None:
    """A question that quotes another, and a third that quotes both."""
    both = f"{TEXT} And since I read that the wax of my candles turns to honey at night."
    texts = {1: TEXT, 2: both, 3: f"{both} Is that so?", 4: "The wax of my candles turns to honey."}
    made = [
        exchange(question_url(n), http_response(page_html(f"Title {n}", text)), seconds=n)
        for n, text in texts.items()
    ]
    crawl_into(tmp_path, made).close()
    one, two = (entry("netwellness", n, question_url(int(n))) for n in "12")
    for order in ((one, two), (two, one)):
        rebuild(tmp_path / "warcs", tmp_path / "archive.db")
        for taken in order:
            withhold(tmp_path / "archive.db", [taken])
        digest = content_digest(open_archive(tmp_path / "archive.db"))
        again = rebuild(tmp_path / "warcs", tmp_path / "rebuilt.db", withheld=order)
        assert again.digest == digest
        assert left_in(tmp_path / "archive.db", tmp_path / "rebuilt.db") == []


@pytest.mark.parametrize("count", [COMMON - 2, COMMON - 1, COMMON, COMMON + 3])
def test_what_many_say_stays(tmp_path: Path, count: int) -> None:
    """Whatever is withheld first; with those that are withheld, ``count`` questions say it."""
    thanks = "Thank you very much in advance for your time and help!"
    made = [
        exchange(question_url(n), http_response(page_html(f"Number {n}", text)), seconds=n)
        for n in range(1, count + 1)
        for text in [f"{TEXT if n in (1, 2, 3) else f'This is my text {n}.'} {thanks}"]
    ]
    crawl_into(tmp_path, made).close()
    path = tmp_path / "archive.db"
    taken = [entry("netwellness", str(n), question_url(n)) for n in (1, 2)]
    for each in taken:
        withhold(path, [each])
    with closing(open_archive(path)) as db:
        texts = [text for (text,) in db.execute("SELECT question FROM questions ORDER BY id")]
        assert texts[0] == (MARK if count < COMMON else f"{MARK} {thanks}")
        assert all((thanks in text) == (count >= COMMON) for text in texts)
        digest = content_digest(db)
    assert left_in(path) == []
    assert rebuild(tmp_path / "warcs", path, withheld=taken).digest == digest


@pytest.mark.parametrize("count", [1, COMMON_SHORT - 2, COMMON_SHORT - 1, COMMON_SHORT])
def test_a_short_title_is_found_if_it_is_rare(tmp_path: Path, count: int) -> None:
    """Links to it by that title do not make it common."""
    link = LINK.format("/question.cfm/1.htm", "Zebrafinch quagmire")
    texts = {n: f"My zebrafinch quagmire {n} is bad." for n in range(2, 2 + count)}
    texts |= dict.fromkeys(range(20, 30), "Is this bad?")
    bodies = {1: page_html("Zebrafinch quagmire", "What is it?")}
    bodies |= {n: page_html(f"Number {n}", text, "Rest." + link) for n, text in texts.items()}
    made = [exchange(question_url(n), http_response(body)) for n, body in bodies.items()]
    crawl_into(tmp_path, made).close()
    path, taken = tmp_path / "archive.db", SITES["netwellness"][1]
    withhold(path, [taken])
    assert bool(left_in(path)) == (count + 1 >= COMMON_SHORT)
    digest = content_digest(open_archive(path))
    assert rebuild(tmp_path / "warcs", path, withheld=[taken]).digest == digest


def test_what_is_left_of_a_repetition_is_found_and_undone(tmp_path: Path) -> None:
    make, taken = SITES["netwellness"]
    crawl_into(tmp_path, make()).close()
    path = tmp_path / "archive.db"
    withhold(path, [taken])
    with closing(open_archive(path)) as db, db.conn:
        db.execute("UPDATE links SET text = ? WHERE text = ?", [TITLE, MARK])
    reasons = verified(tmp_path, "archive.db", [taken])
    assert len(reasons) == 4
    assert all("names a withheld question in a link" in reason for reason in reasons)


def test_an_old_snapshot_that_repeats_it_is_removed(tmp_path: Path) -> None:
    crawl_into(tmp_path, netwellness()[1:]).close()  # it was never captured, only linked to
    path, public = tmp_path / "archive.db", tmp_path / "public"
    old = publish(path, public)
    withhold(path, [SITES["netwellness"][1]])
    assert publish(path, public).removed == (old.name,)
