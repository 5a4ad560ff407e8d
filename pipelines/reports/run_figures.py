"""The figures of one crawl, as values, with failures grouped by alike reasons.

:mod:`pipelines.reports.run_report` makes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from typing import Any

# In the order in which they are taken out of a reason: addresses before the numbers in them.
_FOLDS = (
    # A quote begins where no word is going on: that of "payload's" is an apostrophe.
    (re.compile(r"(?<!\w)(?:'[^']*'|\"[^\"]*\")"), "(text)"),
    (re.compile(r"\b(?:sha1|sha256|sha512|md5):[A-Za-z0-9+/=]+"), "(digest)"),
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\">)]+", re.I), "(address)"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"), "(host)"),
    (re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}:\d+\b", re.I), "(host)"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.I), "#"),
    # What an HTTP status says is the reason itself.
    (re.compile(r"(?<!HTTP )(?<![\w.])\d[\d.,]*(?=\b|[a-zA-Z%])"), "#"),
)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Pages that failed for one reason, each counted once however often it was tried.

    ``unresolved`` are those that no later capture made good.
    """

    stage: str
    field: str | None
    reason: str
    count: int
    unresolved: int
    examples: tuple[str, ...]

    @property
    def cause(self) -> str:
        """The reason, after the field that it is about."""
        return f"{self.field}: {self.reason}" if self.field else self.reason


def fold_reason(reason: str) -> str:
    """A reason without what differs between alike ones: quotes, addresses, hosts, numbers."""
    for pattern, instead in _FOLDS:
        reason = pattern.sub(instead, reason)
    return " ".join(reason.split())


def group_failures(
    failures: Iterable[tuple[str, str | None, str, str, int]], most: int
) -> tuple[FailureGroup, ...]:
    """Group failures whose stage, field and folded reason are the same, most frequent first.

    :param failures: of each page one: stage, field, reason, URL, and whether it is unresolved
    :param most: how many examples each group has: unresolved ones first, else in this order
    """
    groups: dict[tuple[str, str, str], list[tuple[bool, str]]] = {}
    for stage, name, reason, url, unresolved in failures:
        group = groups.setdefault((stage, name or "", fold_reason(reason)), [])
        group.append((not unresolved, url))
    named = [
        FailureGroup(
            stage=stage,
            field=name or None,
            reason=reason,
            count=len(group),
            unresolved=sum(not resolved for resolved, _ in group),
            examples=tuple(dict.fromkeys(url for _, url in sorted(group, key=itemgetter(0))))[
                :most
            ],
        )
        for (stage, name, reason), group in groups.items()
    ]
    return tuple(sorted(named, key=lambda group: (-group.count, group.stage, group.reason)))


@dataclass(frozen=True, slots=True)
class Share:
    """``having`` of ``of`` pages have something."""

    having: int
    of: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing is 0."""
        return self.having / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """How many question pages have a field: all that the run saw, those that the archive
    knew before, and those that were new to it.

    An unanswered page has no responder by its nature: of ``responder``, ``fresh`` counts
    answered pages only.
    """

    field: str
    seen: Share
    known: Share
    fresh: Share
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """Pages that had a field when they were last read and lack it now.

    ``field`` is ``page`` where nothing of it is read any more. ``places`` counts them by the
    shape of their address (digits as ``#``) and the parser that read them before.
    """

    field: str
    count: int
    places: Mapping[str, int]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Captures:
    """What the run's captures are; ``by_robots`` counts what their pages ask of robots,
    ``stored`` bytes of WARC records as compressed."""

    total: int
    by_status: Mapping[str, int]
    by_type: Mapping[str, int]
    by_host: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_robots: Mapping[str, int]
    stored: int


@dataclass(frozen=True, slots=True)
class Questions:
    """What the run learnt of questions.

    ``counts`` has new, changed, unchanged, gone and back, each question once, as the store
    counts them. ``known`` is how many the archive had of these sites when the run began
    that were not gone, ``asked`` how many of them the run asked for, ``missing`` how
    many of those it did not find, for whatever cause.
    """

    counts: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]
    known: int
    asked: int
    missing: int
    missing_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """How question pages were read.

    ``read`` counts those whose bytes came in this run (a revisit is not read again),
    ``altered`` those of them that the archive knew and that are not as they were: another
    text, or none. ``errors`` counts pages with a ParseError among all that were tried.
    """

    read: int
    altered: int
    coverage: tuple[FieldCoverage, ...]
    lost: tuple[Lost, ...]
    confidence: float | None
    low: Share
    low_examples: tuple[str, ...]
    errors: Share
    errors_by_field: Mapping[str, int]
    error_examples: tuple[str, ...]
    parsers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unread:
    """Pages at question addresses that hold no question which is read.

    ``share`` is of all pages at such addresses that the run got whole. ``no_address`` says that
    a question was to be expected, and that no address is known which is one. ``failed`` counts
    those that have a failure instead: errors, scripts, what cannot be read; ``kinds`` counts
    both by what they are, and what was not found or not fetched. ``moved`` counts those that lead
    elsewhere or say that they are not there, as some pages of any site do. ``nothing`` says that no
    question was read at all, nor is one known of the site.
    """

    share: Share
    examples: tuple[str, ...]
    no_address: bool = False
    failed: int = 0
    moved: int = 0
    nothing: bool = False
    kinds: Mapping[str, int] = field(default_factory=dict)

    def asked(self, least: float) -> Share:
        """Those that failed or hold no question, of all that were asked for.

        :param least: of fewer pages than these, those that moved prove nothing
        """
        passed = 0 if self.share.of + self.failed >= least else self.moved
        having = self.share.having + self.failed - passed
        return Share(having, self.share.of + self.failed - passed)


@dataclass(frozen=True, slots=True)
class TextSample:
    """Of a sample of the questions read: those whose text others have too, and those whose
    letters are not what was written (a wrong charset, bytes that are no text)."""

    sample: int = 0
    alike: int = 0
    alike_examples: tuple[str, ...] = ()
    garbled: int = 0
    garbled_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, in figures. Times are as in rows, ``seconds`` None while it has not ended.

    ``bad`` counts addresses whose last answer in this run was an error or none. Not found
    and gone (404, 410) are no error where a question is known to have been, or where it was
    the answer before: that is news of the page, or no news at all, and no trouble.
    ``listed`` counts the questions that were not asked for because a sitemap lists them as
    unchanged; what ``crawls.counts`` calls unchanged includes them.
    """

    uid: str
    spider: str
    arguments: Mapping[str, str]
    started: str | None
    finished: str | None
    outcome: str
    seconds: float | None
    alarms: tuple[str, ...]
    captures: Captures
    questions: Questions
    readings: Readings
    unread: Unread
    fetched: int
    bad: Share
    bad_examples: tuple[str, ...]
    causes: tuple[FailureGroup, ...]
    listed: int = 0
    texts: TextSample = TextSample()

    def as_json(self) -> dict[str, Any]:
        """For JSON: the same names and nesting."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a later run is compared with."""

    uid: str
    coverage: Mapping[str, Share]
    errors: Share
    low: Share
    bad: Share
