"""Which page stands at which address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from . import pages, plan, sitemap
from .layout import plain_page, question_page
from .library import articles, people, topics
from .options import Options
from .truth import facts, question_path

HTML = "text/html"
QUESTION = re.compile(r"/question\.cfm/(\d{1,12})\.htm")
TOPIC = re.compile(r"/healthtopics/([a-z]+)(/(?:overview\.htm|questions\.htm)?)?")
MONTH = re.compile(r"/calendar/(\d{4,6})-(0[1-9]|1[0-2])\.htm")
PART = re.compile(r"/sitemap-(\d{1,6})\.xml")
GIF = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A response before it has its headers."""

    status: int
    content_type: str
    body: bytes
    modified: datetime
    location: str = ""


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made:
    """The response at an address."""
    path = re.sub(r"/(?:\./|/)+", "/", path)
    lower = path.lower()
    question = QUESTION.fullmatch(lower)
    if question:
        return _question(options, int(question[1]), "print" in query)
    if path == "/ask/question.asp":
        return _old_address(options, query.get("id", ""))
    day = plan.listed_modified(options)
    text = _text(options, base, path)
    if text is not None:
        return Made(200, text[0], text[1].encode(), day)
    if path.startswith("/images/"):
        return Made(200, "image/gif", GIF, plan.STATE_DAY)
    topic = TOPIC.fullmatch(path)
    if topic and topic[2] is None and topic[1] in {each.slug for each in topics()}:
        return Made(301, HTML, b"", day, location=path + "/")
    page = _topic(options, topic, query) if topic else _other(options, path)
    return Made(200, *page, day) if page else _refused(options, 404, path)


def _question(options: Options, identifier: int, printer: bool) -> Made:
    number = plan.page_number(options, identifier)
    path = question_path(identifier)
    if number is None:
        return _odd(options, identifier, path)
    gone = plan.gone_as(options, number)
    if gone:
        return _removed(options, gone, path)
    content_type, body = question_page(options, facts(options, number), printer=printer)
    return Made(200, content_type, body, plan.modified(options, number))


def _odd(options: Options, identifier: int, path: str) -> Made:
    kind = plan.odd_kind(options, identifier)
    day = plan.STATE_DAY
    if kind == "merged":
        target = plan.page_id(plan.merged_into(options, identifier))
        return Made(301, HTML, b"<p>Moved</p>", day, location=question_path(target))
    if kind == "to-home":
        return Made(302, HTML, b"<p>Moved</p>", day, location="/")
    if kind == "cut":
        other = facts(options, plan.merged_into(options, identifier))
        return Made(200, *question_page(options, replace(other, identifier=identifier)), day)
    if kind == "article":
        return Made(200, *pages.odd_article(options, path), day)
    if kind == "form":
        return Made(200, *pages.ask_page(options, path), day)
    if kind == "crash":
        return Made(200, *pages.crash(options, path), day)
    return _removed(options, kind or "missing", path)


def _removed(options: Options, kind: str, path: str) -> Made:
    if kind == "soft-gone":
        return Made(200, *pages.soft_gone(options, path), plan.listed_modified(options))
    return _refused(options, 410 if kind == "gone" else 404, path)


def _refused(options: Options, status: int, path: str) -> Made:
    return Made(status, *pages.refusal(options, status, path), plan.STATE_DAY)


def _old_address(options: Options, identifier: str) -> Made:
    """Addresses of before: a permanent redirect to the canonical one."""
    if not identifier.isascii() or not identifier.isdigit() or len(identifier) > 12:
        return _refused(options, 404, "/ask/question.asp")
    location = question_path(int(identifier))
    return Made(301, HTML, b"<p>Moved</p>", plan.STATE_DAY, location=location)


def _text(options: Options, base: str, path: str) -> tuple[str, str] | None:
    if path == "/robots.txt":
        return "text/plain", sitemap.robots(options, base)
    if path == "/style.css":
        return "text/css", "body { font-family: Verdana, sans-serif }\n"
    if path == "/sitemap.xml":
        return "application/xml", sitemap.sitemap(options, base)
    part = PART.fullmatch(path)
    xml = sitemap.sitemap_part(options, base, int(part[1])) if part else None
    return ("application/xml", xml) if xml is not None else None


def _topic(options: Options, match: re.Match[str], query: Mapping[str, str]) -> pages.Page | None:
    topic = next((each for each in topics() if each.slug == match[1]), None)
    if topic is None:
        return None
    if match[2] == "/overview.htm":
        return pages.topic_overview(options, topic)
    if match[2] == "/questions.htm":
        page = query.get("page", "1")
        return pages.question_list(options, topic, int(page) if page.isdecimal() else 0)
    return pages.topic_page(options, topic)


def _other(options: Options, path: str) -> pages.Page | None:
    fixed = {
        "/": pages.home,
        "/healthtopics/": pages.topic_index,
        "/experts/": pages.expert_index,
        "/reference/": pages.reference_index,
        "/askanexpert.htm": pages.ask_page,
    }
    if path in fixed:
        return fixed[path](options)
    if path in ("/cgi-bin/search", "/staff/"):
        return plain_page(options, path, "Not for robots", "<p>Nothing to see here.</p>")
    article = next((each for each in articles() if each.path == path), None)
    if article:
        return pages.article_page(options, article)
    person = next((each for each in people() if each.path == path), None)
    if person:
        return pages.expert_page(options, person)
    month = MONTH.fullmatch("/calendar/2012-06.htm" if path == "/calendar/" else path)
    if month and options.traps:
        return pages.calendar_page(options, int(month[1]), int(month[2]))
    return None
