"""Who connects has to say soon what they want."""

import asyncio
import socket
from contextlib import suppress

import pytest

from kodit.serving.connection import Connection
from kodit.serving.listening import listening_socket
from kodit.serving.web_server import WebServer

PATIENCE = 0.2
LONG = 60


async def hello(scope, receive, send):
    message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def line(monkeypatch):
    """Opens a connection to a server with little patience."""
    monkeypatch.setattr(Connection, "head_seconds", PATIENCE)
    ready, opened = asyncio.Event(), []
    with listening_socket("127.0.0.1", 0) as bound:
        server = WebServer(hello, ready=ready.set, drain_seconds=1)
        listening = asyncio.create_task(server.listen(bound))
        await ready.wait()

        async def connect(said=b""):
            # Said before the server accepts, so that it is there in time however slow the machine is.
            client = socket.create_connection(bound.getsockname())
            client.sendall(said)
            reader, writer = await asyncio.open_connection(sock=client)
            opened.append(writer)
            return reader, writer

        yield connect
        for writer in opened:
            writer.close()
        server.drain()
        await listening


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end_is_not_waited_for(line, beginning):
    reader, _ = await line(beginning)
    assert await asyncio.wait_for(reader.read(), LONG) == b""


async def test_a_head_that_comes_letter_by_letter_has_no_more_time(line):
    reader, writer = await line()
    closing = asyncio.create_task(reader.read())
    for letter in b"GET /" + b"a" * 10_000:
        writer.write(bytes([letter]))
        if (await asyncio.wait({closing}, timeout=PATIENCE / 10))[0]:
            break
    assert closing.done()
    # A letter that was still on its way makes the end a reset.
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(closing, LONG) == b""


async def test_a_body_may_take_longer_and_so_may_the_next_request(line):
    beginning = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na"
    reader, writer = await line(beginning)
    for following in (beginning, b""):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 2 * PATIENCE)
        writer.write(b"b")
        assert (await asyncio.wait_for(reader.readuntil(b"hello"), LONG)).startswith(b"HTTP/1.1 200")
        writer.write(following)
    # Between requests it is the other limit that counts, and that is longer.
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 2 * PATIENCE)
    writer.write(b"GET / HT")
    assert await asyncio.wait_for(reader.read(), LONG) == b""
