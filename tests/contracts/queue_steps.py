"""The steps that the suites of TaskRepository are told in."""

from datetime import UTC, datetime, timedelta
from itertools import count

from kodit.domain.errors import LeaseLost
from kodit.domain.tasks.claim import ANYWHERE, Demand, Ending
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Policies, Retry, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
POLICY = RetryPolicy(base=MINUTE, jitter=0)
SINGLE = Pipeline("single", Phase(TaskType.SYNC))
USER, BACKGROUND = 50, 10
SYNC, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH, *_ = TaskType
tokens = count()


def new(key="a", priority=BACKGROUND, *, pipeline=SINGLE, at=NOON, attempts=3, place=ANYWHERE):
    policies = Policies(RetryPolicy(attempts=attempts))
    payload = {"index_id": 7}
    return plan(pipeline, dedup_key=key, payload=payload, priority=priority, policies=policies, place=place, now=at)


async def enqueue(queue, planned):
    [run] = await queue.enqueue([planned])
    return run


async def claim(queue, *, limit=99, at=NOON, owner="worker", **wanted):
    lease = Lease(owner=owner, token=f"token {next(tokens)}", until=at + MINUTE)
    return await queue.claim(lease, demand(limit, **wanted), now=at)


def demand(limit=99, *, types=tuple(TaskType), **wanted):
    return Demand(limit=limit, types=types, **wanted)


async def settle(queue, task, outcome=Done(), at=NOON):  # noqa: B008 - Done is immutable
    """Settle one attempt; returns its run, and raises LeaseLost for a lease that is no longer the stored one."""
    settlement = await queue.settle([ending(task, outcome, at)], now=at)
    if settlement.lost:
        raise LeaseLost(f"task {task.id}")
    return await queue.run(task.run_id)


def ending(task, outcome=Done(), at=NOON):  # noqa: B008
    return Ending(task, task.settled(outcome, policy=POLICY, now=at, chance=0.5), outcome)


async def work(queue, *types, outcome=Done(), at=NOON):  # noqa: B008
    """Claim one task after the other, each of the type expected, and settle it."""
    for kind in types:
        [task] = await claim(queue, limit=1, at=at)
        assert kind is task.type
        run = await settle(queue, task, outcome, at)
    return run


async def exhaust(queue, *, attempts=3, at=NOON):
    """Fail a task until it has no attempts left."""
    for number in range(attempts):
        at += HOUR
        [task] = await claim(queue, limit=1, at=at)
        run = await settle(queue, task, Retry(f"failure {number + 1}", kind="Unavailable", trace="trace"), at)
    return run


async def states(queue, run):
    return {task.type: task.state for task in await queue.tasks_of(run.id)}


async def snapshot(queue, run):
    return await queue.run(run.id), await queue.tasks_of(run.id)
