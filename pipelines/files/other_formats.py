"""What a file is that is no web archive, page or corpus, by its first bytes. Pure.

People bring what lies beside web archives: indexes, logs, pointers to files, error messages
under a file's name. Each is named, with what to do; nothing of it is read as a page.
Signatures are those of the formats' own documents, or of the PRONOM registry
(https://www.nationalarchives.gov.uk/PRONOM/); those of ZIP files are OPC's and EPUB's.
"""

from __future__ import annotations

import re
import tarfile
from contextlib import suppress

_UNPACK = "unpack it and import what is in it"
_RECOMPRESS = "not supported; recompress it ('{} FILE | gzip')"
_INDEX = "an index of captures ({}), which holds none: import the WARC files that it lists"
_LOG = "{}, which holds no page"
_LZ4 = f"compressed with LZ4: {_RECOMPRESS.format('lz4 -dc')}"
_OFFICE = "an office document: save it as HTML or text, and import that with --url"
_PICTURE = "an image, not a page"
_FILM = "a sound or film, not a page"
_TAR = f"a tar archive: {_UNPACK}"
_PDF = "a PDF document, not a page"

_BINARY = (
    (b"\x04\x22\x4d\x18", _LZ4),
    (b"\x02\x21\x4c\x18", _LZ4),
    (b"BZh", f"compressed with bzip2: {_RECOMPRESS.format('bzip2 -dc')}"),
    (b"\xfd7zXZ\0", f"compressed with xz: {_RECOMPRESS.format('xz -dc')}"),
    (b"\x5d\0\0", f"compressed with LZMA: {_RECOMPRESS.format('xz -dc --format=lzma')}"),
    (b"\x1f\x9d", f"compressed with compress (.Z): {_RECOMPRESS.format('zcat')}"),
    (b"!<arch>\n", f"a Unix archive (ar, deb): {_UNPACK}"),
    (b"07070", f"a cpio archive: {_UNPACK}"), (b"MSCF\0", f"a cabinet archive: {_UNPACK}"),
    (b"7z\xbc\xaf", f"a 7-Zip archive: {_UNPACK}"),
    (b"Rar!", f"a RAR archive: {_UNPACK}"),
    (b"SQLite format 3\0", "a SQLite database: import the WARC files that it was made of"),
    (b"PAR1", "a Parquet file (scrapy load reads the shards of scrapy extract)"),
    (b"ARROW1", "an Arrow file, not a page"),
    (b"\xd0\xcf\x11\xe0", _OFFICE),
    (b"bplist00", "a property list, such as a .webarchive of Safari: save the page as HTML"),
    (b"ITSF", "a compiled help file (CHM): unpack it and import its pages"),
    (b"\x89PNG", _PICTURE), (b"\xff\xd8\xff", _PICTURE), (b"GIF8", _PICTURE),
    (b"RIFF", "an image, sound or film, not a page"),
    (b"BM", _PICTURE), (b"II*\0", _PICTURE), (b"MM\0*", _PICTURE), (b"\0\0\1\0", _PICTURE),
    (b"OggS", _FILM), (b"ID3", _FILM), (b"\x1aE\xdf\xa3", _FILM),
    (b"MZ", "a program"), (b"\x7fELF", "a program"),
)  # fmt: skip
#: Those that stand further on: where, and what.
_FURTHER = ((257, b"ustar", _TAR), (4, b"ftyp", _FILM))

#: One of the field names of an e-mail's head that no page begins with (RFC 5322, RFC 2557).
_MAIL = rb"(?=(?:[!-9;-~]+:.*\n(?:[ \t].*\n)*)*?(?:{}))[!-9;-~]+:"
_TEXTS = tuple(
    (re.compile(pattern, re.I), description)
    for pattern, description in (
        (rb"%PDF-", _PDF),
        (rb"\{\\rtf", _OFFICE),
        (rb"version https://git-lfs\.github\.com/spec/",
         "a Git LFS pointer, not the file itself: 'git lfs pull' gets it"),
        (rb"(?:\.\./)*(?:\.git)?/?annex/objects/",
         "a git-annex pointer, not the file itself: 'git annex get' gets it"),
        (rb"HTTP/\d(?:\.\d)? \d{3}\b|(?:\*.*\n)+> [A-Z]+ \S+ HTTP/",
         "an HTTP response with its head, as 'curl -i' saves it: save the page alone and name "
         "its address with --url, or capture it as WARC (wget --warc-file)"),
        # Logs: Heritrix' crawl.log, NCSA and W3C formats, Apache's errors, wget, Browsertrix.
        (rb"(?:\d{17}|\d{4}-\d\d-\d\dT[\d:.]+Z)\s+-?\d+\s+(?:-|\d+)\s+\w+:",
         _LOG.format("a crawl log of Heritrix")),
        (rb"\S+ \S+ \S.{0,80}? ?\[\d\d/[A-Z]{3}/\d{4}:\d\d:\d\d:\d\d|#(?:Software|Version|Fields):",
         _LOG.format("a log of a web server")),
        (rb"\[[A-Z]{3} [A-Z]{3} [ \d]\d [\d:.]{8,15} \d{4}\] \[",
         _LOG.format("an error log of a web server")),
        (rb"--(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d--\s+\w+:|\{\"(?:timestamp|logLevel)\":"
         rb"[^\n]*\"(?:logLevel|context)\":", _LOG.format("a log of a crawler")),
        # Indexes: CDX with and without a header, CDXJ, ZipNum, JSON of CDX servers.
        (rb"CDX(?: [A-Z])+\s*\n|!(?:OpenWayback-)?CDXJ|!(?:meta|context|id|keys)\s+[\[{]"
         rb"|(?!https?:)[^\s{]+[ \t]\d{12,17}[ \t]+\S|[^\s{()]+\)\S*[ \t]\d{1,17}[ \t]+\S"
         rb"|[^\s{]+ \d{4}-\d\d-\d\dT\S+ \w+ \{",
         _INDEX.format("CDX, CDXJ or ZipNum")),
        (rb"\[\s*\[\s*\"(?:urlkey|timestamp|original)\"", _INDEX.format("of a CDX server")),
        (rb"\{\s*\"urlkey\"(?![^\n]*\"(?:text|html|content|body|raw_content)\"\s*:)",
         _INDEX.format("of a CDX server")),
        (rb"\{\s*\"format\"\s*:\s*\"json-pages", "a list of pages of a WACZ file: import the WACZ"),
        (rb"\{(?=[\s\S]{0,4000}?\"(?:profile\"\s*:\s*\"multi-wacz|path\"\s*:\s*\"[^\"\n]{1,999}\.wacz\"))"
         rb"(?=[\s\S]{0,4000}?\"resources\"\s*:)",
         "a list of WACZ files (multi-WACZ), which holds no page: import the files that it lists"),
        (rb"\{\s*\"log\"\s*:\s*\{", "a HAR file (HTTP Archive): convert it to WARC with har2warc"),
        (_MAIL.replace(b"{}", rb"Snapshot-Content-Location:|Content-Type: *multipart/related"),
         "a page as MHTML: save it as HTML, or capture it as WARC"),
        (_MAIL.replace(b"{}", rb"MIME-Version:|Received:|Return-Path:|Message-ID:")
         + rb"|From \S+ +[A-Z]{3} [A-Z]{3} [ \d]\d ", "e-mail, not a page"),
        (rb"(?:<\?xml[^>]*>\s*)?<Error>",
         "an error message of an object store: get the file again"),
        (rb"(?:<\?xml[^>]*>\s*)?(?:<!--.{0,999}?-->\s*)?<(?:urlset|sitemapindex|rss|feed|rdf:RDF)\b",
         "a sitemap or feed, not a page"),
        (rb"(?:<\?xml[^>]*>\s*)?(?:<!(?:--|DOCTYPE svg)[^>]{0,999}>\s*)*<svg\b", _PICTURE),
        (rb"User-agent: ?\S+\s", "a robots.txt, not a page"),
        (rb"(?:https?://\S+\s+)+\Z",
         "a list of addresses: scrapy crawl pages -a urls=FILE asks for them"),
        (rb"[0-9a-f]{32,128} [ *]\S", "a list of checksums, not a page"),
        (rb"\Z", "empty but for blanks"),
    )
)  # fmt: skip
_ZIP = re.compile(
    rb"PK\x03\x04.{26}(?:(\[Content_Types\]\.xml|(?:word|xl|ppt|_rels|docProps|customXml)/|mimetypeapplication/vnd\.oasis)"
    rb"|(mimetypeapplication/epub)|(META-INF/|AndroidManifest))", re.S,
)  # fmt: skip
_ZIPS = (_OFFICE, f"an e-book (EPUB): {_UNPACK}", "a program (JAR or APK)")
_QUOTED = 60


def describe(head: bytes) -> str:
    """What a file is, and what to do with it, for the end of "FILE is ..."; "" if unknown.

    :param head: its first bytes, unpacked; a few kilobytes or more
    """
    if head and not head.strip(b"\0"):
        return "nothing but zero bytes: its content was never written; get it again"
    if name := container(head):
        return name
    for magic, description in _BINARY:
        # Two letters may begin a text as well.
        if head.startswith(magic) and (b"\0" in head or magic[0] == 0x1F):
            return description
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for pattern, name in _TEXTS if pattern.match(text)), "")


def container(head: bytes) -> str:
    """What a file is that may have web archives in it, and is none; "" if unknown.

    Their first bytes are no text, so that no damaged web archive is taken for one.
    """
    for offset, magic, description in _FURTHER:
        if head.startswith(magic, offset):
            return description
    if match := _ZIP.match(head):
        return _ZIPS[(match.lastindex or 1) - 1]
    for magic, description in (*_BINARY, (b"%PDF-", _PDF)):
        if len(magic) > 2 and head.startswith(magic):
            return description
    if head[:1] not in (b"", b"\0"):
        with suppress(tarfile.TarError):  # of 1979, without a mark: its checksum says it
            tarfile.TarInfo.frombuf(head[:512], "utf-8", "replace")
            return _TAR
    return ""


def beginning(head: bytes) -> str:
    """The first words of a file, for a message."""
    words = " ".join(head[:4096].decode("utf-8", "replace").split())
    return words if len(words) <= _QUOTED else words[:_QUOTED].rsplit(" ", 1)[0] + " ..."
