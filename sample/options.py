"""What a sample site is made from: a few numbers, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

SITE = "netwellness"
HOST = "http://www.netwellness.org"
MOST_PAGES = 500_000  # what the texts can be mixed to without repeating
FIRST_ID = 900001  # above every real question id, so that no sample page passes for real


@dataclass(frozen=True, kw_only=True)
class Options:
    """All that decides what the sample site says.

    :param pages: genuine question pages (answered and unanswered) of the first state
    :param seed: another number gives another site
    :param kb: pad question pages to about this many kilobytes; 0 leaves them at 6-9 KB
    :param changed: share (0 to 1) of the answered pages whose answer has been revised
    :param gone: share of pages that have been removed since the first state
    :param added: new pages, as a share of ``pages``
    :param crawl_delay: seconds, as robots.txt asks for; 0 leaves the line at 0
    :param gzip: share of paths that are sent gzipped to a client that accepts it
    :param slow: seconds that the one slow page takes
    :param big: megabytes of the one very big page; 0 for none
    :param traps: whether there is an endless calendar
    :raises ValueError: on a value that makes no sense
    """

    pages: int = 300
    seed: int = 1
    kb: int = 0
    changed: float = 0.0
    gone: float = 0.0
    added: float = 0.0
    crawl_delay: float = 0.0
    gzip: float = 0.5
    slow: float = 1.0
    big: float = 5.0
    traps: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.pages <= MOST_PAGES:
            raise ValueError(f"pages must be 1 to {MOST_PAGES}, not {self.pages}")
        for name in ("changed", "gone", "added", "gzip"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is a share from 0 to 1, not {value}")
        for name, most in (("kb", 1000), ("crawl_delay", 3600), ("slow", 60), ("big", 50)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name} must be 0 to {most}, not {value}")

    @property
    def total(self) -> int:
        """Genuine pages there have ever been, those added later included."""
        return self.pages + round(self.pages * self.added)
