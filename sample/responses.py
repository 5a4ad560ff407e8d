"""Responses: what has been made, with the headers that go with it; conditional requests."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from datetime import UTC

from pipelines.files.timestamps import http_date, parse_http_date

from .dice import share
from .options import Options
from .routes import Made

Response = tuple[int, dict[str, str], bytes]


def headed(options: Options, path: str, made: Made, zipped: bool) -> Response:
    """A response with its headers, gzipped if ``zipped`` and its path is so chosen."""
    headers = {"Content-Type": made.content_type}
    body, tag = made.body, ""
    if made.location:
        headers["Location"] = made.location
    if made.status == 200:
        tag = hashlib.blake2b(body, digest_size=8).hexdigest()
        headers["Last-Modified"] = http_date(made.modified.replace(tzinfo=UTC))
        if share(options.seed, "gzip", path) < options.gzip and made.content_type[:5] != "image":
            headers["Vary"] = "Accept-Encoding"
            if zipped:
                headers["Content-Encoding"] = "gzip"
                body, tag = gzip.compress(body, 6, mtime=0), f"{tag}-gz"
        headers["ETag"] = f'"{tag}"'
    headers["Content-Length"] = str(len(body))
    return made.status, headers, body


def accepts_gzip(value: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    for part in value.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "x-gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def unchanged(out: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether the client's copy is current. If-None-Match outranks If-Modified-Since."""
    known = asked.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or out.get("ETag") in tags
    since = asked.get("if-modified-since")
    if since is None or "Last-Modified" not in out:
        return False
    modified, copied = parse_http_date(out["Last-Modified"]), parse_http_date(since)
    return modified is not None and copied is not None and modified <= copied


def not_modified(out: Mapping[str, str]) -> Response:
    """The 304 that stands for a response with these headers."""
    kept = ("ETag", "Last-Modified", "Vary")
    return 304, {name: value for name, value in out.items() if name in kept}, b""
