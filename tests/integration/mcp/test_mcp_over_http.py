"""Assistants over HTTP on loopback: no sessions, and every request in the name of who sends it."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest
from mcp import Client

from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL, Caller
from kodit.domain.access.scope import Scope
from kodit.infrastructure import clock
from kodit.interfaces.mcp.app import assistants
from kodit.interfaces.mcp.tools import BY_NAME
from kodit.serving.listening import listening_socket
from kodit.serving.web_server import WebServer

READER = Caller(name="reader", scopes=frozenset({Scope.READ}))
INITIALISE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@asynccontextmanager
async def answering(engine):
    """The URL where assistants are answered; who asks at `/reader` is READER, all others are LOCAL."""
    speaking = assistants(lambda scope: ServingApplicationService(engine, scope["state"]["caller"]), now=clock.now)

    async def gate(scope, receive, send):
        caller = READER if scope["path"] == "/reader" else LOCAL
        await speaking.app({**scope, "state": {"caller": caller}}, receive, send)

    ready = asyncio.Event()
    server = WebServer(gate, ready=ready.set, drain_seconds=1)
    with listening_socket("127.0.0.1", 0) as bound:
        async with speaking.lifespan():
            serving = asyncio.create_task(server.listen(bound))
            await ready.wait()
            try:
                yield f"http://127.0.0.1:{bound.getsockname()[1]}"
            finally:
                server.drain()
                await serving


async def said(client, tool, **arguments):
    answer = await client.call_tool(tool, arguments)
    return answer.is_error, answer.content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_assistants_of_every_generation_are_answered(engine, mode):
    async with answering(engine) as url, Client(f"{url}/mcp", mode=mode) as client:
        assert len((await client.list_tools()).tools) == len(BY_NAME)
        failed, text = await said(client, "find_definition", name="parse_price")
        assert (failed, "def parse_price" in text) == (False, True)
        assert (await said(client, "grep", pattern="("))[0] is True


async def test_each_request_is_in_the_name_of_who_sends_it(engine):
    async with answering(engine) as url, Client(f"{url}/reader") as reader, Client(f"{url}/mcp") as local:
        assert "it takes the scope write" in (await said(reader, "index_source", source="shop"))[1]
        assert "shop is queued" in (await said(local, "index_source", source="shop"))[1]
        assert "prices.py" in (await said(reader, "search", intent="price"))[1]


async def test_many_assistants_are_answered_at_a_time(engine):
    async with answering(engine) as url, Client(f"{url}/mcp") as client:
        patterns = ["parse_price", "doubled", "of many", "WithBackoff"] * 5
        answers = await asyncio.gather(*(said(client, "grep", pattern=pattern) for pattern in patterns))
        assert [pattern in text for pattern, (_, text) in zip(patterns, answers, strict=True)] == [True] * 20


async def test_what_is_answered_is_one_json_document_without_a_session(engine):
    async with answering(engine) as url, httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.post(f"{url}/mcp", json=INITIALISE)
        assert answer.headers["content-type"] == "application/json"
        assert "mcp-session-id" not in answer.headers
        assert answer.json()["result"]["serverInfo"]["name"] == "kodit"
        call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_sources", "arguments": {}}}
        answer = await client.post(f"{url}/mcp", json=call)
        assert "shop: indexed" in answer.json()["result"]["content"][0]["text"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", json.dumps({"method": "tools/call"}), '"\\ud800"'])
async def test_what_is_no_message_is_refused(engine, content):
    async with answering(engine) as url, httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.post(f"{url}/mcp", content=content)
        assert 400 <= answer.status_code < 500
