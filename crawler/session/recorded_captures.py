"""The captures that an archive has already, read back from its WARC files and rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crawler.frontier.frontier import Frontier, FrontierEntry
from parsers.records import Capture, QAPage
from pipelines.capture.interpret import interpret
from pipelines.db.models import Crawl
from pipelines.files.timestamps import parse_stamp
from pipelines.store.store import Store
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_at

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecalledCapture:
    """A capture of the run, from its WARC; of a revisit, with the body that it repeats.

    ``leads_to`` is where its head sends a browser, as a reference.
    """

    entry: FrontierEntry
    capture: Capture
    repeats: bool
    leads_to: str


@dataclass(frozen=True, slots=True)
class RecordedCaptures:
    """The captures of an archive, to a run.

    ``warcs`` is the folder of the WARC files.
    """

    store: Store
    warcs: Path
    crawl: Crawl

    def recall(self, record_id: str) -> tuple[Capture, str] | None:
        """Return a stored capture and where its head leads; None if it cannot be read."""
        query = 'SELECT warc_file, "offset", length, source FROM captures WHERE record_id = ?'
        row = self.store.db.conn.execute(query, (record_id,)).fetchone()
        if row is None:
            return None
        file, offset, length, source = row
        try:
            record = read_at(self.warcs / file, offset, length)
            capture = interpret(record, file, replace(self.crawl, source=source)).capture()
        except (OSError, DamagedWarc, UndecodableBody) as error:
            logger.warning("cannot read %s again: %s", record_id, error)
            return None
        leads_to = record.http.leads_to if record.http else ""
        return (capture, leads_to) if capture is not None else None

    def has_text(self, page: QAPage) -> bool:
        """Return whether a question has had this very text before, or is withheld."""
        if self.store.withholds(page.site, page.source_id):
            return True
        query = (
            "SELECT 1 FROM versions v JOIN questions q ON q.id = v.question_id "
            "WHERE q.site = ? AND q.source_id = ? AND v.part = ? AND v.digest = ?"
        )
        key = (page.site, page.source_id, page.part, self.store.text_of(page).digest)
        return self.store.db.conn.execute(query, key).fetchone() is not None

    def lease_unacknowledged(
        self, frontier: Frontier, entry_of: Callable[[str], FrontierEntry | None]
    ) -> Iterator[RecalledCapture]:
        """Lease the URLs that this run has captured and not acknowledged; yield their captures.

        A process was killed between the two, and the pages need not be fetched again.

        :param entry_of: the entry for a URL that the frontier has lost; None for what never
            was in it, such as robots.txt
        """
        newest = self._newest_of_run()
        lost = (entry_of(url) for url in newest if url not in frontier)
        frontier.add(entry for entry in lost if entry is not None)
        for entry in frontier.lease_these(newest.keys()):
            record_id, original, captured_at = newest[entry.url]
            recalled = self.recall(original or record_id)
            if recalled is None:
                frontier.release(entry.url)
                continue
            capture = replace(recalled[0], record_id=record_id, captured_at=captured_at)
            yield RecalledCapture(entry, capture, original is not None, recalled[1])

    def _newest_of_run(self) -> dict[str, tuple[str, str | None, datetime]]:
        """The newest good capture of each URL in this run, by canonical URL: its record id,
        the record id of the capture that it repeats (if it is a revisit), and its time.

        Failures that a further try may mend are left out.
        """
        query = (
            "SELECT coalesce(fetched_from, canonical_url), record_id, revisit_of, captured_at "
            "FROM captures "
            "WHERE truncated IS NULL AND status BETWEEN 200 AND 499 AND status NOT IN (408, 429) "
            "AND crawl_id = (SELECT id FROM crawls WHERE uid = ?) ORDER BY id"
        )
        rows = self.store.db.conn.execute(query, (self.crawl.uid,))
        return {
            url: (record_id, revisit_of, moment)
            for url, record_id, revisit_of, at in rows
            if (moment := parse_stamp(at)) is not None
        }
