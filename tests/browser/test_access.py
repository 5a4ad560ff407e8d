"""Every kind of page is fit for everyone: axe-core, keyboard, zoom, narrow windows, paper."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.conftest import DESKTOP, NARROW, PHONE, Opened, watching
from tests.browser.kinds import KINDS

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# In the dark the sheet changes colours and nothing else, so these are the rules that can differ.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

# A page is checked without being asked for again: by then it has been laid out anew.
_RUN = """async rules => {
  const found = await axe.run(document, {
    runOnly: rules, preload: false, resultTypes: ['violations'], elementRef: false});
  return {
    looked: [...found.passes, ...found.violations, ...found.incomplete].map(rule => rule.id),
    violations: found.violations.map(rule => rule.id + ': ' + rule.help + ' '
      + rule.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')),
  }
}"""


@pytest.fixture(
    scope="module",
    params=[(site, path) for site, path, _ in KINDS],
    ids=[name for *_, name in KINDS],
)
def loaded(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of each kind, loaded once for all tests of it."""
    site, path = request.param
    with watching(browser) as opened:
        page = opened(request.getfixturevalue(site), expected="Failed to load resource")
        answer = page.goto(path)
        assert answer is not None
        assert answer.status in {200, 400, 404, 451}
        yield page


@pytest.fixture
def shown(loaded: Page) -> Page:
    """The page, as it was when it had been loaded."""
    sized(loaded, DESKTOP)
    loaded.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    loaded.evaluate("document.documentElement.removeAttribute('style')")
    return loaded


def sized(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def overflowing(page: Page) -> list[str]:
    """What makes the page wider than the window."""
    return list(
        page.evaluate(
            """() => {
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 0.5 && !e.closest('.facets'))
    .map(e => e.tagName + '.' + e.className).slice(0, 5).concat('the page');
}"""
        )
    )


def test_the_keyboard_gets_there_and_the_focus_is_seen(shown: Page) -> None:
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    assert shown.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    unseen = []
    for _ in range(12):
        shown.keyboard.press("Tab")
        told = shown.evaluate(
            """() => {
  const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
  return [it.outerHTML.slice(0, 80), it === document.body
    || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      && box.width > 0 && box.bottom > 0 && box.top < innerHeight)];
}"""
        )
        if not told[1]:
            unseen.append(told[0])
    assert unseen == []


def test_axe_finds_nothing(shown: Page) -> None:
    shown.evaluate(AXE)
    found: dict[str, list[str]] = {}
    for size in (DESKTOP, PHONE):
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            sized(shown, size)
            shown.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            told: dict[str, Any] = shown.evaluate(_RUN, rules)
            # Proof that it looked, and saw letters on a ground.
            assert "color-contrast" in told["looked"], told
            assert scheme == "dark" or len(told["looked"]) >= 15
            if told["violations"]:
                found[f"{scheme} {size[0]}"] = told["violations"]
    assert found == {}


def test_nothing_runs_out_of_a_narrow_window_or_large_letters(shown: Page) -> None:
    sized(shown, NARROW)
    assert overflowing(shown) == []
    sized(shown, DESKTOP)
    # What a reader gets who sets the text, and nothing else, to 200 %.
    shown.evaluate("document.documentElement.style.fontSize = '34px'")
    assert overflowing(shown) == []


def test_paper_has_the_text_and_no_way_about(shown: Page) -> None:
    shown.emulate_media(media="print", color_scheme="dark")
    assert shown.locator("h1").count() == 1
    left = shown.evaluate(
        """parts => [...document.querySelectorAll(parts)].filter(e => e.checkVisibility())
            .map(e => e.outerHTML.slice(0, 80))""",
        "nav, form, button, input, select, .skip",
    )
    assert left == []
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def tabbed(page: Page, words: str, most: int = 60) -> int:
    """How many times Tab is pressed until the focus is within ``words`` (a CSS selector).

    Links of the masthead are before it; whoever wants them not skips them.
    """
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("words => !!document.activeElement.closest(words)", words):
            return pressed
    raise AssertionError(f"{most} times Tab do not lead to {words}")


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("/", ".door form"),
        ("/search?q=sleep", ".questions"),
        ("/search?q=sleep&status=answered", ".applied"),
        ("/charts", ".jump"),
        ("/archive/questions", "form.filters"),
        ("/archive/captures", ".facets"),
    ],
)
def test_the_skip_link_leads_past_the_masthead(
    opened: Opened, site: str, path: str, within: str
) -> None:
    page = opened(site)
    page.goto(path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#content")  # a browser does not follow a key at once
    assert tabbed(page, within) <= 16


def test_filters_are_reached_and_used_by_keyboard_alone(opened: Opened, site: str) -> None:
    page = opened(site)
    page.goto("/")
    tabbed(page, ".door input")
    page.keyboard.type("asthma")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    tabbed(page, ".facet", most=150)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "&" in url)
    tabbed(page, ".applied")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "&" not in url)
    assert page.locator(".questions li").count() >= 1


def test_a_contrast_theme_keeps_edges_and_marks(opened: Opened, site: str) -> None:
    page = opened(site, forced_colors="active")
    page.goto("/charts")
    button = page.get_by_role("button").first
    edge, letters, fill = (
        str(button.evaluate(f"e => getComputedStyle(e).{name}"))
        for name in ("borderTopColor", "color", "backgroundColor")
    )
    assert letters == edge != fill
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.locator(".mark").first.evaluate("e => getComputedStyle(e).fill") != ground


def test_nothing_moves_for_those_who_ask_for_it(opened: Opened, site: str) -> None:
    said = "getComputedStyle(document.documentElement).scrollBehavior"
    for motion, behaviour in (("reduce", "auto"), ("no-preference", "smooth")):
        page = opened(site, reduced_motion=motion)
        page.goto("/about")
        assert page.evaluate(said) == behaviour


def test_the_front_page_and_all_it_loads_are_light(opened: Opened, site: str) -> None:
    page = opened(site)
    loaded: list[Response] = []
    page.on("response", lambda answer: loaded.append(answer))
    page.goto("/", wait_until="networkidle")
    sizes = {answer.url: len(answer.body()) for answer in loaded}
    assert len(sizes) >= 2
    assert sum(sizes.values()) < 60_000, sizes
