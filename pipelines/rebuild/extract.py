"""An extraction: from files to a folder of shards, by many workers.

Files are divided into spans, workers read them, and the outcomes are joined. The result is the
same as if one process had read all.

Nothing in a file says where, in the middle, a record begins. A span therefore begins with a
guess, and counts only if the span before it ended at that very record, in that very run;
else it is read again from where that one ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from parsers.readers.best import PARSERS
from pipelines.capture.warc_extract import FileStats, Span, is_warc_name, open_file, warc_files
from pipelines.db.models import Crawl
from pipelines.rebuild.engines import Engine
from pipelines.rebuild.shards import FORMAT, RESULT, ExtractTask, Receipt, Shards, named_place
from pipelines.warc.compressed import ZSTD_MAGICS

logger = logging.getLogger(__name__)

SPAN = 32 << 20
"""Bytes of a file that one task reads, at most."""
_MIN_SPAN = 1 << 20
_SPANS_PER_WORKER = 8


class WarcInput(NamedTuple):
    """A file to read: a path or an address, what rows call it, its size in bytes, what tells
    one state of it from another, and whether it can be read from the middle on."""

    file: str
    name: str
    size: int
    mark: str
    divisible: bool = True


def warc_input(file: str, name: str) -> WarcInput:
    """A file as it is now.

    :param file: a path, or an address that fsspec knows
    :raises OSError: it is not there
    """
    if "://" not in file:
        status = Path(file).stat()
        size, mark = status.st_size, f"{status.st_size} {status.st_mtime_ns}"
    else:
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(file)
        info = filesystem.info(path)
        size = int(info["size"])
        mark = f"{size} {info.get('ETag') or info.get('LastModified') or info.get('mtime') or ''}"
    with open_file(file) as opened:
        # Frames of Zstandard may need the dictionary that the file begins with.
        divisible = opened.read(4) not in ZSTD_MAGICS
    return WarcInput(file, name, size, mark, divisible)


def span_size(total: int, workers: int) -> int:
    """How many bytes a span has, so that all are busy until the end, and none is tiny."""
    return min(SPAN, max(_MIN_SPAN, total // (workers * _SPANS_PER_WORKER)))


class FailedSpan(NamedTuple):
    """A span that could not be read, and why."""

    span: Span
    why: str


def extract_spans(
    inputs: Sequence[WarcInput], out: str, engine: Engine, *, span: int = SPAN
) -> Iterator[Receipt | FailedSpan]:
    """Read files into a folder of shards.

    Shards that are there already are not made again: the same job goes on with what an
    earlier one had finished.

    :param span: bytes of a file that one task reads
    :returns: what counts, file by file in the order of each file's spans
    :raises OSError: the folder cannot be written
    """
    shards = Shards(out)
    chains = {warc.name: _Chain(warc, span) for warc in inputs}
    marks = {warc.name: warc.mark for warc in inputs}

    def tasks(spans: Iterable[Span]) -> list[ExtractTask]:
        return [ExtractTask(each, shards.address, marks[each.name]) for each in spans]

    # Round and round the files, so that all chains grow.
    engine.submit(tasks(each for chain in chains.values() for each in chain.spans))
    for task, outcome in engine.outcomes():
        chain = chains[task.span.name]
        chain.add_outcome(task.span, outcome)
        for step in chain.steps():
            if isinstance(step, Span):
                engine.submit(tasks([step]))
            elif isinstance(step, _Dropped):
                shards.drop(step.receipt.shard)
            else:
                yield step


class _Dropped(NamedTuple):
    receipt: Receipt


_Step = Receipt | FailedSpan | Span | _Dropped


class _Chain:
    """The spans of one file, joined one by one."""

    def __init__(self, warc: WarcInput, span: int) -> None:
        begins = range(0, max(warc.size, 1), span if warc.divisible else max(warc.size, 1))
        self.spans = [
            Span(warc.file, warc.name, begin, begin + span, exact=begin == 0) for begin in begins
        ]
        self.spans[-1] = replace(self.spans[-1], end=None)
        self._places = {each.end: place for place, each in enumerate(self.spans)}
        self._outcomes: dict[int, Receipt | Exception] = {}
        self._next = 0
        self._known = True  # where the next span begins, and in which run
        self._at: int | None = 0
        self._crawl: Crawl | None = None

    def add_outcome(self, span: Span, outcome: Receipt | Exception) -> None:
        """Note what came of a span."""
        place = self._places[span.end]  # where it begins may have changed
        self.spans[place] = span
        self._outcomes[place] = outcome

    def steps(self) -> Iterator[_Step]:
        """What is to be done now, as far as is known: what counts, what is dropped, and what
        is to be read again."""
        while self._next in self._outcomes:
            outcome = self._outcomes.pop(self._next)
            span = self.spans[self._next]
            if isinstance(outcome, Exception):
                yield FailedSpan(span, str(outcome) or type(outcome).__name__)
                self._known = False
            elif self._joins(outcome, span):
                yield outcome
                self._pass(outcome)
            else:
                logger.info("%s: read again from byte %s on", span.file, self._at)
                yield _Dropped(outcome)
                if not self._is_beyond(span):
                    assert self._at is not None
                    yield replace(span, begin=self._at, exact=True, crawl=self._crawl)
                    return
            self._next += 1

    def _joins(self, receipt: Receipt, span: Span) -> bool:
        if not self._known:  # what was before could not be read
            return True
        if self._is_beyond(span):
            return receipt.began is None
        if span.begin == self._at and span.exact:
            return True
        return receipt.began == self._at and receipt.assumed == self._crawl

    def _is_beyond(self, span: Span) -> bool:
        """Whether the span before this one went over all of it."""
        return self._known and (self._at is None or (span.end is not None and self._at >= span.end))

    def _pass(self, receipt: Receipt) -> None:
        if receipt.began is None and not receipt.span.exact:
            return  # nothing begins in it, and where the next one does is known as before
        self._known = True
        self._at, self._crawl = receipt.ended, receipt.crawl


# -- a whole extraction -----------------------------------------------------------------------


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
