"""``scrapy embed``: the vectors that search by meaning needs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from crawler.cli.command import HousecallCommand
from crawler.cli.output import print_result
from crawler.cli.progress import bar
from publish.semantic import VectorsError


class Command(HousecallCommand):
    """Makes a vector for every question that has none yet."""

    errors = (VectorsError,)
    summary = "Prepare the archive to be searched by meaning"
    description = (
        "Makes a vector for every question of ARCHIVE_DB whose text is new since the last "
        "time, and keeps them in ARCHIVE_DB.vectors.npz beside it, from where a running "
        "server takes them at its next search by meaning. Needs the package wordllama (the "
        'extra "meaning" of pyproject.toml). Exit status 0 if the vectors are up to date.'
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Whether to begin again."""
        super().add_options(parser)
        parser.add_argument(
            "--all", action="store_true", help="make all vectors anew, whatever is there"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Embed."""
        from publish.semantic.build import update_vectors

        with bar(" questions", disable=not sys.stderr.isatty()) as shown:
            done = update_vectors(self.paths.database, anew=opts.all, progress=shown.update)
        line = f"{done.questions} questions, {done.made} vectors made, {done.dropped} dropped"
        print_result(opts, asdict(done), [line])
