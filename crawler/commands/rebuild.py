"""``scrapy rebuild``: archive.db again, from the WARC files alone."""

from __future__ import annotations

import argparse
from typing import Any

from crawler.cli.command import CommandError, HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.progress import BytesProgress
from crawler.cli.renew_vectors import renew_vectors
from pipelines.rebuild.incremental import missing_declarations
from pipelines.rebuild.rebuild import RebuildResult, rebuild
from pipelines.rebuild.recover import cut_back_open_files


class Command(HousecallCommand):
    """Reads every capture again and puts the new archive in the old one's place."""

    summary = "Make archive.db again from warcs/"
    description = (
        "Reads the WARC files in WARC_DIR and writes ARCHIVE_DB anew: aside first, then in "
        "one step in the old one's place. Files that the last rebuild has read, and that "
        "are unchanged, are not read again, unless a parser has changed. Exit status 0 if "
        "every file that was read was sound, 1 if something in them could not be read (it "
        "says where)."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--workers``, ``--full``, ``--without``, ``--release``."""
        super().add_options(parser)
        parser.add_argument(
            "--workers", type=int, metavar="N", help="processes that read (all cores)"
        )
        parser.add_argument(
            "--full", action="store_true", help="read all files, also those that are unchanged"
        )

        parser.add_argument(
            "--without", action="append", default=[], metavar="SITE",
            help="leave out a site whose declaration is gone for good (may be repeated)",
        )  # fmt: skip

        parser.add_argument(
            "--release", action="store_true",
            help="bring back what the archive withholds and WITHHELD_FILE no longer lists",
        )  # fmt: skip

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Rebuild, and say what came of it."""
        paths = self.paths
        if opts.workers is not None and opts.workers < 1:
            raise CommandError("--workers is a number of processes, from 1 on", 2)
        if not paths.warcs.is_dir():
            raise CommandError(
                f"there is no folder {paths.warcs} to rebuild from; name another one with "
                "-s WARC_DIR=FOLDER"
            )
        number = paths.check(copy=True)
        for name in missing_declarations(paths.database):
            if name not in opts.without:
                raise CommandError(
                    f"{paths.database} has questions of {name!r}, which no declaration in "
                    f"{paths.sites} names any more: put {name}.toml back, or say --without {name} "
                    "to leave them out"
                )
        with (
            paths.lock("a rebuild"),
            BytesProgress("read", watched=is_watched(opts)) as progress,
        ):
            cut_back_open_files(paths.warcs)
            result = rebuild(
                paths.warcs,
                paths.database,
                progress=progress.advance,
                workers=opts.workers,
                withheld=paths.withheld_entries(release=opts.release),
                full=opts.full,
                number=number,
                digest=opts.json,
            )
            paths.remember_withheld()
            renew_vectors(paths.database)
        print_result(opts, as_json(result), lines(result, str(paths.database)))
        self.exitcode = 1 if result.damaged else 0


def as_json(result: RebuildResult) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "files": [stats.as_json(flagged=False) for stats in result.files],
        "counts": result.counts,
        "pages": result.pages,
        "withheld": result.withheld,
        "unchanged_files": result.unchanged,
        "read_all_because": result.why_all or None,
        "content_digest": result.digest or None,
    }


def lines(result: RebuildResult, archive: str) -> list[str]:
    """For a terminal."""
    captures = sum(stats.captures for stats in result.files)
    errors = sum(stats.errors for stats in result.files)
    return [
        f"rebuilt      {archive} from {len(result.files)} WARC files",
        f"read         {captures} captures, {result.pages} question pages, {errors} unreadable",
        f"questions    {result.counts.get('new', 0)} new",
        *([f"withheld     {result.withheld} (WITHHELD_FILE)"] if result.withheld else ()),
        f"read all     {result.why_all}"
        if result.why_all
        else f"unchanged    {result.unchanged} files were not read again",
        *([f"digest       {result.digest}"] if result.digest else ()),
        *(
            f"damaged      {stats.file} at byte {damage.offset}: {damage.why}"
            for stats in result.files
            for damage in stats.damaged
        ),
    ]
