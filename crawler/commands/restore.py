"""``scrapy restore DIR|URL``: an archive again, from its backup."""

from __future__ import annotations

import argparse
from contextlib import closing

from scrapy.exceptions import UsageError

from crawler.cli.command import CommandError, HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.progress import BytesProgress
from crawler.cli.renew_vectors import renew_vectors
from crawler.commands.rebuild import as_json, lines
from crawler.paths import ArchivePaths, set_up_reading
from crawler.text_format import counted
from pipelines.backup.manifest import SCHEDULE, SITES, WITHHELD, Manifest
from pipelines.backup.place import BackupError, BackupPlace
from pipelines.backup.restore import backup_at, bring_back, refuse_other_files
from pipelines.db.connection import open_archive
from pipelines.db.identity import claim
from pipelines.rebuild.rebuild import RebuildResult, rebuild
from pipelines.rebuild.recover import cut_back_open_files
from pipelines.takedown.takedown import require_listed
from pipelines.takedown.takedown_file import read_withheld


class Command(HousecallCommand):
    """Brings the files back, the list of what is withheld first, and makes archive.db of them."""

    usage = "DIR|URL [options]"
    summary = "Make the archive again from a backup"
    description = (
        "Brings back what 'scrapy backup' copied, to the places that the settings name, which "
        "must be empty, and makes ARCHIVE_DB of it: the same archive, without what it withheld. "
        "Each file is checked on the way. After a kill, the same command goes on. Exit status 0 "
        "if all is there and sound, 1 if not (it says what), 2 for wrong use."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--release``, ``--without-damaged``, ``--workers``."""
        super().add_options(parser)
        parser.add_argument(
            "--release", action="store_true",
            help="bring back what the archive withheld and WITHHELD_FILE does not list",
        )  # fmt: skip
        parser.add_argument(
            "--without-damaged", action="store_true",
            help="go on without the files that are damaged in the backup",
        )  # fmt: skip
        parser.add_argument(
            "--workers", type=int, metavar="N", help="processes that read (all cores)"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Restore, and say what came of it."""
        if len(args) != 1:
            raise UsageError("name one folder or address", print_help=False)
        if opts.workers is not None and opts.workers < 1:
            raise CommandError("--workers is a number of processes, from 1 on", 2)
        place, paths = BackupPlace(args[0]), self.paths
        manifest = backup_at(place)
        if paths.database.exists():
            raise BackupError(
                f"{paths.database} is there already: an archive is restored into a place that is "
                "empty; name another one with -s ARCHIVE_DB=PATH"
            )
        with (
            paths.lock("a restore"),
            BytesProgress("restored", watched=is_watched(opts)) as progress,
        ):
            refuse_other_files(manifest, paths.parts)
            damaged = self._bring_back(place, manifest, paths, opts, progress)
            result = _rebuild(manifest, paths, opts)
        files = len(manifest.files) - len(damaged)
        print_result(
            opts,
            {"restored": files, "damaged": damaged, "made": manifest.made} | as_json(result),
            [
                f"restored     {counted(files, 'file')} of {manifest.made}",
                *(f"left out     {line}" for line in damaged),
                *lines(result, str(paths.database)),
            ],
        )
        self.exitcode = 1 if damaged or result.damaged else 0

    def _bring_back(
        self, place: BackupPlace, manifest: Manifest, paths: ArchivePaths, opts: argparse.Namespace,
        progress: BytesProgress,
    ) -> list[str]:  # fmt: skip
        """The list first: from then on, whatever reads the WARC files leaves out what it names.

        :returns: the files that are damaged in the backup, and were left out
        """
        files = manifest.files.values()
        if wrong := bring_back(place, [f for f in files if f.part == WITHHELD], paths.parts):
            raise BackupError(
                f"{wrong[0]}: without it, what was withheld would come back. Put the list at "
                f"{paths.withheld} yourself; it is used then"
            )
        own = [file for file in files if file.part in (SITES, SCHEDULE)]
        damaged = bring_back(place, own, paths.parts)
        assert self.settings is not None
        set_up_reading(self.settings)  # by the sites that are there now
        entries = read_withheld(paths.withheld, optional=True)
        known = frozenset(manifest.withheld)
        require_listed(known, paths.withheld, entries, release=opts.release)
        rest = [file for file in files if file.part not in (WITHHELD, SITES, SCHEDULE)]
        damaged += bring_back(place, rest, paths.parts, progress.advance)
        if damaged and not opts.without_damaged:
            named = "\n".join(damaged)
            raise BackupError(
                f"{named}\nAll others are in place. If there is no other copy of these, the same "
                "command with --without-damaged goes on without them"
            )
        return damaged


def _rebuild(manifest: Manifest, paths: ArchivePaths, opts: argparse.Namespace) -> RebuildResult:
    paths.warcs.mkdir(parents=True, exist_ok=True)
    cut_back_open_files(paths.warcs)
    result = rebuild(
        paths.warcs,
        paths.database,
        workers=opts.workers,
        withheld=read_withheld(paths.withheld, optional=True) or (),
        number=manifest.archive,
    )
    with closing(open_archive(paths.database)) as db:
        claim(db.conn, manifest.archive, paths.database, *paths.belongings)
    renew_vectors(paths.database)
    return result
