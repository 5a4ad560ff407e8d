"""``scrapy crawl commoncrawl -a columnar=``: Parquet files instead of the index server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sample import Site
from tests.conftest import Scrapy, settings_for
from tests.crawler.web_archives.common_crawl import lay_out, serving

pytest.importorskip("duckdb", reason='needs the extra "columnar"')

SITE = Site(pages=20, seed=3, slow=0.0, big=0.0)
OTHER = "http://health.example.org/question.cfm/"
"""Questions of another site, of which nothing is served."""


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Common Crawl, and its columnar index in the folders that Common Crawl has."""
    folder = tmp_path_factory.mktemp("columnar")
    lay_out(folder, SITE)
    for crawl, rows in json.loads((folder / "index.json").read_text()).items():
        other = [{**rows[0], "url": f"{OTHER}{n}.htm", "offset": "0"} for n in (7, 8) if rows]
        place = folder / "table" / f"crawl={crawl}" / "subset=warc"
        place.mkdir(parents=True)
        pq.write_table(_table([*rows, *other]), place / "part-00000.parquet")
    return folder


def _table(rows: list[dict[str, str]]) -> pa.Table:
    """In the types of the columnar index; only the columns that are asked for, and one more."""
    whens = [datetime.strptime(one["timestamp"], "%Y%m%d%H%M%S") for one in rows]
    return pa.table(
        {
            "url_surtkey": pa.array([one["urlkey"] for one in rows], pa.string()),
            "url": pa.array([one["url"] for one in rows], pa.string()),
            "url_host_name": pa.array([one["url"].split("/")[2] for one in rows], pa.string()),
            "fetch_time": pa.array(whens, pa.timestamp("ms")),
            "fetch_status": pa.array([int(one["status"]) for one in rows], pa.int16()),
            "content_digest": pa.array([one["digest"] for one in rows], pa.string()),
            "content_mime_type": pa.array([one["mime"] for one in rows], pa.string()),
            "warc_filename": pa.array([one["filename"] for one in rows], pa.string()),
            "warc_record_offset": pa.array([int(one["offset"]) for one in rows], pa.int32()),
            "warc_record_length": pa.array([int(one["length"]) for one in rows], pa.int32()),
        }
    )


def words(address: str, folder: Path, *more: str, url: str = "netwellness.org/*") -> list[str]:
    arguments = ["-a", f"url={url}", "-a", f"index={address}", "-a", f"data={address}"]
    return ["crawl", "commoncrawl", *arguments, *settings_for(folder), "--json", *more]


def asked(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(query).fetchall()


LISTED = "SELECT archive, url, captured_at, status, digest, place FROM listings ORDER BY 1, 2, 3"
READ = (
    "SELECT site, source_id, title, question, answer, answered_on, status FROM questions "
    "ORDER BY 1, 2"
)


def test_files_list_what_the_server_lists(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    with serving(laid_out) as (address, log):
        by_server = scrapy(*words(address, tmp_path / "server", "-a", "pick=all"))
        before = len(log)
        files = f"columnar={laid_out}/table/*/*/*.parquet"
        by_files = scrapy(*words(address, tmp_path / "files", "-a", "pick=all", "-a", files))
        of_files = log[before:]
    assert by_server.returncode == by_files.returncode == 0, by_files.stdout + by_files.stderr
    assert asked(tmp_path / "files", LISTED) == asked(tmp_path / "server", LISTED)
    assert len(asked(tmp_path / "files", READ)) >= 19
    assert asked(tmp_path / "files", READ) == asked(tmp_path / "server", READ)
    assert of_files
    assert all("crawl-data" in one for one in of_files)


def test_files_by_address(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    pytest.importorskip("fsspec", reason='needs the extra "columnar"')
    crawls = sorted((laid_out / "table").iterdir())[:2]
    with serving(laid_out) as (address, log):
        places = " ".join(
            f"{address}table/{one.name}/subset=warc/part-00000.parquet" for one in crawls
        )
        done = scrapy(*words(address, tmp_path, "-a", f"columnar={places}", "-a", "plan=1"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(asked(tmp_path, LISTED)) > 40
    # A plan fetches no capture.
    assert log
    assert all("/table/" in one for one in log)


def test_several_sites_in_one_question(laid_out: Path, tmp_path: Path, scrapy: Scrapy) -> None:
    files = f"columnar={laid_out}/table/*/*/*.parquet"
    both = "netwellness.org/question.cfm/* *.example.org"
    with serving(laid_out) as (address, _):
        done = scrapy(*words(address, tmp_path, "-a", files, "-a", "plan=1", url=both))
    assert done.returncode == 0, done.stdout + done.stderr
    hosts = {str(url).split("/")[2] for _, url, *_ in asked(tmp_path, LISTED)}
    assert hosts == {"www.netwellness.org", "health.example.org"}
    assert len([url for _, url, *_ in asked(tmp_path, LISTED) if str(url).startswith(OTHER)]) == 4


@pytest.mark.parametrize("made", [None, b"PAR1 and no more", b""])
def test_files_that_cannot_be_read(made: bytes | None, tmp_path: Path, scrapy: Scrapy) -> None:
    file = tmp_path / "part.parquet"
    if made is not None:
        file.write_bytes(made)
    done = scrapy(*words("http://127.0.0.1:9/", tmp_path, "-a", f"columnar={file}"))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"columnar={file}" in said
    assert "Traceback" not in said
