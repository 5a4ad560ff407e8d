"""Which links of a page are on the site, and where to fetch them. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

from parsers import canonical_url

MAX_URL_LENGTH = 2_000
"""Characters. Longer ones are made by loops, not by people."""

_OTHER_THAN_PAGES = (
    ".jpg .jpeg .png .gif .svg .ico .css .js .pdf .doc .docx .ppt .xls .zip .gz "
    ".mp3 .mp4 .mov .avi .wmv .swf .xml .rss"
)
_SKIPPED_SUFFIXES = tuple(_OTHER_THAN_PAGES.split())


class Scope:
    """The part of the web that a crawl of one site covers.

    A URL's identity is its canonical form, so that http and https, www and bare, and a
    copy served from another base are one page; it is fetched from ``base``.

    :param base: where the site is served, such as "http://www.netwellness.org/"
    :raises ValueError: ``base`` is not an absolute http(s) URL
    """

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"base={base!r} is no web address; give one like http://www.netwellness.org/"
            )
        self.base = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))
        #: the host that is asked
        self.host = parts.hostname
        canonical = urlsplit(canonical_url(self.base))
        self._host = canonical.hostname
        #: the name of the site, fit for a folder's name
        self.site = re.sub(r"[^a-z0-9.-]", "_", canonical.netloc.lower())
        start = f"{canonical.scheme}://{canonical.netloc}"
        #: between which strings the canonical URLs of the site lie: "0" is what follows "/"
        self.bounds = (f"{start}/", f"{start}0")
        # Portal pages repeat the same eighty links: each is worked out once.
        self._resolve_rooted = lru_cache(maxsize=200_000)(self._resolve)

    def resolve(self, href: str, page: str) -> str | None:
        """Return the canonical URL that ``href`` on ``page`` points to; None if it is not ours."""
        if href[:1] == "/" or href[:4].lower() == "http":
            return self._resolve_rooted(href, self.base)  # the page's own path plays no part
        return self._resolve(href, page)

    def is_page(self, canonical: str) -> bool:
        """Return whether a canonical URL is that of a page of the site."""
        is_own = self.resolve(canonical, canonical) == canonical
        return is_own and not canonical.endswith("/robots.txt")

    def holds(self, url: str) -> bool:
        """Return whether a URL of any kind of file is on the site."""
        return urlsplit(canonical_url(url)).hostname == self._host

    def fetch_url(self, canonical: str) -> str:
        """Return where the page of a canonical URL is fetched."""
        base, parts = urlsplit(self.base), urlsplit(canonical)
        # Not joined as a reference: a path that begins with // would name another host.
        return urlunsplit((base.scheme, base.netloc, parts.path or "/", parts.query, ""))

    def _resolve(self, href: str, page: str) -> str | None:
        if len(href) > MAX_URL_LENGTH:
            return None
        try:
            parts = urlsplit(urljoin(page, href.strip()))
            canonical = canonical_url(urlunsplit(parts))
            host = urlsplit(canonical).hostname
        except ValueError:  # such as an unclosed [ of an IPv6 address
            return None
        if parts.scheme not in ("http", "https") or host != self._host:
            return None
        if parts.path.lower().endswith(_SKIPPED_SUFFIXES):
            return None
        return canonical
