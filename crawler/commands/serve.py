"""``scrapy serve``: Datasette on the archive."""

from __future__ import annotations

import argparse

from crawler.command import CommandError, HousecallCommand


class Command(HousecallCommand):
    """Serves the archive until it is stopped with Ctrl-C."""

    prints_json = False

    def syntax(self) -> str:
        """How it is called."""
        return "[options]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Show the archive in Datasette"

    def long_desc(self) -> str:
        """For --help."""
        return (
            "Starts Datasette on ARCHIVE_DB with this project's pages and settings, prints the "
            "address, and serves until Ctrl-C. A crawl may go on writing meanwhile."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen, and for whom."""
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=8001, help="TCP port (default 8001)")
        parser.add_argument(
            "--free-port", action="store_true", help="take a free port if that one is taken"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
        parser.add_argument(
            "--public", action="store_true", help="no SQL of strangers, cacheable pages"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve."""
        if args:
            raise CommandError("takes no arguments; name the archive with -s ARCHIVE_DB=PATH", 2)
        # Scrapy loads every command to find the one that is wanted, and Datasette takes as
        # long to load as all the rest.
        from publish.serve import ServeError, serve

        try:
            serve(
                self.paths.database,
                opts.port,
                opts.host,
                "public" if opts.public else "private",
                free_port=opts.free_port,
            )
        except ServeError as error:
            raise CommandError(str(error)) from error
