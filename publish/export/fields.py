"""The fields of an exported question: one list for all formats and their descriptions.

The list is data, ``export_fields.yaml`` beside the data dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from publish.data.dictionary import TABLES, read_yaml

#: ``texts`` is a list of texts; ``people`` and ``links`` are lists of objects (see PARTS).
FieldKind = Literal["text", "date", "moment", "integer", "number", "texts", "people", "links"]


@dataclass(frozen=True, slots=True)
class ExportField:
    """A field of an exported question. ``required``: never null."""

    name: str
    kind: FieldKind
    meaning: str
    required: bool


def _field(
    name: str,
    kind: FieldKind = "text",
    meaning: str = "",
    table: str = "questions",
    required: bool = False,
) -> ExportField:
    return ExportField(name, kind, meaning or TABLES[table].columns[name], required)


_CONTENT = read_yaml("export_fields.yaml")
FIELDS = tuple(_field(name, **entry) for name, entry in _CONTENT["fields"].items())
NAMES = tuple(field.name for field in FIELDS)

#: The parts of each object in a list of that kind, all texts, with their meanings.
PARTS: dict[str, dict[str, str]] = {
    kind: {name: TABLES[part["table"]].columns[name] for name in part["names"]}
    for kind, part in _CONTENT["parts"].items()
}
