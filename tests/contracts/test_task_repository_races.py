"""What every TaskRepository promises when many use it at once."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing import get_context

import pytest
from queue_steps import BACKGROUND, HOUR, NOON, SYNC, USER, claim, enqueue, new, settle, work

from kodit.domain.errors import LeaseLost
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage

PROCESSES = 8
start = None


@asynccontextmanager
async def another(url):
    """A storage with connections of its own, as another process has."""
    database = Database(url)
    yield SqlStorage(database)
    await database.close()


def remember(barrier):
    global start  # noqa: PLW0603 - a barrier reaches a process of a pool only when it begins
    start = barrier


def enqueue_with_the_others(url, priority):
    async def run():
        async with another(url) as storage:
            start.wait(60)
            async with storage.write() as unit:
                return (await enqueue(unit.tasks, new(pipeline=CODE, priority=priority))).id

    return asyncio.run(run())


async def test_eight_processes_that_enqueue_one_key_share_one_run(storage, database):
    # Forked from a process without threads, which has done the slow imports once.
    context = get_context("forkserver")
    context.set_forkserver_preload(["pytest", "kodit.infrastructure.sql.unit_of_work"])
    barrier = context.Barrier(PROCESSES)
    pool = ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=remember, initargs=(barrier,))
    url = database.url.render_as_string(hide_password=False)
    loop = asyncio.get_running_loop()
    with pool:
        jobs = [
            loop.run_in_executor(pool, enqueue_with_the_others, url, USER if number == 3 else BACKGROUND)
            for number in range(PROCESSES)
        ]
        runs = await asyncio.gather(*jobs)

    assert len(set(runs)) == 1
    async with storage.read() as unit:
        tasks = await unit.tasks.tasks_of(runs[0])
        assert [task.priority for task in tasks] == [90, 80, 70, 60, 50]
        assert (await unit.tasks.run(runs[0])).again is None


async def test_of_many_claimers_one_gets_each_task(queue):
    for number in range(30):
        await enqueue(queue, new(str(number)))

    batches = await asyncio.gather(*(claim(queue, limit=4, owner=str(number)) for number in range(10)))

    claimed = [task.id for batch in batches for task in batch]
    assert len(claimed) == len(set(claimed)) == 30


async def test_claimers_on_connections_of_their_own_run_each_task_once(storage, database):
    async with storage.write() as unit:
        for number in range(30):
            await enqueue(unit.tasks, new(str(number)))

    async def work_off(mine, owner):
        done = []
        while True:
            async with mine.write() as unit:
                tasks = await claim(unit.tasks, limit=2, owner=owner)
            if not tasks:
                return done
            for task in tasks:
                async with mine.write() as unit:
                    assert (await settle(unit.tasks, task)).state is RunState.COMPLETED
                done.append(task.id)

    async with AsyncExitStack() as open_ones:
        others = [
            await open_ones.enter_async_context(another(database.url.render_as_string(hide_password=False)))
            for _ in range(4)
        ]
        done = await asyncio.gather(*(work_off(mine, str(number)) for number, mine in enumerate(others)))

    everything = [task_id for tasks in done for task_id in tasks]
    assert len(everything) == len(set(everything)) == 30


async def test_of_many_rescuers_one_gets_each_task(queue):
    for number in range(10):
        await enqueue(queue, new(str(number)))
    await claim(queue)

    rescued = await asyncio.gather(*(queue.rescue(now=NOON + HOUR) for _ in range(5)))

    taken = [task_id for lapsed in rescued for task_id in lapsed.tasks]
    assert len(taken) == len(set(taken)) == 10


async def test_when_rescue_and_settlement_race_one_of_them_wins(queue):
    for number in range(10):
        run = await enqueue(queue, new(str(number)))
        [task] = await claim(queue)

        settled, lapsed = await asyncio.gather(
            settle(queue, task), queue.rescue(now=NOON + HOUR), return_exceptions=True
        )

        assert isinstance(settled, LeaseLost) == bool(lapsed.tasks)
        ended = await queue.run(run.id)
        assert ended.state is (RunState.PROCESSING if lapsed.tasks else RunState.COMPLETED)
        for rest in await claim(queue, at=NOON + HOUR):
            await settle(queue, rest)


async def test_two_tasks_that_end_at_once_start_their_follower_once(queue):
    for number in range(5):
        await enqueue(queue, new(str(number), pipeline=CODE))
        await work(queue, SYNC)
        await settle(queue, (await claim(queue))[0])
        both = await claim(queue)
        assert len(both) == 2

        await asyncio.gather(*(settle(queue, task) for task in both))

        [enrich] = await claim(queue)
        assert (await settle(queue, enrich)).state is RunState.COMPLETED


@pytest.mark.parametrize("priority", [BACKGROUND, USER])
async def test_what_is_asked_for_as_a_run_ends_is_never_lost(queue, priority):
    """Either it is followed, or the request makes a run of its own."""
    for number in range(10):
        first = await enqueue(queue, new(str(number)))
        [task] = await claim(queue)

        await asyncio.gather(settle(queue, task), enqueue(queue, new(str(number), priority)))

        following = await queue.live_run(str(number))
        assert following.id > first.id
        assert following.priority == priority
        await work(queue, SYNC)
