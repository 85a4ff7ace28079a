"""What is made of the answers of servers that are broken, newer, or not kodit's at all."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from kodit.domain.errors import BadAnswer, Conflict, KoditError, NotFound, RateLimited, Unavailable
from kodit.infrastructure.remote.connection import Connection


@asynccontextmanager
async def answering(status: int, body: str, *headers: str) -> AsyncIterator[Connection]:
    """A connection to a server that gives one answer to everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body.encode())}", "Connection: close", *headers]
        writer.write("\r\n".join([*head, "", body]).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        try:
            yield connection
        finally:
            await connection.close()


def problem(**given: Any) -> str:
    return json.dumps({"type": "about:blank", "detail": "as it is", "remedy": "do something", **given})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_proxy_whose_server_is_away_is_no_broken_promise(status: int) -> None:
    async with answering(status, "<html>gone</html>") as connection:
        with pytest.raises(Unavailable, match=f"answered {status}") as raised:
            await connection.document("GET", "status")
    assert raised.value.remedy


@pytest.mark.parametrize(("status", "body"), [(200, "<html>"), (404, "<html>"), (200, "[]")])
async def test_what_is_no_server_of_kodits_is_told_of(status: int, body: str) -> None:
    async with answering(status, body) as connection:
        with pytest.raises(BadAnswer, match="is it a server of kodit's"):
            await connection.document("GET", "status")


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (404, "about:blank", NotFound),
        (504, "about:blank", Unavailable),
        (409, "urn:kodit:error:NothingLikeIt", Conflict),
        (404, "urn:kodit:error:Conflict", Conflict),
        (418, "urn:kodit:error:NothingLikeIt", BadAnswer),
        (500, "about:blank", BadAnswer),
    ],
)
async def test_a_problem_is_the_error_that_it_names_or_else_that_of_its_status(
    status: int, kind: str, error: type[KoditError]
) -> None:
    async with answering(status, problem(type=kind)) as connection:
        with pytest.raises(KoditError, match="as it is") as raised:
            await connection.document("GET", "status")
    assert (type(raised.value), raised.value.remedy) == (error, "do something")


@pytest.mark.parametrize("kind", ["about:blank", "urn:kodit:error:RateLimited"])
@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("9" * 30, None), ("soon", None)])
async def test_how_long_a_server_asks_to_wait_is_told(kind: str, header: str, seconds: int | None) -> None:
    async with answering(429, problem(type=kind), f"Retry-After: {header}") as connection:
        with pytest.raises(RateLimited) as raised:
            await connection.document("GET", "status")
    assert raised.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))
