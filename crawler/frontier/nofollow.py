"""Links that a page asks robots not to follow: its own directive, and ``rel="nofollow"``. Pure."""

from __future__ import annotations

from lxml import etree, html

from pipelines.capture.robots_meta import asks_not_to, robots_of


def without_nofollow(links: tuple[str, ...], robots: str, page: bytes) -> tuple[str, ...]:
    """The links that may be followed.

    :param links: as written in the page
    :param robots: what its capture asks of robots, as ``captures.robots`` has it; of a revisit
        that is without what the page itself says
    """
    if asks_not_to(f"{robots}, {robots_of((), page)}", "nofollow"):
        return ()
    if b"nofollow" not in page.lower():
        return links
    try:
        anchors = list(html.document_fromstring(page).iter("a", "area"))
    except (etree.LxmlError, ValueError):
        return links
    hrefs: dict[bool, set[str]] = {True: set(), False: set()}
    for anchor in anchors:
        refused = "nofollow" in (anchor.get("rel") or "").lower().split()
        hrefs[refused].add((anchor.get("href") or "").strip())
    refused_only = hrefs[True] - hrefs[False]
    return tuple(link for link in links if link.strip() not in refused_only)
