"""Enqueueing on PostgreSQL whatever its planner chooses."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Policies
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.task_repository import SqlTaskRepository

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = Pipeline("one", Phase(TaskType.SYNC))
JOINS = {"nestloop", "hashjoin", "mergejoin"}


@asynccontextmanager
async def queue_after(url, *statements):
    """The queue in a transaction in which these have been executed."""
    database = Database(url)
    try:
        await upgrade(database)
        async with database.write() as connection:
            for statement in statements:
                await connection.execute(text(statement))
            yield SqlTaskRepository(connection)
    finally:
        await database.close()


def asked_for(key):
    return plan(ONE, dedup_key=key, payload={}, priority=0, policies=Policies(), now=NOW)


@pytest.mark.parametrize("way", sorted(JOINS))
async def test_runs_are_stored_by_their_keys_and_tasks_as_they_were_asked_for_whatever_the_plan(postgres_url, way):
    keys = [f"key {number * 37 % 101:03}" for number in range(101)]
    other_ways = [f"SET LOCAL enable_{other} = off" for other in sorted(JOINS - {way})]
    async with queue_after(postgres_url, *other_ways) as queue:
        stored = await queue.enqueue([asked_for(key) for key in keys])
        tasks = [task for run in stored for task in await queue.tasks_of(run.id)]

    assert [run.dedup_key for run in sorted(stored, key=lambda run: run.id)] == sorted(keys)
    assert [task.dedup_key for task in sorted(tasks, key=lambda task: task.id)] == [f"{key}:SYNC" for key in keys]


async def test_numbers_that_are_used_up_are_not_taken_for_a_run_that_was_asked_for_already(postgres_url):
    async with queue_after(postgres_url) as queue:
        await queue.enqueue([asked_for("first")])

    with pytest.raises(IntegrityError):
        async with queue_after(postgres_url, "SELECT setval(pg_get_serial_sequence('runs', 'id'), 1, false)") as queue:
            await queue.enqueue([asked_for("second")])
