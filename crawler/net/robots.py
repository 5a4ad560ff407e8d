"""robots.txt by RFC 9309: fetched once for each origin, and obeyed.

Protego reads the rules. What it does not decide is here: which group is ours, what a
robots.txt that cannot be had means, how much of it is read.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.net.addresses import PrivateAddressError
from crawler.net.handler import LEADS_TO
from crawler.net.pace import PASSING, Pace, Postponed
from parsers.links import REDIRECTS, absolute, escaped

logger = logging.getLogger(__name__)

TOKEN = "housecall"
"""Our product token: the group of robots.txt that is meant for us."""
UNREACHABLE = "robots_unreachable"
"""How a crawl ends whose robots.txt could not be had: nothing may be fetched (2.3.1.4)."""
MOST_BYTES = 500 * 1024
"""What is read of a robots.txt: the least that the RFC allows (2.5)."""
MOST_REDIRECTS = 5
_TOO_MANY_REQUESTS = 429
_AGENT = re.compile(r"user(?:-|\s+)?agent(?:\s*:|\s)\s*([^#]*)", re.IGNORECASE)
_SITEMAP = re.compile(r"\s*site-?map\s*:", re.IGNORECASE)
# What editors leave: marks in the middle, and the NULs of UTF-16 that says not what it is.
_NOTHING = dict.fromkeys(map(ord, "\0\ufeff\u200b"))
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Robots:
    """What a robots.txt says to us. Without one, all is allowed.

    ``sitemaps`` are absolute URLs, ``delay`` the seconds between two requests that
    Crawl-delay or Request-rate ask for (0: nothing asked).
    """

    sitemaps: tuple[str, ...] = ()
    delay: float = 0.0
    _rules: Protego | None = field(default=None, repr=False)

    def allowed(self, url: str) -> bool:
        """Whether we may fetch ``url``."""
        return self._rules is None or self._rules.can_fetch(url, TOKEN)


#: Why nothing of an origin may be fetched: makes an exception of its own for each request.
_Refusal = Callable[[], Exception]


def parse_robots(body: bytes, url: str) -> Robots:
    """Read a robots.txt, whatever it really is.

    :param url: where it was found: its sitemaps may be relative to that
    """
    lines = _text(body).translate(_NOTHING).splitlines()
    ours = any(_group(line) == TOKEN for line in lines)
    # Protego takes "house" for a prefix of us, and "*" only where no group is ours. It is
    # given three groups, so that thousands of others cannot fill the memory.
    names = {TOKEN: TOKEN if ours else "other", "*": "other" if ours else TOKEN}
    rules = Protego.parse(
        "\n".join(
            line if (group := _group(line)) is None else f"User-agent: {names.get(group, 'other')}"
            for line in lines
        )
    )
    rate = rules.request_rate(TOKEN)
    delay = max(rules.crawl_delay(TOKEN) or 0.0, rate.seconds / rate.requests if rate else 0.0)
    return Robots(tuple(dict.fromkeys(_sitemaps(rules, url))), delay, rules)


def _group(line: str) -> str | None:
    """Whom a User-agent line names: us, "*", or anybody; None for other lines."""
    match = _AGENT.match(line.strip())
    if match is None:
        return None
    value = match[1].strip().lower()
    # The product token ends where a version or anything else begins.
    return value if value == "*" else re.split(r"[/\s*]", value, maxsplit=1)[0]


def _text(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES]
        # Half a line could forbid or allow more than the whole.
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # By bytes, as the addresses of such a site have it, and in UTF-8, as links from elsewhere.
        lines = body.decode("latin-1").splitlines()
        return "\n".join(
            escaped(line) if _SITEMAP.match(line) else f"{escaped(line)}\n{line}" for line in lines
        )


def _sitemaps(rules: Protego, url: str) -> list[str]:
    sitemaps = []
    for reference in rules.sitemaps:
        sitemap = absolute(url, reference)
        if sitemap and sitemap.startswith(("http://", "https://")):
            sitemaps.append(sitemap)
    return sitemaps


class RobotsTxt:
    """The downloader middleware that obeys robots.txt."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        self._tasks: dict[str, asyncio.Task[Robots | _Refusal]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsTxt:
        """Scrapy's constructor."""
        return cls(crawler)

    @classmethod
    def of_crawl(cls, crawler: Crawler) -> RobotsTxt:
        """Return the middleware of a running crawl."""
        middleware = crawler.get_downloader_middleware(cls)
        assert middleware is not None
        return middleware

    async def process_request(self, request: Request) -> None:
        """Let a request pass that robots.txt allows.

        :raises IgnoreRequest: it does not
        :raises Postponed: nobody can know, because it cannot be had
        """
        if not self._obey or request.meta.get("dont_obey_robotstxt"):
            return
        robots = await self.of(request.url)
        if not robots.allowed(request.url):
            self._count("forbidden")
            raise IgnoreRequest("Forbidden by robots.txt")

    async def of(self, url: str) -> Robots:
        """What the robots.txt of the origin of ``url`` says; asked for the first time only.

        :raises Postponed: it cannot be had, and the crawl is being closed for that
        :raises PrivateAddressError: the origin is not on the public internet
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        task = self._tasks.get(origin)
        if task is None:
            task = self._tasks[origin] = asyncio.ensure_future(self._read(origin))
        robots = task.result() if task.done() else await asyncio.shield(task)
        if not isinstance(robots, Robots):
            raise robots()
        return robots

    async def _read(self, origin: str) -> Robots | _Refusal:
        self._count("request_count")
        try:
            robots = await self._fetch(f"{origin}/robots.txt")
        except PASSING as error:
            return self._unreachable(origin, str(error))
        except (IgnoreRequest, PrivateAddressError) as error:
            return partial(type(error), str(error))
        if isinstance(robots, int):
            return self._unreachable(origin, f"HTTP {robots}")
        pace = Pace.of(self._crawler)
        if robots.delay > pace.most_wait:
            host = urlsplit(origin).hostname or ""
            how = "asks in its robots.txt for a gap between requests of"
            return partial(Postponed, str(pace.asked_to_wait(host, how, robots.delay)))
        pace.slow_down(Request(origin), robots.delay)
        return robots

    async def _fetch(self, url: str) -> Robots | int:
        """What is at ``url``; the HTTP status if that says neither yes nor no."""
        assert self._crawler.engine is not None
        for _ in range(1 + MOST_REDIRECTS):
            meta = {"dont_obey_robotstxt": True}
            request = Request(url, meta=meta, callback=NO_CALLBACK, priority=1000)
            response = await self._crawler.engine.download_async(request)
            if response.status not in REDIRECTS:
                break
            url = _target(response)
            if not url:
                return Robots()
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            # The RFC counts 429 among "there is none"; it means "leave me alone".
            return response.status
        if 200 <= response.status < 300:
            return parse_robots(response.body, url)
        return Robots()

    def _unreachable(self, origin: str, cause: str) -> Robots | _Refusal:
        reason = (
            f"the robots.txt of {origin} cannot be had ({cause}), so nothing there may be fetched"
        )
        if not self._obey:
            logger.warning("%s; ROBOTSTXT_OBEY is False: fetched all the same", reason)
            return Robots()
        if getattr(self._crawler.spider, "hosts_are_independent", False):
            logger.warning("%s", reason)
            return partial(IgnoreRequest, reason)
        Pace.of(self._crawler).close(UNREACHABLE, reason)
        return partial(Postponed, reason)

    def _count(self, event: str) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(f"robotstxt/{event}")


def _target(response: Response) -> str:
    """Where a redirect leads; "" if to nothing that can be fetched."""
    location = response.meta[LEADS_TO]
    url = absolute(response.url, location) if location else None
    return url if url and url.startswith(("http://", "https://")) else ""
