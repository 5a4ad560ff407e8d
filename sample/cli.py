"""The command line of the sample site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from . import check, server
from .archive import UnreadableArchive
from .comparison import as_json, as_text
from .demo import demo
from .kinds import check as kinds_check
from .kinds.site import KINDS, KindSite
from .options import SITE, Options
from .site import Site


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is 0, 1 (differences) or 2 (could not)."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "demo":
        return demo(given.pages, serve=given.serve, port=given.port)
    values = {each.name: getattr(given, each.name) for each in fields(Options)}
    try:
        netwellness = given.kind == SITE
        site = Site(**values) if netwellness else KindSite(**values, kind=given.kind)
    except ValueError as error:
        parser.error(str(error))
    if netwellness and (getattr(given, "declaration", None) or getattr(given, "readings", False)):
        parser.error("--declaration and --readings are for the other kinds; give --kind")
    if given.command == "serve" and not 0 <= given.port <= 65535:
        parser.error(f"port must be 0 to 65535, not {given.port}")
    if given.command == "serve" and not (0 <= given.seconds < 1e9 and given.cache_mb > 0):
        parser.error("seconds and cache-mb must be above 0 (seconds 0 is no limit)")
    return _serve(site, given) if given.command == "serve" else _check(site, given)


def _serve(site: server.AnySite, given: argparse.Namespace) -> int:
    try:
        server.run(
            site,
            given.port,
            seconds=given.seconds,
            megabytes=given.cache_mb,
            prerender=given.prerender,
            with_parent=given.with_parent,
            log=given.log.open("a", buffering=1) if given.log else None,
            declaration=given.declaration,
        )
    except OSError as error:
        sys.stderr.write(f"python -m sample: cannot serve on port {given.port}: {error}\n")
        return 2
    return 0


def _check(site: server.AnySite, given: argparse.Namespace) -> int:
    try:
        if isinstance(site, Site):
            result = check.compare(site, given.archive)
        elif given.readings:
            result = kinds_check.compare_readings(site)
        else:
            result = kinds_check.compare(site, given.archive)
    except UnreadableArchive as error:
        sys.stderr.write(f"python -m sample: {error}\n")
        return 2
    sys.stdout.write(as_json(result) if given.json else as_text(result, given.show))
    return 1 if result.is_off else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sample", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the site on 127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    serve.add_argument("--seconds", type=float, default=0, help="stop by itself after so long")
    serve.add_argument("--prerender", action="store_true", help="make all pages before starting")
    serve.add_argument("--cache-mb", type=int, default=400, help="keep so many MB of made pages")
    serve.add_argument(
        "--log", type=Path, metavar="PATH", help="write a line for each answer into this file"
    )
    serve.add_argument(
        "--with-parent", action="store_true", help="stop when the parent process does"
    )
    serve.add_argument(
        "--declaration",
        type=Path,
        metavar="FILE",
        help="write the declaration of the site into this file, for scrapy crawl site",
    )
    checking = commands.add_parser("check", help="compare an archive with what the site says")
    checking.add_argument("--archive", type=Path, default=Path("archive.db"), metavar="PATH")
    checking.add_argument("--show", type=int, default=20, help="differences to print (20)")
    checking.add_argument("--json", action="store_true", help="print the result as JSON")
    checking.add_argument(
        "--readings",
        action="store_true",
        help="compare what parsers.read makes of each page, not an archive",
    )
    for command in (serve, checking):
        _site_options(command)
    trial = commands.add_parser("demo", help="serve, crawl, keep, and show the archive")
    trial.add_argument("--pages", type=int, default=Options().pages, help="question pages")
    trial.add_argument("--port", type=int, default=8001, help="of Datasette (8001)")
    trial.add_argument(
        "--no-serve", dest="serve", action="store_false", help="end after the summary"
    )
    return parser


def _site_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the site", "the same options give the same site")
    group.add_argument(
        "--kind",
        choices=(SITE, *KINDS),
        default=SITE,
        help=f"what kind of site it is ({SITE})",
    )
    helps = {
        "pages": "genuine question pages",
        "seed": "another number gives another site",
        "kb": "pad question pages to about so many KB",
        "changed": "share of answers revised in a later state",
        "gone": "share of pages removed in a later state",
        "added": "share of pages added in a later state",
        "crawl_delay": "seconds that robots.txt asks for",
        "gzip": "share of paths sent gzipped where accepted",
        "slow": "seconds that the slow page takes, 0 for none",
        "big": "MB of the big page, 0 for none",
    }
    defaults = Options()
    for name, text in helps.items():
        default = getattr(defaults, name)
        flag = f"--{name.replace('_', '-')}"
        group.add_argument(flag, type=type(default), default=default, help=f"{text} ({default})")
    group.add_argument(
        "--no-traps", dest="traps", action="store_false", help="leave out the endless calendar"
    )
