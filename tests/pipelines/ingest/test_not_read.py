"""What an import did not read is named, counted, and in ``failures``; a dry run says the same."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import ingest
from pipelines.ingest.input_files import ImportOptions
from pipelines.rebuild.rebuild import rebuild
from pipelines.store.store import Store
from tests.pipelines.archive_makers import question_html, question_url

URL = question_url(1)
MENU = b"<html><body><p>Only a menu stands here.</p></body></html>"


def response(block: bytes, **fields: str) -> bytes:
    """A WARC file with a response of a question page."""
    lines = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000001>",
        "WARC-Date": "2004-05-06T07:08:09Z",
        "WARC-Target-URI": URL,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def http(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in ("Content-Type: text/html", *fields))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body


def arc(block: bytes) -> bytes:
    version = b"1 0 Alexa\nURL IP-address Archive-date Content-type Archive-length\n"
    return (
        b"filedesc://a.arc 0.0.0.0 19990501000000 text/plain %d\n" % len(version)
        + version + b"\n%s 10.0.0.1 19990502030405 text/html %d\n" % (URL.encode(), len(block))
        + block + b"\n"
    )  # fmt: skip


CASES = [
    pytest.param("a.warc", response(http(MENU)), "no question is read", False, id="menu"),
    pytest.param("a.warc", response(http(b"")), "no question is read", False, id="empty body"),
    pytest.param(
        "a.warc", response(http(question_html(1)[:200])), "answer", True, id="page without end"
    ),
    pytest.param("a.warc", response(question_html(1)), "not HTTP", True, id="no HTTP head"),
    pytest.param("a.warc", response(b""), "not HTTP", True, id="empty block"),
    pytest.param("a.arc", arc(b""), "not HTTP", True, id="ARC: empty block"),
    pytest.param(
        "a.warc", response(http(question_html(1)), WARC_Truncated="length"), "not whole", True,
        id="truncated",
    ),
    pytest.param(
        "a.warc", response(b"words", WARC_Type="conversion", Content_Type="text/plain"),
        "text rendering", True, id="text in a WET file",
    ),
    pytest.param("1.txt", b"Only words stand here.\n", "text rendering", True, id="text"),
    pytest.param("1.htm", MENU, "no question is read", False, id="saved page"),
    pytest.param(
        "a.jsonl", b'{"url": "%s", "text": "words"}\n' % URL.encode(), "text rendering", True,
        id="corpus",
    ),
    *(
        pytest.param(
            "a.warc", response(http(b"\x1f\x8b\x08\0 garbage", f"Content-Encoding: {coding}")),
            coding, True, id=coding,
        )
        for coding in ("gzip", "compress", "sdch")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "why", "in_failures"), CASES)
def test_a_page_that_is_not_read_is_said(
    tmp_path: Path, name: str, data: bytes, why: str, *, in_failures: bool
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    options = ImportOptions(base=URL.rpartition("/")[0] + "/")
    store = Store.open(tmp_path / "archive.db")
    (looked,) = dry_run([file], options)
    (result,) = ingest([file], tmp_path / "warcs", store, options)
    (failure,) = result.failures
    assert looked.failures == [failure]
    assert failure.startswith(URL)
    assert why in failure
    assert not result.sound
    rows = store.db.execute("SELECT canonical_url FROM failures").fetchall()
    assert rows == ([(URL,)] if in_failures else [])
    store.close()


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found", "500 Oops"])
def test_what_the_site_answered_was_read(tmp_path: Path, status: str) -> None:
    file = tmp_path / "a.warc.gz"
    data = response(http(b"gone").replace(b"200 OK", status.encode()))
    file.write_bytes(gzip.compress(data))
    (looked,) = dry_run([file])
    assert looked.sound


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.warc.gz", b"<html><title>404 Not Found</title></html>", "begins with '<html>"),
        ("a.warc", b" CDX N b a m s k r M S V g\n", "is an index of captures"),
        ("a.warc.gz", b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        ("a.warc.gz", gzip.compress(b"", mtime=0), "holds no record"),
        ("a.warc", b"", "holds no record"),
    ],
)
def test_a_rebuild_names_files_that_are_none(
    tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    (tmp_path / "warcs").mkdir()
    (tmp_path / "warcs" / name).write_bytes(data)
    result = rebuild(tmp_path / "warcs", tmp_path / "archive.db")
    (damage,) = result.files[0].damaged
    assert why in damage.why
