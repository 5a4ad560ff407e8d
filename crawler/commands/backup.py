"""``scrapy backup DIR|URL``: what is new of the archive, copied to another place."""

from __future__ import annotations

import argparse

from scrapy.exceptions import UsageError

from crawler.cli.command import HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.progress import BytesProgress
from crawler.text_format import counted, size
from pipelines.backup.backup import back_up
from pipelines.backup.place import BackupPlace
from pipelines.backup.restore import backup_at, damage_of
from pipelines.db.connection import ArchiveError
from pipelines.files.locks import Lock


class Command(HousecallCommand):
    """Copies, reads back, and says what was new."""

    usage = "DIR|URL [options]"
    summary = "Copy what is new of the archive to another place"
    description = (
        "Copies WARC files, the list of what is withheld, the schedule, declared sites and the "
        "state of crawls to a folder, or to an address that fsspec knows (s3://bucket/folder), "
        "as far as they are not there; reads back what it has written, and writes manifest.json "
        "last. Crawls may go on. Killed at any moment, the backup before stays. Exit status 0 if "
        "the backup is whole, 1 if not (the one before stays), 2 for wrong use."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--check``, ``--accept-loss``."""
        super().add_options(parser)
        parser.add_argument(
            "--check", action="store_true", help="copy nothing; read all that the backup has"
        )
        parser.add_argument(
            "--accept-loss", action="store_true",
            help="forget WARC files that are gone from the archive, or were changed",
        )  # fmt: skip

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Copy, or check; say what came of it."""
        if len(args) != 1:
            raise UsageError("name one folder or address", print_help=False)
        place = BackupPlace(args[0])
        with BytesProgress("read", watched=is_watched(opts)) as progress:
            if opts.check:
                self._check(place, opts, progress)
            else:
                self._back_up(place, opts, progress)

    def _back_up(
        self, place: BackupPlace, opts: argparse.Namespace, progress: BytesProgress
    ) -> None:
        paths = self.paths
        number = paths.check()
        if not paths.warcs.is_dir():
            raise ArchiveError(f"there is no archive to copy: no folder {paths.warcs} (WARC_DIR)")
        paths.withheld_entries(release=False)
        database = paths.database
        with Lock(database.with_name(f"{database.name}.backup.lock"), "a backup"):
            copied = back_up(
                place, paths.parts, number=number, withheld=sorted(paths.known_withheld()),
                accept_loss=opts.accept_loss, progress=progress.advance,
            )  # fmt: skip
        document = {
            "place": place.address, "files": copied.files, "bytes": copied.size,
            "sent": copied.sent, "sent_bytes": copied.sent_bytes, "removed": copied.removed,
        }  # fmt: skip
        print_result(
            opts,
            document,
            [
                f"backup       {place.address}: {counted(copied.files, 'file')}, "
                f"{size(copied.size)}",
                f"new          {counted(len(copied.sent), 'file')}, {size(copied.sent_bytes)}, "
                "read back and the same",
                *([f"removed      {copied.removed} that were replaced"] if copied.removed else ()),
            ],
        )

    def _check(self, place: BackupPlace, opts: argparse.Namespace, progress: BytesProgress) -> None:
        manifest = backup_at(place)
        damaged = list(damage_of(place, manifest.files.values(), progress.advance))
        print_result(
            opts,
            {"place": place.address, "made": manifest.made, "files": len(manifest.files),
             "damaged": damaged},
            [
                f"backup       {place.address} of {manifest.made}: "
                f"{counted(len(manifest.files), 'file')}",
                *(f"damaged      {line}" for line in damaged or ["nothing"]),
            ],
        )  # fmt: skip
        self.exitcode = 1 if damaged else 0
