"""``scrapy verify``: every byte of the WARC files, and every row's evidence."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from crawler.cli.command import CommandError, HousecallCommand, is_watched, spare_the_collector
from crawler.cli.output import print_result
from crawler.cli.progress import BytesProgress
from pipelines.verify.findings import Finding, VerifyResult
from pipelines.verify.verify import verify_archive, verify_files


class Command(HousecallCommand):
    """Says what is wrong by file and offset; changes nothing."""

    usage = "[options] [PATH...]"
    summary = "Check every WARC record and every row's evidence"
    description = (
        "Reads every record of the WARC files in WARC_DIR and compares ARCHIVE_DB with them. "
        "With PATHs, checks those WARC files (or all in those folders) by themselves. "
        "Changes nothing. Exit status 0 if all is sound, 1 if not (it says what is wrong, by "
        "file and offset), 2 for wrong use."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """How many processes read."""
        super().add_options(parser)
        parser.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="processes that read, a file each (default: one a processor, if there is much)",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, and say what came of it."""
        if opts.workers is not None and opts.workers < 1:
            raise CommandError("--workers takes a number of 1 or more", 2)
        spare_the_collector()
        with BytesProgress("verified", watched=is_watched(opts)) as progress:
            result = self._verify(args, opts, progress)
        print_result(opts, as_json(result), lines(result))
        self.exitcode = 0 if result.sound else 1

    def _verify(
        self, args: list[str], opts: argparse.Namespace, progress: BytesProgress
    ) -> VerifyResult:
        paths = self.paths
        if not args and not paths.warcs.is_dir() and not paths.database.exists():
            raise CommandError(
                f"there is nothing to verify: neither {paths.warcs} (WARC_DIR) nor "
                f"{paths.database} (ARCHIVE_DB)"
            )
        try:
            if args:
                return verify_files(args, progress=progress.advance, workers=opts.workers)
            return verify_archive(
                paths.warcs,
                paths.database,
                progress=progress.advance,
                workers=opts.workers,
                withheld=paths.listed(),
            )
        except FileNotFoundError as error:
            raise CommandError(str(error), 2) from error


def as_json(result: VerifyResult) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "sound": result.sound,
        "findings": [_as_json(finding) for finding in result.findings],
        "notes": [_as_json(note) for note in result.notes],
        "files": result.files,
        "records": result.records,
        "rows": result.rows,
        "bytes": result.size,
        "uncompressed_bytes": result.uncompressed,
        "seconds": round(result.seconds, 3),
        "mb_per_second": round(result.speed / 1e6, 1),
    }


def _as_json(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"record_id": finding.record_id or None}


def lines(result: VerifyResult) -> list[str]:
    """For a terminal: a line a finding, and one that sums up."""
    output = [str(finding) for finding in result.findings]
    output += [f"note: {note}" for note in result.notes]
    wrong = f"{len(result.findings)} findings" if result.findings else "all sound"
    output.append(
        f"{wrong}: {result.files} files, {result.records} records, {result.rows} rows, "
        f"{result.uncompressed / 1e6:.1f} MB of records in {result.seconds:.1f} s "
        f"({result.speed / 1e6:.0f} MB/s)"
    )
    return output
