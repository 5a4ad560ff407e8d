"""``scrapy extract WARC... --out DIR``: web archives to Parquet shards, on many cores."""

from __future__ import annotations

import argparse
import os
import sys

from crawler.cli.command import CommandError, HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.progress import BytesProgress
from pipelines.rebuild.engines import Cluster, Engine, Processes
from pipelines.rebuild.extract import (
    ExtractError,
    ExtractResult,
    FailedSpan,
    as_json,
    extract,
    inputs_of,
)
from pipelines.rebuild.shards import Receipt


class Command(HousecallCommand):
    """Reads many web archives, on this machine or a Dask cluster."""

    errors = (ExtractError,)
    usage = "WARC... --out DIR [options]"
    summary = "Read web archives to Parquet shards, on all cores or a Dask cluster"
    description = (
        "Reads every capture of WARC and ARC files, folders of them, and addresses (s3://, "
        "https://; wildcards allowed) into Parquet files in DIR, which may be an address "
        "too. scrapy load makes archive.db of them. What was read before is not read "
        "again: the same command goes on. Exit status 0 if all was sound, 1 if something "
        "was damaged or could not be read (it says where)."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--out``, and who is to do it."""
        super().add_options(parser)
        parser.add_argument("--out", metavar="DIR", help="where the shards go")
        parser.add_argument(
            "--workers", type=int, metavar="N", help="processes of this machine (all cores)"
        )
        parser.add_argument(
            "--cluster",
            metavar="ADDRESS",
            help='a Dask scheduler ("tcp://host:8786"), or "local": one is started here',
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Extract, and say what came of it."""
        if not args or not opts.out:
            raise CommandError("name WARC files, and where to with --out DIR", 2)
        if opts.workers is not None and opts.workers < 1:
            raise CommandError("--workers is a number of processes, from 1 on", 2)
        cores = len(os.sched_getaffinity(0))
        workers = opts.workers or cores
        out = opts.out if "://" in opts.out else os.path.abspath(opts.out)  # noqa: PTH100
        try:
            inputs = inputs_of(args)
            engine = _engine(opts.cluster, workers)
        except ImportError as error:  # of what an address needs
            raise CommandError(f"{type(error).__name__}: {error}") from error
        try:
            with BytesProgress("read", watched=is_watched(opts)) as bar:

                def advance(step: Receipt | FailedSpan, total: int) -> None:
                    if isinstance(step, Receipt):
                        bar.add(step.stats.size, total, step.stats.file)

                result = extract(inputs, out, engine, workers=workers, progress=advance)
        except OSError as error:
            raise CommandError(f"{error}; the same command goes on from here") from error
        finally:
            engine.close()
        print_result(opts, as_json(result), lines(result, opts.out))
        stats = result.files.values()
        sound = not result.failed and not any(each.damaged or each.flagged for each in stats)
        self.exitcode = 0 if sound else 1


def _engine(cluster: str | None, workers: int) -> Engine:
    if cluster is None:
        return Processes(workers)
    engine = Cluster(None if cluster == "local" else cluster, workers)
    print(f"dashboard    {engine.dashboard}", file=sys.stderr)
    return engine


def lines(result: ExtractResult, out: str) -> list[str]:
    """For a terminal."""
    files = result.files.values()
    captures, pages, errors = (
        sum(getattr(stats, name) for stats in files) for name in ("captures", "pages", "errors")
    )
    return [
        f"extracted    {len(files)} files to {len(result.shards)} shards in {out} "
        f"({result.bytes / 1e6:.1f} MB)",
        f"read         {captures} captures, {pages} question pages, {errors} unreadable",
        *(
            f"failed       {failed.span.file} from byte {failed.span.begin} on: {failed.why}"
            for failed in result.failed
        ),
        *(
            f"damaged      {stats.file} at byte {damage.offset}: {damage.why}"
            for stats in files
            for damage in (*stats.damaged, *stats.flagged)
        ),
        f"next         scrapy load {out}",
    ]
