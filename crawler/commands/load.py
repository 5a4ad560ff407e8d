"""``scrapy load DIR``: archive.db from Parquet shards."""

from __future__ import annotations

import argparse
import sys

from scrapy.exceptions import UsageError
from tqdm import tqdm

from crawler.cli.command import HousecallCommand, is_watched
from crawler.cli.output import print_result
from crawler.cli.renew_vectors import renew_vectors
from pipelines.capture.warc_extract import FileStats
from pipelines.rebuild.load import LoadError, load, parsers_of, shards_of
from pipelines.rebuild.rebuild import build
from pipelines.store.store import Store


class Command(HousecallCommand):
    """Makes the archive of what ``scrapy extract`` has read, and puts it in the old one's place."""

    errors = (LoadError,)
    usage = "DIR [options]"
    summary = "Make archive.db from the shards of an extraction"
    description = (
        "Makes ARCHIVE_DB of all shards in DIR (a folder, or an address such as s3://): "
        "aside first, then in one step in the old one's place. It is the archive that "
        "scrapy rebuild makes of the same WARC files."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """``--partial``."""
        super().add_options(parser)
        parser.add_argument(
            "--partial", action="store_true", help="also if some parts could not be read"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Load, and say what came of it."""
        if len(args) != 1:
            raise UsageError("name one folder of shards", print_help=False)
        paths = self.paths
        number = paths.check(copy=True)
        shards, names = shards_of(args[0], partial=opts.partial)
        for parser in parsers_of(shards):
            print(f"note: read by {parser}, which is another now", file=sys.stderr)
        with (
            paths.lock("a load"),
            tqdm(
                total=len(names), unit="shard", disable=not is_watched(opts), dynamic_ncols=True
            ) as bar,
        ):

            def fill(store: Store) -> list[FileStats]:
                load(store, shards, names, lambda done: bar.update(done - bar.n))
                return []

            entries = paths.withheld_entries(release=False)
            result = build(paths.database, fill, entries, digest=opts.json, number=number)
            renew_vectors(paths.database)
        new = result.counts.get("new", 0)
        print_result(
            opts,
            {"questions": new, "shards": len(names), "content_digest": result.digest},
            [
                f"loaded       {len(names)} shards into {paths.database}",
                f"questions    {new}",
            ],
        )
