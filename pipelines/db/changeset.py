"""Changes to an archive that are not written yet, collected in any order, as one value.

A store collects them until it commits. A worker process collects them too, and sends them to
the process that has the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.records import QAPage
from pipelines.db.blanks import Blanks, blank_page
from pipelines.db.members import pseudonymous
from pipelines.db.models import (
    CaptureRow,
    Crawl,
    CrawlEnd,
    Failure,
    Fetched,
    Listing,
    Mention,
    Unanswered,
)
from pipelines.db.rules import version_digest, version_record, words_digest
from pipelines.files.timestamps import stamp


@dataclass(frozen=True, slots=True)
class PageText:
    """A page, with its text as canonical JSON, the digest of that, and the digest of its words.

    Its members have pseudonyms; ``members`` are the hashes of their names, by their numbers.
    """

    page: QAPage
    record: str
    digest: str
    words: str
    members: tuple[str, ...] = ()

    @classmethod
    def of(cls, page: QAPage) -> PageText:
        """Make the text of a page as it was read, names and all.

        :raises UnicodeError: it holds half characters, which no file can keep
        """
        return cls.of_stored(*pseudonymous(page))

    @classmethod
    def of_stored(cls, page: QAPage, members: tuple[str, ...]) -> PageText:
        """Make the text of a page whose members have pseudonyms.

        :param members: the hashes of their names
        :raises UnicodeError: see :meth:`of`
        """
        record = version_record(page)
        words = words_digest(page.title, page.question, page.answer)
        return cls(page, record, version_digest(record), words, members)

    def blanked(self, blanks: Blanks) -> PageText:
        """The text as an archive keeps it that withholds something; itself if nothing repeats
        that."""
        page = blank_page(self.page, blanks)
        return self if page is self.page else PageText.of_stored(page, self.members)


@dataclass
class ChangeSet:
    """Changes by the ids of what they are about: adding the same one twice changes nothing."""

    crawls: dict[str, Crawl] = field(default_factory=dict)
    ends: dict[str, CrawlEnd] = field(default_factory=dict)
    rows: dict[str, CaptureRow] = field(default_factory=dict)
    #: by record and the site's own id of the question: a page may have several
    pages: dict[tuple[str, str], PageText] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)
    unanswered: dict[str, Unanswered] = field(default_factory=dict)
    listings: dict[tuple[str, str, str], Listing] = field(default_factory=dict)
    fetched: dict[str, Fetched] = field(default_factory=dict)
    mentions: dict[str, tuple[Mention, ...]] = field(default_factory=dict)

    def add_crawl(self, crawl: Crawl) -> str:
        """Add a run; until :meth:`finish_crawl` it counts as interrupted.

        :returns: its uid, by which rows name it
        """
        self.crawls.setdefault(crawl.uid, crawl)
        return crawl.uid

    def finish_crawl(self, uid: str, end: CrawlEnd) -> None:
        """Add the end of a run."""
        self.ends[uid] = end

    def add_capture(self, row: CaptureRow) -> None:
        """Add a capture, whose run has been added before.

        Of a record that is in two files, the file that sorts first is its evidence.
        """
        known = self.rows.setdefault(row.record_id, row)
        if (row.warc_file, row.offset) < (known.warc_file, known.offset):
            self.rows[row.record_id] = row

    def add_page(self, page: QAPage) -> None:
        """Add what was read in the capture ``page.record_id``, which is added too.

        It counts only if that capture is whole, a success, and holds its bytes itself: of
        a revisit, what was read in its original counts.

        :raises UnicodeError: it holds half characters, which no file can keep
        """
        text = PageText.of(page)
        self.pages.setdefault((page.record_id, page.source_id), text)

    def mark_gone(self, record_id: str) -> None:
        """Add that a capture says that its page is no longer there."""
        self.gone.add(record_id)

    def add_failure(self, failure: Failure) -> None:
        """Add what is wrong with a capture, which is added too."""
        self.failures.setdefault((failure.record_id, failure.stage), failure)

    def add_unanswered(self, unanswered: Unanswered) -> None:
        """Add a request that got no response."""
        self.unanswered.setdefault(unanswered.record_id, unanswered)

    def add_listing(self, listing: Listing) -> None:
        """Add a capture that a web archive lists."""
        key = (listing.archive, listing.url, stamp(listing.captured_at))
        known = self.listings.get(key)
        if known is None or listing.record_id < known.record_id:
            self.listings[key] = listing

    def add_fetched(self, fetched: Fetched) -> None:
        """Add when and from which archive a capture was fetched."""
        self.fetched.setdefault(fetched.record_id, fetched)

    def add_mentions(self, record_id: str, mentions: tuple[Mention, ...]) -> None:
        """Add the questions that the page in a capture links to.

        They count under the same conditions as a page.
        """
        if mentions:
            self.mentions.setdefault(record_id, mentions)

    def merge(self, other: ChangeSet) -> None:
        """Add all changes of another set, after those of this one."""
        self.ends.update(other.ends)
        self.gone |= other.gone
        for row in other.rows.values():
            self.add_capture(row)
        for listing in other.listings.values():
            self.add_listing(listing)
        for name in ("crawls", "pages", "failures", "unanswered", "fetched", "mentions"):
            ours, theirs = getattr(self, name), getattr(other, name)
            for key, value in theirs.items():
                ours.setdefault(key, value)

    @property
    def size(self) -> int:
        """How many captures and unanswered requests there are."""
        return len(self.rows) + len(self.unanswered)

    def __bool__(self) -> bool:
        """Whether there is any change."""
        return self != ChangeSet()
