"""A question that is withheld while everybody reads it: how long its words can be had."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from parsers.records import Link, Responder, TopicLink
from tests.attack.arena import Arena, Client
from tests.conftest import ROOT
from tests.publish.archives import HOST, PHARMACIST, Archive, page

#: Seconds after which none may be had anywhere.
PROMISED = 60
#: Words that only the withheld question has: title, texts, who answered, its topic and link.
WORDS = ("zebrafinch", "ploverwort", "sandpipering", "quillfeather", "quokkalore", "wombatine")
#: Where it stands in the archive, and that of another question, which links to it.
NUMBER, OTHER = 3_000_001, 3_000_002
#: What is asked for: Accept and Accept-Encoding. nginx has a copy for each type.
_KINDS = (
    ("", "identity"), ("text/html,*/*;q=0.8", "gzip"), ("application/json", "identity"),
    ("application/ld+json", "gzip"), ("x/y", "identity"),
)  # fmt: skip
_QUESTION = f"/q/netwellness/{NUMBER}"
_ADDRESSES = (
    "/", "/about", "/topics", "/responders", "/institutions", "/charts", "/export", _QUESTION,
    f"{_QUESTION}?at=0&q=sleep", f"{_QUESTION}/versions", f"{_QUESTION}/versions.json",
    f"{_QUESTION}.json", f"{_QUESTION}/cite", f"{_QUESTION}.bib", f"/q/netwellness/{OTHER}",
    f"/q?url={HOST}/question.cfm/{NUMBER}.htm", "/topic/quokkalore", "/site/netwellness",
    *(f"/search?q={word}" for word in WORDS), "/search?q=zebrafynch", "/search?q=plovrwort",
    "/search?q=sandpipring+night", "/search.json?q=zebrafynch", "/search.json?q=ploverwort",
    "/charts?q=ploverwort", "/search?topic=quokkalore", "/search?sort=newest",
    *(f"/export/{table}.{form}?q=ploverwort" for table in ("questions", "answers")
      for form in ("csv", "jsonl")),
    "/export/questions.bib?q=ploverwort", "/export/questions.csl.json?q=ploverwort",
    *(f"/archive/{table}.{form}?_sort_desc=id&_size=20" for form in ("json", "csv")
      for table in ("questions", "versions", "answers", "topics", "responders", "links")),
    "/archive/questions?_search=ploverwort", "/archive/questions?_sort_desc=id",
    "/archive/questions.csv?_stream=1&_search=ploverwort", "/archive/withheld.json",
    "/archive/questions.json?_facet=status&title__contains=finch", "/sitemap.xml", "/sitemap-2.xml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leak:
    """A word of the withheld question, and where it could be had."""

    word: str
    port: int
    target: str
    accept: str


def add_question(path: Path) -> None:
    """Add the question to an archive, and another one that links to it."""
    archive = Archive(path, crawl="22222222-2222-4222-8222-222222222222")
    title = "Zebrafinch and night sleep"
    archive.add(
        page(
            NUMBER,
            title=title,
            question="My ploverwort, ploverwort keeps me from sleep.",
            answer="Try sandpipering with some sandpipering.",
            topics=(TopicLink("Quokkalore", f"{HOST}/healthtopics/quokkalore/"),),
            responders=(Responder("Xan Quillfeather", ("MD",), None, None, "Wombatine College"),),
        )
    )
    link = Link(title, f"{HOST}/question.cfm/{NUMBER}.htm")
    archive.add(page(OTHER, title="Another question", links=(link,), responders=(PHARMACIST,)))
    archive.commit()
    archive.close()


def leaks(arena: Arena) -> Iterator[Leak]:
    """Yield the words that can be had now: at each address, type and encoding, and both ports."""
    for turn, target in enumerate(_ADDRESSES):
        asked = unquote_plus(target).lower()
        for port in (arena.proxy, arena.direct):
            # nginx lets one client search twice a second.
            client = Client(port, f"127.0.40.{turn + 1}")
            for accept, encoding in _KINDS[: 5 if port == arena.proxy else 2]:
                answer = client.ask(target, {"Accept": accept, "Accept-Encoding": encoding})
                body = answer.body
                if answer.encoding == "gzip":
                    body = gzip.decompress(body)
                text = body.decode("utf-8", "replace").lower()
                for word in set(WORDS) - set(re.findall(r"\w+", asked)):
                    if word in text:
                        yield Leak(word, port, target, accept)


def withhold(arena: Arena) -> None:
    """Withhold the question, as a curator does."""
    folder = arena.archive.parent
    (folder / "withheld.toml").write_text(
        f'[[withheld]]\nquestion = "netwellness/{NUMBER}"\nreason = "Asked for."\non = 2026-11-22\n'
    )
    settings = (
        f"ARCHIVE_DB={arena.archive}", f"WITHHELD_FILE={folder / 'withheld.toml'}",
        f"WARC_DIR={folder / 'warcs'}", f"STATE_DIR={folder / 'state'}",
    )  # fmt: skip
    command = [sys.executable, "-m", "scrapy", "withhold"]
    for setting in settings:
        command += ["-s", setting]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def seconds_until_gone(arena: Arena) -> tuple[int, float, set[Leak]]:
    """How many places had a word, for how long after that, and those that still have."""
    before = len(set(leaks(arena)))
    withhold(arena)
    begin = time.monotonic()
    # Whoever asks meanwhile may put a page into a cache once more.
    while True:
        started = time.monotonic() - begin
        left = set(leaks(arena))
        if not left or started > PROMISED:
            return before, time.monotonic() - begin, left
        time.sleep(2)
