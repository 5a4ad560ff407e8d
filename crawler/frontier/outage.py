"""Distinguishes a page that does not answer from a site that does not. Pure."""

from __future__ import annotations

from datetime import datetime

UNREACHABLE = "site_unreachable"
"""How a run is left whose site stopped answering."""


class Outage:
    """Holds the URLs that got no answer until it is clear whether the site is there at all.

    If a page that was asked for later answers, they have failed. If none does any more, the
    network or the server is down: then nothing is known of these pages, and they stay in
    the frontier.

    :param after: URLs in a row without an answer that mean an outage
    """

    def __init__(self, after: int) -> None:
        self.held: dict[str, datetime] = {}
        self._after = after

    def failed(self, url: str, when: datetime) -> bool:
        """Hold a URL that got no answer; return whether that is an outage."""
        self.held[url] = when
        return len(self.held) >= self._after

    def answered(self, moment: datetime) -> list[str]:
        """Note an answer to a request of a moment; return the held URLs that have failed."""
        failed = [url for url, when in self.held.items() if when <= moment]
        for url in failed:
            del self.held[url]
        return failed
