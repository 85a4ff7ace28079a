"""What the workers of the chaos test do: pipelines with a fate for each run.

Work takes time, so that there is something to be killed, stopped or cut off in the midst of.
"""

import asyncio
import os
import random
import time
from datetime import timedelta
from enum import IntEnum

from kodit.domain.errors import InvalidInput, Unavailable
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Policies, RetryPolicy

LEASE = timedelta(seconds=1.5)
ATTEMPTS = 30
"""More than any healthy task needs, so that each that dies of bad luck is a task that was harmed by another."""
POISON_ATTEMPTS = 3
POISONED = 66
"""Exit status of a worker that was killed by its task."""


class Step(IntEnum):
    READ = 1001
    LEFT = 1002
    RIGHT = 1003
    JOIN = 1004
    POISON = 1005
    AFTER_POISON = 1006
    ERRAND = 1007
    ONE_HALF = 1008
    OTHER_HALF = 1009


WORK = Pipeline(
    "work",
    Phase(Step.READ, offset=30),
    Phase(Step.LEFT, offset=20, needs=frozenset({Step.READ})),
    Phase(Step.RIGHT, offset=20, needs=frozenset({Step.READ})),
    Phase(Step.JOIN, offset=0, needs=frozenset({Step.LEFT, Step.RIGHT})),
)
POISON = Pipeline("poison", Phase(Step.POISON), Phase(Step.AFTER_POISON, needs=frozenset({Step.POISON})))
ERRAND = Pipeline("errand", Phase(Step.ERRAND, offset=10))
"""The only task of its run, as most queues know no others."""
PAIR = Pipeline("pair", Phase(Step.ONE_HALF, offset=10), Phase(Step.OTHER_HALF, offset=10))
"""Two tasks that need nothing of each other: a run may end with either."""
PIPELINES = {"poison": POISON, "errand": ERRAND, "pair": PAIR}
POLICIES = Policies(
    RetryPolicy(attempts=ATTEMPTS, base=timedelta(seconds=0.05), longest=timedelta(seconds=1)),
    {Step.POISON: RetryPolicy(attempts=POISON_ATTEMPTS, base=timedelta(seconds=0.05))},
)
FATES = {"plain": 38, "errand": 20, "pair": 15, "flaky": 5, "slow": 15, "busy": 2, "broken": 3, "poison": 1}
"""How many of about a hundred runs have which fate."""


def fate_of(seed, number):
    """The fate of the run with this number."""
    return random.Random(f"{seed}-{number}").choices(list(FATES), list(FATES.values()))[0]


def pipeline_of(fate):
    return PIPELINES.get(fate, WORK)


def compute_for(seconds):
    """Work that never lets go of the event loop, as a parser does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))


async def meet(fate, task):
    """What the run's fate has in store for this task."""
    if task.type == Step.POISON:
        os._exit(POISONED)
    if fate == "broken" and task.type == Step.LEFT:
        raise InvalidInput("broken for good")
    if fate == "flaky" and task.type == Step.RIGHT and task.attempts == 1:
        raise Unavailable("broken once")
    if fate == "slow" and task.type in {Step.READ, Step.JOIN}:
        # So that a worker that is stopped has something in hand that it would go on with when it wakes.
        await asyncio.sleep(random.uniform(0, 2) * LEASE.total_seconds())
    if fate == "busy" and task.type == Step.JOIN:
        # Nothing else in this process gets a turn, except the thread that keeps the leases.
        compute_for(1.5 * LEASE.total_seconds())


async def work_at(attempt):
    """Carry out any task: be as the run's fate says, and note the effect in the ledger."""
    task = attempt.task

    async def note(unit):
        await unit.ledger.effect(task, await unit.tasks.tasks_of(task.run_id))

    await meet(task.payload["fate"], task)
    await asyncio.sleep(random.uniform(0, 0.02))
    if random.random() < 0.1:
        async with attempt.storage.write() as unit:
            await note(unit)
            # Long enough to be killed, stopped or cut off between an effect and its commit.
            await asyncio.sleep(random.uniform(0, 0.05))
    else:
        await attempt.storage.transact(note)
    await asyncio.sleep(random.uniform(0, 0.02))
    # Who counts nothing can be ended without a look at the run.
    return Done(counts={"effects": 1}) if pipeline_of(task.payload["fate"]) is WORK else Done()
