"""From files to a folder of shards: what is read, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from parsers import PARSERS
from pipelines.capture.warc_extract import FileStats, is_warc_name, warc_files
from pipelines.rebuild.engines import Engine
from pipelines.rebuild.job import FailedSpan, Input, do, input_of, span_for
from pipelines.rebuild.remote import named_place
from pipelines.rebuild.shards import RESULT, Shards
from pipelines.rebuild.tables import FORMAT
from pipelines.rebuild.work import Receipt


class ExtractError(Exception):
    """An extraction cannot be begun; the message says what to do."""


@dataclass
class Extracted:
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


def inputs_of(given: Iterable[str]) -> list[Input]:
    """The WARC and ARC files that paths, folders and addresses name.

    An address may have wildcards; one that ends with "/" is a folder. Rows call a file by its
    path below the folder that was given, or by its name.

    :raises ExtractError: there is none, or two have one name
    :raises OSError: one is not there
    """
    found: dict[str, Input] = {}
    given = list(given)
    for file, name in (pair for one in given for pair in _named_files(one)):
        if name in found:
            raise ExtractError(
                f"{file} and {found[name].file} would have one name ({name}): give the folder "
                "that both are in, so that rows can tell them apart"
            )
        with named_place(file):
            found[name] = input_of(file, name)
    if not found:
        raise ExtractError(f"there are no WARC or ARC files in {', '.join(given)}")
    return list(found.values())


def _named_files(given: str) -> list[tuple[str, str]]:
    with named_place(given):
        return list(_files(given))


def _files(given: str) -> Iterator[tuple[str, str]]:
    if "://" in given:
        yield from _remote_files(given)
    elif Path(given).is_dir():
        yield from ((str(one.path), one.name) for one in warc_files(Path(given)))
    else:
        yield given, Path(given).name


def _remote_files(given: str) -> Iterator[tuple[str, str]]:
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(given)
    if given.endswith("/"):
        names = [one for one in filesystem.find(path) if is_warc_name(one)]
    else:
        names = filesystem.glob(path) if "*" in given else [path]
    folder = path.rstrip("/") if given.endswith("/") else str(PurePosixPath(path).parent)
    folder = folder.partition("*")[0].rpartition("/")[0] if "*" in folder else folder
    for name in sorted(names):
        yield filesystem.unstrip_protocol(name), name.removeprefix(f"{folder}/")


def extract(
    inputs: list[Input],
    out: str,
    engine: Engine,
    *,
    workers: int,
    progress: ExtractProgress = lambda step, total: None,
) -> Extracted:
    """Read files into a folder of shards; what an earlier run has finished is not read again.

    :param workers: how many read at a time, for the size of what each is given
    :raises OSError: the folder cannot be written
    """
    shards = Shards(out)
    total = sum(one.size for one in inputs)
    done = Extracted({one.name: FileStats(one.name) for one in inputs})
    steps: list[Receipt | FailedSpan] = []
    for step in do(inputs, out, engine, span=span_for(total, workers)):
        steps.append(step)
        progress(step, total)
    # The same result, whichever file was read first; the spans of a file are in order.
    order = {one.name: place for place, one in enumerate(inputs)}
    for step in sorted(steps, key=lambda one: order[one.span.name]):
        done.add(step)
    shards.write(RESULT, as_json(done))
    return done


def as_json(done: Extracted) -> dict[str, Any]:
    """For ``result.json`` and ``--json``."""
    return {
        "format": FORMAT,
        "parsers": PARSERS,
        "files": [
            {
                "file": one.file,
                "records": one.records,
                "captures": one.captures,
                "pages": one.pages,
                "errors": one.errors,
                "damaged": [
                    {"offset": bad.offset, "reason": bad.why}
                    for bad in (*one.damaged, *one.flagged)
                ],
            }
            for one in done.files.values()
        ],
        "failed": [
            {"file": one.span.file, "begin": one.span.begin, "end": one.span.end, "why": one.why}
            for one in done.failed
        ],
        "bytes": done.bytes,
        "shards": done.shards,
    }
