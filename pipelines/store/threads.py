"""One question of several pages: what they are together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.records import QAPage
from pipelines.db.members import merged_members
from pipelines.store.history import Sighting


@dataclass(frozen=True, slots=True)
class PartText:
    """A page of a question as it is stored, with the hashes of its members, and the sighting
    that it is shown from."""

    page: QAPage
    members: Sequence[str]
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as its row shows it, and the pages that its answers are from."""

    page: QAPage
    parts: tuple[tuple[QAPage, Sighting], ...]


def shown_question(parts: Sequence[PartText], source_id: str) -> ShownQuestion:
    """Put the pages of a question together, which are in order (there is at least one).

    :param source_id: the site's own id of the question
    """
    pages = [part.page for part in parts]
    if len(parts) > 1:
        pages = merged_members([(part.page, part.members) for part in parts])
    sightings = [part.sighting for part in parts]
    url = question_address(sightings[0].url, source_id)
    whole = whole_page(pages)
    if whole.url != url:
        whole = replace(whole, url=url)
    return ShownQuestion(whole, tuple(zip(pages, sightings, strict=True)))


def whole_page(pages: Sequence[QAPage]) -> QAPage:
    """The pages of a question as one, their members numbered over all of them.

    The first has the question, its topics and its links. How sure the whole is, is how sure the
    least sure of its pages is.
    """
    first = pages[0]
    if len(pages) == 1 and first.part == 1:
        return first
    later = (f"page {page.part}: {warning}" for page in pages[1:] for warning in page.warnings)
    return replace(
        first,
        answers=tuple(answer for page in pages for answer in page.answers),
        status="answered" if any(page.status == "answered" for page in pages) else first.status,
        confidence=min(page.confidence for page in pages),
        warnings=(*first.warnings, *_missing_start(first), *later),
    )


def _missing_start(first: QAPage) -> tuple[str, ...]:
    if first.part == 1:
        return ()
    return (f"the archive has no page of it before page {first.part}",)


def question_address(page_url: str, source_id: str) -> str:
    """The address of a question: its page's, or where it stands on a page with several.

    :param page_url: the canonical URL of the page
    """
    anchor = source_id.partition("#")[2]
    return f"{page_url}#{anchor}" if anchor else page_url
