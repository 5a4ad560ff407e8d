"""A capture's record, read again from its WARC file: is it whole, and does it say the same?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.capture.interpret import InterpretedRecord, interpret
from pipelines.capture.page_deadline import read
from pipelines.db.blanks import Blanks
from pipelines.db.changeset import PageText
from pipelines.db.models import Crawl
from pipelines.db.rules import Key
from pipelines.files.timestamps import stamp
from pipelines.warc.content_encoding import UndecodableBody
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.reader import read_at
from pipelines.warc.record import check_digests


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """A row of ``captures``, with its run's uid, and what was read in it of one question.

    ``version`` is the digest of that text and ``words`` what it says; None where there is
    none. ``part`` is the page of the question's thread, ``number`` the version's place in time,
    from 1.
    """

    record_id: str
    url: str
    captured_at: str
    status: int
    content_type: str
    digest: str
    warc_file: str
    offset: int
    length: int
    source: str
    crawl: str
    revisit_of: str | None
    gone: bool
    fetched_at: str | None
    fetched_from: str | None
    parser: str | None
    confidence: float | None
    version: str | None
    words: str | None
    part: int | None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """What came of reading a record again.

    ``wrong`` says what does not hold, a sentence each; ``notes`` what could not be checked.
    ``block_digest`` and ``payload_digest`` are what the record names ("" if it does not).
    ``text`` is what a parser reads in it now of the question, as the archive would keep it; None
    in a revisit, or if that fails.
    """

    wrong: tuple[str, ...]
    notes: tuple[str, ...] = ()
    block_digest: str = ""
    payload_digest: str = ""
    text: PageText | None = None


SELECT_FACTS = """
SELECT c.record_id, c.url, c.captured_at, c.status, c.content_type, c.digest, c.warc_file,
    c.offset, c.length, c.source, r.uid, c.revisit_of, c.gone, c.fetched_at, c.fetched_from,
    s.parser, s.confidence, v.digest, v.words, v.part
FROM captures c JOIN crawls r ON r.id = c.crawl_id
LEFT JOIN versions v ON v.question_id = :question
    AND v.id IN (SELECT version_id FROM sightings WHERE capture_id = c.id)
LEFT JOIN sightings s ON s.capture_id = c.id AND s.version_id = v.id"""
"""Of one question, the parameter ``question`` (its id)."""


def facts_of(row: Sequence[Any]) -> CaptureFacts:
    """Make the value of a row of :data:`SELECT_FACTS`."""
    values = [*row[:12], bool(row[12]), *row[13:]]
    return CaptureFacts(*values)


def reread(facts: CaptureFacts, warc_dir: Path, key: Key, blanks: Blanks) -> RecordCheck:
    """Read a capture's record again, and compare it with the row and with its own digests.

    :param key: the question whose text is read in it
    :param blanks: what is left out of it
    """
    try:
        record = read_at(warc_dir / facts.warc_file, facts.offset, facts.length)
    except FileNotFoundError:
        return RecordCheck((f"the WARC file {facts.warc_file} is not there",))
    except (DamagedWarc, OSError) as error:
        return RecordCheck((f"the record cannot be read: {error}",))
    crawl = Crawl(facts.crawl, "", source=facts.source)
    interpreted = interpret(record, facts.warc_file, crawl)
    wrong, notes = list(_differences(facts, interpreted)), list[str]()
    for kind, reason in check_digests(record, ours=False):
        (notes if kind is FindingKind.DIGEST_UNKNOWN else wrong).append(reason)
    named = {name: record.get(f"WARC-{name}-Digest") for name in ("Block", "Payload")}
    notes += [
        f"the record names no digest of its {name.lower()}"
        for name, digest in named.items()
        if not digest
    ]
    text = None
    if facts.revisit_of is None and facts.version is not None:
        text, why = _text(interpreted, key)
        text = text.blanked(blanks) if text is not None else None
        wrong += [why] if why else []
    return RecordCheck(tuple(wrong), tuple(notes), named["Block"], named["Payload"], text)


def _differences(facts: CaptureFacts, interpreted: InterpretedRecord) -> Iterator[str]:
    """Where a record is not what its row says; ``scrapy verify`` compares every column."""
    row = interpreted.row
    if row is None:
        record_type = interpreted.record.record_type or "of no type"
        yield f"the record there is no capture, but {record_type}"
        return
    pairs = {
        "record id": (row.record_id, facts.record_id),
        "address": (row.url, facts.url),
        "time": (stamp(row.captured_at), facts.captured_at),
        "status": (row.status, facts.status),
        "payload digest": (row.digest, facts.digest),
    }
    for name, (now, then) in pairs.items():
        if now != then:
            yield f"its {name} is {now}, the archive has {then}"


def _text(interpreted: InterpretedRecord, key: Key) -> tuple[PageText | None, str]:
    """What is read of a question in a record, and why nothing is ("" if it is)."""
    try:
        capture = interpreted.capture()
    except UndecodableBody as error:
        return None, f"its body cannot be decoded: {error}"
    if capture is None:
        return None, "it holds no page"
    reading = read(capture)
    if not reading.pages:
        why = f": {reading.error}" if reading.error else ""
        return None, f"no question is read in it now{why}"
    pages = [page for page in reading.pages if (page.site, page.source_id) == key]
    if not pages:
        return None, f"{len(reading.pages)} questions are read in it now, and none is this one"
    return PageText.of(pages[0]), ""
