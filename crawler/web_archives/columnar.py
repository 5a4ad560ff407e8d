"""Common Crawl's columnar index: Parquet files, asked by DuckDB.

One query over many hosts reads a few columns of a few row groups, where an index server
would be asked once a host and crawl. See
https://commoncrawl.org/blog/index-to-warc-files-and-urls-in-columnar-format. It needs the
extra "columnar" (DuckDB; fsspec and aiohttp for addresses).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from crawler.web_archives.target import Target
from pipelines.capture.cdx import CdxError

_QUERY = """
SELECT url, strftime(fetch_time, '%Y%m%d%H%M%S'), fetch_status, content_mime_type,
    content_digest, warc_filename, warc_record_offset, warc_record_length
FROM read_parquet(?, hive_partitioning = true, union_by_name = true)
WHERE {where} ORDER BY url, fetch_time
"""
_CRAWL = re.compile(r"CC-[A-Z]+-[0-9-]*\d")


def ndjson_by_crawl(files: Sequence[str], targets: Sequence[Target]) -> dict[str, bytes]:
    """Return what files list of targets, by crawl, in the form of the index server.

    :param files: paths or addresses; paths may have wildcards
    :raises CdxError: DuckDB is missing, or cannot read the files; the message says why
    """
    try:
        import duckdb
    except ImportError as error:
        raise CdxError("columnar= needs DuckDB: pip install 'housecall[columnar]'") from error
    connection = duckdb.connect()
    if any("://" in file for file in files):
        connection.register_filesystem(_filesystem(files))
    hosts = sorted({target.host.partition(":")[0] for target in targets})
    marks = " OR ".join(
        ["url_host_name = ? OR url_host_name = 'www.' || ? OR url_host_name LIKE '%.' || ?"]
        * len(hosts)
    )
    names = [name for host in hosts for name in (host, host, host)]
    try:
        rows = connection.execute(_QUERY.format(where=marks), [list(files), *names]).fetchall()
    except (duckdb.Error, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise CdxError(f"columnar={' '.join(files)}: {reason}") from error
    finally:
        connection.close()
    return _by_crawl(rows, targets)


def _by_crawl(rows: Sequence[tuple[Any, ...]], targets: Sequence[Target]) -> dict[str, bytes]:
    lines = defaultdict[str, list[str]](list)
    for url, timestamp, status, mime, digest, filename, offset, length in rows:
        crawl = _CRAWL.search(filename or "")
        if crawl and any(target.holds(url, timestamp) for target in targets):
            row = {
                "timestamp": timestamp, "url": url, "mime": mime or "", "status": str(status),
                "digest": digest or "", "length": str(length), "offset": str(offset),
                "filename": filename,
            }  # fmt: skip
            lines[crawl[0]].append(json.dumps(row))
    return {crawl: "\n".join(crawl_lines).encode() + b"\n" for crawl, crawl_lines in lines.items()}


def _filesystem(files: Sequence[str]) -> Any:
    """A filesystem for addresses: DuckDB's own would have to be downloaded first."""
    try:
        import fsspec

        filesystem = fsspec.filesystem(files[0].partition("://")[0])
    except ImportError as error:
        raise CdxError(f"columnar={files[0]}: needs fsspec and aiohttp") from error
    if "http" in filesystem.protocol:
        # DuckDB asks for it, and HTTP's has none; what is published once stays as it is.
        filesystem.modified = lambda path: datetime.fromtimestamp(0, UTC)
    return filesystem
