"""The title of a question: the heading that a reader sees, checked against ``<title>``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parsers.page.lines import Line, collapse
from parsers.qa import labels
from parsers.qa.labels import Mark

_SEPARATOR = re.compile(r"\s+[-–—|:»>·]+\s+|\s*(?:\||::|»|>)\s*|:\s+")
_SITE = re.compile(
    r"\W*(?:(?:www\.)?netwellness(?:\.org)?(?:®)?|ask\s+(?:an|the|our)\s+experts?|home(?:\s*page)?"
    r"|welcome(?:\s+to\s+netwellness.*)?|health\s*topics?|health\s+(?:centers?|library|information)"
    r"|(?:your\s+)?questions?(?:\s*(?:and|&)\s*answers?)?|q\s*(?:&|and)\s*a|answers?"
    r"|(?:frequently\s+asked\s+)?questions?|reference\s+library|research|since\s+19\d\d.*"
    r"|(?:.*\W)?consumer\s+health\s+(?:information|web\s*site|website|library)(?:\W.*)?"
    r"|expert\s+(?:question|answer)s?|untitled(?:\s+document)?|question\s+(?:#\s*)?\d+"
    r"|print(?:er)?(?:[\s-]friendly)?(?:\s+(?:version|page))?|news|search|navigation|menu|index"
    r"|(?:non-?profit\s+)?(?:health|medical)\s+(?:web\s*site|information).*|about\s+us)\W*",
    re.I,
)
_PREFIX = re.compile(r"(?:question(?:\s*(?:#|no\.?)?\s*\d+)?|q|subject|title|topic)\s*:\s+", re.I)
_LIMIT = 250  # characters
_NEAR = 60  # lines; how far above the question a title may stand


class Title(NamedTuple):
    """A title, by what it was found, and the line it stands on (None: in no line)."""

    text: str
    how: str
    line: int | None


def clean_title(title: str) -> str:
    """A ``<title>`` without the site's name and sections around the page's own."""
    title = collapse(title)
    start, end = 0, len(title)
    separators = list(_SEPARATOR.finditer(title))
    for match in separators:
        if not _SITE.fullmatch(title[start : match.start()]):
            break
        start = match.end()
    for match in reversed(separators):
        if match.start() < start or not _SITE.fullmatch(title[match.end() : end]):
            break
        end = match.start()
    core = title[start:end].strip()
    return "" if _SITE.fullmatch(core) else core


def is_site_name(text: str) -> bool:
    """Whether a heading names the site or a section of it rather than a question."""
    return _SITE.fullmatch(text) is not None


def find_title(
    lines: Sequence[Line],
    marks: Sequence[Mark | None],
    page_title: str,
    before: int,
    topics: frozenset[str],
    *,
    nearest: bool,
) -> Title | None:
    """The title among the lines above ``before``, or from ``<title>``.

    :param before: where the question (or whatever is known first) begins
    :param topics: names of topics, which stand as headings too
    :param nearest: of equal candidates take the last, because the question's label follows;
        else the first of the highest headings, because the text may have headings of its own
    """  # fmt: skip
    wanted = clean_title(page_title)
    best: tuple[tuple[int, int, int], Title] | None = None
    for n in range(max(0, before - _NEAR) if nearest else 0, min(before, len(lines))):
        found = _candidate(lines[n], marks[n], wanted, n)
        if found is None:
            continue
        rank, title = found
        if title.text.casefold() in topics and rank != _RANK_SAME:
            continue
        key = (rank, 0, n) if nearest else (rank, -(lines[n].level or 7), -n)
        if best is None or key > best[0]:
            best = key, title
    if best is not None:
        return best[1]
    if wanted:
        return Title(wanted, "<title>", None)
    return None


_RANK_SAME, _RANK_LABEL, _RANK_PART, _RANK_HEADING, _RANK_BOLD = 5, 4, 3, 2, 1


def _candidate(line: Line, mark: Mark | None, wanted: str, n: int) -> tuple[int, Title] | None:
    shown = line.shown
    if not shown or len(shown) > _LIMIT or "\n" in shown:
        return None
    if mark is not None and mark.kind == labels.TITLE and mark.rest:
        return _RANK_LABEL, Title(mark.rest, "label", n)
    if mark is not None and not mark.rest:
        return None
    text = _PREFIX.sub("", shown, count=1) if line.level or wanted else shown
    how = _how(line)
    if wanted and _same(text, wanted):
        return _RANK_SAME, Title(text, how, n)
    if line.linked_share() > 0.8 or is_site_name(text) or labels.is_footer(line):
        return None
    if line.level and len(text) > 3 and _same(text, wanted, part=True):
        return _RANK_PART, Title(text, how, n)
    if 0 < line.level <= 4:
        return _RANK_HEADING, Title(text, how, n)
    if not line.text and mark is None and not line.links:
        return _RANK_BOLD, Title(text, how, n)  # a heading drawn as a picture
    if line.bold and line.text and mark is None and not line.item and not line.cells:
        return _RANK_BOLD, Title(text, how, n)
    return None


def _how(line: Line) -> str:
    if not line.text:
        return "image"
    if line.level:
        return f"heading {line.level}"
    return "bold line" if line.bold else "line like <title>"


def _same(text: str, wanted: str, *, part: bool = False) -> bool:
    one, two = text.casefold(), wanted.casefold()
    return bool(wanted) and (one == two or (part and one in two))
