"""``python -m tests.odd_links``: what a browser asks for and what a crawl asks for, of odd links.

Over 400 hrefs stand on one page in windows-1252, and some queries on pages in other
charsets. Debian's chromium is asked what each means and fetches it; then the site is crawled. The
table says where the two differ, and why; exit status 1 if there is no reason.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from crawler.frontier.scope import Scope
from parsers import read
from parsers.records import Capture
from parsers.urls import site_named
from tests.conftest import ROOT, settings_for
from tests.crawler.net.raw_server import Answer, RawServer
from tools.browser import browser

PAGE = "/dir/sub/page.htm"

#: In each, {n} is the link's number, {host} the server's host and port, {port} its port.
HREFS: dict[str, Sequence[str]] = {
    "plain": (
        "/n{n}.htm", "n{n}.htm", "./n{n}", "../n{n}", "?n={n}", "/dir/n{n}/", "http://{host}/n{n}",
        "//{host}/n{n}", "", "#n{n}", "n{n}#", "n{n}?#x", "n{n}?", "/n{n}?a=1&b=2", "n{n};a=1;b=2",
        "/n{n}//x", "//{host}//n{n}", "/n{n}?a//b", "/n{n}?a/../b", "?", "#", "/n{n}?a?b#c?d",
        "/n{n}.jpg", "/n{n}?cfid=7&a=1", "/n{n}?b=1&PHPSESSID=0a&c=2",
    ),
    "dot segments": (
        "../../../n{n}", "/../n{n}", "/./n{n}", "/a/./n{n}", "/a/../n{n}", "/a/..", "/a/n{n}/.",
        "/a/n{n}/..", "/a/n{n}/../", "a/%2e/n{n}", "a/%2E%2e/n{n}", "a/.%2e/n{n}", "a/%2e./n{n}",
        "/n{n}/...", "/n{n}/.x", "/n{n}/x.", "/n{n}/..x", "a/..;x/n{n}", "/a//../n{n}",
        "/a\\..\\n{n}",
        "..\\n{n}", ".\\n{n}", "..", ".", "../..", "%2e%2e/n{n}", "/n{n}?x=../y", "/n{n}/%2e",
    ),
    "slashes": (
        "\\n{n}", "\\\\{host}\\n{n}", "/\\{host}/n{n}", "\\/{host}/n{n}", "a\\b\\n{n}",
        "///{host}/n{n}",
        "////{host}/n{n}", "http:\\\\{host}\\n{n}", "http:/{host}/n{n}", "http:///{host}/n{n}",
        "http:////{host}//n{n}", "http:n{n}", "http:/n{n}", "http:?n={n}", "http:#n{n}", "http:",
        "http:../n{n}", "HTTP:n{n}", "https:n{n}", "https:/n{n}", "/n{n}?a\\b", "/n{n}#a\\b",
        "http:\\n{n}", "n{n}\\", "/n{n}%5Cx",
    ),
    "blanks and controls": (
        " n{n}", "n{n} ", " /n{n} ", "\tn{n}", "n{n}\n", "n\n{n}", "/a\tb/n{n}", "/n{n}?a\tb",
        "/n{n}#a\nb", "ht\ntp://{host}/n{n}", "http:\t//{host}/n{n}",
        "http://127.0.\n0.1:{port}/n{n}",
        "/n{n} a", "/n{n}  a", "/n{n}?a b", "?n={n} ", "/n{n}?a  b", "/n{n}#a b", "\x01n{n}",
        "n{n}\x1f",
        "/n{n}\x01a", "/n{n}?\x01a", "/n{n}\x7fa", "/n{n}?\x7fa", "/n{n}\x0ba", "/n{n}\x1ba",
        "\x0bn{n}\x0b", "\x0c/n{n}\x0c", "/n{n}\x0ca", "/n{n}\r\nb", "\xa0n{n}", "n{n}\xa0",
        "\u3000n{n}", "\u200bn{n}", "\ufeffn{n}", "/n{n}\u2028a", " ", "\n", " #n{n}",
        " http://{host}/n{n}\n",
    ),
    "hosts": (
        "http://127.1:{port}/n{n}", "http://0x7f.1:{port}/n{n}", "http://2130706433:{port}/n{n}",
        "http://0177.0.0.1:{port}/n{n}", "http://127.0.0.1.:{port}/n{n}", "http://127.0.0.256/n{n}",
        "HTTP://{host}/n{n}", "hTtP://{host}/N{n}", "http://%31%32%37.0.0.1:{port}/n{n}",
        "http://\uff11\uff12\uff17.0.0.1:{port}/n{n}", "http://127\uff0e0\u30020.1:{port}/n{n}",
        "http://user@{host}/n{n}", "http://user:pw@{host}/n{n}", "http://@{host}/n{n}",
        "http://a@b@{host}/n{n}",
        "http://[::1]:{port}/n{n}", "http://[::1/n{n}", "http://]/n{n}", "http://a b/n{n}",
        "http://a%20b/n{n}",
        "http://a|b/n{n}", "http://a^b/n{n}", "http://a<b/n{n}", "http:// /n{n}",
        "http://?n={n}", "http:///?n={n}",
        "http://B\u00dcCHER.example/n{n}", "http://stra\u00dfe.example/n{n}", "http://xn--a/n{n}",
        "http://\u00ad/n{n}", "http://other.example/n{n}", "//OTHER.example/n{n}",
        "http://a..b/n{n}",
        "http://\u2603.example/n{n}", "http://1.2.3/n{n}", "http://0/n{n}",
        "http://a_b.example/n{n}",
    ),
    "ports": (
        "http://127.0.0.1:0{port}/n{n}", "http://127.0.0.1:000{port}/n{n}",
        "http://127.0.0.1:/n{n}",
        "http://127.0.0.1:80/n{n}", "http://127.0.0.1:0/n{n}", "http://127.0.0.1:65536/n{n}",
        "http://127.0.0.1:-1/n{n}", "http://127.0.0.1:a/n{n}", "http://127.0.0.1:{port}x/n{n}",
        "http://127.0.0.1: {port}/n{n}", "http://127.0.0.1:{port}", "http://127.0.0.1:{port}?n={n}",
        "http://127.0.0.1:{port}#n{n}", "http://127.0.0.1:{port}\\n{n}",
        "https://127.0.0.1:{port}/n{n}",
        "//127.0.0.1:443/n{n}",
    ),
    "percent": tuple(
        form.format(p=piece, n="{n}")
        for piece in ("%", "%zz", "%2", "%%41", "%41", "%7e", "%7E", "%2f", "%3F", "%23", "%25",
        "%5c",
                      "%00", "%0a", "%20", "%e9", "%C3%A9", "%u00e9", "%27", "%2B", "%26", "%3d")
        for form in ("/n{n}/a{p}b", "/n{n}?a{p}b")
    ),
    "punctuation": tuple(
        form.format(c=letter.translate({123: "{{", 125: "}}"}), n="{n}")
        for letter in "!\"$&'()*+,-:;<=>@[]^_`{|}~"
        for form in ("/n{n}/a{c}b", "/n{n}?a{c}b")
    ),
    "other letters": tuple(
        form.format(c=letter, n="{n}")
        for letter in ("\xe9", "\u20ac", "\xdf", "\u0130", "\u4e2d", "\u30bd", "\U0001f600",
        "\x81", "\u0441",
                       "e\u0301", "\xa0", "\u2013", "\ufffd", "\ufdd0")
        for form in ("/n{n}/{c}x", "/n{n}?a={c}x", "/n{n}#{c}", "/n{n}/{c}?{c}=%E9#{c}")
    ),
    "schemes": (
        "javascript:void({n})", "JavaScript:go('n{n}')", "java\nscript:n{n}", " javascript:n{n}",
        "mailto:n{n}@a.example", "data:text/html,n{n}", "tel:{n}", "blob:http://{host}/n{n}",
        "about:blank", "ftp://{host}/n{n}", "file:///n{n}", "ws://{host}/n{n}", "callto:n{n}",
        "news:n{n}",
        "urn:isbn:{n}", "view-source:http://{host}/n{n}", "x:n{n}", "1:n{n}", "a/b:n{n}",
        "./a:n{n}", ":n{n}",
        "://{host}/n{n}", "www.clinic.example/n{n}", "n{n}:80", "http//{host}/n{n}",
        "hhttp://{host}/n{n}",
        "http;//{host}/n{n}", "//", "///", "http://", "http:// {host}/n{n}",
        "feed:http://{host}/n{n}",
    ),
}  # fmt: skip
#: Character references, as they stand in the page's source.
SOURCES = (
    "/n{n}?a=1&amp;b=2", "/n{n}?a=1&b=2&copy=3", "/n{n}?a=1&copy;=3", "/n{n}?a&lt=1",
    "/n{n}&#x2f;x",
    "/n{n}&#47x", "/n{n}?a&notin=1", "/n{n}?x&amp", "/n{n}?x&#0;y", "/n{n}?x&#150;y",
    "/n{n}&eacute;",
    "/n{n}?&eacute;", "/n{n}&Tab;x", "&#32;/n{n}&NewLine;", "/n{n}?&#x110000;", "/n{n}?&unknown;",
)  # fmt: skip
#: Letters that each charset has, and that it lacks, in queries of a page in it.
CHARSETS = {
    "utf-8": "\xe9\u4e2d\U0001f600", "iso-8859-1": "\xe9\u20ac\u4e2d",
    "iso-8859-2": "\u017e\xe9\u4e2d",
    "shift_jis": "\u8868\u30bd\u80fd\xe9", "euc-jp": "\u8868\u30bd\xe9",
    "iso-2022-jp": "\u8868a\u30bd\xe9",
    "gbk": "\u4e2d\u6587\xe9\U0001f600", "gb2312": "\u4e2d\u6587\u20ac", "big5": "\u4e2d\u529f\xe9",
    "euc-kr": "\ud55c\ubdc1\xe9", "koi8-r": "\u0436\xe9", "windows-1251": "\u0436\u20ac\xe9",
    "windows-1255": "\u05d0\xe9", "tis-620": "\u0e01\xe9", "macintosh": "\xe9\u03c0\u4e2d",
}  # fmt: skip


@dataclass(frozen=True)
class OddLink:
    """An href of a page, and what became of it; lines are the targets of requests."""

    kind: str
    page: str
    href: str
    browser: str = ""
    browser_line: str = ""
    ours: str = ""
    crawled: bool = False

    @property
    def reason(self) -> str | None:
        """Why the two differ: "" where they do not, None where there is no reason."""
        if self.ours == self.browser_line:
            return "" if self.crawled or not self.ours else None
        parts = urlsplit(self.browser)
        if parts.scheme not in ("http", "https"):
            return "leads to no web page" if not self.ours else None
        if not self.browser_line and not self.ours:
            return "leads to another site"
        if not self.browser_line:
            is_loopback = parts.hostname in ("127.0.0.1", "::1")
            return "loopback is the site itself, on any port" if is_loopback else None
        if parts.path.endswith(".jpg") and not self.ours:
            return "is no page by its name"
        is_same = self.ours == line_of(self.browser, self.browser)
        return "asked for by its canonical form" if is_same and self.crawled else None


def pages(host: str) -> dict[str, tuple[str, bytes, list[tuple[str, str]]]]:
    """The pages by path: the charset, the source, and the kind and href of each link."""
    sources = [(kind, escape(href)) for kind, hrefs in HREFS.items() for href in hrefs]
    sources += [("references", href) for href in SOURCES]
    all_links = {PAGE: ("windows-1252", sources)}
    for charset, letters in CHARSETS.items():
        hrefs = [f"/{charset}?{{n}}={each}" for each in (*letters, letters, f"{letters}#{letters}")]
        all_links[f"/{charset}.htm"] = (charset, [(f"in {charset}", each) for each in hrefs])
    made, number = {}, 100
    for path, (charset, links) in all_links.items():
        filled = []
        for kind, href in links:
            number += 1
            values = {"{n}": str(number), "{host}": host, "{port}": host.rpartition(":")[2]}
            for name, value in values.items():
                href = href.replace(name, value)
            filled.append((kind, href))
        body = "".join(f'<a href="{href}">x</a>\n' for _, href in filled)
        others = "".join(f'<a href="{each}">p</a>\n' for each in all_links) if path == PAGE else ""
        head = f'<html><head><meta charset="{charset}"><title>x</title></head><body>'
        encoded = (head + body + others).encode(charset, "xmlcharrefreplace")
        made[path] = charset, encoded, filled
    return made


def site(host: str) -> dict[str, list[Answer]]:
    """What a server answers: the pages, and an empty one at "/"."""
    answers = {}
    for path, (_, body, _) in {**pages(host), "/": ("", b"<html>home</html>", [])}.items():
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        answers[path] = [Answer(head.encode() + body)]
    return answers


@lru_cache(maxsize=4)
def _scope(origin: str) -> Scope:
    site = site_named("netwellness")
    assert site is not None
    return Scope(site, origin)


def line_of(href: str, page: str) -> str:
    """The target of the request that a crawl makes of a link; "" if it makes none."""
    scope = _scope(f"http://{urlsplit(page).netloc}{PAGE}")
    canonical = scope.resolve(href, page)
    parts = urlsplit(scope.fetch_url(canonical)) if canonical else None
    return parts.path + (f"?{parts.query}" if parts.query else "") if parts else ""


def as_we_read(server: RawServer) -> list[OddLink]:
    """Each link, and the target of the request that we make of it."""
    links = []
    host = server.base.split("/")[2]
    for path, (_, body, hrefs) in pages(host).items():
        url = f"http://{host}{path}"
        capture = Capture(url, datetime.now(UTC), body, "text/html", 200, "live", "urn:uuid:0")
        outlinks = read(capture, outlinks=True).outlinks
        for (kind, href), target in zip(hrefs, outlinks, strict=False):
            links.append(OddLink(kind, url, href, ours=line_of(target, url)))
    return links


_ASK = """async (base) => {
  const links = [...document.querySelectorAll('a')].map(a => a.href);
  const asked = links.map(href => href.replace(/\\/\\/[^/@]*@/, '//'));  // fetch() refuses these
  for (const [n, href] of asked.entries())
    if (href.startsWith(base)) await fetch(href, {headers: {'x-number': String(n)}});
  return links;
}"""


def as_chromium_reads(server: RawServer) -> dict[str, list[tuple[str, str]]]:
    """By page, the address that each link means, and the target of the request for it."""
    answers = {}
    host = server.base.split("/")[2]
    with browser() as chromium:
        tab = chromium.new_page()
        for path, (_, _, hrefs) in pages(host).items():
            tab.goto(f"http://{host}{path}")
            begun = len(server.log)
            links: list[str] = tab.evaluate(_ASK, server.base)
            lines = dict(_numbered(server, begun))
            answers[path] = [(href, lines.get(n, "")) for n, href in enumerate(links[: len(hrefs)])]
    return answers


def _numbered(server: RawServer, begun: int) -> Iterator[tuple[int, str]]:
    for entry in server.log[begun:]:
        for line in entry.request.split(b"\r\n"):
            if line.lower().startswith(b"x-number: "):
                yield int(line[10:]), entry.path


def crawl(server: RawServer, folder: Path) -> set[str]:
    """The targets of all requests of a real crawl."""
    begun = len(server.log)
    command = [sys.executable, "-m", "scrapy", "crawl", "netwellness"]
    command += ["-a", f"base={server.base.rstrip('/')}{PAGE}", *settings_for(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return {entry.path for entry in server.log[begun:]}


def compare(folder: Path) -> list[OddLink]:
    """What became of each link in chromium, and with us."""
    with RawServer({}) as server:
        server.answers.update(site(server.base.split("/")[2]))
        meanings = [each for links in as_chromium_reads(server).values() for each in links]
        ours, asked = as_we_read(server), crawl(server, folder)
    return [
        OddLink(each.kind, each.page, each.href, href, line, each.ours, each.ours in asked)
        for each, (href, line) in zip(ours, meanings, strict=True)
    ]


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        links = compare(Path(folder))
    print(f"{'kind':20} {'links':>5} {'equal':>5}  otherwise")
    for kind in dict.fromkeys(each.kind for each in links):
        reasons = Counter(each.reason for each in links if each.kind == kind)
        rest = ", ".join(f"{n} {why}" for why, n in reasons.items() if why)
        print(f"{kind:20} {reasons.total():5} {reasons['']:5}  {rest}")
    print("\nwhere they differ:")
    for each in links:
        if each.reason != "":
            print(f"{each.href!r}: {each.browser!r} {each.browser_line!r}, ours {each.ours!r}: "
                  f"{each.reason or 'NO REASON'}")  # fmt: skip
    return int(any(each.reason is None for each in links))


if __name__ == "__main__":
    raise SystemExit(main())
