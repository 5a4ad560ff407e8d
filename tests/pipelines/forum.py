"""A small declared site for tests: threads of two pages and an FAQ, as captures of a crawl."""

from __future__ import annotations

import json
from typing import Any

from parsers import read_declaration
from pipelines.warc.exchange import Exchange
from tests.pipelines.archive_makers import exchange, http_response

HOST = "https://forum.example"
FORUM = read_declaration(
    """
name = "forum"
title = "A forum"
hosts = ["forum.example"]
questions = ["/t/{id}[/page-{page}]", "/faq/{id}"]
language = "en"
[selectors]
title = "h1"
post = ".post"
text = "p"
author = "b"
""",
    "forum.toml",
)
NAMES = ("Zebulon", "Quagmire", "Xanthippe")


def thread_page(*posts: tuple[str, str], title: str = "A cough") -> bytes:
    """A page of a thread: who wrote what, the first on the first page being the one who asks."""
    shown = "".join(f"<div class=post><b>{name}</b><p>{text}</p></div>" for name, text in posts)
    return _html(title, f"<h1>{title}</h1>{shown}")


def faq_page(*entries: tuple[str, str, str]) -> bytes:
    """An FAQ page: anchor, question and answer of each."""
    data = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "@id": f"#{anchor}",
                "name": question,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
            for anchor, question, answer in entries
        ],
    }
    shown = "".join(f"<h2 id={a}>{question}</h2><p>{answer}</p>" for a, question, answer in entries)
    return _html("Questions that come often", shown, data)


def a_forum() -> list[Exchange]:
    """What a crawl of it meets: a thread that grows, and an FAQ that loses an entry."""
    zebulon, quagmire, xanthippe = NAMES
    first = thread_page(
        (zebulon, "I have had a cough for weeks. Is it bad?"), (quagmire, "Drink warm tea.")
    )
    second = thread_page((xanthippe, "See a doctor about it."))
    more = thread_page((xanthippe, "See a doctor about it."), (zebulon, "Better now, thanks."))
    one = ("fever", "What is a fever?", "A temperature above 38 degrees.")
    two = ("cold", "What is a cold?", "A harmless infection of the nose.")
    three = ("sneeze", "Why do we sneeze?", "To clear the nose of what irritates it.")
    pages = [
        ("/t/7", first), ("/t/7/page-2", second), ("/faq/a", faq_page(one, two, three)),
        ("/t/7/page-2", more), ("/faq/a", faq_page(two, three)),
    ]  # fmt: skip
    return [
        exchange(HOST + path, http_response(body), seconds=at)
        for at, (path, body) in enumerate(pages)
    ]


def _html(title: str, body: str, data: Any = None) -> bytes:
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>' if data else ""
    return f"<html><head><title>{title}</title>{script}</head><body>{body}</body></html>".encode()
