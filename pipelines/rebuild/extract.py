"""From files to a folder of shards: what is read, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from parsers import PARSERS
from pipelines.capture.warc_extract import FileStats, is_warc_name, warc_files
from pipelines.rebuild.engines import Engine
from pipelines.rebuild.extract_task import Receipt
from pipelines.rebuild.job import FailedSpan, WarcInput, extract_spans, span_size, warc_input
from pipelines.rebuild.shards import RESULT, Shards, named_place
from pipelines.rebuild.tables import FORMAT


class ExtractError(Exception):
    """An extraction cannot be begun; the message says what to do."""


@dataclass
class ExtractResult:
    """What came of an extraction: what was found in each file, the names of its shards in
    order, their bytes, and what could not be read."""

    files: dict[str, FileStats]
    shards: list[str] = field(default_factory=list)
    bytes: int = 0
    failed: list[FailedSpan] = field(default_factory=list)

    def add(self, step: Receipt | FailedSpan) -> None:
        """Count what came of a span."""
        if isinstance(step, FailedSpan):
            self.failed.append(step)
            return
        self.files[step.stats.file].add(step.stats)
        self.shards.append(step.shard)
        self.bytes += step.bytes


#: Called with what came of each span, and bytes of WARC in all.
ExtractProgress = Callable[[Receipt | FailedSpan, int], object]


def inputs_of(places: Iterable[str]) -> list[WarcInput]:
    """The WARC and ARC files that paths, folders and addresses name.

    An address may have wildcards; one that ends with "/" is a folder. Rows call a file by its
    path below the folder that was given, or by its name.

    :raises ExtractError: there is none, or two have one name
    :raises OSError: one is not there
    """
    inputs: dict[str, WarcInput] = {}
    places = list(places)
    for file, name in (pair for place in places for pair in _named_files(place)):
        if name in inputs:
            raise ExtractError(
                f"{file} and {inputs[name].file} would have one name ({name}): give the folder "
                "that both are in, so that rows can tell them apart"
            )
        with named_place(file):
            inputs[name] = warc_input(file, name)
    if not inputs:
        raise ExtractError(f"there are no WARC or ARC files in {', '.join(places)}")
    return list(inputs.values())


def _named_files(place: str) -> list[tuple[str, str]]:
    with named_place(place):
        return list(_files(place))


def _files(place: str) -> Iterator[tuple[str, str]]:
    if "://" in place:
        yield from _remote_files(place)
    elif Path(place).is_dir():
        yield from ((str(source.path), source.name) for source in warc_files(Path(place)))
    else:
        yield place, Path(place).name


def _remote_files(address: str) -> Iterator[tuple[str, str]]:
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(address)
    if address.endswith("/"):
        names = [name for name in filesystem.find(path) if is_warc_name(name)]
    else:
        names = filesystem.glob(path) if "*" in address else [path]
    folder = path.rstrip("/") if address.endswith("/") else str(PurePosixPath(path).parent)
    folder = folder.partition("*")[0].rpartition("/")[0] if "*" in folder else folder
    for name in sorted(names):
        yield filesystem.unstrip_protocol(name), name.removeprefix(f"{folder}/")


def extract(
    inputs: list[WarcInput],
    out: str,
    engine: Engine,
    *,
    workers: int,
    progress: ExtractProgress = lambda step, total: None,
) -> ExtractResult:
    """Read files into a folder of shards; what an earlier run has finished is not read again.

    :param workers: how many read at a time, for the size of what each is given
    :raises OSError: the folder cannot be written
    """
    shards = Shards(out)
    total = sum(warc.size for warc in inputs)
    result = ExtractResult({warc.name: FileStats(warc.name) for warc in inputs})
    steps: list[Receipt | FailedSpan] = []
    for step in extract_spans(inputs, out, engine, span=span_size(total, workers)):
        steps.append(step)
        progress(step, total)
    # The same result, whichever file was read first; the spans of a file are in order.
    order = {warc.name: place for place, warc in enumerate(inputs)}
    for step in sorted(steps, key=lambda step: order[step.span.name]):
        result.add(step)
    shards.write(RESULT, as_json(result))
    return result


def as_json(result: ExtractResult) -> dict[str, Any]:
    """For ``result.json`` and ``--json``."""
    return {
        "format": FORMAT,
        "parsers": PARSERS,
        "files": [stats.as_json() for stats in result.files.values()],
        "failed": [
            {"file": failed.span.file, "begin": failed.span.begin, "end": failed.span.end,
             "why": failed.why}
            for failed in result.failed
        ],
        "bytes": result.bytes,
        "shards": result.shards,
    }  # fmt: skip
