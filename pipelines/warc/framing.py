"""Where the body of an HTTP/1 response ends (RFC 9112, 6 and 7), whoever reads it.

What browsers read is read, and so is some of what they refuse: one request is in flight, and
after an odd response the connection is not used again, so that nothing can be smuggled past us.
Only a head that says two different lengths is refused, as browsers do: where its body ends is
anyone's guess.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

#: The line that begins a chunk. Some servers put line ends before it, or many zeros.
_CHUNK = re.compile(rb"[\r\n\t ]*+(?=[0-9a-fA-F])0*+([0-9a-fA-F]{0,15})[ \t]*(?:;[^\n]*)?\r*\n")
_BEGUN = re.compile(rb"[\r\n\t ]*+[0-9a-fA-F]{0,80}+[ \t]*+(?:;[^\n]*+)?\r*\Z")
EMPTY_LINE = re.compile(rb"\n\r*\n")
#: A length of more digits is none.
_LENGTH = re.compile(r"[0-9]{1,18}")

#: What is said of a response whose body does not end as its head has it.
NO_CHUNKS = "said to be in chunks, and is not"
OPEN_TRAILERS = "the connection ends within the trailers"
SAME_END = "its end came before the end that it announces, twice at the same byte"
UNFRAMED = frozenset({NO_CHUNKS, OPEN_TRAILERS, SAME_END})

Fields = Sequence[tuple[str, str]]


class Framing(NamedTuple):
    """How the end of a body is known: by its chunks, by its length in bytes, or (None) by the
    end of the connection. ``odd`` says in words what is unusual about that, ``refused`` why it
    cannot be known: the head says different lengths, and has no chunks."""

    chunked: bool = False
    length: int | None = None
    odd: tuple[str, ...] = ()
    refused: str = ""


def framing_of(status: int, fields: Fields) -> Framing:
    """How the end of a response's body is known."""
    if status in (204, 304) or 100 <= status < 200:
        return Framing(length=0)
    lengths = _values(fields, "content-length")
    coded = _values(fields, "transfer-encoding")
    if not coded and len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]):
        return Framing(length=int(lengths[0]))  # as nearly all have it
    codings = _codings(coded)
    odd = []
    if "chunked" in codings:
        if lengths:
            odd.append("Content-Length beside chunks")
        return Framing(chunked=True, odd=tuple(odd))
    if codings:
        odd.append(f"Transfer-Encoding {', '.join(codings)[:40]!r}")
    words = [word.strip(" \t") for value in lengths for word in value.split(",")]
    numbers = {int(word) for word in words if _LENGTH.fullmatch(word)}
    if len(numbers) > 1:
        return Framing(refused=f"different Content-Lengths: {', '.join(words)[:80]}")
    if len(words) > 1:
        odd.append("Content-Length more than once")
    if words and not all(_LENGTH.fullmatch(word) for word in words):
        odd.append("a Content-Length that is no number")
    return Framing(length=numbers.pop() if numbers else None, odd=tuple(odd))


def codings_of(fields: Fields, name: str) -> list[str]:
    """The codings that the fields of a name list, in lower case, in order."""
    return _codings(_values(fields, name))


def _codings(values: list[str]) -> list[str]:
    words = [word.strip(" \t").lower() for value in values for word in value.split(",")]
    return [word for word in words if word]


def _values(fields: Fields, name: str) -> list[str]:
    size = len(name)  # which few other names have
    return [value for key, value in fields if len(key) == size and key.lower() == name]


class ChunksState(Enum):
    """Whether chunks go on, have ended, or cannot be followed any further."""

    OPEN = auto()
    ENDED = auto()
    BROKEN = auto()


class Chunks:
    """The chunks of a body, found as its bytes come.

    ``size`` is what they come to in bytes, ``end`` is where what was understood ends,
    ``last_came`` whether the last chunk did.

    :param at: where the body begins in what :meth:`read` is given
    """

    def __init__(self, at: int = 0) -> None:
        self._starts, self._ends = array("q"), array("q")  # of a byte each there may be millions
        self.size = 0
        self.end = at
        self.last_came = False
        self.state = ChunksState.OPEN

    @property
    def spans(self) -> Iterator[tuple[int, int]]:
        """Where the data of each lies."""
        return zip(self._starts, self._ends, strict=True)

    def read(self, data: bytes | bytearray) -> ChunksState:
        """Go on with all bytes that came so far. A line end behind a chunk's data may be missing,
        or there may be several."""
        while not self.last_came and self.end < len(data):
            line = _CHUNK.match(data, self.end)
            if line is None:
                if _BEGUN.match(data, self.end) is None:
                    self.state = ChunksState.BROKEN
                return self.state
            length = int(line[1] or b"0", 16)
            self.end = line.end()
            if length:
                self._starts.append(self.end)
                self.size += length
                self.end += length
                self._ends.append(self.end)
            else:
                self.last_came = True
        if self.last_came and self.state is ChunksState.OPEN:
            # The empty line may follow at once: it ends the trailers, if there are any.
            trailers_end = EMPTY_LINE.search(data, self.end - 1)
            if trailers_end is not None:
                self.end = trailers_end.end()
                self.state = ChunksState.ENDED
        return self.state


def dechunk(body: bytes) -> bytes:
    """Undo chunked framing; trailers are left out. A body that was cut gives what came."""
    chunks = Chunks()
    chunks.read(body)
    content = bytearray()
    for start, end in chunks.spans:
        content += body[start:end]
    return bytes(content)


def is_chunks(body: bytes) -> bool:
    """Whether a body begins as one in chunks does: many archives keep those de-chunked."""
    return _CHUNK.match(body) is not None
