"""Opens all that a crawl needs, and repairs what a killed one left."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.frontier.frontier import Frontier, OtherRun
from crawler.paths import ArchivePaths
from crawler.session.frontier_spider import FrontierSpider
from crawler.session.recorder import CaptureRecorder
from crawler.session.software import software_versions
from crawler.text_format import crawl_command
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.identity import claim
from pipelines.db.models import Crawl
from pipelines.files.locks import Lock
from pipelines.rebuild.recover import RecoveredFile, recover_open_files
from pipelines.store.store import Store
from pipelines.warc.writer import WarcWriter, info_block

logger = logging.getLogger(__name__)


def open_session(
    crawler: Crawler, spider: FrontierSpider, *, drop: bool = False
) -> CaptureRecorder:
    """Open all that the run of a spider needs, and repair what a killed one left.

    An open run of the same spider and arguments is resumed; the recorder's ``crawl`` is then
    that run. The crawler has the recorder from now on.

    :param drop: give up an interrupted run of the site with other arguments
    :raises OtherRun: there is such a run, and it is not to be given up
    :raises LockHeld: another process crawls the site, or rebuilds the archive
    :raises ArchiveError: the database cannot be used; it says why
    :raises FrontierError: the frontier cannot
    :raises OSError: a folder or a file cannot be written
    """
    settings = crawler.settings
    paths = ArchivePaths.of(settings)
    number = paths.check()
    folder = paths.state / "sites" / spider.lock_scope
    site_lock = Lock(folder / "lock", f"a crawl of {spider.lock_scope}")
    archive_lock = paths.lock(f"a crawl of {spider.lock_scope}", shared=True)
    site_lock.acquire()
    try:
        archive_lock.acquire()
        _withhold(paths)
        store = Store.open(paths.database)
        claim(store.db.conn, number, paths.database, *paths.belongings)
        # A commit that the frontier relies on must not be lost to a power cut.
        store.db.execute("PRAGMA synchronous=FULL")
        frontier = Frontier(folder / f"{spider.frontier_name}.db")
        crawl = _crawl_of(frontier, spider, store, drop=drop)
        info = warcinfo(crawl, **_description(settings))
        writer = WarcWriter(paths.warcs, crawl.spider, info, settings.getint("WARC_MAX_BYTES"))
        _recover(paths, store, writer)
        if frontier.crawl is None:
            frontier.begin(crawl)  # first: whatever happens from here on can be resumed
        writer.open()
        store.pending.add_crawl(crawl)
        store.commit()
        if spider.source == "live":
            _want_lost_pages(frontier, store, crawl)
    except BaseException:
        archive_lock.release()
        site_lock.release()
        raise
    locks = (archive_lock, site_lock)
    recorder = CaptureRecorder(paths, settings, crawl, store, writer, frontier, locks)
    cast("Any", crawler).housecall = recorder
    return recorder


def _description(settings: BaseSettings) -> dict[str, str]:
    """The fields of the warcinfo record besides those of the run."""
    software = " ".join(f"{name}/{number}" for name, number in software_versions().items())
    return {
        "software": software,
        "http_header_user_agent": settings["USER_AGENT"],
        "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        **({"operator": settings["CONTACT"]} if settings["CONTACT"] else {}),
    }


def _withhold(paths: ArchivePaths) -> None:
    """Take out what the file of withheld questions lists, and keep it out."""
    takedown = paths.withhold()
    if takedown is not None and takedown.removed:
        logger.info("%d questions are withheld now, and were taken out", len(takedown.removed))
    if takedown is not None and takedown.left:
        logger.warning("%s", takedown.left)


def _crawl_of(frontier: Frontier, spider: FrontierSpider, store: Store, *, drop: bool) -> Crawl:
    """The open run of the same spider and arguments, resumed; or a new run.

    :raises FrontierError: there is another run, which is not to be given up
    """
    stored = frontier.open_run()
    if stored is not None:
        done, waiting = frontier.pages()
        command = crawl_command(stored.spider, stored.arguments)
        if (stored.spider, dict(stored.arguments)) == (spider.name, spider.arguments):
            known = "SELECT 1 FROM crawls WHERE uid = ?"
            if drop or not done or store.db.execute(known, [stored.uid]).fetchone():
                logger.info("the run of %s is resumed", stored.started)
                return frontier.resume()
            raise OtherRun(
                f"{frontier.path} has an interrupted crawl that the archive knows nothing of, "
                f"with {done} pages done: if archive.db was lost, 'scrapy rebuild' makes it again "
                "of the WARC files; with --drop-interrupted all pages are asked for once more"
            )
        if (done or waiting) and not drop:
            raise OtherRun(
                f"an interrupted crawl has other arguments, with {done} pages done and {waiting} "
                f"waiting. Go on with it first: {command}. Or give it up, and add "
                "--drop-interrupted"
            )
        logger.warning(
            "the run of %s with %s did not come to its end, and is left so: this one has other "
            "arguments", stored.started, dict(stored.arguments),
        )  # fmt: skip
    now = datetime.now(UTC)
    return Crawl(
        str(uuid4()), spider.name, spider.arguments, now, software_versions(), spider.source
    )


def _want_lost_pages(frontier: Frontier, store: Store, crawl: Crawl) -> None:
    """Ask again for what a run has done and a restored archive has no trace of."""
    query = "SELECT canonical_url FROM {} x JOIN crawls r ON r.id = x.crawl_id WHERE r.uid = ?"
    known = {
        url
        for table in ("captures", "failures")
        for (url,) in store.db.execute(query.format(table), [crawl.uid])
    }
    if lost := frontier.want_again(known):
        logger.warning("%d pages that were done are not in the archive: asked for again", lost)


def _recover(paths: ArchivePaths, store: Store, writer: WarcWriter) -> None:
    """Recover the WARC files that a process left open; append to the one of this run."""

    def take_over(file: RecoveredFile, fd: int) -> bool:
        ours = file.first is not None and file.first.block == info_block(writer.info)
        if writer.path is not None or not ours or file.damaged:
            return False
        assert file.first is not None
        writer.adopt(file.name, fd, file.size, file.first.record_id)
        return True

    paths.warcs.mkdir(parents=True, exist_ok=True)
    for file in recover_open_files(paths.warcs, store, take_over):
        logger.info(
            "%s was left by a process that died: %d bytes are kept, %d of a torn record cut off",
            file.path.name, file.size, file.cut,
        )  # fmt: skip
        for damage in file.damaged:
            logger.warning("%s", damage)
