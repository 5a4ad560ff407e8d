"""Which links of a page are on the site, and where to fetch them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import SplitResult, urlsplit, urlunsplit

from parsers import canonical_url, is_question_url
from parsers.links import absolute, as_sent
from parsers.sites.address import fits_glob
from parsers.sites.site import PUBLIC, Site
from parsers.urls import site_for

MAX_URL_LENGTH = 2_000
"""Characters. Longer ones are made by loops, not by people."""

_REMEMBERED = 200_000  # references
_OTHER_THAN_PAGES = (
    ".jpg .jpeg .png .gif .svg .ico .css .js .pdf .doc .docx .ppt .xls .zip .gz "
    ".mp3 .mp4 .mov .avi .wmv .swf .xml .rss"
)
_SKIPPED_SUFFIXES = tuple(_OTHER_THAN_PAGES.split())


#: Addresses of pages about members, in which their names stand. They lead to no question, and
#: an address is kept in archive.db, where names of the public are not.
_PROFILE = re.compile(
    r"(?<![a-z])(?:member(?:s|list)?|profiles?|view_?profile|users?|u|mitglied(?:er)?|benutzer|"
    r"profil|membres?|utilisateurs?|miembros?|usuarios?|perfil|utenti|gebruikers?)(?![a-z])",
    re.I,
)


class _Rooted(dict[str, str | None]):
    """What references mean whose page plays no part. Portal pages repeat the same eighty: each is
    worked out once."""

    def __init__(self, resolve: Callable[[str, str], str | None], base: str) -> None:
        super().__init__()
        self._resolve, self._base = resolve, base

    def __missing__(self, href: str) -> str | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[href] = url = self._resolve(href, self._base)
        return url


class Scope:
    """The part of the web that a crawl of one site covers.

    A URL's identity is its canonical form, so that http and https, www and bare, the site's
    hosts and a copy served from another base are one page; it is fetched from ``base``.

    :param base: where the site is served, such as "http://www.netwellness.org/", if not where
        its declaration begins
    :raises ValueError: ``base`` is not an absolute http(s) URL, or not one of the site's
    """

    def __init__(self, site: Site, base: str = "") -> None:
        parts = urlsplit(base or site.start[0])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"base={base!r} is no web address; give one like http://www.netwellness.org/"
            )
        path = parts.path if base else ""
        self.base = urlunsplit((parts.scheme, parts.netloc, path or "/", "", ""))
        known = site_for(self.base)
        if not (known and known.name == site.name) and not site.anywhere:
            key = "base" if base else "start"
            raise ValueError(
                f"{key}={base or site.start[0]} is not of the site {site.name!r}: correct it, or "
                "add its host to the hosts of the declaration"
            )
        #: the host that is asked
        self.host = parts.hostname
        canonical = urlsplit(canonical_url(self.base))
        self._place = _place(canonical)
        #: the name of the host in canonical URLs, fit for a folder's name
        self.name = re.sub(r"[^a-z0-9.-]", "_", canonical.netloc.lower())
        self._origin = f"{canonical.scheme}://{canonical.netloc}"
        #: between which strings the canonical URLs of the site lie: "0" is what follows "/"
        self.bounds = (f"{self._origin}/", f"{self._origin}0")
        #: the canonical URLs at which a crawl begins
        self.starts = self._starts(site, path)
        #: whether its questions get further answers, so that the newest page of each is watched
        self.grows = site.answers == PUBLIC or any(
            {"page", "offset"} & set(pattern.fields) for pattern in site.questions
        )
        self._follow, self._skip = site.follow, site.skip
        self._hides_names = site.answers == PUBLIC and not site.keep_names
        self._rooted = _Rooted(self._resolve, self.base)

    def resolve(self, href: str, page: str) -> str | None:
        """Return the canonical URL that ``href`` on ``page`` points to; None if it is not ours."""
        if href[:1] == "/" or href[:8].lower().startswith(("http://", "https://")):
            return self._rooted[href]  # the page's own path plays no part
        return self._resolve(href, page)

    def links_of(self, page: str, hrefs: Iterable[str]) -> tuple[str, ...]:
        """What the references on a page resolve to, as far as it is ours, each once."""
        known, resolve = self._rooted, self.resolve
        urls = [known[href] if href in known else resolve(href, page) for href in hrefs]
        return tuple(dict.fromkeys([url for url in urls if url]))

    def is_page(self, canonical: str) -> bool:
        """Return whether a canonical URL is that of a page of the site."""
        is_own = self.resolve(canonical, canonical) == canonical
        return is_own and not canonical.endswith("/robots.txt")

    def holds(self, url: str) -> bool:
        """Return whether a URL of any kind of file is on the site, and at a port of it."""
        canonical = urlsplit(canonical_url(url))
        try:
            port = urlsplit(url).port
        except ValueError:
            return False
        known = (None, 80, 443, urlsplit(self.base).port, self._place[1])
        return _place(canonical) == self._place and port in known

    def fetch_url(self, canonical: str) -> str:
        """Return where the page of a canonical URL is fetched."""
        base, parts = urlsplit(self.base), urlsplit(canonical)
        # Not joined as a reference: a path that begins with // would name another host.
        return as_sent(urlunsplit((base.scheme, base.netloc, parts.path or "/", parts.query, "")))

    def _starts(self, site: Site, path: str) -> tuple[str, ...]:
        if path not in ("", "/"):  # of a base: it says at which page
            return (canonical_url(self.base),)
        parts = [urlsplit(canonical_url(start)) for start in site.start]
        return tuple(dict.fromkeys(self._origin + _local(start) for start in parts))

    def _resolve(self, href: str, page: str) -> str | None:
        if len(href) > MAX_URL_LENGTH:
            return None
        target = absolute(page, href)
        if target is None or not target.startswith(("http://", "https://")):
            return None
        canonical = canonical_url(target)
        if _place(urlsplit(canonical)) != self._place:
            return None
        if urlsplit(target).path.lower().endswith(_SKIPPED_SUFFIXES):
            return None
        return canonical if self._is_wanted(canonical) else None

    def _is_wanted(self, canonical: str) -> bool:
        """Whether the declaration has a page followed."""
        if not (self._follow or self._skip or self._hides_names):
            return True
        if canonical in self.starts or is_question_url(canonical):
            return True
        address = _local(urlsplit(canonical))
        if any(fits_glob(pattern, address) for pattern in self._skip):
            return False
        if self._follow:
            return any(fits_glob(pattern, address) for pattern in self._follow)
        return not (self._hides_names and _PROFILE.search(address))


def _local(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _place(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port
