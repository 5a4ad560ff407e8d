"""What is no web archive, page or corpus is named as what it is; pages and texts are not."""

from __future__ import annotations

import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.files.other_formats import describe
from pipelines.ingest.sniff import FileError, FileKind, format_of

ROW = "org,example)/a.htm 20040506070809 http://example.org/a.htm text/html 200 " + "A" * 32
MAIL = "From: <a@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: {};\r\n\tx=1\r\n\r\n"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "application/epub+zip" if name == "mimetype" else "x")
    return file.getvalue()


def gzipped(data: bytes) -> bytes:
    """The same bytes in every process: they are in the names of the tests."""
    return gzip.compress(data, mtime=0)


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.htm"))
    return file.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE a (b)")
        return connection.serialize()


OTHERS: dict[str, list[str | bytes]] = {
    "index of captures": [
        f" CDX N b a m s k r M S V g\n{ROW} - - 12 34 a.warc.gz\n", f"{ROW} - - 12 34 a.warc.gz\n",
        f"{ROW} 1234\n", "example.org/a.htm 20040506070809 http://example.org/a.htm text/html\n",
        'org,example)/ 20040506070809 {"url": "http://example.org/"}\n',
        '!meta {"format": "cdxj-gzip-1.0"}\n', "org,example)/ 20040506070809\tcdx-0.gz\t0\t8\t1\n",
        "!OpenWayback-CDXJ 1.0\n", '[["urlkey","timestamp","original"]]',
        '{"urlkey": "org,example)/", "timestamp": "2004", "filename": "a.warc.gz"}\n',
        b"org,example)/ 2004 http://example.org/ text/html 200 AAAA - - 10 0 a.warc.gz\n",
        gzipped(f"{ROW} 1234\n".encode()),
    ],
    "log of a web server": [
        '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n',
        'www.example.org a.example - me [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 26\n',
        "#Software: Microsoft Internet Information Services 6.0\r\n#Version: 1.0\r\n",
        "[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] denied\n",
    ],
    "crawl log of Heritrix": [
        "2004-05-06T07:08:09.123Z   200   1234 http://example.org/ L - text/html\n",
        "20040506070809123   -50      - http://example.org/ L - no-type #012 - - - -\n",
        "2004-05-06T07:08:09Z     1     60 dns:example.org P http://example.org/ text/dns\n",
    ],
    "log of a crawler": [
        "--2004-05-06 07:08:09--  http://example.org/\n", "--07:08:09--  http://example.org/\n",
        '{"timestamp":"2024-01-01T00:00:00Z","logLevel":"info","context":"general"}\n',
    ],
    "multi-WACZ": [
        '{"profile": "multi-wacz-package", "resources": []}',
        '{\n "resources": [\n  {"name": "a", "path": "https://a.example/1.wacz"}]}',
    ],
    "HAR": ['{"log": {"version": "1.2"}}', '{\n  "log": {\n    "version": "1.2"'],
    "MHTML": [MAIL.format("multipart/related"), "Snapshot-Content-Location: http://example.org/\n"],
    "e-mail": [MAIL.format("text/plain"), "Return-Path: <a@example.org>\nReceived: by x\n\nHello\n",
               "From a@example.org Thu May  6 07:08:09 2004\nSubject: x\n\nHello\n"],
    "PDF": ["%PDF-1.4\n", "\r\n%PDF-1.4\n"],
    "office document": [zipped("[Content_Types].xml", "word/document.xml"), b"{\\rtf1\\ansi Hello}",
                        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)],
    "EPUB": [zipped("mimetype", "OEBPS/a.xhtml")],
    "tar archive": [tarred(), gzipped(tarred())],
    "7-Zip": [b"7z\xbc\xaf\x27\x1c\0\4"], "RAR": [b"Rar!\x1a\x07\1\0"],
    "SQLite": [database()], "Parquet": [b"PAR1\x15\0PAR1"],
    "with its head": ["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
                      "HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n<html>",
                      "*   Trying 10.0.0.1...\n> GET / HTTP/1.1\n> Host: example.org\n"],
    "object store": ["<?xml version='1.0'?>\n<Error><Code>NoSuchKey</Code></Error>", "<Error>"],
    "Git LFS": ["version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"],
    "git-annex": ["/annex/objects/SHA256E-s1234--4d7a.warc.gz\n", "../.git/annex/objects/aa/b\n"],
    "image": [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"GIF89a\1\0",
              "<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM\x36\0\0\0\0\0", b"II*\0\x08\0\0\0"],
    "sitemap or feed": ["<?xml version='1.0'?><urlset>", "<?xml version='1.0'?>\n<rss>"],
    "xz": [lzma.compress(b"WARC/1.0\r\n")], "(.Z)": [b"\x1f\x9d\x90abc"],
    "zero bytes": [bytes(5000)], "empty": ["", " \n\n"],
    "compressed again": [gzipped(gzipped(b"WARC/1.0\r\n"))],
    "a page: unpack it": [gzipped(b"<html><body>Hello</body></html>")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"), [(name, data) for name, several in OTHERS.items() for data in several]
)
def test_other_formats_are_named(tmp_path: Path, name: str, data: str | bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(FileError) as refused:
        format_of(file)
    assert name in str(refused.value)


WARC = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 1\r\n\r\nx\r\n\r\n" * 3


def with_warc(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        member = tarfile.TarInfo("a.warc")
        member.size = len(WARC)
        tar.addfile(member, io.BytesIO(WARC))
    return out.getvalue()


def before_posix(tar: bytes) -> bytes:
    """A tar archive as of 1979, without a mark: its checksum is what tells it."""
    head = bytearray(tar[:257].ljust(512, b"\0"))
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + tar[512:]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a tar archive", with_warc("w")),
        ("gzip of a tar archive", with_warc("w:gz")),
        ("bzip2 of a tar archive", with_warc("w:bz2")),
        ("xz of a tar archive", with_warc("w:xz")),
        ("a tar archive", before_posix(with_warc("w"))),
        ("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c\0\4" + WARC),
        ("a RAR archive", b"Rar!\x1a\x07\0" + WARC),
        ("a PDF document", b"%PDF-1.4\n\0" + WARC),
        ("a SQLite database", b"SQLite format 3\0" + bytes(100) + WARC),
        ("a Unix archive", b"!<arch>\n\0" + WARC),
        ("an office document", zipped("docProps/app.xml") + WARC),
    ],
)
def test_what_holds_a_web_archive_in_another_form_is_no_damaged_one(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(FileError, match=f"is {name}"):
        format_of(tmp_path / "file")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html><p>HTTP/1.1 200 OK is what a server says</p></html>", FileKind.HTML),
        ("<?xml version='1.0'?>\n<!DOCTYPE html><html><body><svg/></body></html>", FileKind.HTML),
        ("Question: From: and To: are what?\n\nMIME-Version: 1.0\n", FileKind.TEXT),
        ("URL: http://www.example.org/\nSubject: knees\n\nMy knee hurts.", FileKind.TEXT),
        ("20040506 was the day.\nCDX is a format.", FileKind.TEXT),
        ("BM is short for bone marrow.", FileKind.TEXT),
        ('{"url": "http://example.org/", "text": "log"}', FileKind.JSONL),
        ('{"urlkey": "org,example)/", "url": "http://example.org/", "text": "a"}', FileKind.JSONL),
    ],
)
def test_pages_and_texts_are_not_taken_for_others(
    tmp_path: Path, text: str, kind: FileKind
) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    assert format_of(file).kind is kind


@pytest.mark.parametrize("text", ["<html><title>404 Not Found", '{"message": "x"}', "Not Found\n"])
@pytest.mark.parametrize("name", ["a.warc.gz", "a.arc", "a.WACZ", "a.warc.gz.open"])
def test_an_error_message_under_the_name_of_a_web_archive(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FileError, match=r"begins with .* get the file again"):
        format_of(tmp_path / name)


@given(st.binary(max_size=400))
def test_any_bytes_have_a_description_or_none(data: bytes) -> None:
    assert isinstance(describe(data), str)
