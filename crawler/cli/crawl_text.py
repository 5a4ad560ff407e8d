"""The summary of a crawl, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scrapy.crawler import Crawler

from crawler.session.outcomes import FAULTS, FINISHED, STOPS
from crawler.session.recorder import CaptureRecorder
from crawler.text_format import redeclared, unread_pages
from crawler.web_archives.plan import Plan
from pipelines.db.declarations import redeclared_sites

MEGABYTE = 1_000_000
_MOST_TRAPS = 5

_TOTALS = ("questions", "responders", "topics", "captures", "failures")


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """One run, in numbers.

    Of all sessions of the run: ``statuses`` counts captures by HTTP status; ``pages`` counts
    question pages (``new``, ``changed``, ``unchanged``, ``gone``, ``back``; ``listed`` are the
    unchanged ones that were not fetched because a sitemap lists them so); ``waiting`` counts
    the URLs that the run still wants. Of this session: ``seconds``, ``fetched`` (responses),
    ``skipped`` (URLs that were not fetched, by cause), ``traps`` (an example of what was
    cut, by the glob that allows it) and ``sizes`` (bytes of the files that
    it wrote). ``totals`` counts the rows of the whole archive by table. ``unread`` counts the
    run's pages at question addresses in which no question is read; ``redeclared`` are sites whose
    declaration has changed since the archive's pages were read.
    """

    spider: str
    outcome: str
    seconds: float
    fetched: int
    statuses: Mapping[str, int]
    pages: Mapping[str, int]
    totals: Mapping[str, int]
    failures: int
    skipped: Mapping[str, int]
    sizes: Mapping[str, int]
    traps: Mapping[str, str] = field(default_factory=dict)
    waiting: int = 0
    alarms: tuple[str, ...] = ()
    unread: int = 0
    unread_examples: tuple[str, ...] = ()
    redeclared: tuple[str, ...] = ()
    report: str | None = None
    plan: Plan | None = None

    @property
    def captures(self) -> int:
        """Responses recorded in the run."""
        return sum(self.statuses.values())

    @property
    def exit_status(self) -> int:
        """0: ran to its end and got pages; 1: something is wrong; 3: stopped before its end."""
        if self.outcome == FINISHED:
            answered = any("200" <= status < "400" for status in self.statuses)
            return 0 if answered and not self.alarms else 1
        if self.outcome == "planned":
            return 0
        return 3 if self.outcome in STOPS or self.outcome.startswith("closespider_") else 1

    def as_json(self) -> dict[str, Any]:
        """Return the document of ``--json``; sizes in bytes."""
        rate = round(self.fetched / self.seconds, 1) if self.seconds else None
        return {
            "spider": self.spider,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 3),
            "captures": self.captures,
            "pages_per_second": rate,
            "statuses": dict(sorted(self.statuses.items())),
            "pages": dict(self.pages),
            "totals": dict(self.totals),
            "failures": self.failures,
            "skipped": dict(self.skipped),
            "traps": dict(self.traps),
            "files": dict(self.sizes),
            "waiting": self.waiting,
            "unread": {"pages": self.unread, "examples": list(self.unread_examples)},
            "redeclared": list(self.redeclared),
            "alarms": list(self.alarms),
            "report": self.report,
            **({"plan": self.plan.as_json()} if self.plan else {}),
        }

    def lines(self) -> Iterator[str]:
        """Yield lines for a terminal: one fact a line, names on the left."""
        statuses = ", ".join(f"{n} x {s}" for s, n in sorted(self.statuses.items()))
        rate = f", {self.fetched / self.seconds:.0f} pages/s" if self.seconds else ""
        yield f"crawl        {self.spider}: {self.outcome} in {self.seconds:.1f} s{rate}"
        yield f"responses    {self.captures} by status: {statuses or 'none'}"
        yield f"this run     {self._pages()}"
        yield "archive      " + ", ".join(f"{n} {table}" for table, n in self.totals.items())
        yield f"failures     {self.failures} in this run" + (
            " (scrapy serve: table failures says why)" if self.failures else ""
        )
        if self.unread:
            yield f"not read     {unread_pages(self.unread, self.unread_examples)}"
        if any(self.skipped.values()):
            yield "not fetched  " + ", ".join(f"{n} {why}" for why, n in self.skipped.items() if n)
        for glob, url in list(self.traps.items())[:_MOST_TRAPS]:
            yield f'trap         {url} and its like; if it is none, declare allow = ["{glob}"]'
        if len(self.traps) > _MOST_TRAPS:
            yield f"             and {len(self.traps) - _MOST_TRAPS} other kinds of address"
        for path, size in self.sizes.items():
            yield f"file         {path} ({size / MEGABYTE:.1f} MB)"
        if self.report:
            yield f"report       {self.report}"
        for name in self.redeclared:
            yield f"declaration  {redeclared(name)}"
        for alarm in self.alarms:
            yield f"alarm        {alarm}"
        if self.plan:
            yield from self.plan.lines()
        if self.outcome != FINISHED:
            why = {**STOPS, **FAULTS}.get(self.outcome, self.outcome)
            yield f"not finished {why}"
            if self.plan:
                yield "             the same command without plan=1 goes on from here"
            else:
                yield f"             {self.waiting} pages wait; the same command goes on with them"

    def _pages(self) -> str:
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.pages.items() if kind != "listed")
        listed = self.pages.get("listed", 0)
        return kinds + (f" ({listed} of the unchanged by the sitemap's word)" if listed else "")


def summarise(crawler: Crawler, recorder: CaptureRecorder, seconds: float) -> CrawlSummary:
    """Collect what the run did, and what the archive holds now."""
    end = recorder.run_end
    assert end is not None
    report, traps = end.report, getattr(crawler.spider, "traps", None)
    db = recorder.store.db
    totals = {table: db[table].count for table in _TOTALS}
    files = [*recorder.writer.finished_files, recorder.paths.database]
    plan: Plan | None = getattr(crawler.spider, "plan", None)
    return CrawlSummary(
        spider=recorder.crawl.spider,
        outcome=end.outcome,
        seconds=seconds,
        fetched=recorder.statuses.total(),
        statuses=report.captures.by_status if report else {},
        pages={name: n for name, n in end.counts.items() if name != "captures"},
        totals=totals,
        failures=sum(cause.unresolved for cause in report.causes) if report else 0,
        skipped=_skipped(crawler),
        traps=dict(traps.examples) if traps else {},
        sizes={str(path): path.stat().st_size for path in files if path.exists()},
        waiting=end.waiting,
        alarms=report.alarms if report else (),
        unread=report.unread.share.having if report else 0,
        unread_examples=report.unread.examples if report else (),
        redeclared=redeclared_sites(db.conn),
        report=str(end.file) if end.file else None,
        plan=plan if getattr(crawler.spider, "plan_only", False) else None,
    )


def _skipped(crawler: Crawler) -> dict[str, int]:
    spider = crawler.spider
    traps, seeding = getattr(spider, "traps", None), getattr(spider, "seeding", None)
    assert crawler.stats is not None
    return {
        "links into traps": traps.cut.total() if traps else 0,
        "links too deep": traps.too_deep if traps else 0,
        "forbidden by robots.txt": crawler.stats.get_value("robotstxt/forbidden", 0),
        "known pages not due": seeding.early if seeding else 0,
    }
