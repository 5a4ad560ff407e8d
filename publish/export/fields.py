"""The fields of an exported question: one list for all formats and their descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from publish.data.dictionary import TABLES

#: ``texts`` is a list of texts; ``people`` and ``links`` are lists of objects (see PARTS).
FieldKind = Literal["text", "date", "moment", "integer", "number", "texts", "people", "links"]


@dataclass(frozen=True, slots=True)
class ExportField:
    """A field of an exported question. ``required``: never null."""

    name: str
    kind: FieldKind
    meaning: str
    required: bool = False


def _same(name: str, kind: FieldKind = "text", *, required: bool = False) -> ExportField:
    return ExportField(name, kind, TABLES["questions"].columns[name], required)


def _evidence(name: str, kind: FieldKind = "text") -> ExportField:
    return ExportField(name, kind, TABLES["captures"].columns[name])


FIELDS: tuple[ExportField, ...] = (
    ExportField(
        "address",
        "text",
        "The question's address in this archive, which stays: a path, to be put behind the "
        "address of the server.",
        required=True,
    ),
    _same("site", required=True),
    _same("source_id", required=True),
    _same("url", required=True),
    _same("title", required=True),
    _same("question", required=True),
    _same("answer", required=True),
    _same("answered_on", "date"),
    _same("year", "integer"),
    _same("status", required=True),
    ExportField("topic", "text", "The name of the first health topic that the page names."),
    ExportField("responder", "text", "The name of the first person who answered, as printed."),
    _same("institution"),
    ExportField(
        "topics", "texts", "The names of all health topics, in the order of the page.", True
    ),
    ExportField(
        "responders", "people", "All who answered, in order, as the page printed them.", True
    ),
    ExportField(
        "links", "links", 'The addresses that the page offers "for more information".', True
    ),
    _same("first_captured_at", "moment", required=True),
    _same("last_captured_at", "moment", required=True),
    _same("last_changed_at", "moment", required=True),
    _same("versions", "integer", required=True),
    ExportField(
        "sources",
        "texts",
        "Where captures that say the same come from (live, wayback, commoncrawl, warc, wet, "
        "file). Two or more confirm the text.",
        True,
    ),
    _same("gone_at", "moment"),
    _same("confidence", "number", required=True),
    ExportField(
        "warnings", "texts", "What was uncertain when the page was read, in plain words.", True
    ),
    _same("parser", required=True),
    ExportField(
        "captured_at", "moment", "When the capture was made that all this was read from (UTC)."
    ),
    _evidence("record_id"),
    _evidence("digest"),
    _evidence("warc_file"),
    _evidence("offset", "integer"),
    _evidence("length", "integer"),
    _evidence("source"),
)

NAMES = tuple(field.name for field in FIELDS)

#: The parts of each object in a list of that kind, all texts, with their meanings.
PARTS: dict[str, dict[str, str]] = {
    kind: {name: TABLES[table].columns[name] for name in names}
    for kind, table, names in (
        (
            "people",
            "question_responders",
            ("name", "credentials", "title", "college", "institution", "url"),
        ),
        ("links", "links", ("text", "url")),
    )
}
