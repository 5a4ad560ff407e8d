"""Start Datasette on an archive.

In one process and without a configuration folder: metadata, templates and settings come
from this package, so what is served is what is tested.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import socket
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

import uvicorn
from datasette import handle_exception
from datasette.app import Datasette
from datasette.plugins import pm

from pipelines.db.connection import ArchiveError, ArchiveLocked, ArchiveReadOnly, open_archive
from publish import plugin
from publish.datasette.connections import BoundedConnection, bound_listener
from publish.datasette.database import NAME, ArchiveDatabase
from publish.datasette.metadata import metadata
from publish.datasette.publisher import PLUGIN, Publisher
from publish.datasette.site_cache import MAX_BYTES, SITE
from publish.datasette.snapshot_mark import is_snapshot

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"

#: Bytes of a request's first line and headers; what is longer than a page allows is 414.
LONGEST_HEAD = 320_000

Profile = Literal["private", "public"]

# Where rich happens to be installed, Datasette prints every error page, each 404 too, with
# all values of the program: slow, and what readers search for would be in the log.
handle_exception.rich = None

SETTINGS: dict[str, Any] = {
    # Guessing which columns might be facets reads every column on every page. We know them.
    "suggest_facets": False,
    # What a person reads at a sitting. Each row costs time for 22 cells, shown or not.
    "default_page_size": 20,
    # As many rows as a page of JSON or CSV may have; whole tables are streamed (_stream=1).
    "max_returned_rows": 5000,
    # No limit: a researcher who exports all rows must get all rows, or know it.
    "max_csv_mb": 0,
    # A cell of a table is a glimpse; the texts are on the reading pages.
    "truncate_cells_html": 240,
    # Values shown in a facet. More are behind the dots.
    "default_facet_size": 12,
    # Facets of a broad search over a large archive take a moment when first asked for.
    "facet_time_limit_ms": 1000,
    # An honest aggregate over 600,000 rows needs seconds; a mistaken join must still end.
    "sql_time_limit_ms": 5000,
    # Reads are short and the work is in the processor: a few threads keep it busy, more
    # would only wait for one another.
    "num_sql_threads": 4,
    # Browsers ask again, so that a page is never older than the last commit of a crawl.
    "default_cache_ttl": 0,
}

PUBLIC: dict[str, Any] = {
    # Strangers may run the canned queries, but not a query of their own.
    "default_allow_sql": False,
    # A proxy in front may keep a page, whatever the crowd, and then a browser for as long
    # again: together a minute, after which nobody is shown what is withheld.
    "default_cache_ttl": 30,
    # The whole file is for scrapy publish to give, when it is wanted.
    "allow_download": False,
    "sql_time_limit_ms": 2000,
    # Of the texts of 5,000 rows several copies are made; strangers may ask for many at a time.
    "max_returned_rows": 1000,
}


class ServeError(Exception):
    """The archive cannot be served. The message says why and what to do about it."""


class PortTaken(ServeError):
    """Another server listens on that port."""


def settings(profile: Profile = "private") -> dict[str, Any]:
    """Datasette's settings for a profile."""
    return SETTINGS | (PUBLIC if profile == "public" else {})


def application(
    archive: Path, profile: Profile = "private", publisher: Publisher | None = None
) -> Datasette:
    """Datasette with the archive, our pages and our settings; nothing is listening yet.

    :param publisher: at which address and by whom it is served, if that is to be told
    :raises ServeError: there is no archive at that path, or it is something else
    """
    prepare(archive)
    if not pm.is_registered(plugin):
        pm.register(plugin, "housecall")
        # It would log every malformed address with a traceback; publish.datasette.errors does not.
        pm.unregister(name="datasette.handle_exception")
    datasette = Datasette(
        [],
        metadata={**metadata(), "plugins": {PLUGIN: (publisher or Publisher()).config()}},
        template_dir=str(HERE / "templates"),
        static_mounts=[("static", str(HERE / "static"))],
        settings=settings(profile),
    )
    # Datasette opens an empty database where it is given no file. We add ours by hand, as
    # its name in addresses must not depend on the file's.
    datasette.remove_database("_memory")
    datasette.add_database(ArchiveDatabase(datasette, archive, plugin.SQL_FUNCTIONS), name=NAME)
    return datasette


def prepare(archive: Path) -> None:
    """See that the archive is one, and can be read while a crawl writes (WAL mode).

    :raises ServeError: there is no archive at that path, or it is something else
    """
    if not archive.is_file():
        raise ServeError(
            f"There is no archive at {archive}. Run a crawl first (scrapy crawl netwellness), "
            "or name another file with -s ARCHIVE_DB=PATH."
        )
    # A snapshot was checked when it was published, and is never to be written.
    snapshot = is_snapshot(archive)
    try:
        try:
            # Opened for writing once: that sets WAL mode and brings an older schema up to date.
            open_archive(archive, readonly=snapshot).close()
        except (ArchiveReadOnly, ArchiveLocked):
            # Not ours to change, or somebody is busy with it: it may still be fit to be read.
            open_archive(archive, readonly=True).close()
    except ArchiveError as error:
        advice = ". It is a snapshot: run 'scrapy publish' again" if snapshot else ""
        raise ServeError(f"{error}{advice}") from error


def serve(
    archive: Path,
    port: int = 8001,
    host: str = LOOPBACK,
    profile: Profile = "private",
    *,
    free_port: bool = False,
    cache_mb: int = MAX_BYTES // 1_000_000,
    publisher: Publisher | None = None,
) -> None:
    """Serve the archive until interrupted. Prints the address once it is listening.

    :param port: the TCP port; 0 takes a free one
    :param free_port: take a free port if that one is taken
    :param cache_mb: megabytes of what is remembered of the archive
    :param publisher: at which address and by whom it is served, if that is to be told
    :raises ServeError: no archive there, or the port is taken
    """
    SITE.resize(cache_mb * 1_000_000)
    datasette = application(archive, profile, publisher)
    try:
        listener = _listen(host, port)
    except PortTaken:
        if not free_port:
            raise
        listener = _listen(host, 0)
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{listener.getsockname()[1]}/", flush=True)
    config = uvicorn.Config(
        datasette.app(),
        log_level="warning",
        lifespan="on",
        server_header=False,
        http=BoundedConnection,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    _return_memory()
    # What is loaded by now stays: looking through all of it for garbage again and again would
    # hold up a page for some 50 ms each time.
    gc.collect()
    gc.freeze()
    # Ctrl-C is how a person ends it: uvicorn has closed everything by then.
    with closing(listener), suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _return_memory() -> None:
    """Have the C library give back what large answers took, instead of keeping it by thread.

    Only glibc has these options (mallopt(3)).
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(-8, 2)  # M_ARENA_MAX
        library.mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A server that was just stopped leaves its port in waiting; that is no reason to fail.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound_listener(listener)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # at once, so that who reads the address can connect
    except OSError as error:
        listener.close()
        kind = PortTaken if error.errno == errno.EADDRINUSE else ServeError
        raise kind(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Choose another with --port, or let --free-port choose."
        ) from error
    return listener
