"""Where a body ends: chunks as they come, lengths as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.warc.framing import Chunks, ChunksState, Framing, dechunk, framing_of, is_chunks

ENDED, OPEN, BROKEN = ChunksState.ENDED, ChunksState.OPEN, ChunksState.BROKEN

#: The line ends that servers write, and what they write around a size.
line_ends = st.sampled_from([b"\r\n", b"\n", b"\r\r\n"])
size_lines = st.sampled_from(
    [b"%x", b"%X", b"000%x", b"%x ", b"%x\t", b" %x", b"%x;a=b", b'%x;"c"']
)


@st.composite
def chunked_bodies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A body, and the same in chunks of odd forms."""
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
    parts = []
    for piece in pieces:
        end, behind = draw(line_ends), draw(st.sampled_from([b"\r\n", b"\n", b"", b"\r\n\r\n"]))
        if not behind and piece[-1:].isspace():
            behind = b"\n"
        parts.append(draw(size_lines) % len(piece) + end + piece + behind)
    trailers = draw(st.sampled_from([b"", b"X-Sum: 1\r\n", b"X-A: 1\nX-B: 2\n"]))
    last = draw(st.sampled_from([b"0", b"000", b"0;last"])) + draw(line_ends)
    return b"".join(pieces), b"".join(parts) + last + trailers + b"\r\n"


def read(body: bytes, cuts: list[int]) -> Chunks:
    """Chunks whose bytes come up to each of some places, one after another."""
    chunks = Chunks()
    for end in sorted({*(cut % (len(body) + 1) for cut in cuts), len(body)}):
        chunks.read(body[:end])
    return chunks


@given(chunked_bodies(), st.lists(st.integers(0, 400), max_size=9))
def test_chunks_are_the_same_however_they_come(
    bodies: tuple[bytes, bytes], cuts: list[int]
) -> None:
    body, framed = bodies
    chunks = read(framed, cuts)
    assert (chunks.state, chunks.last_came, chunks.end) == (ENDED, True, len(framed))
    assert b"".join(framed[start:end] for start, end in chunks.spans) == body == dechunk(framed)
    assert chunks.size == len(body)
    assert is_chunks(framed)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_what_is_damaged_is_the_same_however_it_comes(data: bytes, cuts: list[int]) -> None:
    for framed in (data, b"5\r\nhello\r\n" + data, b"5\r\nhello\r\n0\r\n" + data):
        in_pieces, at_once = read(framed, cuts), read(framed, [])
        assert list(in_pieces.spans) == list(at_once.spans)
        assert in_pieces.state is at_once.state
        assert in_pieces.state is not ENDED or in_pieces.end == at_once.end


@given(chunked_bodies(), st.binary(max_size=30))
def test_the_end_is_known_from_what_came_before_it(
    bodies: tuple[bytes, bytes], behind: bytes
) -> None:
    _, framed = bodies
    chunks = read(framed + behind, [])
    assert (chunks.state, chunks.end) == (ENDED, len(framed))
    assert all(read(framed[:end], []).state is OPEN for end in range(len(framed)))


@pytest.mark.parametrize(
    ("data", "state", "body"),
    [
        (b"<html>", BROKEN, b""),
        (b"5\r\nhello\r\n<html>", BROKEN, b"hello"),
        (b"5\r\nhello\r\n-1\r\n", BROKEN, b"hello"),
        (b"0x5\r\nhello", BROKEN, b""),
        (b"f" * 16 + b"\r\nhello", BROKEN, b""),
        (b"5\r\nhel", OPEN, b"hel"),
        (b"5\r\nhello\r\n0\r\n", OPEN, b"hello"),
        (b"5\r\nhello\r\n0\r\n\r\n", ENDED, b"hello"),
        (b"0" * 40 + b"5\r\nhello0\n\n", ENDED, b"hello"),
        (b"", OPEN, b""),
    ],
)
def test_chunks_end_go_on_or_break_off(data: bytes, state: ChunksState, body: bytes) -> None:
    assert (read(data, []).state, dechunk(data)) == (state, body)


@pytest.mark.parametrize(
    ("fields", "framing"),
    [
        ([], Framing()),
        ([("Content-Length", "5")], Framing(length=5)),
        ([("content-length", " 005\t")], Framing(length=5)),
        ([("Content-Length", "")], Framing(odd=("a Content-Length that is no number",))),
        ([("Content-Length", "9" * 19)], Framing(odd=("a Content-Length that is no number",))),
        ([("Content-Length", "5, 5")], Framing(length=5, odd=("Content-Length more than once",))),
        ([("Content-Length", "5")] * 3, Framing(length=5, odd=("Content-Length more than once",))),
        ([("Content-Length", "5,6")], Framing(refused="different Content-Lengths: 5, 6")),
        ([("Transfer-Encoding", "Chunked")], Framing(chunked=True)),
        ([("Transfer-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], Framing(chunked=True)),
        (
            [("Transfer-Encoding", "chunked"), ("Content-Length", "5"), ("Content-Length", "6")],
            Framing(chunked=True, odd=("Content-Length beside chunks",)),
        ),
        (
            [("Transfer-Encoding", "identity"), ("Content-Length", "5")],
            Framing(length=5, odd=("Transfer-Encoding 'identity'",)),
        ),
    ],
)
def test_how_the_end_of_a_body_is_known(fields: list[tuple[str, str]], framing: Framing) -> None:
    assert framing_of(200, fields) == framing
    assert framing_of(304, fields) == framing_of(100, fields) == Framing(length=0)
