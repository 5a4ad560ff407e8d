"""The text of a new declaration, with comments that say what to look at. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.newsite.exploring import links_of, parameters_of, patterns_of, questions_of
from crawler.newsite.looks import Look, common_language, common_title
from crawler.newsite.shapes import without_slug
from crawler.newsite.skipping import globs_to_skip
from parsers.readers import labelled
from parsers.records import QAPage
from parsers.sites.address import AddressPattern
from parsers.sites.site import EXPERTS, PUBLIC, SESSION_PARAMETERS

_MOST_FEEDS = 3


@dataclass(frozen=True)
class Draft:
    """What is known of a site, for its declaration. Where it is not ``is_paged``, no further page
    of a thread was seen, and how ``questions`` number them is a guess."""

    name: str
    title: str
    hosts: tuple[str, ...]
    start: tuple[str, ...]
    questions: tuple[str, ...]
    is_paged: bool
    canonical: str
    language: str
    answers: str
    feeds: tuple[str, ...]
    drop_parameters: tuple[str, ...]
    skip: tuple[str, ...]


def draft_of(name: str, looks: Sequence[Look], named: Collection[str]) -> Draft:
    """What some pages of a site say of it.

    :param named: the addresses that a person named: the lists among them are where a crawl begins
    """
    links = links_of(looks)
    parts = urlsplit(looks[0].url)
    questions = questions_of(looks)
    lists = [look for look in looks if look not in questions]
    dropped = parameters_of(looks)
    seen = patterns_of(looks)
    answers = _who_answers(page for look in questions for page in look.pages)
    most = max((len(page.answers) for look in questions for page in look.pages), default=0)
    texts = tuple(map(_paged, seen)) if answers == PUBLIC and most > 1 else seen
    patterns = [AddressPattern(text) for text in texts]
    lists = [look for look in lists if not _fits_one(look.url, patterns)]
    feeds = dict.fromkeys(feed for look in lists or looks for feed in look.feeds)
    begin = [look for look in lists if look.url in named]
    bare = parts.hostname or name
    return Draft(
        name=name,
        title=common_title(looks, next((each.title for each in begin if each.title), bare)),
        hosts=(parts.netloc,),
        start=tuple(look.url for look in begin) or (f"{parts.scheme}://{parts.netloc}/",),
        questions=texts,
        is_paged=texts == seen,
        canonical=_canonical(texts, questions),
        language=common_language(questions),
        answers=answers,
        feeds=tuple(feed for feed in feeds if urlsplit(feed).netloc == parts.netloc)[:_MOST_FEEDS],
        drop_parameters=tuple(name for name in dropped if name.lower() not in SESSION_PARAMETERS),
        skip=globs_to_skip(patterns, list(links), _permalinks(questions)),
    )


def _paged(pattern: str) -> str:
    """A pattern of threads, with the usual number of further pages where none of several was
    seen."""
    fields = AddressPattern(pattern).fields
    if "?" in pattern or "id" not in fields or {"page", "offset"} & set(fields):
        return pattern
    return f"{pattern}[?page={{page}}]"


def _canonical(patterns: Sequence[str], questions: Sequence[Look]) -> str:
    """The form of question addresses without a slug, if all take it and a page is served at it;
    else ""."""
    shorter = without_slug(patterns[0]) if len(patterns) == 1 else ""
    if not shorter:
        return ""
    pattern = AddressPattern(shorter)
    urls = [urlsplit(look.url) for look in questions]
    is_served = any(pattern.match(parts.path, parts.query) is not None for parts in urls)
    return shorter if is_served else ""


def _permalinks(questions: Iterable[Look]) -> list[str]:
    """The addresses of single posts, as their pages tell them."""
    pages = [page for look in questions for page in look.pages]
    return [answer.url.partition("#")[0] for page in pages for answer in page.answers if answer.url]


def _fits_one(url: str, patterns: Iterable[AddressPattern]) -> bool:
    """Whether an address is one of a question, though nothing may be read there."""
    parts = urlsplit(url)
    return any(pattern.match(parts.path, parts.query) is not None for pattern in patterns)


def _who_answers(pages: Iterable[QAPage]) -> str:
    """Experts where they sign most answers; comments below those of a column do not count."""
    answers = [
        answer for page in pages for answer in page.answers[: 1 if _is_column(page) else None]
    ]
    signed = sum(bool(answer.responders) for answer in answers)
    return EXPERTS if answers and signed * 2 > len(answers) else PUBLIC


def _is_column(page: QAPage) -> bool:
    """Whether a page was read by its labels: what follows the answer then are comments, which
    stay those of the public."""
    return page.parser == labelled.PARSER


def default_name(url: str) -> str:
    """A name for the site at an address: its host without "www." and the last part."""
    parts = urlsplit(url)
    labels = (parts.hostname or "").removeprefix("www.").split(".")
    if len(labels) > 1 and not all(label.isdigit() for label in labels):
        labels = labels[:-1]
    name = "-".join(labels) + (f"-{parts.port}" if parts.port else "")
    return re.sub(r"[^a-z0-9._-]", "-", name.lower()).strip("-._") or "site"


def declaration_text(draft: Draft) -> str:
    """The declaration, as TOML."""
    lines = [
        f"# {draft.title}: written by scrapy newsite. Read every line; docs/add-a-site.md says",
        f"# what each means, and what else can be said. Then: scrapy newsite --check {draft.name}",
        "",
        _pair("name", draft.name),
        _pair("title", draft.title),
        "# All names under which the same pages are served; www. need not be said.",
        _pair("hosts", draft.hosts),
        "# Where a crawl begins: pages that lead to all others, such as lists of questions.",
        _pair("start", draft.start),
        "# Addresses of question pages. {id} is what the site calls a question, {page} or",
        "# {offset} numbers the further pages of a thread; what is in [...] may be absent.",
        _pair("questions", draft.questions),
    ]
    if not draft.is_paged:
        lines.append("# No further page of a thread was seen: is {page} what numbers them?")
    if draft.canonical:
        lines += ["# The one form of those addresses, by which each page is asked for.",
                  _pair("canonical", draft.canonical)]  # fmt: skip
    if draft.language:
        lines += ["# For dates and labels.", _pair("language", draft.language)]
    lines += [
        '# Who answers: "experts", whose names are kept, or the "public", who become "member 1".',
        _pair("answers", draft.answers),
    ]
    if draft.feeds:
        lines += ["# What is new on the site. Feeds of comments belong here too.",
                  _pair("feeds", draft.feeds)]  # fmt: skip
    if draft.drop_parameters:
        lines += ["# Parameters that only say who asks. Is one of them needed?",
                  _pair("drop_parameters", draft.drop_parameters)]  # fmt: skip
    if draft.skip:
        lines += ["# Pages that lead to no question; * stands for anything.",
                  _pair("skip", draft.skip)]  # fmt: skip
    lines += [
        "",
        '# Only if it is needed: reader = "structured", "labelled" or "thread" to use that alone,',
        '# follow = ["/forum/*"] to follow nothing else, sitemaps = ["https://..."].',
    ]
    return "\n".join(lines) + "\n"


def _pair(key: str, value: str | Sequence[str]) -> str:
    """A line of TOML; strings in it are those of JSON."""
    if isinstance(value, str):
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"
    items = [json.dumps(item, ensure_ascii=False) for item in value]
    line = f"{key} = [{', '.join(items)}]"
    return line if len(line) < 90 else "\n".join([f"{key} = [", *(f"  {i}," for i in items), "]"])
