"""What a worker remembers between two looks at the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.tasks.prospect import Prospect
from kodit.application.tasks.terms import Terms
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TYPES = (TaskType.SYNC,)


class Setting:
    """A clock that is set by hand, and a storage of the queue in memory."""

    def __init__(self):
        self.tasks = MemoryTaskRepository()
        self.at = NOON

    def now(self):
        return self.at

    async def glance(self, work):
        return await work(self)


@pytest.fixture
async def setting():
    """One task, leased for a second to somebody else."""
    made = Setting()
    single = Pipeline("single", Phase(TaskType.SYNC))
    policies = Policies(RetryPolicy())
    await made.tasks.enqueue([plan(single, dedup_key="a", payload={}, priority=1, policies=policies, now=NOON)])
    lease = Lease(owner="another", token="held", until=NOON + SECOND)
    assert await made.tasks.claim(lease, Demand(limit=1, types=TYPES), now=NOON)
    return made


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), SECOND])
async def test_a_lease_that_runs_out_while_the_worker_looks_is_not_forgotten(setting, late):
    prospect = Prospect(storage=setting, clock=setting, terms=Terms(), types=TYPES)
    assert not await prospect.finds(1)
    assert not prospect.is_past(setting.now())
    assert prospect.patience(5 * SECOND) == 1

    setting.at += SECOND + late
    assert not await prospect.finds(1)

    setting.at += timedelta(seconds=prospect.patience(5 * SECOND))
    assert prospect.is_past(setting.now())
    prospect.forget()
    assert not await prospect.finds(1)
    assert not prospect.is_past(setting.now())
    assert prospect.patience(5 * SECOND) == 5
