"""Which template and character set a page has, and what furniture stands around it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from .charsets import CHARSETS, PLAIN, Charset
from .compose import mixture, title
from .dice import pick, roll, share, shuffled
from .docs import Frame, Teaser, doc
from .eras import ERAS
from .library import Topic, phrases, topics
from .options import Options
from .plan import BIG, page_id
from .truth import Facts, question_path

MENU = 8  # topics in the menu
RELATED = 4  # teasers of a page that is not padded
POOL = 360  # different teasers
BARE = 6_300  # bytes of a page that is not padded, about
PER_TEASER = 425  # bytes of a further one, about: a link, and layout around it


def scheme(seed: int, number: int) -> tuple[str, Charset]:
    """The template and the character set of the page ``number``.

    Every template meets every character set once in each run of 70 pages; how they follow
    each other changes from run to run.
    """
    size = len(ERAS) * len(CHARSETS)
    turn, place = divmod(number, size)
    combination = _schemes(seed)[(place + 13 * turn) % size]
    return tuple(ERAS)[combination % len(ERAS)], CHARSETS[combination // len(ERAS)]


@lru_cache(maxsize=16)
def _schemes(seed: int) -> tuple[int, ...]:
    return shuffled(len(ERAS) * len(CHARSETS), seed, "schemes")


def question_page(options: Options, known: Facts, *, printer: bool = False) -> tuple[str, bytes]:
    """The content type and bytes of a question page."""
    number = known.number
    era, charset = scheme(options.seed, number)
    template = ERAS["printer" if printer else era]
    page = frame(
        options,
        title=known.texts.title,
        path=known.path,
        charset=charset,
        key=number,
        topic=mixture(options.seed, number).entry.topic,
        padded=True,
        printable=not printer and share(options.seed, "printable", number) < 0.02,
        bulk=bulk(options.big) if number == BIG else "",
    )
    html = template.frame(page, template.question(doc(options, known, page)))
    return charset.content_type, charset.encode(html)


def plain_page(
    options: Options, path: str, title: str, content: str, *, charset: Charset = PLAIN
) -> tuple[str, bytes]:
    """The content type and bytes of any other page, in one of the templates."""
    template = ERAS[pick(("tables", "divs", "xhtml", "republic"), options.seed, "frame", path)]
    page = frame(options, title=title, path=path, charset=charset, key=path)
    return charset.content_type, charset.encode(template.frame(page, content))


def frame(
    options: Options,
    *,
    title: str,
    path: str,
    charset: Charset,
    key: object,
    topic: Topic | None = None,
    padded: bool = False,
    printable: bool = False,
    bulk: str = "",
) -> Frame:
    """The furniture of a page."""
    side, after = _teasers(options, key) if padded else ((), ())
    return Frame(
        title=title,
        path=path,
        meta=charset.meta,
        menu=_menu(topic, roll(options.seed, "menu", key)),
        calendar=options.traps,
        variant=roll(options.seed, "variant", key) >> 8,
        side=side,
        after=after,
        printable=printable,
        bulk=bulk,
    )


def _menu(topic: Topic | None, start: int) -> tuple[tuple[str, str], ...]:
    known = topics()
    first = topic.number if topic else start
    chosen = [known[(first + step) % len(known)] for step in range(MENU)]
    return tuple((each.name, each.path) for each in chosen)


def _teasers(options: Options, key: object) -> tuple[tuple[Teaser, ...], tuple[Teaser, ...]]:
    """What pads a page: half beside the content, half below it."""
    more = max(0, (options.kb * 1024 - BARE) // PER_TEASER)
    pool = _pool(options.seed, options.pages)
    start = roll(options.seed, "teasers", key)
    chosen = [pool[(start + step) % len(pool)] for step in range(more + RELATED)]
    menu = tuple(replace(each, about="") for each in chosen[RELATED:])
    return menu[: more // 2], (*chosen[:RELATED], *menu[more // 2 :])


@lru_cache(maxsize=4)
def _pool(seed: int, pages: int) -> tuple[Teaser, ...]:
    """Links to existing pages, which any page may have. The state of the site is not in it,
    so that a page stays byte for byte the same until itself changes."""
    return tuple(_teaser(seed, pages, place) for place in range(POOL))


def _teaser(seed: int, pages: int, place: int) -> Teaser:
    start = roll(seed, "teaser", place)
    tails = phrases().tail
    about = " ".join(tails[(start + 3 * step) % len(tails)] for step in range(4))
    if place % 5 == 4:
        topic = topics()[start % len(topics())]
        return Teaser(f"New in {topic.name}", topic.path, f"{topic.about} {about}")
    number = start % pages
    return Teaser(title(seed, number), question_path(page_id(number)), about)


@lru_cache(maxsize=2)
def bulk(megabytes: float) -> str:
    """A table of about this many megabytes."""
    if not megabytes:
        return ""
    tails = phrases().tail
    rows = "\n".join(
        f"<tr><td>{place}</td><td>{tails[place % len(tails)]}</td></tr>" for place in range(1000)
    )
    return f"<table>\n{rows}\n</table>\n" * max(1, round(megabytes * 1_000_000 / len(rows)))
