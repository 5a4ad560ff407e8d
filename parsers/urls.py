"""Addresses: which are question pages, and the canonical URL of each page.

A site answers under http and https, with and without ``www.``, with queries and doubled
slashes. The archive knows each page by one canonical URL.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

# host (without "www.") -> (site name, canonical origin)
_SITES = {"netwellness.org": ("netwellness", "http://www.netwellness.org")}
_QUESTION = re.compile(r"/+question\.cfm/+([0-9]+)\.html?/*", re.I)
_LOOPBACK = re.compile(r"127(?:\.\d{1,3}){3}|(?:.+\.)?localhost|::1", re.I)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NO_LINK = re.compile(r"\s*(?:(?:javascript|data|mailto|vbscript|tel|about|file)\s*:|#|$)", re.I)
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
_CONTROLS = "".join(map(chr, range(33)))
_CACHE = 8192  # a crawl meets the same few hundred portal links on every page


@lru_cache(maxsize=_CACHE)
def canonical_url(url: str) -> str:
    """Return the canonical URL of a page.

    Question pages of a known site become ``http://www.netwellness.org/question.cfm/N.htm``;
    other pages of a known site get its canonical scheme and host, and keep path and query.
    Loopback hosts stand for the site itself, because copies are served there for trial.
    Elsewhere only scheme, host, default port and fragment are normalised, except that
    question pages lose their query. A string that is no URL comes back stripped.
    """
    parts = _split(url)
    if parts is None:
        return url.strip()
    host, port = parts.hostname or "", _port(parts)
    origin = _known_origin(host)
    question = _QUESTION.fullmatch(parts.path)
    if question:
        own = origin or "http://" + _netloc(host, port, "http" if port != 443 else "https")
        return f"{own}/question.cfm/{question[1]}.htm"
    if origin:
        path = quote(_tidy_path(parts.path), safe="/%:@!$&'()*+,;=~-._")
        return origin + path + (f"?{_quoted(parts.query)}" if parts.query else "")
    user = parts.netloc.rpartition("@")[0]
    netloc = (user + "@" if user else "") + _netloc(host, port, parts.scheme)
    return parts._replace(netloc=netloc, fragment="").geturl()


@lru_cache(maxsize=_CACHE)
def is_question_url(url: str) -> bool:
    """Whether a URL has the path of a question page, on any host."""
    parts = _split(url)
    return parts is not None and _QUESTION.fullmatch(parts.path) is not None


def question_id(url: str) -> str:
    """Return the site's own number of a question page, or "" for any other URL."""
    parts = _split(url)
    match = parts and _QUESTION.fullmatch(parts.path)
    return match[1] if match else ""


def question_url(site: str, source_id: str) -> str | None:
    """The canonical URL of a known site's question; None for other sites, whose port and
    scheme their name does not tell."""
    origin = dict(_SITES.values()).get(site)
    return f"{origin}/question.cfm/{source_id}.htm" if origin else None


def site_of(url: str) -> str:
    """The name of the site that a URL belongs to: a known site's name, or the host."""
    parts = _split(url)
    host = (parts.hostname or "") if parts else ""
    if _LOOPBACK.fullmatch(host):
        return next(iter(_SITES.values()))[0]
    known = _SITES.get(_bare(host))
    return known[0] if known else host


_FOLDERS = re.compile(r"(?<=[^/:])/.*", re.S)


def resolve(base: str, href: str) -> str | None:
    """Return the canonical target of a link on a page, or None if it leads to no page."""
    if href[:1] == "/":
        base = _FOLDERS.sub("/", base)  # only its host counts, and most pages share that
    return _resolve(base, href)


@lru_cache(maxsize=_CACHE)
def _resolve(base: str, href: str) -> str | None:
    href = href.strip(_CONTROLS).translate(_DROPPED)
    if _NO_LINK.match(href):
        return None
    try:
        target = urljoin(base, href)
    except ValueError:
        return None
    parts = _split(target)
    return canonical_url(target) if parts is not None else None


@lru_cache(maxsize=64)  # what is asked of an address is asked at once
def _split(url: str) -> SplitResult | None:
    """Return the parts of an HTTP URL, or None for anything else."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            return None
        _port(parts)
    except ValueError:
        return None
    return parts


def _port(parts: SplitResult) -> int | None:
    port = parts.port
    return None if port == _DEFAULT_PORTS.get(parts.scheme) else port


def _bare(host: str) -> str:
    return host.rstrip(".").removeprefix("www.")


def _known_origin(host: str) -> str | None:
    if _LOOPBACK.fullmatch(host):
        return next(iter(_SITES.values()))[1]
    known = _SITES.get(_bare(host))
    return known[1] if known else None


def _netloc(host: str, port: int | None, scheme: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None or port == _DEFAULT_PORTS.get(scheme) else f"{shown}:{port}"


def _quoted(query: str) -> str:
    return quote(query, safe="/%:@!$&'()*+,;=~-._?[]{}|^\\`")


def _tidy_path(path: str) -> str:
    """Return a path with single slashes and without dot segments."""
    path = re.sub(r"/{2,}", "/", path) or "/"
    if "/." not in path:
        return path
    segments: list[str] = []
    for piece in path.split("/"):
        if piece == "..":
            if len(segments) > 1:
                segments.pop()
        elif piece != ".":
            segments.append(piece)
    if path.endswith(("/.", "/..")):
        segments.append("")
    return "/".join(segments) or "/"
