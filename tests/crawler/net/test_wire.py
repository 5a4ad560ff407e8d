"""The wire keeps every byte: a raw server that breaks the usual rules, over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from crawler.net.wire import MOST_HEAD_BYTES, WireConnection, WireError, WireResponse
from pipelines.warc.http import HttpMessage, parse_response
from tests.crawler.net.wire_driver import Peer

REQUEST = b"GET /a HTTP/1.1\r\nHost: test\r\nX-Odd-CASE: 1\r\n\r\n"


def talk(
    answers: list[bytes],
    *,
    close: bool = False,
    max_bytes: int = 0,
    pieces: int = 1_000_000,
) -> tuple[list[WireResponse], list[bytes], WireConnection]:
    """Run one exchange an answer over one connection to a server that sends them as they are."""

    async def run() -> tuple[list[WireResponse], list[bytes], WireConnection]:
        got: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for answer in answers:
                got.append(await reader.readuntil(b"\r\n\r\n"))
                for at in range(0, len(answer), pieces):
                    writer.write(answer[at : at + pieces])
                    await writer.drain()
                    await asyncio.sleep(0)
            if close:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        _, connection = await asyncio.get_running_loop().create_connection(
            WireConnection, host, port
        )
        try:
            responses = [
                await asyncio.wait_for(connection.exchange(REQUEST, max_bytes=max_bytes), 5)
                for _ in answers
            ]
            return responses, got, connection
        finally:
            connection.close()
            server.close()

    return asyncio.run(run())


def read(response: WireResponse) -> HttpMessage:
    message = parse_response(response.block)
    assert message is not None
    return message


MIXED = (
    b"HTTP/1.1 200 Fine By Me\r\nsErVeR: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
    b"CONTENT-LENGTH: 5\r\n\r\nhello"
)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n"
)


@pytest.mark.parametrize("pieces", [1, 7, 1_000_000])
def test_the_block_is_what_the_server_sent(pieces: int) -> None:
    responses, got, connection = talk([MIXED, CHUNKED], pieces=pieces)
    assert [r.block for r in responses] == [MIXED, CHUNKED]
    assert [read(r).payload for r in responses] == [b"hello", b"hello world"]
    assert got == [REQUEST, REQUEST]
    assert connection.peer == "127.0.0.1"


def test_headers_keep_case_order_and_repetition() -> None:
    (response,), _, _ = talk([MIXED])
    assert read(response).headers[:3] == (
        ("sErVeR", "x"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
    )


def test_interim_responses_are_left_out_and_noted() -> None:
    (response,), _, _ = talk([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + MIXED])
    assert response.block == MIXED
    assert response.interim == (103,)


@pytest.mark.parametrize("pieces", [1, 40])
def test_interim_responses_in_pieces(pieces: int) -> None:
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    (response,), _, _ = talk([hints + CHUNKED], pieces=pieces)
    assert (response.block, read(response).payload) == (CHUNKED, b"hello world")
    assert response.interim == (100, 103)


@pytest.mark.parametrize(
    "answer",
    [b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', b"HTTP/1.1 204 No Content\r\n\r\n"],
)
def test_responses_without_a_body_end_at_their_head(answer: bytes) -> None:
    responses, _, _ = talk([answer, MIXED])
    assert [r.block for r in responses] == [answer, MIXED]
    assert read(responses[0]).payload == b""


def test_a_body_without_length_ends_with_the_connection() -> None:
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>old"
    (response,), _, connection = talk([answer], close=True)
    assert (response.block, read(response).payload) == (answer, b"<p>old")
    assert response.truncated is None
    assert not connection.reusable


def test_a_body_cut_short_is_kept_and_marked() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
    (response,), _, connection = talk([answer], close=True)
    assert (response.block, response.truncated) == (answer, "disconnect")
    assert read(response).payload == b"only this"
    assert not connection.reusable


def test_chunks_cut_short_are_kept_and_marked() -> None:
    answer = CHUNKED[:-20]
    (response,), _, _ = talk([answer], close=True)
    assert (response.block, response.truncated) == (answer, "disconnect")


def test_the_size_limit_cuts_and_marks() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    (response,), _, connection = talk([answer], max_bytes=10_000, pieces=5_000)
    assert response.truncated == "length"
    assert answer.startswith(response.block)
    assert 10_000 < len(read(response).payload) < 100_000
    assert not connection.reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
    ],
    ids=["headers", "interim"],
)
def test_a_head_without_end_is_refused(answer: bytes) -> None:
    assert len(answer) > MOST_HEAD_BYTES
    with pytest.raises(WireError, match=r"a head of more than|more than 50 interim") as caught:
        talk([answer], pieces=100_000)
    assert len(caught.value.received) < 2 * MOST_HEAD_BYTES


def test_framing_without_end_meets_the_size_limit() -> None:
    chunks = b"1;" + b"x" * 4_000 + b"\r\na\r\n"
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks * 500
    (response,), _, _ = talk([answer], max_bytes=10_000, pieces=100_000)
    assert response.truncated == "length"
    assert len(response.block) < 2 * MOST_HEAD_BYTES


def test_the_time_to_the_head_is_measured() -> None:
    (response,), _, _ = talk([MIXED])
    assert 0.0 < response.latency < 1.0


B = b"Content-Length: 2\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nThis is no header\r\n" + B + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A : b\r\nX\0: \x01\r\n: x\r\n" + B + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + B + B + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n" + B + b"\r\n",
        b"\r\n\r\nHTTP/1.1 200 OK\r\n" + B + b"\r\n",
        b"HTTP/1.1 200 OK\n" + B + b"\n",
        b"HTTP/1.1 200OK\r\n" + B + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n" + B + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",  # and no chunks
    ],
)
@pytest.mark.parametrize("pieces", [1, 1_000_000])
def test_odd_heads_are_read_as_browsers_do_and_said(head: bytes, pieces: int) -> None:
    (response,), _, connection = talk([head + b"ok"], close=True, pieces=pieces)
    assert response.block == head + b"ok"
    assert (read(response).status, read(response).payload) == (200, b"ok")
    assert response.odd
    assert not connection.reusable


def test_of_different_locations_the_first_is_followed_and_said() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /a\r\nlocation: /b\r\nContent-Length: 0\r\n\r\n"
    (response,), _, _ = talk([head])
    assert (read(response).leads_to, response.odd) == ("/a", ("different Locations",))
    (response,), _, _ = talk([head.replace(b"/b", b"/a")])
    assert response.odd == ()


def test_different_lengths_are_refused_and_all_that_follows_is_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + B + b"Content-Length: 9\r\n\r\nall of it"
    with pytest.raises(WireError, match="different Content-Lengths") as caught:
        talk([answer], close=True, pieces=20)
    assert caught.value.received == answer


def test_a_refused_answer_is_read_until_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[asyncio.TimerHandle] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def call_later(
            delay: float, then: Callable[..., object], *args: object
        ) -> asyncio.TimerHandle:
            timers.append(asyncio.TimerHandle(loop.time() + delay, then, args, loop))
            return timers[-1]

        monkeypatch.setattr(loop, "call_later", call_later)
        connection = WireConnection()
        connection.connection_made(Peer())
        exchange = asyncio.ensure_future(connection.exchange(REQUEST))
        await asyncio.sleep(0)
        for piece in (b"SSH-2.0-OpenSSH_9.2\r\n", b"more", b" and more"):
            connection.data_received(piece)
        assert [timer.cancelled() for timer in timers] == [True, True, False]
        assert not exchange.done()
        timers[-1]._run()
        with pytest.raises(WireError, match="not HTTP") as caught:
            await exchange
        assert caught.value.received == b"SSH-2.0-OpenSSH_9.2\r\nmore and more"

    asyncio.run(run())


def test_bytes_after_the_message_are_not_part_of_it() -> None:
    (response,), _, connection = talk([MIXED + b"JUNK"])
    assert (response.block, response.surplus) == (MIXED, b"JUNK")
    assert not connection.reusable


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "inside the headers"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
    ],
)
def test_what_is_no_response_is_an_error_that_keeps_the_bytes(answer: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why) as caught:
        talk([answer], close=True)
    assert caught.value.received == answer


def test_a_busy_connection_refuses_a_second_exchange() -> None:
    async def run() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        _, connection = await asyncio.get_running_loop().create_connection(
            WireConnection, *server.sockets[0].getsockname()[:2]
        )
        first = asyncio.ensure_future(connection.exchange(REQUEST))
        await asyncio.sleep(0.01)
        with pytest.raises(WireError, match="busy"):
            await connection.exchange(REQUEST)
        first.cancel()
        connection.close()
        server.close()

    asyncio.run(run())
