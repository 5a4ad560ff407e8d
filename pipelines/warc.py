"""WARC in one place: what the other packages need of the writer and the reader."""

from pipelines.warc_read import DamagedWarc, Record, read_at, read_warc, record_in
from pipelines.warc_write import Exchange, Location, WarcWriter

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
