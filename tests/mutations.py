"""``python -m tests.mutations --count 10000``: sound files, damaged at random, and read.

Each case takes a sound file of one kind, damages it (bits and bytes flipped, a piece cut
out, inserted, overwritten with zeros, duplicated, or moved; the end cut off; up to three of
these), and reads it as an import would. It prints, by kind of file:

- records whose bytes were not touched, and how many of them were recovered. Where records
  share a compressed member, those count that end before the first damaged byte: no one can
  decompress what follows it. A record that is flagged since its member's checksum does not
  hold is recovered, but is none that passes as sound;
- wrong records that passed as sound, which must be none. A record is sound if nothing about
  it is flagged. Not told, because nothing in the format can: damage in the header of a plain
  WARC record, which no digest covers (or in its block, where the digest's field is gone); any
  in a plain ARC file, which has no digests; any before the place where a gzip member is cut
  off, with its checksum; that whole records are missing. These are counted apart (``untold``);
- files that lost a record without a word, tracebacks, the slowest file, the memory.

Seeds are fixed: the same count gives the same figures. Exit status 1 if a record passed, a
traceback was raised, less than 99% was recovered, or memory passed 500 MB.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.capture.interpret import interpret
from pipelines.ingest.dry_run import dry_run
from pipelines.ingest.ingest import contents_of
from pipelines.ingest.result import IngestResult
from pipelines.ingest.sniff import FileError, format_of
from pipelines.warc.damage import DamagedWarc
from pipelines.warc.reader import read_warc
from pipelines.warc.record import Record
from tests.sound_files import SoundFile, sound_files

_PIECE = 2000
_MOST_SECONDS = 10.0
_MOST_MEMORY = 500 << 20

#: A piece of the sound file (from, to), or bytes that are not of it.
Segment = tuple[int, int] | bytes


@dataclass
class Figures:
    """What was counted for one kind of file."""

    files: int = 0
    untouched: int = 0
    recovered: int = 0
    passed: list[str] = field(default_factory=list)
    untold: int = 0
    silent: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    slowest: float = 0.0


def mutated(size: int, dice: random.Random) -> list[Segment]:
    """A damaged file, as pieces of the sound one and other bytes."""
    segments: list[Segment] = [(0, size)]
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        segments = _damaged(segments, dice)
    return segments


def _damaged(segments: list[Segment], dice: random.Random) -> list[Segment]:
    size = sum(map(_size, segments))
    start = dice.randrange(max(size, 1))
    end = min(size, start + dice.choice((1, 1, 1, 4, dice.randrange(1, _PIECE))))
    before, piece, after = (
        _part(segments, 0, start), _part(segments, start, end), _part(segments, end, size),
    )  # fmt: skip
    kind = dice.choice(("bit", "bit", "byte", "cut", "delete", "insert", "zeros", "copy", "move"))
    if kind == "cut":
        return before
    if kind == "delete":
        return before + after
    if kind == "insert":
        return [*before, dice.randbytes(end - start), *piece, *after]
    if kind == "copy":
        return before + piece + piece + after
    if kind == "move":
        to = dice.randrange(size - (end - start) + 1)
        rest = before + after
        return _part(rest, 0, to) + piece + _part(rest, to, size)
    if kind == "zeros":
        return [*before, bytes(end - start), *after]
    at = start + 1
    change = 1 << dice.randrange(8) if kind == "bit" else dice.randrange(1, 256)
    return [*before, _Changed(change), *_part(segments, at, size)]


class _Changed(bytes):
    """One byte that is not what it was."""

    def __new__(cls, change: int) -> _Changed:
        return super().__new__(cls, bytes([change]))


def _size(segment: Segment) -> int:
    return len(segment) if isinstance(segment, bytes) else segment[1] - segment[0]


def _part(segments: list[Segment], start: int, end: int) -> list[Segment]:
    found: list[Segment] = []
    at = 0
    for one in segments:
        size = _size(one)
        low, high = max(start - at, 0), min(end - at, size)
        if low < high:
            whole = low == 0 and high == size
            part = one[low:high] if isinstance(one, bytes) else (one[0] + low, one[0] + high)
            found.append(one if whole else part)
        at += size
    return found


def joined(data: bytes, segments: list[Segment]) -> bytes:
    """The bytes of a damaged file; a changed byte differs from the one that stood there."""
    out = bytearray()
    for one in segments:
        if isinstance(one, _Changed):
            out.append(data[min(len(out), len(data) - 1)] ^ one[0])
        else:
            out += one if isinstance(one, bytes) else data[one[0] : one[1]]
    return bytes(out)


def untouched_records(sound: SoundFile, segments: list[Segment]) -> set[int]:
    """The numbers of the records that lie whole in one piece of the sound file."""
    if sound.shared:
        first = segments[0] if segments and not isinstance(segments[0], bytes) else (0, 0)
        reach = first[1] if first[0] == 0 else 0
        return {at for at, (_, end) in enumerate(sound.places) if end <= reach}
    pieces = [segment for segment in segments if not isinstance(segment, bytes)]
    return {
        at
        for at, (start, end) in enumerate(sound.places)
        if any(low <= start and end <= high for low, high in pieces)
    }


def read_back(path: Path) -> tuple[list[Record], list[Record], list[DamagedWarc]]:
    """The records of a file that pass as sound, those that are flagged, and the places of it
    that are damaged."""
    result = IngestResult(path)
    damaged: list[DamagedWarc] = []
    records: list[Record] = []
    flagged: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            kind = format_of(path).kind
            inner = (
                [path] if kind != "wacz" else [one for one, _ in contents_of(result, Path(folder))]
            )
        except FileError:
            return [], [], [DamagedWarc(path.name, 0, "no web archive")]
        for one in inner:
            for record in read_warc(one, damaged.append):
                faulty = record.suspect or interpret(record, one.name).fault
                (flagged if faulty else records).append(record)
    return records, flagged, damaged + result.damaged


def try_one(sound: SoundFile, seed: int, path: Path, figures: Figures) -> None:
    """One case: damage the file, read it, count."""
    dice = random.Random(seed)
    segments = mutated(len(sound.data), dice)
    path.write_bytes(joined(sound.data, segments))
    began = time.perf_counter()
    try:
        records, flagged, damaged = read_back(path)
        if seed % 10 == 0:
            dry_run([path])
    except Exception:
        figures.errors.append(f"seed {seed}: {traceback.format_exc()}")
        return
    finally:
        figures.slowest = max(figures.slowest, time.perf_counter() - began)
    figures.files += 1
    found = {(record.head, record.block) for record in records}
    untouched = untouched_records(sound, segments)
    figures.untouched += len(untouched)
    all_found = found | {(record.head, record.block) for record in flagged}
    figures.recovered += sum(sound.records[at] in all_found for at in untouched)
    blocks = {block for _, block in sound.records}
    untold = figures.untold
    cut = sound.shared and any("member is cut short" in damage.why for damage in damaged)
    for one in records:
        if (one.head, one.block) in sound.records:
            continue
        unguarded = one.block in blocks or not one.get("WARC-Block-Digest")
        if sound.untold_all or cut or (sound.untold_heads and unguarded):
            figures.untold += 1
        else:
            figures.passed.append(f"seed {seed}: {one.head[:60]!r}")
    lost = blocks - {block for _, block in found}
    told = damaged or flagged or figures.untold > untold  # two headers that became one
    if not told and lost and not _whole(sound, segments):
        figures.silent.append(f"seed {seed}")


def _whole(sound: SoundFile, segments: list[Segment]) -> bool:
    """Whether all that is left is whole records, so that nothing can tell what is missing."""
    if sound.untold_all:
        return True
    borders = {place for one in sound.places for place in one} | {0, len(sound.data)}
    if sound.untold_heads:  # the line ends after the last record may be missing
        borders |= {end - less for _, end in sound.places for less in (1, 2, 3, 4)}
    return all(not isinstance(segment, bytes) and {*segment} <= borders for segment in segments)


def run(count: int, folder: Path) -> dict[str, Figures]:
    """Try as many cases, spread evenly over the kinds of files."""
    kinds = sound_files(folder)
    figures = {one.kind: Figures() for one in kinds}
    for seed in range(count):
        sound = kinds[seed % len(kinds)]
        try_one(sound, seed, folder / "case", figures[sound.kind])
    return figures


def failures(figures: dict[str, Figures]) -> list[str]:
    """What is not as it must be."""
    wrong = []
    for kind, one in figures.items():
        wrong += [f"{kind}: {what}" for what in (*one.passed, *one.errors, *one.silent)]
        if one.untouched and one.recovered < 0.99 * one.untouched:
            wrong.append(f"{kind}: {one.recovered} of {one.untouched} recovered")
        if one.slowest > _MOST_SECONDS:
            wrong.append(f"{kind}: {one.slowest:.1f} s for a file")
    return wrong


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="damage sound files at random, and read them")
    parser.add_argument("--count", type=int, default=10_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        figures = run(count, Path(folder))
    print(f"{'':14}{'files':>7}{'untouched':>11}{'recovered':>11}{'passed':>8}{'untold':>8}"
          f"{'silent':>8}{'errors':>8}{'slowest':>9}")  # fmt: skip
    for kind, one in figures.items():
        print(
            f"{kind:14}{one.files:7}{one.untouched:11}{one.recovered:11}{len(one.passed):8}"
            f"{one.untold:8}{len(one.silent):8}{len(one.errors):8}{one.slowest:7.2f} s"
        )
    whole = sum(figure.untouched for figure in figures.values())
    back = sum(figure.recovered for figure in figures.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{count} files, {back} of {whole} untouched records recovered "
          f"({back / max(whole, 1):.3%}), {memory >> 20} MB at most")  # fmt: skip
    wrong = failures(figures)
    print("\n".join(wrong[:20]))
    return 1 if wrong or memory > _MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
