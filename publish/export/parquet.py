"""Rows as Parquet, written row group by row group without seeking.

Apache's own library writes it. It takes long to load and much memory, so it is loaded when
the first Parquet file is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from publish.export.fields import PARTS, ExportField
from publish.export.rows import ExportError, Record

if TYPE_CHECKING:
    import pyarrow

# A row group ends with whichever comes first: large enough to compress well and to be read
# by columns, small enough to be held in memory.
GROUP_ROWS = 2_500
GROUP_CHARACTERS = 4_000_000
# Rows that become Arrow's columns together, so that few are ever Python objects.
BATCH_ROWS = 125
# How hard zstd tries: 3 is its own default.
LEVEL = 3
# Columns whose values are mostly all different: looking for equal ones costs time and memory.
_DISTINCT = frozenset(
    {"address", "source_id", "url", "question", "answer", "text", "record_id", "digest"}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parquet(records: Iterable[Record], fields: Sequence[ExportField]) -> Iterator[bytes]:
    """Write a Parquet file in pieces. Lists are lists, dates dates, times are in UTC.

    The number of rows is in the file's footer, which is written last: a file that was cut
    off cannot be opened.

    :raises ExportError: a value is not of its field's type
    """
    import pyarrow.parquet

    schema = arrow_schema(fields)
    repeated = [field.name for field in fields if field.name not in _DISTINCT]
    sink = _Sink()
    # A Python file as the target is never sought in, so what is written can be sent.
    # Closed in this order whatever happens: a writer that is left to itself writes its footer
    # into a file that is closed by then.
    with (
        pyarrow.PythonFile(sink, mode="w") as target,
        pyarrow.parquet.ParquetWriter(
            target,
            schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=repeated,
            # Of the others they would hold whole texts, in the footer, until the end.
            write_statistics=repeated,
            # Arrow's own allocator keeps what it once had.
            memory_pool=pyarrow.system_memory_pool(),
        ) as writer,
    ):
        for group in _groups(records, fields, schema):
            writer.write_table(group, row_group_size=len(group))
            yield from sink.take()
    yield from sink.take()


class _Sink:
    """The file that Arrow writes into: it holds the bytes until they are taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """What is left can still be taken."""

    def take(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        return filter(None, parts)


def arrow_schema(fields: Sequence[ExportField]) -> pyarrow.Schema:
    """Return the columns, each with its meaning as metadata."""
    import pyarrow

    return pyarrow.schema(
        [
            pyarrow.field(
                field.name,
                _type(field),
                nullable=not field.required,
                metadata={"description": field.meaning},
            )
            for field in fields
        ]
    )


def _type(field: ExportField) -> Any:
    import pyarrow

    match field.kind:
        case "date":
            return pyarrow.date32()
        case "moment":
            return pyarrow.timestamp("us", tz="UTC")
        case "integer":
            return pyarrow.int64()
        case "number":
            return pyarrow.float64()
        case "texts":
            return pyarrow.list_(pyarrow.string())
        case "people" | "links" as kind:
            return pyarrow.list_(pyarrow.struct([(name, pyarrow.string()) for name in PARTS[kind]]))
    return pyarrow.string()


def _groups(
    records: Iterable[Record], fields: Sequence[ExportField], schema: pyarrow.Schema
) -> Iterator[pyarrow.Table]:
    import pyarrow

    batches: list[pyarrow.RecordBatch] = []
    rows = characters = 0
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH_ROWS)):
        batches.append(_arrow(batch, fields, schema))
        rows += len(batch)
        characters += sum(map(_characters, batch))
        if rows >= GROUP_ROWS or characters >= GROUP_CHARACTERS:
            yield pyarrow.Table.from_batches(batches, schema)
            batches, rows, characters = [], 0, 0
    if batches:
        yield pyarrow.Table.from_batches(batches, schema)


def _characters(record: Record) -> int:
    return sum(len(value) for value in record.values() if isinstance(value, str))


def _arrow(
    batch: list[Record], fields: Sequence[ExportField], schema: pyarrow.Schema
) -> pyarrow.RecordBatch:
    import pyarrow

    pool = pyarrow.system_memory_pool()
    columns = []
    for field, column in zip(fields, schema, strict=True):
        values = [_value(record, field) for record in batch]
        try:
            columns.append(pyarrow.array(values, column.type, memory_pool=pool))
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, OverflowError) as error:
            raise ExportError(f"{field.name} of some row is no {field.kind}") from error
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def _value(record: Record, field: ExportField) -> Any:
    value = record[field.name]
    if value is None or field.kind not in ("date", "moment"):
        return value
    try:
        if field.kind == "date":
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        where = f"{field.name} of {record['site']} {record['source_id']}"
        raise ExportError(f"{where} is no {field.kind}: {value!r}") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


_MICROSECOND = datetime.resolution
