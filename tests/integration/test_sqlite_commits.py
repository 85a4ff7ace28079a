"""A commit that SQLite refuses leaves nothing behind, neither what was written nor a transaction that goes on; and who
waits for another process's commit sees it soon."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import IntegrityError
from worker_steps import opened

from kodit.domain.errors import DatabaseBusy
from kodit.infrastructure.sql import sqlite_thread

FULL = 2
"""What SQLite calls a commit that is on the disk before it returns."""


@pytest.fixture
async def storage(tmp_path):
    async with opened(tmp_path) as queue:
        yield queue.storage


@pytest.fixture
def writer(storage, tmp_path):
    """Another process, which is writing."""
    path = tmp_path / "kodit.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def _write_what_cannot_be_committed(unit):
    connection = unit.tasks._connection
    await connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    await connection.exec_driver_sql(
        "INSERT INTO progress (task_id, step, position, state, current, started_at, updated_at)"
        " VALUES (404, 'step', 1, 'running', 0, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000')"
    )


async def _transact(storage, work):
    return await storage.transact(work)


async def _write(storage, work):
    async with storage.write() as unit:
        return await work(unit)


async def _rows(unit):
    return (await unit.tasks._connection.exec_driver_sql("SELECT count(*) FROM progress")).fetchall()


@pytest.mark.parametrize("way", [_transact, _write])
async def test_a_commit_that_is_refused_harms_no_later_one(storage, way):
    for _ in range(2):
        with pytest.raises((IntegrityError, sqlite3.IntegrityError)):
            await way(storage, _write_what_cannot_be_committed)

    assert await storage.glance(_rows) == [(0,)]
    assert [await one(storage, _rows) for one in (_transact, _write)] == [[(0,)], [(0,)]]


async def test_the_disk_is_waited_for_but_where_a_power_cut_may_undo_it(storage):
    async def flushes(unit):
        [(level,)] = await unit.tasks._connection.exec_driver_sql("PRAGMA synchronous")
        return level == FULL

    async def fail(unit):
        raise LookupError

    assert await storage.transact(flushes)
    assert not await storage.transact(flushes, lasting=False)
    with pytest.raises(LookupError):
        await storage.transact(fail, lasting=False)
    assert await storage.transact(flushes)


async def test_however_long_another_process_writes_its_end_is_seen_soon(storage, writer, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 100:
            writer.execute("COMMIT")

    monkeypatch.setattr(sqlite_thread, "sleep", sleep)

    assert await storage.transact(_rows) == [(0,)]
    assert len(pauses) == 100
    assert max(pauses) <= 0.002


async def test_who_waited_too_long_for_another_process_is_told_and_may_try_again(storage, writer, monkeypatch):
    monkeypatch.setattr(sqlite_thread, "BUSY_SECONDS", 0)
    with pytest.raises(DatabaseBusy):
        await storage.transact(_rows)
    writer.execute("COMMIT")

    assert await storage.transact(_rows) == [(0,)]
