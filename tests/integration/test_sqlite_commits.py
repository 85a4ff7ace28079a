"""A commit that SQLite refuses leaves nothing behind: neither what was written nor a transaction that goes on."""

import pytest
from sqlalchemy.exc import IntegrityError
from worker_steps import opened


@pytest.fixture
async def storage(tmp_path):
    async with opened(tmp_path) as queue:
        yield queue.storage


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
        with pytest.raises(IntegrityError):
            await way(storage, _write_what_cannot_be_committed)

    assert await storage.glance(_rows) == [(0,)]
    assert [await one(storage, _rows) for one in (_transact, _write)] == [[(0,)], [(0,)]]
