"""Enqueueing on PostgreSQL whatever its planner chooses."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

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
async def joining_by(url, way):
    """The queue in a transaction whose planner would join in no other way if it can."""
    database = Database(url)
    await upgrade(database)
    async with database.write() as connection:
        for other in sorted(JOINS - {way}):
            await connection.execute(text(f"SET LOCAL enable_{other} = off"))
        yield SqlTaskRepository(connection)
    await database.close()


@pytest.mark.parametrize("way", sorted(JOINS))
async def test_runs_are_stored_by_their_keys_and_tasks_as_they_were_asked_for_whatever_the_plan(postgres_url, way):
    keys = [f"key {number * 37 % 101:03}" for number in range(101)]
    asked = [plan(ONE, dedup_key=key, payload={}, priority=0, policies=Policies(), now=NOW) for key in keys]
    async with joining_by(postgres_url, way) as queue:
        stored = await queue.enqueue(asked)
        tasks = [task for run in stored for task in await queue.tasks_of(run.id)]

    assert [run.dedup_key for run in sorted(stored, key=lambda run: run.id)] == sorted(keys)
    assert [task.dedup_key for task in sorted(tasks, key=lambda task: task.id)] == [f"{key}:SYNC" for key in keys]
