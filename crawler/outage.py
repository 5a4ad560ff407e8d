"""Tells a page that does not answer from a site that does not. Pure."""

from __future__ import annotations

UNREACHABLE = "site_unreachable"
"""How a run is left whose site stopped answering."""


class Outage:
    """Holds the URLs that got no answer until it is clear whether the site is there at all.

    If another page answers, they have failed. If none does any more, the network or the
    server is down: then nothing is known of these pages, and they stay in the frontier.

    :param after: URLs in a row without an answer that mean an outage
    """

    def __init__(self, after: int) -> None:
        self.held: list[str] = []
        self._after = after

    def failed(self, url: str) -> bool:
        """A URL got no answer; returns whether that is an outage."""
        self.held.append(url)
        return len(self.held) >= self._after

    def over(self) -> list[str]:
        """The site has answered; returns the URLs that have failed."""
        held, self.held = self.held, []
        return held
