"""``scrapy serve``: Datasette on the archive."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.renew_vectors import renew_vectors
from crawler.paths import ArchivePaths
from pipelines.db.connection import ArchiveError
from pipelines.files.locks import LockHeld
from pipelines.takedown.takedown import still_shown, withhold
from publish.datasette.snapshot_mark import is_snapshot
from publish.snapshot.files import ARCHIVE
from publish.snapshot.snapshot_folder import CURRENT

logger = logging.getLogger(__name__)


class Command(HousecallCommand):
    """Serves the archive until it is stopped with Ctrl-C."""

    summary = "Show the archive in Datasette"
    description = (
        "Starts Datasette on ARCHIVE_DB with this project's pages and settings, prints the "
        "address, and serves until Ctrl-C. A crawl may go on writing meanwhile. What "
        "WITHHELD_FILE lists is taken out first; later, 'scrapy withhold' does it."
    )
    prints_json = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen, and for whom."""
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=8001, help="TCP port (default 8001)")
        parser.add_argument(
            "--free-port", action="store_true", help="take a free port if that one is taken"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
        parser.add_argument(
            "--snapshot", metavar="DIR", help="serve what scrapy publish has put into DIR"
        )
        parser.add_argument(
            "--public", action="store_true", help="no SQL of strangers, cacheable pages"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve."""
        # Scrapy loads every command to find the one that is wanted, and Datasette takes as
        # long to load as all the rest.
        from publish.datasette.publisher import Publisher, PublisherError
        from publish.semantic import vectors_path
        from publish.serve import ServeError, serve

        assert self.settings is not None
        paths = self.paths
        if opts.snapshot:
            paths = replace(paths, database=Path(opts.snapshot) / CURRENT / ARCHIVE)
        keep_withheld(paths)
        if not vectors_path(paths.database).exists():  # made before crawls made them
            renew_vectors(paths.database)
        try:
            serve(
                paths.database,
                opts.port,
                opts.host,
                "public" if opts.public else "private",
                free_port=opts.free_port,
                cache_mb=self.settings.getint("CACHE_MB"),
                publisher=Publisher(
                    self.settings["PUBLIC_URL"],
                    self.settings["PUBLIC_CONTACT"],
                    ",".join(
                        self.settings.getlist("ALLOWED_HOSTS") + [opts.host] * (not opts.public)
                    ),
                ),
            )
        except PublisherError as error:
            raise CommandError(str(error), 2) from error
        except ServeError as error:
            raise CommandError(str(error)) from error


def keep_withheld(paths: ArchivePaths) -> None:
    """See that nothing which the file withholds is served.

    :raises CommandError: the file is wrong, or something that it lists cannot be taken out
    """
    if not paths.database.is_file():
        return  # the server says so
    try:
        entries = paths.listed()
        # Looked at first: a snapshot, or an archive of somebody else's, cannot be written.
        if not entries or not still_shown(paths.database, entries):
            return
    except ArchiveError as error:
        raise CommandError(str(error)) from error
    if is_snapshot(paths.database):
        raise CommandError(
            f"not served: {paths.withheld} withholds questions that the snapshot "
            f"{paths.database} still shows; run 'scrapy publish' again"
        )
    try:
        with paths.lock("withholding", shared=True):
            left = withhold(paths.database, entries).left
            paths.remember_withheld()
            renew_vectors(paths.database, forget=True)
    except (ArchiveError, LockHeld, OSError) as error:
        raise CommandError(
            f"not served: {paths.withheld} withholds questions that {paths.database} still "
            f"shows, and they cannot be taken out of it now ({error})"
        ) from error
    if left:
        logger.warning("%s", left)
