"""What ends a process that reads a database ends nothing else, and is told."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kodit.domain.errors import Damaged, DatabaseUnusable
from kodit.infrastructure.duckdb.apart import SessionApart
from kodit.infrastructure.duckdb.session import Resources


def _nothing(connection: Any) -> None:
    pass


def _ended_by(connection: Any, number: int) -> None:
    os.kill(os.getpid(), number)


def _never_over(connection: Any, begun: str) -> None:
    # Is at an end when somebody has read it.
    Path(begun).write_bytes(b"")
    signal.pause()


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[SessionApart]:
    duckdb.connect(str(tmp_path / "numbers")).execute("CREATE TABLE numbers AS SELECT 1 AS one").close()
    made = SessionApart(tmp_path / "numbers", Resources(), _nothing)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [
        (signal.SIGABRT, Damaged, r"numbers is damaged: DuckDB does not survive it \(SIGABRT\)"),
        (signal.SIGKILL, DatabaseUnusable, r"the process that read .*numbers was ended \(SIGKILL\)"),
    ],
)
async def test_a_process_that_a_signal_ends_is_told_and_the_next_one_answers(session, number, kind, said):
    with pytest.raises(DatabaseUnusable, match=said) as caught:
        await session.run(partial(_ended_by, number=number))
    assert type(caught.value) is kind
    assert await session.rows("SELECT one FROM numbers WHERE one = ?", [1]) == [(1,)]


async def test_an_error_of_duckdb_is_told_as_elsewhere(session):
    with pytest.raises(DatabaseUnusable, match="numbers: Catalog Error"):
        await session.rows("SELECT * FROM nothing")


async def test_who_is_cancelled_ends_the_process(session, tmp_path):
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    task = asyncio.create_task(session.run(partial(_never_over, begun=str(begun))))
    await asyncio.to_thread(begun.read_bytes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await session.rows("SELECT one FROM numbers") == [(1,)]
