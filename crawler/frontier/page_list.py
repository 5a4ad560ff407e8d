"""A list of addresses, which are all that a crawl asks for. Pure, but for reading the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from parsers import canonical_url
from parsers.links import absolute, as_sent


class PageList:
    """The addresses of a list, as the scope of a crawl: nothing else is in it.

    :param urls: whole addresses
    :raises ValueError: there are none
    """

    grows = False

    def __init__(self, urls: Sequence[str]) -> None:
        if not urls:
            raise ValueError("the list of addresses is empty")
        self._addresses: dict[str, str] = {}
        for url in urls:
            self._addresses.setdefault(canonical_url(url), url)
        self.starts = tuple(self._addresses)
        self.base = urls[0]
        hosts = {urlsplit(url).netloc: url for url in urls}
        #: an address on each host
        self.host_urls = tuple(hosts.values())
        #: what tells this list from others
        self.name = sha256("\n".join(self._addresses).encode("utf-8", "replace")).hexdigest()[:16]

    def resolve(self, href: str, page: str) -> str | None:
        """The canonical URL that ``href`` on ``page`` points to; None if it is not in the list."""
        target = absolute(page, href)
        canonical = canonical_url(target) if target else None
        return canonical if canonical in self._addresses else None

    def links_of(self, page: str, hrefs: Iterable[str]) -> tuple[str, ...]:
        """What the references on a page resolve to, as far as it is in the list, each once."""
        urls = (self.resolve(href, page) for href in hrefs)
        return tuple(dict.fromkeys(url for url in urls if url))

    def is_page(self, canonical: str) -> bool:
        """Whether a canonical URL is that of an address of the list."""
        return canonical in self._addresses

    def fetch_url(self, canonical: str) -> str:
        """The address as it stands in the list."""
        return self._addresses[canonical]


def read_page_list(urls: str) -> PageList:
    """One address, or those in the lines of a file; empty lines and comments (#) do not count.

    :raises ValueError: a line is no web address; the message says which
    :raises OSError: the file cannot be read
    """
    if urls.lower().startswith(("http://", "https://")):
        return PageList([_address(urls, "urls")])
    if not urls:
        raise ValueError("say which pages: urls=FILE, a file with an address in each line")
    lines = Path(urls).read_text("utf-8-sig").splitlines()
    return PageList(list(_addresses(lines, urls)))


def _addresses(lines: Iterable[str], file: str) -> Iterable[str]:
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _address(line.strip(), f"{file}, line {number}")


def _address(text: str, place: str) -> str:
    problem = f"{place}: {text!r} is no web address; write one like https://clinic.example/ask/7"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(problem) from None
    if not usable:
        raise ValueError(problem)
    return as_sent(text)
