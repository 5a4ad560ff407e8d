"""Addresses: which are question pages of which site, and the canonical URL of each page.

A site answers under http and https, with and without ``www.``, with queries and doubled
slashes. The archive knows each page by one canonical URL.

Which sites there are is declared once in a process (:func:`declare`), when it reads its
settings. An address is asked about in forty places, of which any that knew other sites than the
rest would file a page under two names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from parsers.links import absolute
from parsers.sites.address import QuestionAddress
from parsers.sites.declaration import BUILT_IN
from parsers.sites.site import Site
from parsers.words.patterns import pattern

_LOOPBACK = re.compile(r"127(?:\.\d{1,3}){3}|(?:.+\.)?localhost|::1", re.I)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NO_LINK = re.compile(r"\s*(?:(?:javascript|data|mailto|vbscript|tel|about|file)\s*:|#|$)", re.I)
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
# Where browsers go elsewhere than RFC 3986 says: "\faq.htm", "http:faq.htm", "/%2e%2e/faq.htm".
_NOT_AS_RFC = re.compile(r"https?:(?!//[^/\\])|[^?#]*(?:\\|///|%2e)", re.I)
_CONTROLS = "".join(map(chr, range(33)))
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_CACHE = 8192  # a crawl meets the same few hundred portal links on every page
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_QUERY = "/%:@!$&'()*+,;=~-._?[]{}|^\\`"
# What also names stories and searches is a session only if its value looks like one.
_TOKEN = re.compile(r"[0-9a-f-]{16,}|[0-9a-z]{24,}", re.I)
_DOUBTFUL = frozenset({"s", "sid", "sess", "session"})
# As a parameter of the path (Java), as a folder (PHP), and in the forms of ASP.NET:
# /(S(token))/, with other tickets beside it, and the older /(token)/.
_PATH_SESSION = pattern("session_in_path")
_SEPARATOR = re.compile("([&;])")


class _Declared(NamedTuple):
    """The sites of this process, by what they are looked up by."""

    sites: tuple[Site, ...]
    by_host: dict[str, Site]
    by_name: dict[str, Site]


def _index(sites: Iterable[Site]) -> _Declared:
    by_name = {site.name: site for site in sites}
    by_host = {_bare(host): site for site in by_name.values() for host in site.hosts}
    return _Declared(tuple(by_name.values()), by_host, by_name)


def declare(sites: Iterable[Site]) -> None:
    """Say which sites there are besides those that are built in; one of the same name counts
    instead of it."""
    global _declared
    _declared = _index((*BUILT_IN, *sites))
    for cache in (canonical_url, question_of, _resolve):
        cache.cache_clear()


def declared_sites() -> tuple[Site, ...]:
    """The sites of this process, those that are built in first."""
    return _declared.sites


def site_named(name: str) -> Site | None:
    """The site of a name; None if nobody declares it."""
    return _declared.by_name.get(name)


@lru_cache(maxsize=_CACHE)
def canonical_url(url: str) -> str:
    """Return the canonical URL of a page.

    Pages of a declared site get its canonical scheme and host, and lose the parameters that it
    drops; question pages take the form that it declares. Elsewhere only scheme, host, default
    port and fragment are normalised, and blanks and control characters percent-encoded. A string
    that is no URL comes back stripped.
    """
    parts = _split(url)
    if parts is None:
        return url.strip()
    site = _site_of(parts)
    if site is None:
        user = parts.netloc.rpartition("@")[0]
        netloc = (user + "@" if user else "") + _netloc(parts)
        address = parts._replace(netloc=netloc, fragment="").geturl()
        return _CONTROL.sub(lambda match: f"%{ord(match[0]):02X}", address)
    path = _PATH_SESSION.sub("", parts.path) or "/"
    question = site.question(path, parts.query)
    if question:
        path, _, query = question[1].partition("?")
    else:
        path, query = _tidy_path(path), _kept(parts.query, site)
    path = quote(path, safe=_SAFE_PATH, errors="replace")
    query = quote(query, safe=_SAFE_QUERY, errors="replace")
    return site.origin + path + (f"?{query}" if query else "")


@lru_cache(maxsize=_CACHE)
def question_of(url: str) -> QuestionAddress | None:
    """The question that an address is a page of; None if it is that of no question page."""
    parts = _split(url)
    site = _site_of(parts) if parts else None
    if parts is None or site is None:
        return None
    question = site.question(_PATH_SESSION.sub("", parts.path), parts.query)
    return question[0] if question else None


def is_question_url(url: str) -> bool:
    """Whether a URL is that of a question page."""
    return question_of(url) is not None


def question_id(url: str) -> str:
    """Return the site's own id of a question page, or "" for any other URL."""
    question = question_of(url)
    return question.source_id if question else ""


def question_url(site: str, source_id: str) -> str | None:
    """The canonical URL of a declared site's question; None where its id does not tell it."""
    known = _declared.by_name.get(site)
    path = known.question_path(source_id) if known else None
    return f"{known.origin}{path}" if known and path else None


def site_for(url: str) -> Site | None:
    """The site that a URL belongs to: a declared one, or a copy of one; else None."""
    parts = _split(url)
    return _site_of(parts) if parts else None


def site_of(url: str) -> str:
    """The name of the site that a URL belongs to: a known site's name, or the host."""
    parts = _split(url)
    site = _site_of(parts) if parts else None
    return site.name if site else (parts.hostname or "") if parts else ""


def _site_of(parts: SplitResult) -> Site | None:
    host = parts.hostname or ""
    port = _port(parts)
    by_host = _declared.by_host
    site = by_host.get(f"{_bare(host)}:{port}") if port else None
    site = site or by_host.get(_bare(host))
    if site is not None:
        return site
    if _LOOPBACK.fullmatch(host):
        return next((each for each in _declared.sites if each.loopback), None)
    for site in _declared.sites:
        if site.anywhere and site.question(parts.path, parts.query):
            scheme = "https" if port == 443 else "http"
            origin = f"{scheme}://{_netloc(parts._replace(scheme=scheme))}"
            return replace(site, name=host, hosts=(host,), origin=origin)
    return None


def _kept(query: str, site: Site) -> str:
    """A query without the parameters that the site drops; "&" and ";" part them."""
    if not query:
        return ""
    kept, before = "", ""
    for piece in _SEPARATOR.split(query):
        if piece in ("&", ";"):
            before = piece
        elif not _is_dropped(piece, site.drop_parameters):
            kept += (before if kept else "") + piece
    return kept


def _is_dropped(piece: str, dropped: tuple[str, ...]) -> bool:
    name, _, value = piece.partition("=")
    name = name.lower()
    if not any(
        name == each or (each[-1:] == "*" and name.startswith(each[:-1])) for each in dropped
    ):
        return False
    return name not in _DOUBTFUL or _TOKEN.fullmatch(value) is not None


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
        # All else stays as it is written: records have the addresses of other sites in that form.
        target = absolute(base, href) if _NOT_AS_RFC.match(href) else urljoin(base, href)
    except ValueError:  # the base is no address
        return None
    return canonical_url(target) if target and _split(target) is not None else None


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


def _netloc(parts: SplitResult) -> str:
    host, port = parts.hostname or "", parts.port
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f"{shown}:{port}"


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


_declared = _index(BUILT_IN)
