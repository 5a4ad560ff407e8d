"""Which question pages a page links to."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.urls import is_question_url, question_id, resolve, site_of
from pipelines.db.models import Mention


def mentions_in(page: str, hrefs: Iterable[str]) -> tuple[Mention, ...]:
    """The questions that a page links to, once each, in the order of the page.

    Question pages have none: what they link to is in ``links``, and the menus around them
    are those of every page.

    :param page: its address, as it was asked for
    :param hrefs: its links, as written
    """
    if is_question_url(page):
        return ()
    targets = dict.fromkeys(resolve(page, href) for href in hrefs)
    found: dict[tuple[str, str], Mention] = {}
    for url in targets:
        if url is not None and is_question_url(url) and _is_text(url):
            one = Mention(site_of(url), question_id(url), url)
            found.setdefault((one.site, one.source_id), one)
    return tuple(found.values())


def _is_text(url: str) -> bool:
    """Whether it can be stored: half characters in a host's name cannot."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return False
    return True
