"""Compares an archive, field by field, with what the generator knows."""

from __future__ import annotations

from pathlib import Path

from parsers.records import QAPage

from . import plan
from .archive import read_archive
from .comparison import Result, Value
from .kinds.kind import site_name as name_of
from .kinds.site import KINDS
from .options import FIRST_ID, SITE
from .site import Site
from .truth import qapage

KIND_SITES = frozenset(map(name_of, KINDS))


def compare(site: Site, archive: Path) -> Result:
    """Every field of every page of the site, against the archive.

    A page that is gone need not be in the archive (it may never have been there); if it is,
    it has to be as it was, and marked as gone.

    :raises UnreadableArchive: if there is no archive, or its tables cannot be read
    """
    found = read_archive(archive)
    result = Result()
    for number in range(site.total):
        key = (SITE, str(plan.page_id(number)))
        row = found.pop(key, None)
        gone = plan.gone_as(site, number) is not None
        if gone and row is None:
            continue
        expected = fields_of(qapage(site, number), gone)
        result.pages += 1
        result.compare(key[1], expected, row)
    for site_name, source_id in found:
        if site_name in KIND_SITES:
            continue  # another kind of sample, in the same archive
        if site_name == SITE and source_id.isdecimal() and int(source_id) < FIRST_ID:
            result.ignored += 1  # ids below the sample's first come from elsewhere
        else:
            result.extra.append(f"{site_name} {source_id}")
    return result


def fields_of(page: QAPage, gone: bool) -> dict[str, Value]:
    """The comparable fields of a record."""
    people = page.responders
    return {
        "url": page.url,
        "title": page.title,
        "question": page.question,
        "answer": page.answer,
        "answered_on": page.answered_on.isoformat() if page.answered_on else None,
        "status": page.status,
        "responders.name": tuple(each.name for each in people),
        "responders.credentials": tuple(", ".join(each.credentials) for each in people),
        "responders.title": tuple(each.title for each in people),
        "responders.college": tuple(each.college for each in people),
        "responders.institution": tuple(each.institution for each in people),
        "responders.url": tuple(each.url for each in people),
        "topics.name": tuple(each.name for each in page.topics),
        "topics.url": tuple(each.url for each in page.topics),
        "links.text": tuple(each.text for each in page.links),
        "links.url": tuple(each.url for each in page.links),
        "gone": gone,
    }
