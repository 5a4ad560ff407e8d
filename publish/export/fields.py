"""What is exported, questions and answers, and the fields of each: one list for all formats.

The lists are data, ``export_fields.yaml`` beside the data dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from publish.data.dictionary import TABLES, read_yaml

#: ``texts`` is a list of texts; ``people`` and ``links`` are lists of objects (see PARTS).
FieldKind = Literal["text", "date", "moment", "integer", "number", "texts", "people", "links"]


@dataclass(frozen=True, slots=True)
class ExportField:
    """A field of an exported row. ``required``: never null."""

    name: str
    kind: FieldKind
    meaning: str
    required: bool


@dataclass(frozen=True, slots=True)
class ExportTable:
    """What the rows of an export are, and their fields in order."""

    name: str
    fields: tuple[ExportField, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)


def _field(
    name: str, table: str, kind: FieldKind = "text", meaning: str = "", required: bool = False
) -> ExportField:
    return ExportField(name, kind, meaning or TABLES[table].columns[name], required)


_CONTENT = read_yaml("export_fields.yaml")
EXPORTED = {
    table: ExportTable(
        table,
        tuple(_field(name, **{"table": table, **entry}) for name, entry in fields.items()),
    )
    for table, fields in _CONTENT["tables"].items()
}
QUESTIONS, ANSWERS = EXPORTED["questions"], EXPORTED["answers"]

#: The parts of each object in a list of that kind, all texts, with their meanings.
PARTS: dict[str, dict[str, str]] = {
    kind: {name: TABLES[part["table"]].columns[name] for name in part["names"]}
    for kind, part in _CONTENT["parts"].items()
}
