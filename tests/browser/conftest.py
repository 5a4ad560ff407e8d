"""A browser on served archives, and a watch over whatever a page does that it should not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, Response

from pipelines.takedown.takedown import withhold
from pipelines.takedown.takedown_file import Takedown
from tests.conftest import Crawled
from tests.publish import forum
from tests.publish.archives import small
from tools import browser as tool

DESKTOP = (1200, 900)
PHONE = (390, 844)
# What 1280 pixels are at 400 % (WCAG 2.2, 1.4.10 Reflow).
NARROW = (320, 640)

# A page that takes longer than this is a failure here, however it ends.
WAIT_MS = 10_000


@dataclass
class Watch:
    """What went wrong on the pages of a test."""

    base: str
    problems: list[str] = field(default_factory=list)
    #: words of console errors and addresses that the test is about, such as "404"
    expected: tuple[str, ...] = ()

    def over(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", lambda m: self._said(m.type, m.text))
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("dialog", self._asked_for)
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not self._is_expected(text):
            self.problems.append(f"console {kind}: {text}")

    def _is_expected(self, text: str) -> bool:
        return any(word in text for word in self.expected)

    def _asked_for(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        ours = request.url.startswith(self.base + "/")
        if not ours and not self._is_expected(request.url):
            self.problems.append(f"a request to {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of everything, hostile text included."""
    path = tmp_path_factory.mktemp("browser") / "archive.db"
    small(path).close()
    return path


@pytest.fixture(scope="session")
def small_site(small_archive: Path) -> Iterator[str]:
    """The address of the small archive."""
    with tool.served(small_archive) as address:
        yield address


@pytest.fixture(scope="session")
def forum_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an archive of three sites, with a long thread and an FAQ page."""
    path = tmp_path_factory.mktemp("forum") / "archive.db"
    forum.build(path).close()
    with tool.served(path) as address:
        yield address


@pytest.fixture(scope="session")
def site(crawled: Crawled) -> Iterator[str]:
    """The address of the crawled sample archive."""
    with tool.served(crawled.database) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with the module: its event loop would be in the way of others."""
    if tool.chromium() is None:
        pytest.skip(tool.NO_CHROMIUM)
    with tool.browser() as running:
        yield running


Opened = Callable[..., Page]


@contextmanager
def watching(browser: Browser) -> Iterator[Opened]:
    """Gives a function that opens a watched page in a new context: ``opened(base)``.

    Options are those of a Playwright context. At the end an assertion fails if any page did
    what the policy forbids, said an error on the console, or asked another server, unless
    ``expected`` has words of that.
    """
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def make(base: str, *, expected: str | tuple[str, ...] = (), **options: object) -> Page:
        width, height = DESKTOP
        # Without it the page still glides to what has the focus when it is looked at.
        still = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
        options = {**still, **options}
        context = browser.new_context(base_url=base, accept_downloads=True, **options)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        watch = Watch(base, expected=(expected,) if isinstance(expected, str) else expected)
        watches.append(watch)
        context.on("page", watch.over)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert [problem for watch in watches for problem in watch.problems] == []


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """See :func:`watching`."""
    with watching(browser) as make:
        yield make


@pytest.fixture(scope="session")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small archive as the public sees it, with question 102 withheld."""
    path = tmp_path_factory.mktemp("guarded") / "archive.db"
    small(path).close()
    reason = "Taken down at the wish of the person who asked."
    withhold(path, [Takedown("netwellness", "102", None, reason, date(2026, 11, 22))])
    with tool.served(path, "--public") as address:
        yield address
