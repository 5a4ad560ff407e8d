"""``python -m tests.page_mutations --count 10000``: real pages, changed at random, and read.

Each case takes a page of ../shared/data/qa_pages, changes it once to three times (bytes flipped;
a piece cut out, moved, or repeated until the page is large; the end cut off; a piece put within
elements without end; an attribute that grows; labels without end) and reads it as a page of one
of the kinds of sites. It prints the slowest, and what was raised: a reading never raises, and
says of a mistake of our own that "the parser failed".

Seeds are fixed: the same count gives the same pages. Exit status 1 if anything failed or took
more than a second of CPU time.
"""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import NamedTuple

from parsers import declare
from tests.growth.measure import KINDS, reader_of
from tests.growth.shapes import shapes

PAGES = Path(__file__).parents[2] / "shared" / "data" / "qa_pages"
MOST_SECONDS = 1.0
_LARGEST = 300_000  # bytes that a page may grow to, or what it had
_HTML = "text/html"


class Case(NamedTuple):
    """What came of reading a changed page; ``failure`` is "" if it was read or is none."""

    seed: int
    page: str
    changes: str
    kind: str
    size: int
    seconds: float
    failure: str


def pages() -> list[Path]:
    """The real pages; none where they are not there."""
    return sorted(PAGES.rglob("*.html"))


def mutated(body: bytes, dice: random.Random, units: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """A changed page, and the names of the changes."""
    names = []
    room = max(_LARGEST, len(body))
    for _ in range(dice.choice((1, 1, 2, 3))):
        name = dice.choice(list(_CHANGES))
        body = _CHANGES[name](body, dice, room - len(body), units)
        names.append(name)
    return body, names


def _place(body: bytes, dice: random.Random, longest: int) -> tuple[int, int]:
    start = dice.randrange(len(body) + 1)
    return start, min(len(body), start + dice.randrange(1, longest))


def _flip(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.choice((1, 10, 200)) if body else 0):
        changed[dice.randrange(len(body))] = dice.choice((dice.randrange(256), 0x3C, 0x22, 0x26))
    return bytes(changed)


def _cut(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _remove(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    start, end = _place(body, dice, 5000)
    return body[:start] + body[end:]


def _move(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    start, end = _place(body, dice, 5000)
    rest = body[:start] + body[end:]
    to = dice.randrange(len(rest) + 1)
    return rest[:to] + body[start:end] + rest[to:]


def _repeat(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    start, end = _place(body, dice, dice.choice((5, 50, 500, 5000)))
    return body[:end] + _many(body[start:end], dice, room) + body[end:]


def _nest(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    """Put the rest of a page within what one of its tags opens, again and again."""
    tag = body.find(b"<", dice.randrange(len(body) + 1))
    end = body.find(b">", tag) + 1
    opened = body[tag:end] if 0 <= tag < end <= tag + 500 else b"<div>"
    return body[:tag] + _many(opened, dice, room) + body[tag:] if tag >= 0 else body


def _grow(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    """Repeat a piece within an attribute's value."""
    mark = body.find(b'="', dice.randrange(len(body) + 1)) + 2
    piece = dice.choice((b"a", b" ", b"post ", b"a b=c ", b"/..", b"&amp;", body[mark : mark + 20]))
    return body[:mark] + _many(piece, dice, room) + body[mark:] if mark > 1 else body


def _insert(body: bytes, dice: random.Random, room: int, units: Sequence[bytes]) -> bytes:
    """Repeat labels, days, elements and whatever else a reader looks for."""
    at = dice.randrange(len(body) + 1)
    return body[:at] + _many(dice.choice(units), dice, room) + body[at:]


def _many(piece: bytes, dice: random.Random, room: int) -> bytes:
    most = max(1, room // max(len(piece), 1))
    return piece * min(most, dice.choice((2, 20, 300, 5000, most)))


_CHANGES = {
    "flip": _flip, "cut": _cut, "remove": _remove, "move": _move, "repeat": _repeat,
    "nest": _nest, "grow": _grow, "insert": _insert,
}  # fmt: skip


def try_one(seed: int, bodies: Sequence[tuple[str, bytes]], units: Sequence[bytes]) -> Case:
    """Change a page and read it."""
    dice = random.Random(seed)
    name, body = bodies[seed % len(bodies)]
    body, changes = mutated(body, dice, units)
    kind = dice.choice((*KINDS, "undeclared", "undeclared", "undeclared"))
    read, failure = reader_of(kind), ""
    began = process_time()
    try:
        reading = read(body, _HTML)
    except Exception:
        failure = traceback.format_exc()
    else:
        if reading.error is not None and reading.error.field == "parser":
            failure = str(reading.error)
    finally:
        seconds = process_time() - began
        declare(())
    return Case(seed, name, "+".join(changes), kind, len(body), seconds, failure)


def run(seeds: Sequence[int]) -> Iterator[Case]:
    """Try as many cases."""
    bodies = [(path.stem, path.read_bytes()) for path in pages()]
    units = sorted({shape.unit.replace("{}", "1").encode() for shape in shapes().values()})
    for number in range(len(KINDS)):  # what is loaded at the first page is not the page's
        reader_of(KINDS[number])(bodies[number][1], _HTML)
        declare(())
    for seed in seeds:
        case = try_one(seed, bodies, units)
        if case.seconds > MOST_SECONDS:  # a busy machine takes from the caches
            case = min(case, try_one(seed, bodies, units), key=lambda each: each.seconds)
        yield case


def is_wrong(case: Case) -> bool:
    """Whether reading failed, or took too long."""
    return bool(case.failure) or case.seconds > MOST_SECONDS


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="change real pages at random, and read them")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--slowest", type=int, default=10, help="how many to print (10)")
    options = parser.parse_args()
    if not pages():
        print(f"the real pages are not at {PAGES}", file=sys.stderr)
        return 2
    cases = []
    for case in run(range(options.first, options.first + options.count)):
        cases.append(case)
        if is_wrong(case):
            print(f"seed {case.seed}: {case.failure or f'{case.seconds:.2f} s'}", flush=True)
    for case in sorted(cases, key=lambda case: case.seconds, reverse=True)[: options.slowest]:
        print(f"{case.seconds:6.2f} s {case.size:8} bytes  seed {case.seed}: {case.page}, "
              f"{case.changes}, {case.kind}")  # fmt: skip
    wrong = sum(map(is_wrong, cases))
    whole = sum(case.seconds for case in cases)
    print(f"{len(cases)} pages, {sum(case.size for case in cases) / 1e6:.0f} MB, {whole:.0f} s; "
          f"{wrong} failed or took over {MOST_SECONDS:g} s")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
