"""The markup of pages of frequently asked questions, as agencies have them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sample.markup import attribute, escape

from .hand import paragraphs

if TYPE_CHECKING:
    from .faq import Item, Sheet

TITLE = "Lakeshore County Health Agency"
WAYS = ("details", "json", "headings", "terms", "bold")


def anchor(way: str, position: int, name: str) -> str:
    """What a page calls a question: the id of an element; "" where it has none."""
    if way == "headings":
        return f"{position}-{name}"[:60].strip("-")
    return f"faq-{position}" if way == "details" else ""


def page(base: str, one: Sheet) -> str:
    """A page of questions."""
    ways = {
        "details": _details,
        "json": _accordion,
        "headings": _headings,
        "terms": _terms,
        "bold": _bold,
    }
    body = f"<h1>{escape(one.title)}</h1>\n{_INTRODUCTION}\n{ways[one.way](one.items)}"
    head = _json(one.items) if one.way == "json" else ""
    return _frame(base, one.title, f"/faq/{one.slug}/", body, head)


_INTRODUCTION = (
    "<p>These are the questions that people in our county ask most often. If yours is not among"
    " them, call us on a weekday.</p>"
)


def _details(items: Sequence[Item]) -> str:
    rows = "\n".join(
        f'<details id="{item.anchor}" class="usa-faq">\n'
        f"<summary>{escape(item.question)}</summary>\n"
        f'<div class="usa-faq__answer">\n{paragraphs(item.answer)}\n</div>\n</details>'
        for item in items
    )
    return f'<div class="faq-list">\n{rows}\n</div>'


def _accordion(items: Sequence[Item]) -> str:
    rows = "\n".join(
        f'<h2 class="accordion__heading"><button type="button" class="accordion__button"'
        f' aria-expanded="false" aria-controls="acc-{place}">'
        f"{escape(item.question)}</button></h2>\n"
        f'<div class="accordion__content" id="acc-{place}">\n{paragraphs(item.answer)}\n</div>'
        for place, item in enumerate(items, 1)
    )
    return f'<div class="accordion">\n{rows}\n</div>'


def _headings(items: Sequence[Item]) -> str:
    contents = "\n".join(
        f'<li><a href="#{item.anchor}">{escape(item.question)}</a></li>' for item in items
    )
    top = '<p class="top"><a href="#top">Back to top</a></p>'
    rows = "\n".join(
        f'<h3 id="{item.anchor}">{escape(item.question)}</h3>\n{paragraphs(item.answer)}\n{top}'
        for item in items
    )
    return f'<h2>On this page</h2>\n<ul class="toc">\n{contents}\n</ul>\n{rows}'


def _terms(items: Sequence[Item]) -> str:
    rows = "\n".join(
        f"<dt>{escape(item.question)}</dt>\n<dd>\n{paragraphs(item.answer)}\n</dd>"
        for item in items
    )
    return f'<dl class="questions">\n{rows}\n</dl>'


def _bold(items: Sequence[Item]) -> str:
    rows = "\n".join(
        f"<p><b>{escape(item.question)}</b></p>\n{paragraphs(item.answer)}" for item in items
    )
    return f'<div class="field field--name-body field__item">\n{rows}\n</div>'


def _json(items: Sequence[Item]) -> str:
    """schema.org's FAQPage; the answers are HTML within JSON, as plugins write them."""
    questions = [
        {
            "@type": "Question",
            "name": item.question,
            "acceptedAnswer": {"@type": "Answer", "text": paragraphs(item.answer)},
        }
        for item in items
    ]
    page = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}
    text = json.dumps(page, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>\n'


def index(base: str, sheets: Sequence[Sheet]) -> str:
    """The list of all pages."""
    rows = "\n".join(
        f'<li><a href="/faq/{one.slug}/">{escape(one.title)}</a> ({len(one.items)} questions)</li>'
        for one in sheets
    )
    return _frame(base, "Questions", "/faq/", f"<h1>Your questions</h1>\n<ul>\n{rows}\n</ul>")


def _frame(base: str, title: str, path: str, content: str, head: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)} | {TITLE}</title>
<link rel="canonical" href="{attribute(base + path)}">
{head}</head>
<body id="top">
<div class="usa-banner"><p>An official site of Lakeshore County</p></div>
<header><a href="/" title="Home">{TITLE}</a>
<nav aria-label="Main"><ul><li><a href="/">Home</a></li><li><a href="/faq/">Questions</a></li></ul>
</nav></header>
<main id="main-content">
{content}
<div class="page-date">Page last reviewed: \
<time datetime="2018-05-07">May 7, 2018</time></div>
</main>
<footer><h2>Contact us</h2><p>Do you have a question? Call 555-0142, Monday to Friday.</p>
<p>{TITLE}, 100 Main Street</p></footer>
</body>
</html>
"""
