"""A run on a server is followed to its end, although the server is away for a moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from served_world import serving, write

import kodit
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.remote import following
from kodit.infrastructure.remote.connection import Connection
from kodit.interfaces.cli import waiting

AWAY = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def away_for(url: str, looks: int) -> AsyncIterator[str]:
    """A proxy whose server is away when a run is looked at for the second time, for so many looks."""
    beyond = urlsplit(url)
    seen = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen += head.startswith("GET /api/v1/runs/")
        if head.startswith("GET /api/v1/runs/") and 1 < seen <= 1 + looks:
            writer.write(AWAY)
        else:
            sizes = [line for line in head.splitlines() if line.lower().startswith("content-length:")]
            body = await reader.readexactly(int(sizes[0].split(":")[1])) if sizes else b""
            there, told = await asyncio.open_connection(beyond.hostname, beyond.port)
            told.write(head.replace("keep-alive", "close").encode() + body)
            writer.write(await there.read())
            told.close()
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as proxy:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"


async def test_a_server_that_is_away_for_a_moment_ends_no_wait_for_a_run(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (url, _), away_for(url, 2) as proxy, kodit.connect(proxy) as server:
        report = await server.index(str(write(tmp_path / "code")))
    assert report.progress.run.state is RunState.COMPLETED


async def test_a_run_that_waits_for_another_try_is_worked_on_only_where_a_worker_is_alive(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", worker_enabled=False) as (url, engine):
        run = (await engine.index("https://127.0.0.1:9/owner/code.git")).progress.run
        connection = Connection(url)
        report = await following.report_of(connection, run, already=True, wait=True, watch=None)
        await connection.close()
    assert report.progress.pauses
    assert not report.elsewhere


async def test_who_waits_where_no_worker_is_alive_is_told_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(waiting, "SHORT_SECONDS", 0.0)
    async with serving(tmp_path / "data", worker_enabled=False) as (url, _), kodit.connect(url) as server:
        await waiting.tell_of_no_worker(server, url, queue_only="--no-wait")
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith(f"waiting: no worker is alive at {url}")
    assert [line.partition(": ")[0] for line in told] == ["waiting", "remedy"]


async def test_who_waits_for_a_machine_without_a_worker_is_told_so_though_another_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(waiting, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.0)
    shared = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'kodit.db'}"
    async with (
        serving(tmp_path / "data", worker_enabled=False) as (url, engine),
        kodit.open(tmp_path / "other", database_url=shared) as other,
        kodit.connect(url) as server,
    ):
        elsewhere = other.worker()
        working = asyncio.create_task(elsewhere.run())
        while not (await server.overview.statistics()).workers:
            pass
        told = ""
        async with asyncio.timeout(60), waiting.waiting_shown(server, url, queue_only="--no-wait") as watch:
            indexing = asyncio.create_task(server.index(str(write(tmp_path / "code")), watch=watch))
            while "remedy" not in told:
                await asyncio.sleep(0)
                told += capsys.readouterr().err
        indexing.cancel()
        await elsewhere.abandon()
        await working
    assert f"waiting: no worker is alive on machine {engine.presence.machine()}" in told
    assert "no worker is alive at" not in told


async def test_who_waits_where_a_worker_is_alive_is_told_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(waiting, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.0)
    async with serving(tmp_path / "data") as (url, _), kodit.connect(url) as server:
        while not (await server.overview.statistics()).workers:
            pass
        async with waiting.waiting_shown(server, url, queue_only="--no-wait") as watch:
            await server.index(str(write(tmp_path / "code")), watch=watch)
    told = capsys.readouterr().err
    assert "SYNC: succeeded" in told
    assert "no worker" not in told


async def test_a_server_that_stays_away_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.0)
    async with (
        serving(tmp_path / "data", worker_enabled=False) as (url, _),
        away_for(url, 99) as proxy,
        kodit.connect(proxy) as server,
    ):
        with pytest.raises(Unavailable, match="answered 503"):
            await server.index(str(write(tmp_path / "code")))
