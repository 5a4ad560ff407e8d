"""Archived text is text: on every page that links lead to, in every file, in a real browser."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from tests.browser.conftest import Opened
from tests.browser.hostile import HIT, PAYLOAD, SCRIPT, hostile
from tools import browser as tool

# What a page has that could run, load or lead somewhere, with the words that name it.
_INJECTED = """() => {
  const found = [];
  if (window.__hit !== undefined) found.push('a script ran');
  const kinds = 'script:not([type="application/ld+json"]), img, iframe, object, embed, base, '
    + 'style, frame, applet, math, video, audio, meta[http-equiv], svg [href], [srcdoc], [style]';
  for (const e of document.querySelectorAll(kinds)) found.push(e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll('*')) for (const a of e.attributes) {
    if (/^on/i.test(a.name)) found.push(e.outerHTML.slice(0, 90));
    if (/^\\s*(javascript|data|vbscript):/i.test(a.value)
        && ['href', 'src', 'action', 'formaction'].includes(a.name)) found.push(a.value);
  }
  return found;
}"""

# Enough to meet each kind of page and file; a shape is a path without its numbers.
_MOST_SHAPES = 400


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the hostile archive."""
    path = tmp_path_factory.mktemp("hostile") / "archive.db"
    hostile(path)
    with tool.served(path) as address:
        yield address


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "link"}:
            self.found += [value for name, value in attrs if name == "href" and value]


def shape(url: str) -> tuple[str, tuple[str, ...]]:
    """The kind of page that an address leads to, as far as an address tells."""
    parts = urlsplit(url)
    path = re.sub(r"[0-9a-f]{12,}|\d+|(?<=/topic/).*|(?<=/institution/).*", "#", parts.path)
    return path, tuple(sorted(parse_qs(parts.query, keep_blank_values=True)))


@pytest.fixture(scope="module")
def answers(hostile_site: str) -> dict[str, httpx.Response]:
    """One answer of each shape that links lead to, by its address."""
    found: dict[str, httpx.Response] = {}
    start = ["/", "/search?q=script", "/q?url=%3Cscript%3E", "/robots.txt", "/sitemap.xml"]
    start += ["/search.json?q=script", "/archive/failures", "/archive/versions"]
    waiting = deque(urljoin(hostile_site, path) for path in start)
    shapes = {shape(url) for url in waiting}
    with httpx.Client(timeout=20) as client:
        while waiting and len(found) < _MOST_SHAPES:
            url = waiting.popleft()
            found[url] = answer = client.get(url, follow_redirects=True)
            assert answer.status_code < 500, url
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            links = _Links()
            links.feed(answer.text)
            for link in links.found:
                target = urljoin(url, link).partition("#")[0]
                # Filters add up without end; three at a time are enough to see each kind.
                if (
                    not target.startswith(hostile_site + "/")
                    or len(shape(target)[1]) > 2
                    or shape(target) in shapes
                ):
                    continue
                shapes.add(shape(target))
                waiting.append(target)
    return found


def is_page(answer: httpx.Response) -> bool:
    return answer.headers["content-type"].startswith("text/html")


def test_links_lead_to_every_kind_of_page(answers: dict[str, httpx.Response]) -> None:
    met = {shape(url)[0] for url in answers}
    assert {
        "/", "/search", "/charts", "/topic/#", "/responder/#", "/institution/#", "/topics",
        "/q/netwellness/#", "/q/netwellness/#/versions", "/q/netwellness/#/compare", "/about",
        "/archive", "/archive/questions", "/archive/questions/#", "/export/questions.csv",
        "/export/questions.jsonl", "/q/netwellness/#/cite.bib", "/export",
    } <= met  # fmt: skip


def test_no_page_runs_or_loads_what_it_shows(
    answers: dict[str, httpx.Response], opened: Opened, hostile_site: str
) -> None:
    page = opened(hostile_site, expected="Failed to load resource")
    shown = set()
    for url, answer in answers.items():
        # Pages without a word of it have nothing to show.
        if is_page(answer) and HIT in answer.text:
            page.goto(url)
            assert page.evaluate(_INJECTED) == [], url
            if SCRIPT in str(page.evaluate("document.body.textContent")):
                shown.add(shape(url)[0])
    assert len(shown) >= 20


def test_structured_data_in_a_page_keeps_the_text_and_cannot_end_itself(
    opened: Opened, hostile_site: str
) -> None:
    page = opened(hostile_site)
    page.goto("/q/netwellness/202")
    blocks = page.locator('script[type="application/ld+json"]')
    assert blocks.count() == 1
    told = json.dumps(json.loads(blocks.inner_text()), ensure_ascii=False)
    assert json.dumps(SCRIPT, ensure_ascii=False)[1:-1] in told
    assert page.evaluate("window.__hit") is None


def test_files_are_never_taken_for_pages(answers: dict[str, httpx.Response]) -> None:
    files = {url: answer for url, answer in answers.items() if not is_page(answer)}
    whole = 0
    for url, answer in files.items():
        kind = answer.headers["content-type"].partition(";")[0]
        assert "html" not in kind or answer.status_code != 200, url
        assert "javascript" not in kind, url
        assert answer.headers["x-content-type-options"] == "nosniff", url
        assert "default-src 'none'" in answer.headers["content-security-policy"], url
        if kind in {"application/json", "application/vnd.citationstyles.csl+json"}:
            whole += any(PAYLOAD in text for text in strings(answer.json()))
        if kind == "application/xml":
            assert "<script" not in answer.text, url
    assert len(files) >= 15
    assert whole >= 3


def strings(value: object) -> Iterator[str]:
    """All strings in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


_TRY = """async what => {
  const told = [];
  document.addEventListener('securitypolicyviolation', e => told.push(e.effectiveDirective));
  const put = (name, change) => {
    const e = document.createElement(name); change(e); document.body.append(e); return e;
  };
  const tries = {
    script: () => put('script', e => { e.textContent = 'window.__hit = 1'; }),
    handler: () => put('button', e => e.setAttribute('onclick', 'window.__hit = 1')).click(),
    address: () => put('a', e => { e.href = 'javascript:window.__hit = 1'; }).click(),
    frame: () => put('iframe', e => { e.srcdoc = '<script>parent.__hit = 1</script>'; }),
    remote: () => put('script', e => { e.src = 'http://evil.example/x.js'; }),
    own: () => put('script', e => { e.src = '/archive/questions.json'; }),
    picture: () => put('img', e => { e.src = 'http://evil.example/x.png'; }),
    style: () => put('p', e => e.setAttribute('style', 'color: red')),
    sheet: () => put('style', e => { e.textContent = 'p { color: red }'; }),
    fetch: () => fetch('/search.json').catch(() => 0),
    base: () => put('base', e => { e.href = 'http://evil.example/'; }),
  };
  tries[what]();
  await new Promise(done => setTimeout(done, 60));
  return [told, window.__hit === undefined];
}"""


@pytest.mark.parametrize(
    ("what", "directive"),
    [
        ("script", "script-src-elem"),
        ("handler", "script-src-attr"),
        ("address", "script-src-elem"),
        ("frame", ""),  # the document in the frame is told
        ("remote", "script-src-elem"),
        ("own", "script-src-elem"),
        ("picture", "img-src"),
        ("style", "style-src-attr"),
        ("sheet", "style-src-elem"),
        ("fetch", "connect-src"),
        ("base", "base-uri"),
    ],
)
def test_the_policy_blocks_what_got_in(
    opened: Opened, hostile_site: str, what: str, directive: str
) -> None:
    page = opened(hostile_site, expected=("Content Security Policy", "evil.example"))
    page.goto("/q/netwellness/201")
    told, untouched = page.evaluate(_TRY, what)
    assert told == [directive] * bool(directive)
    assert untouched
    assert HIT not in page.url


def test_no_other_site_can_frame_a_page(opened: Opened, hostile_site: str) -> None:
    page = opened(hostile_site, expected="frame")
    page.goto("about:blank")
    page.set_content(f'<iframe src="{hostile_site}/"></iframe>')
    page.wait_for_timeout(300)
    assert all("Questions people asked" not in frame.content() for frame in page.frames)
