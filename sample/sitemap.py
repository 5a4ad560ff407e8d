"""robots.txt and the sitemap."""

from __future__ import annotations

from datetime import datetime

from .library import articles, people, topics
from .options import Options
from .plan import gone_as, listed_modified, modified, odd_count, odd_id, page_id
from .truth import question_path

PER_PART = 1000  # questions in one part of the sitemap


def robots(options: Options, base: str) -> str:
    """robots.txt, with the delay that was asked for."""
    return (
        "# Please be gentle.\n"
        "User-agent: *\n"
        f"Crawl-delay: {options.crawl_delay:g}\n"
        "Disallow: /cgi-bin/\n"
        "Disallow: /staff/\n\n"
        f"Sitemap: {base}/sitemap.xml\n"
    )


def parts(options: Options) -> int:
    """How many parts the sitemap has, besides the one of other pages."""
    return -(-options.total // PER_PART)


def sitemap(options: Options, base: str) -> str:
    """/sitemap.xml: an index, or all of it where the site is small."""
    if parts(options) == 1:
        return _urlset(base, [*_others(options), *_questions(options, 0), *_odd(options)])
    stamp = _stamp(listed_modified(options))
    rows = "".join(
        f"<sitemap><loc>{base}/sitemap-{part}.xml</loc><lastmod>{stamp}</lastmod></sitemap>\n"
        for part in range(parts(options) + 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    )


def sitemap_part(options: Options, base: str, part: int) -> str | None:
    """/sitemap-0.xml has the pages that are no questions, the others a thousand each."""
    if parts(options) == 1 or not 0 <= part <= parts(options):
        return None
    if part == 0:
        return _urlset(base, [*_others(options), *_odd(options)])
    return _urlset(base, _questions(options, part - 1))


def _urlset(base: str, rows: list[tuple[str, datetime]]) -> str:
    lines = "".join(
        f"<url><loc>{base}{path}</loc><lastmod>{_stamp(day)}</lastmod></url>\n"
        for path, day in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _others(options: Options) -> list[tuple[str, datetime]]:
    day = listed_modified(options)
    paths = ["/", "/healthtopics/", "/experts/", "/reference/"]
    paths += [topic.path for topic in topics()]
    paths += [topic.path + "questions.htm" for topic in topics()]
    paths += [article.path for article in articles()]
    paths += [person.path for person in people() if person.path]
    return [(path, day) for path in paths]


def _questions(options: Options, part: int) -> list[tuple[str, datetime]]:
    numbers = range(part * PER_PART, min((part + 1) * PER_PART, options.total))
    return [
        (question_path(page_id(number)), modified(options, number))
        for number in numbers
        if gone_as(options, number) is None
    ]


def _odd(options: Options) -> list[tuple[str, datetime]]:
    """A sitemap is never quite up to date: every third of the odd pages is still in it."""
    day = listed_modified(Options(pages=options.pages, seed=options.seed))
    return [(question_path(odd_id(index)), day) for index in range(0, odd_count(options), 3)]
