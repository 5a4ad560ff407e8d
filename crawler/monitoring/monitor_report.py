"""A crawl's report, to read and to compute with: Markdown and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from crawler.monitoring.monitors import percent
from crawler.redaction import without_secrets
from crawler.text_format import counted, unread_pages
from pipelines.files.durable import replace_durably
from pipelines.reports.run_figures import FieldCoverage, RunReport, Share, Unread

FOLDER = "reports"
"""Where reports are kept, in STATE_DIR."""
_MOST_ROWS = 12
_SHOWN = 3


def write_reports(report: RunReport, folder: Path) -> list[Path]:
    """Write the report of a run as ``<started>-<spider>-<uid8>.md`` and ``.json``.

    Each file is there whole or not at all. Writing them again replaces them.

    :param folder: made if need be
    :returns: the two files, Markdown first
    :raises OSError: they cannot be written
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / file_stem(report)
    texts = {"md": markdown(report), "json": json_text(report)}
    paths = []
    for ending, text in texts.items():
        paths.append(stem.with_name(f"{stem.name}.{ending}"))
        with replace_durably(paths[-1]) as file:
            file.write(text.encode("utf-8", "replace"))
    return paths


def file_stem(report: RunReport) -> str:
    """The name of a report's files, without their endings: they sort by time."""
    started = re.sub(r"\..*|[^0-9TZ]", "", report.started or "unknown") or "unknown"
    spider = re.sub(r"[^A-Za-z0-9_]+", "_", report.spider) or "crawl"
    return f"{started}-{spider}-{_short(report.uid)}"


def _short(uid: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", uid)[:8]


def reported_outcome(folder: Path, uid: str) -> str:
    """How a run ended or was left by the last report of it in a folder; "" without one."""
    for path in folder.glob(f"*-{_short(uid)}.json"):
        try:
            report = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and report.get("uid") == uid:
            return str(report.get("outcome", ""))
    return ""


def json_text(report: RunReport) -> str:
    """The report as JSON, without secrets of addresses."""
    return without_secrets(json.dumps(report.as_json(), ensure_ascii=False, indent=2)) + "\n"


def markdown(report: RunReport) -> str:
    """The report as Markdown that is as good to read raw, in a terminal; without secrets."""
    parts = [
        _head(report), _alarms(report), _questions(report), _captures(report), _causes(report),
        _readings(report),
    ]  # fmt: skip
    return without_secrets("\n\n".join(part for part in parts if part)) + "\n"


def _head(report: RunReport) -> str:
    arguments = ", ".join(f"{name}={value}" for name, value in sorted(report.arguments.items()))
    ended = f"{report.outcome}, {report.finished}" if report.finished else report.outcome
    took = f" ({_duration(report.seconds)})" if report.seconds is not None else ""
    facts = {
        "Site": arguments or "the spider's own",
        "Started": report.started or "unknown",
        "Ended": f"{ended}{took}",
        "Run": report.uid,
    }
    return f"# Crawl of {_plain(report.spider)}\n\n" + _table(
        ("run", ""), [(name, _plain(value)) for name, value in facts.items()]
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"


def _alarms(report: RunReport) -> str:
    if not report.alarms:
        return "No alarm." if report.finished else "Not judged: the run has not ended."
    lines = [f"- **{_plain(alarm)}**" for alarm in report.alarms]
    return "\n".join([f"## {counted(len(report.alarms), 'alarm')}", "", *lines])


def _questions(report: RunReport) -> str:
    questions = report.questions
    rows = [
        (change, f"{number:,}", _links(questions.examples.get(change, ())))
        for change, number in questions.counts.items()
    ]
    if questions.missing:
        rows.append(("not found", f"{questions.missing:,}", _links(questions.missing_examples)))
    known = f"{questions.known:,} were known before; {questions.asked:,} of them were asked for."
    if report.listed:
        known += f" {report.listed:,} were not, since the sitemap lists them as unchanged."
    return f"## Questions\n\n{known}\n\n" + _table(("this run", "pages", "e.g."), rows)


def _captures(report: RunReport) -> str:
    captures = report.captures
    head = (
        f"## Captures\n\n{captures.total:,} captures, {captures.stored / 1e6:.1f} MB in WARC "
        f"files{_rate(report)}."
    )
    tables = [
        _counts(name, values)
        for name, values in (
            ("status", captures.by_status), ("type", captures.by_type),
            ("host", captures.by_host), ("kind", captures.by_kind),
            ("asked of robots", captures.by_robots),
        )
        if values
    ]  # fmt: skip
    if report.bad.having:
        tables.append(
            f"{_share(report.bad)} addresses gave an error or no answer: "
            f"{_links(report.bad_examples)}"
        )
    return "\n\n".join([head, *tables])


def _rate(report: RunReport) -> str:
    if not report.seconds:
        return ""
    return f", {report.captures.total / report.seconds:.1f} a second"


def _causes(report: RunReport) -> str:
    if not report.causes:
        return "## Failures\n\nNone."
    rows = [
        (
            f"{cause.count:,}", f"{cause.unresolved:,}",
            cause.stage + (f", {cause.field}" if cause.field else ""),
            cause.reason, _links(cause.examples),
        )
        for cause in report.causes[:_MOST_ROWS]
    ]  # fmt: skip
    more = len(report.causes) - len(rows)
    rest = f"\n\nAnd {counted(more, 'other cause')}." if more > 0 else ""
    return "## Failures\n\n" + _table(("pages", "open", "stage", "cause", "e.g."), rows) + rest


def _readings(report: RunReport) -> str:
    readings = report.readings
    rows = [(covered.field, *_having(covered)) for covered in readings.coverage]
    sure = "" if readings.confidence is None else f" Mean confidence {readings.confidence:.3f};"
    parts = [
        "## Fields",
        f"{readings.read:,} question pages were read in this run.{sure}"
        f" {_share(readings.low)} doubtful, {_share(readings.errors)} unreadable.",
        *_unread(report.unread),
        _table(("field", "all seen", "known before", "new", "without it, e.g."), rows),
    ]
    if readings.lost:
        lost = [
            (loss.field, f"{loss.count:,}", ", ".join(loss.places), _links(loss.examples))
            for loss in readings.lost
        ]
        parts.append(
            f"{readings.altered:,} pages are not as they were. What they lost by it:\n\n"
            + _table(("field", "pages", "where", "e.g."), lost)
        )
    if readings.errors_by_field:
        parts.append(_counts("unreadable field", readings.errors_by_field))
    if readings.parsers:
        parts.append(_counts("parser", readings.parsers))
    return "\n\n".join(parts)


def _unread(unread: Unread) -> tuple[str, ...]:
    if not unread.kinds:
        return ()
    number = unread.share.having
    return f"{unread_pages(number, unread.examples)}.", _counts("instead", unread.kinds)


def _having(covered: FieldCoverage) -> tuple[str, ...]:
    shares = (covered.seen, covered.known, covered.fresh)
    return *(_share(share) if share.of else "" for share in shares), _links(covered.lacking)


def _share(share: Share) -> str:
    return f"{share.having:,} of {share.of:,} ({percent(share.value)})"


def _counts(name: str, values: Mapping[str, int]) -> str:
    rows = [(value, f"{number:,}") for value, number in list(values.items())[:_MOST_ROWS]]
    more = list(values.values())[_MOST_ROWS:]
    if more:
        rows.append((f"{len(more):,} others", f"{sum(more):,}"))
    return _table((name, "captures" if name in _OF_CAPTURES else "pages"), rows)


_OF_CAPTURES = ("status", "type", "host", "kind", "asked of robots")


def _links(urls: Sequence[str]) -> str:
    return " ".join(urls[:_SHOWN])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand under each other."""
    cells = [[_plain(cell) for cell in row] for row in (head, *rows)]
    *inner, _ = zip(*cells, strict=True)
    widths = [max(3, *map(len, column)) for column in inner]

    def line(row: Sequence[str]) -> str:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        return f"| {' | '.join([*padded, row[-1]])} |"

    rule = line([*("-" * width for width in widths), "---"])
    return "\n".join([line(cells[0]), rule, *map(line, cells[1:])])


def _plain(text: str) -> str:
    """Text that cannot be taken for Markdown, HTML or a terminal's commands."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r"([|<>`\[\]])", r"\\\1", " ".join(shown.split()))
