"""The chain of evidence of a question, for a person (100 columns) and for a program. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from crawler.text_format import WIDTH, short, table, wrapped
from pipelines.reports.provenance_chain import CaptureEvidence, FieldEvidence, ProvenanceChain
from publish.data.texts import sources_in_words

_LABEL = 14


def lines(chain: ProvenanceChain) -> Iterator[str]:
    """Yield lines for a terminal: whether it holds, then the chain link by link."""
    yield f"{chain.site}/{chain.source_id}: {verdict(chain)}"
    yield chain.url
    for reason in chain.wrong:
        yield from wrapped(f"! {reason}")
    yield ""
    now = f"; again now by {chain.parser_now}" if chain.parser_now else "; it cannot be read now"
    yield f"The record, read by {chain.parser} with confidence {chain.confidence:.2f}{now}"
    for warning in chain.warnings:
        yield from wrapped(f"uncertain: {warning}")
    for field in chain.fields:
        yield from _field(field)
    yield ""
    yield "Read from"
    yield from _evidence(chain.evidence)
    yield ""
    yield f"Captures of the page, in order of time ({len(chain.captures)})"
    yield from _captures(chain)
    confirmed = "The same text was captured by" if len(chain.sources) > 1 else "Captured by"
    yield from wrapped(f"{confirmed}: {sources_in_words(chain.sources)}", "")
    if chain.failures:
        yield ""
        yield f"Failures of its address ({len(chain.failures)})"
        for failure in chain.failures:
            since = " (later captured well)" if failure["resolved"] else ""
            where = ", ".join(filter(None, (failure["stage"], failure["field"])))
            moment = _moment(failure["occurred_at"])
            yield from wrapped(f"{moment}  {where}: {failure['reason']}{since}")
    for note in chain.notes:
        yield from ("", *wrapped(f"note: {note}", ""))


def verdict(chain: ProvenanceChain) -> str:
    """Return in a few words whether it holds."""
    if not chain.wrong:
        return "everything holds"
    count = len(chain.wrong)
    return f"{count} {'thing does' if count == 1 else 'things do'} not hold"


def _field(field: FieldEvidence) -> Iterator[str]:
    verdicts = {True: "reads the same now", False: "READS OTHERWISE NOW", None: "not read again"}
    how = f"found by: {field.landmark}; " if field.landmark else ""
    yield _line(field.name, _value(field.value))
    yield _line("", f"{how}{verdicts[field.holds]}")
    if field.holds is False:
        yield _line("", f"now: {_value(field.now)}")


def _value(value: Any) -> str:
    if value is None or value == [] or value == "":
        return "(none)"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    if isinstance(value, list):
        return "; ".join(_value(part) for part in value)
    return str(value)


def _evidence(evidence: CaptureEvidence) -> Iterator[str]:
    facts, now = evidence.facts, evidence.now
    yield _line("record", facts.record_id)
    yield _line("address", facts.url)
    yield _line("captured", f"{_moment(facts.captured_at)} UTC, {sources_in_words([facts.source])}")
    if facts.fetched_from or facts.fetched_at:
        when = f" at {_moment(facts.fetched_at)} UTC" if facts.fetched_at else ""
        yield _line("fetched", f"from {facts.fetched_from or 'a web archive'}{when}")
    yield _line("answer", f"HTTP {facts.status}, {facts.content_type or 'no media type'}")
    yield _line("WARC file", f"{facts.warc_file}, at byte {facts.offset}, {facts.length} bytes")
    yield _line("payload", now.payload_digest or f"{facts.digest} (by the archive alone)")
    yield _line("block", now.block_digest or "(the record names no digest)")
    holds = "no: " + "; ".join(now.wrong) if now.wrong else "yes: whole, and as its digests say"
    yield from wrapped(holds, f"  {'holds':<{_LABEL}}", " " * (_LABEL + 2))


def _captures(chain: ProvenanceChain) -> Iterator[str]:
    rows = [["captured (UTC)", "source", "status", "holds", "what it has"]]
    for capture in chain.captures:
        facts = capture.facts
        holds = "NO" if capture.now.wrong else "yes"
        text = short(capture.text, 52) + (" (shown)" if capture is chain.evidence else "")
        rows.append([_moment(facts.captured_at), facts.source, str(facts.status), holds, text])
    yield from (f"  {line}" for line in table(rows, frozenset({2})))


def as_json(chain: ProvenanceChain) -> dict[str, Any]:
    """Return the document of ``--json``: everything, whole."""
    return {
        "question": f"{chain.site}/{chain.source_id}",
        "site": chain.site,
        "source_id": chain.source_id,
        "url": chain.url,
        "holds": not chain.wrong,
        "wrong": list(chain.wrong),
        "notes": list(chain.notes),
        "parser": chain.parser,
        "parser_now": chain.parser_now,
        "confidence": chain.confidence,
        "warnings": list(chain.warnings),
        "fields": [
            {
                "field": field.name,
                "value": field.value,
                "landmark": field.landmark or None,
                "holds": field.holds,
                **({"now": field.now} if field.holds is False else {}),
            }
            for field in chain.fields
        ],
        "evidence": _evidence_json(chain.evidence),
        "captures": [_evidence_json(capture) for capture in chain.captures],
        "confirmed_by": list(chain.sources),
        "failures": list(chain.failures),
    }


def _evidence_json(evidence: CaptureEvidence) -> dict[str, Any]:
    return {
        **dataclasses.asdict(evidence.facts),
        "text": evidence.text,
        "block_digest": evidence.now.block_digest or None,
        "payload_digest": evidence.now.payload_digest or None,
        "holds": not evidence.now.wrong,
        "wrong": list(evidence.now.wrong),
        "notes": list(evidence.now.notes),
    }


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{short(text, WIDTH - _LABEL - 2)}"


def _moment(stamp: str) -> str:
    return stamp[:19].replace("T", " ")
