"""An archive with earlier texts, namesakes, a page that moved and one that is withheld."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx

from parsers.records import Link, TopicLink
from pipelines.db.models import CaptureRow
from pipelines.takedown import takedown
from pipelines.takedown.takedown_file import parse_withheld
from tests.publish.archives import DOCTOR, HOSTILE, START, Archive, changed, page

Get = Callable[..., httpx.Response]

OLD = "Take two tablets.\n\nSleep on your side.\n\nCall us."
NEW = "Take three tablets.\n\nSleep on your side.\n\nCall your own doctor."
NAMESAKE = replace(DOCTOR, url=None, institution="Elsewhere Medical College", title=None)
ODD_INSTITUTION = replace(DOCTOR, name="Ann Odd", url=None, institution="ELSEWHERE medical college")


def other_capture(made: Archive, number: int, **changes: object) -> str:
    """A capture under another address than that of the question's page."""
    made.made += 1
    plain = CaptureRow(
        record_id=f"urn:uuid:00000000-0000-4000-8000-{made.made:012d}",
        url=f"https://mirror.example.org/old/{number}?x=1",
        canonical_url=f"http://mirror.example.org/old/{number}?x=1",
        captured_at=START + timedelta(days=made.made),
        status=200,
        content_type="text/html",
        digest="sha1:" + "B" * 32,
        warc_file="netwellness-0002.warc.gz",
        offset=10,
        length=20,
        source="wayback",
        crawl=made.crawl,
    )
    row = replace(plain, **changes)  # type: ignore[arg-type]
    made.store.pending.add_capture(row)
    return row.record_id


def build(path: Path) -> None:
    made = Archive(path)
    first = page(201, title="Three texts", answer=OLD, links=(Link("Old", "http://old.example/"),))
    made.add(first, changed(first, answer=NEW, links=(), topics=(), responders=()), first)
    made.add(changed(first, title="Three texts, once more", answer=HOSTILE, question=HOSTILE))
    for number in range(202, 232):
        when = date(2000, 1, 1) + timedelta(days=number)
        made.add(page(number, title=f"Cough {number}", question="cough", answered_on=when))
    made.add(
        page(240, title="By a namesake", responders=(NAMESAKE,)),
        page(241, title="Odd", responders=(ODD_INSTITUTION,)),
        page(242, title="Nobody's", responders=(), topics=(TopicLink("Ünïque", None),)),
    )
    made.store.pending.add_page(
        replace(page(250, title="Moved"), record_id=other_capture(made, 250))
    )
    made.add(page(260, title="To be withheld"))
    made.close()
    entry = '[[withheld]]\nquestion = "netwellness/260"\nreason = "asked for"\non = 2026-11-22\n'
    takedown.withhold(path, parse_withheld(entry))


def shown(html: str) -> str:
    """A page as its reader sees it: without markup and what is only for the ear."""
    body = html[html.index("<main") : html.index("</main>")]
    body = re.sub(r'<span class="unseen">.*?</span>', "", body)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
