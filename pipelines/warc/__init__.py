"""WARC in one place: what the other packages need of the writer and the reader."""

from pipelines.warc.reader import DamagedWarc, Record, read_at, read_warc, record_in
from pipelines.warc.writer import Exchange, Location, WarcWriter

__all__ = [
    "DamagedWarc",
    "Exchange",
    "Location",
    "Record",
    "WarcWriter",
    "read_at",
    "read_warc",
    "record_in",
]
