"""An assistant's way: it starts kodit or asks a server, has code indexed, and finds it, through the real client."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess

import pytest
from command_line import KODIT, CommandLine
from journey_world import SHOP, World, write
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

PATIENCE = 60
"""Seconds that nobody waits for."""


def started_by(kodit: CommandLine, **variables: str):
    command, *arguments = KODIT
    return stdio_client(
        StdioServerParameters(command=command, args=[*arguments, "mcp"], env={**kodit.environment, **variables})
    )


async def said(client: Client, tool: str, **arguments: object) -> str:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content[0].text
    return answer.content[0].text


async def until(client: Client, told: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while told not in (status := await said(client, "status")):
            # Asking again takes as long as anybody need wait.
            continue
    return status


async def test_an_assistant_has_code_indexed_and_finds_it_without_ever_waiting(fresh: CommandLine, tmp_path):
    write(tmp_path / "shop", SHOP)
    async with Client(started_by(fresh)) as client:
        assert (await client.call_tool("search", {"intent": "price"})).is_error
        assert "shop is queued" in await said(client, "index_source", source=str(tmp_path / "shop"))
        first = await said(client, "search", intent="read a price", keywords=["parse_price"])
        assert "index: shop " in first
        await until(client, "shop: indexed just now")
        found = await said(client, "search", intent="read a price", keywords=["parse_price"])
        assert found.startswith("## shop/orders.py:21-24 parse_price (function)")
    # What the session's worker did is there for everybody.
    assert fresh.json("search", "parse_price")["results"][0]["symbol"] == "parse_price"
    assert fresh.json("status")["workers"] == []


async def test_without_a_worker_of_its_own_the_work_is_left_to_others(fresh: CommandLine, tmp_path):
    write(tmp_path / "shop", SHOP)
    async with Client(started_by(fresh, KODIT_WORKER_ENABLED="false")) as client:
        told = await said(client, "index_source", source=str(tmp_path / "shop"))
        assert "No worker is running: start one with kodit worker" in told
        fresh.ok("worker", "--drain")
        assert "shop: indexed just now" in await said(client, "status")


async def test_what_an_earlier_session_left_is_gone_on_with(fresh: CommandLine, tmp_path):
    write(tmp_path / "shop", SHOP)
    fresh.ok("index", tmp_path / "shop", "--no-wait")
    async with Client(started_by(fresh)) as client:
        await until(client, "shop: indexed just now")


def spoken_to(kodit: CommandLine, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*KODIT, *arguments, "mcp", "serve"],
        env=kodit.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def a_message(number: int, method: str, **parameters: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}) + "\n"


HELLO = a_message(
    1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "test", "version": "1"}
)


def test_stdout_is_messages_only_and_the_log_goes_to_stderr(world: World):
    process = spoken_to(world.kodit, "--verbose")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(HELLO)
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline())]
    process.stdin.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}\nno message\n')
    process.stdin.write(a_message(2, "tools/call", name="grep", arguments={"pattern": "parse_price"}))
    process.stdin.flush()
    while answers[-1].get("id") != 2:
        answers.append(json.loads(process.stdout.readline()))
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert [json.loads(line)["jsonrpc"] for line in out.splitlines()] == ["2.0"] * len(out.splitlines())
    assert "parse_price" in answers[-1]["result"]["content"][0]["text"]


@pytest.mark.needs("signals")
def test_a_signal_ends_it_although_its_client_is_still_there(world: World):
    process = spoken_to(world.kodit)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(HELLO)
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.needs("linux")
def test_the_worker_of_a_session_is_another_process_and_ends_however_the_session_ends(fresh: CommandLine):
    process = spoken_to(fresh, "--verbose")
    try:
        with socket.create_server(("127.0.0.1", 0)) as forge:
            # A clone that waits for its server keeps a worker at it.
            forge.settimeout(PATIENCE)
            endless = {"source": f"http://127.0.0.1:{forge.getsockname()[1]}/code.git"}
            assert process.stdin is not None
            process.stdin.write(HELLO + '{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
            process.stdin.write(a_message(2, "tools/call", name="index_source", arguments=endless))
            process.stdin.flush()
            line, _ = forge.accept()
            [worker] = fresh.json("queue", "stats")["workers"]
            assert worker["pid"] != process.pid
            handle = os.pidfd_open(worker["pid"])
            process.kill()
            ended, _, _ = select.select([handle], [], [], PATIENCE)
            os.close(handle)
            line.close()
    finally:
        process.kill()
        out, _ = process.communicate()
    assert ended
    assert [json.loads(message)["id"] for message in out.splitlines()] == [1, 2]
    assert "No worker" not in out
    after = fresh.json("queue", "stats")
    assert (after["workers"], after["by_state"]["ready"]) == ([], 1)


async def test_a_server_answers_assistants_beside_all_else(copied: CommandLine):
    process = copied.start("serve", "--port", "0", "--workers", "0")
    try:
        assert process.stdout is not None
        url = (await asyncio.to_thread(process.stdout.readline)).rpartition(" ")[2].strip()
        async with Client(f"{url}/mcp") as client:
            assert "parse_price" in await said(client, "find_definition", name="parse_price")
    finally:
        process.kill()
        process.communicate()


def test_kodit_is_made_known_to_an_assistant_once(world: World, tmp_path):
    kodit = CommandLine(world.kodit.data_dir, {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)})
    (tmp_path / ".cursor").mkdir()
    settings = tmp_path / ".cursor" / "mcp.json"
    settings.write_text('{\n  // mine\n  "mcpServers": {}\n}\n')
    assert "from now on" in kodit.ok("mcp", "install", "--client", "cursor").out
    after = settings.read_text()
    assert "// mine" in after
    assert '"mcp"' in after
    assert "already" in kodit.ok("mcp", "install", "--client", "cursor").out
    assert settings.read_text() == after
    refused = kodit.run("mcp", "install", "--client", "cursor", "--url", "http://127.0.0.1:8765/mcp")
    assert (refused.code, "--replace" in refused.remedy) == (4, True)
    printed = kodit.ok("mcp", "install", "--client", "codex", "--print")
    assert printed.out.startswith("[mcp_servers.kodit]\ncommand = ")
    assert not (tmp_path / ".codex").exists()
