"""What was asked for as a question and gave none, by kind; and whether what was read is sound.

Nothing here is compared with earlier runs, so that a first one is judged too. A page counts by
its last answer in the run: a script, a login, an error, a redirect to the home page are all
alike in that no question was read.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from parsers.urls import canonical_url, is_question_url, site_named
from pipelines.capture.memento import original_in
from pipelines.db.rules import GONE_STATUS, PARTIAL, key_of, page_of, withheld_keys
from pipelines.reports.run_figures import Share, TextSample, Unread
from pipelines.reports.unread import has_question_address
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_at

#: Texts that are compared with each other, and redirects that are looked up, at most.
SAMPLE = 300
#: Pages of one text from which on it is no chance.
_ALIKE = 5
#: Pages of nothing that is declared from which on somebody expected a question among them.
_ENOUGH = 5
_MOST_EXAMPLES = 10

_READ = 2
_NOTHING = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"  # the digest of no bytes
_EMPTY, _OTHER, _SAME = "empty body", "page without a question", "same page as others"
_ELSEWHERE, _NOT_THERE = "redirect to no question", "page that says it is not there"
_MISSING, _UNASKED = "not found", "no answer"

# By address the last capture of a run, where no capture of the run was read; and what earlier runs
# know of the page: nothing (NULL), that it was captured (1), that it was read (2).
_NOT_READ = """
SELECT c.canonical_url, c.status, coalesce(nullif(c.content_type, ''), o.content_type, ''),
    c.gone, c.truncated, c.digest, c.warc_file, c.offset, c.length,
    (SELECT max(1 + EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = b.id)) FROM captures b
        WHERE b.canonical_url = c.canonical_url AND b.captured_at < c.captured_at
        AND b.crawl_id <> c.crawl_id) AS known,
    (SELECT f.reason FROM failures f WHERE f.record_id IN (c.record_id, c.revisit_of)
        AND f.stage <> 'fetch' LIMIT 1) AS fault
FROM (SELECT c.*, max(c.captured_at || c.record_id),
        sum(EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id)) AS times_read
    FROM captures c WHERE {run} AND c.source <> 'index' GROUP BY c.canonical_url) c
LEFT JOIN captures o ON o.record_id = c.revisit_of WHERE c.times_read = 0
"""
_PAGES_READ = """
SELECT count(DISTINCT c.canonical_url) FROM captures c WHERE {run}
    AND EXISTS (SELECT 1 FROM sightings s WHERE s.capture_id = c.id)
"""
_TEXTS = """
SELECT q.url, v.question || ' ' || v.answer, v.title, max(c.captured_at) FROM captures c
JOIN sightings s ON s.capture_id = c.id JOIN versions v ON v.id = s.version_id
JOIN questions q ON q.id = v.question_id
WHERE {run} AND v.part = 1 AND q.id % :step = 0 GROUP BY q.id LIMIT :most
"""
_GARBLED = re.compile(
    "[\\ufffd\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x80-\\x9f\\ue000-\\uf8ff]"
    # UTF-8 that was read as Windows-1252, once.
    "|[ÂÃÄÅÐÑâ][\\x80-\\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
    # Letters of another alphabet that were read as Latin-1: no language has so many in a row.
    "|[\\xa1-\\xff]{5,}"
)
#: Share of a text's characters that may be so.
_MOST_GARBLED = 0.01


class _Page(NamedTuple):
    """A row of ``_NOT_READ``."""

    url: str
    status: int
    content_type: str
    gone: int
    truncated: str | None
    digest: str
    warc_file: str
    offset: int
    length: int
    known: int | None
    fault: str | None


class CaptureScope(NamedTuple):
    """Which captures are judged: those of a run, or those in some WARC files.

    ``site`` is what the run is of, if that is declared; ``until`` its end, as in rows.
    """

    where: str
    values: Mapping[str, object]
    crawl_id: int | None = None
    site: str = ""
    until: str = "~"  # which is after all times


def of_run(crawl_id: int, site: str, until: str) -> CaptureScope:
    """The captures of a run."""
    return CaptureScope("c.crawl_id = :crawl", {"crawl": crawl_id}, crawl_id, site, until)


def of_files(names: Iterable[str]) -> CaptureScope:
    """The captures in some files, as ``captures.warc_file`` names them."""
    where = "c.warc_file IN (SELECT value FROM json_each(:files))"
    return CaptureScope(where, {"files": json.dumps(sorted(names))})


def unread_in(connection: sqlite3.Connection, scope: CaptureScope, warcs: Path | None) -> Unread:
    """What lies at question addresses and was not read.

    :param warcs: where redirects are looked up; None: they are passed over
    """
    query = "SELECT canonical_url FROM failures WHERE crawl_id = ? AND capture_id IS NULL"
    unanswered = {url for (url,) in connection.execute(query, (scope.crawl_id,))}
    site = site_named(scope.site)
    pages = _pages(connection, scope)
    kinds = _kinds(connection, pages, unanswered, warcs)
    read = _read(connection, scope)
    others = [page.url for page in pages if page.status < 400 and not _is_customary(page.url)]
    no_address = not (read or kinds) and len(others) >= (1 if site else _ENOUGH)
    if site and no_address:
        no_address = not has_question_address(connection, site, scope.until)
    return _unread(connection, kinds, read, others if no_address else (), no_address=no_address)


def _pages(connection: sqlite3.Connection, scope: CaptureScope) -> list[_Page]:
    rows = connection.execute(_NOT_READ.format(run=scope.where), scope.values)
    return [_Page(*row) for row in rows]


def _read(connection: sqlite3.Connection, scope: CaptureScope) -> int:
    """How many pages hold a question that is read."""
    return int(connection.execute(_PAGES_READ.format(run=scope.where), scope.values).fetchone()[0])


def _is_customary(url: str) -> bool:
    return url.endswith(("/robots.txt", ".xml"))


def _unread(
    connection: sqlite3.Connection,
    kinds: dict[str, list[str]],
    read: int,
    others: Sequence[str],
    *,
    no_address: bool,
) -> Unread:
    counts = Counter({kind: len(urls) for kind, urls in kinds.items()})
    failed = sum(n for kind, n in counts.items() if _is_failure(kind))
    unread = counts.total() - failed
    # A few of each kind.
    mixed = [url for some in zip_longest(*map(sorted, kinds.values())) for url in some if url]
    names = {key_of(url)[0] for urls in kinds.values() for url in urls}
    query = "SELECT 1 FROM questions WHERE site = ? LIMIT 1"
    is_known = any(connection.execute(query, (name,)).fetchone() for name in names)
    return Unread(
        Share(unread, unread + read),
        tuple(mixed or sorted(others))[:_MOST_EXAMPLES],
        no_address=no_address,
        failed=failed - counts[_MISSING] - counts[_UNASKED],
        moved=counts[_ELSEWHERE] + counts[_NOT_THERE],
        nothing=not read and not is_known and bool(counts),
        kinds=dict(counts.most_common()),
    )


def _is_failure(kind: str) -> bool:
    """Whether a page of the kind has a row of ``failures``."""
    return kind in (_MISSING, _UNASKED, "cut short", "script shell", "unreadable") or (
        kind.startswith("HTTP ")
    )


def _kinds(
    connection: sqlite3.Connection,
    pages: Sequence[_Page],
    unanswered: Iterable[str],
    warcs: Path | None,
) -> dict[str, list[str]]:
    """The question addresses that gave no question, by what they gave."""
    withheld = set(map(page_of, withheld_keys(connection)))
    asked = [p for p in pages if is_question_url(p.url) and key_of(p.url) not in withheld]
    digests = Counter(page.digest for page in asked)
    redirects = (page for page in asked if _is_redirect(page))
    elsewhere = {
        page.url for page, _ in zip(redirects, range(SAMPLE), strict=False)
        if warcs is not None and _leads_elsewhere(page, warcs)
    }  # fmt: skip
    kinds: dict[str, list[str]] = {}
    for page in asked:
        kind = _kind(page, digests)
        if kind and (kind != _ELSEWHERE or page.url in elsewhere):
            kinds.setdefault(kind, []).append(page.url)
    answered = {page.url for page in pages}
    for url in unanswered:
        if url not in answered and is_question_url(url) and key_of(url) not in withheld:
            kinds.setdefault(_UNASKED, []).append(url)
    return kinds


def _is_redirect(page: _Page) -> bool:
    return 300 <= page.status < 400 and page.status != 304


def _kind(page: _Page, digests: Counter[str]) -> str:
    """What a page at a question address is instead of one; "" for what is news and no trouble."""
    if page.status in GONE_STATUS:
        return "" if page.known == _READ else _MISSING
    if page.truncated:
        return "cut short"
    if page.status >= 400 or page.status < 200 or page.status == PARTIAL:
        return f"HTTP {page.status}"
    if _is_redirect(page):
        return _ELSEWHERE
    if page.fault:
        return "script shell" if page.fault.startswith("script shell") else "unreadable"
    if page.gone:
        return {_READ: "", 1: _MISSING}.get(page.known or 0, _NOT_THERE)
    return _kind_of_body(page, digests)


def _kind_of_body(page: _Page, digests: Counter[str]) -> str:
    if page.digest == _NOTHING:
        return _EMPTY
    media_type = page.content_type.partition(";")[0].strip().lower()
    if media_type and "html" not in media_type and media_type != "text/plain":
        return media_type
    return _SAME if digests[page.digest] >= _ALIKE else _OTHER


def _leads_elsewhere(page: _Page, warcs: Path) -> bool:
    """Whether a redirect leads to no question page, as far as its record can be read."""
    try:
        record = read_at(warcs / page.warc_file, page.offset, page.length)
    except (OSError, DamagedWarc):
        return False
    http = record.http
    target = urljoin(record.url, http.leads_to) if http and http.leads_to else ""
    return not is_question_url(canonical_url(original_in(target) or target))


def texts_in(connection: sqlite3.Connection, scope: CaptureScope) -> TextSample:
    """Whether the questions that were read differ from each other, and are in letters."""
    step = max(1, _read(connection, scope) // SAMPLE)
    values = {**scope.values, "step": step, "most": 2 * SAMPLE}
    rows = connection.execute(_TEXTS.format(run=scope.where), values).fetchall()
    texts = [(url, text if len(text) > 20 else f"{title} {text}") for url, text, title, _ in rows]
    marks = Counter(map(_mark, (text for _, text in texts)))
    alike = [url for url, text in texts if marks[_mark(text)] >= _ALIKE]
    garbled = [url for url, text in texts if _is_garbled(text)]
    return TextSample(
        len(texts), len(alike), tuple(sorted(alike)[:_MOST_EXAMPLES]),
        len(garbled), tuple(sorted(garbled)[:_MOST_EXAMPLES]),
    )  # fmt: skip


def _mark(text: str) -> str:
    """A text without what may differ between copies of one: numbers, case, white space."""
    return re.sub(r"[\W\d_]+", " ", text).casefold()


def _is_garbled(text: str) -> bool:
    wrong = sum(len(match[0]) for match in _GARBLED.finditer(text))
    return wrong > 2 and wrong > _MOST_GARBLED * len(text)
