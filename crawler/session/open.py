"""Opens all that a crawl needs, and puts right what a killed one left."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from crawler.frontier.frontier import Frontier
from crawler.paths import ArchivePaths
from crawler.session.recorder import CaptureRecorder, RecorderLimits, software_versions
from pipelines.capture.crawl_records import warcinfo
from pipelines.db.models import Crawl
from pipelines.files.locks import Lock
from pipelines.rebuild.recover import RecoveredFiles, salvage
from pipelines.store.store import Store
from pipelines.warc import WarcWriter
from pipelines.warc.writer import info_block

logger = logging.getLogger(__name__)


def open_archive_of(
    paths: ArchivePaths,
    crawl: Crawl,
    site: str,
    about: Mapping[str, str],
    limits: RecorderLimits,
    frontier_name: str = "frontier",
) -> CaptureRecorder:
    """Open all that a crawl needs, and put right what a killed one left.

    An open run of the same spider and arguments is gone on with; ``archive.crawl`` is then
    that run.

    :param crawl: the run to begin if there is none to go on with
    :param site: what only one process at a time may crawl: letters, digits, ``.-_``
    :param frontier_name: of the run's own file, where a site's runs have one each
    :param about: further warcinfo fields, such as ``operator``
    :raises LockHeld: another process crawls the site, or rebuilds the archive
    :raises ArchiveError: the database cannot be used; it says why
    :raises FrontierError: the frontier cannot
    :raises OSError: a folder or a file cannot be written
    """
    folder = paths.state / "sites" / site
    site_lock = Lock(folder / "lock", f"a crawl of {site}")
    archive_lock = paths.lock(f"a crawl of {site}", shared=True)
    site_lock.acquire()
    try:
        archive_lock.acquire()
        _withhold(paths)
        store = Store.open(paths.database)
        # A commit that the frontier relies on must not be lost to a power cut.
        store.db.execute("PRAGMA synchronous=FULL")
        frontier = Frontier(folder / f"{frontier_name}.db")
        crawl = _run_to_go_on_with(frontier, crawl) or crawl
        info = warcinfo(crawl, **about)
        writer = WarcWriter(paths.warcs, crawl.spider, info, limits.warc_bytes)
        _put_right(paths, store, writer)
        if frontier.crawl is None:
            frontier.begin(crawl)  # first: whatever happens from here on is gone on with
        writer.open()
        store.pending.add_crawl(crawl)
        store.commit()
    except BaseException:
        archive_lock.release()
        site_lock.release()
        raise
    return CaptureRecorder(paths, crawl, store, writer, frontier, limits, (archive_lock, site_lock))


def _withhold(paths: ArchivePaths) -> None:
    """See to it that what the file withholds is not kept, and not there either."""
    done = paths.withhold()
    if done is not None and done.removed:
        logger.info("%d questions are withheld now, and were taken out", len(done.removed))
    if done is not None and done.left:
        logger.warning("%s", done.left)


def new_crawl(spider: str, arguments: Mapping[str, str], source: str = "live") -> Crawl:
    """A run that begins now, with this software."""
    now = datetime.now(UTC)
    return Crawl(str(uuid4()), spider, arguments, now, software_versions(), source)


def _run_to_go_on_with(frontier: Frontier, wanted: Crawl) -> Crawl | None:
    stored = frontier.open_run()
    if stored is None:
        return None
    if (stored.spider, dict(stored.arguments)) != (wanted.spider, dict(wanted.arguments)):
        logger.warning(
            "the run of %s with %s did not come to its end, and is left so: this one has other "
            "arguments", stored.started, dict(stored.arguments),
        )  # fmt: skip
        return None
    return frontier.resume()


def _put_right(paths: ArchivePaths, store: Store, writer: WarcWriter) -> None:
    def adopt(file: RecoveredFiles, fd: int) -> bool:
        ours = file.first is not None and file.first.block == info_block(writer.info)
        if writer.path is not None or not ours or file.damaged:
            return False
        assert file.first is not None
        writer.adopt(file.name, fd, file.size, file.first.record_id)
        return True

    paths.warcs.mkdir(parents=True, exist_ok=True)
    for file in salvage(paths.warcs, store, adopt):
        logger.info(
            "%s was left by a process that died: %d bytes are kept, %d of a torn record cut off",
            file.path.name, file.size, file.cut,
        )  # fmt: skip
        for damage in file.damaged:
            logger.warning("%s", damage)
