"""What every Views promises."""

from dataclasses import replace

import pytest
from indexed_nouns import NOON, a_file, a_snippet, a_source, add_snippets
from queue_steps import SYNC, claim, enqueue, new, settle

from kodit.domain.sources.file import FileStatus, SkipReason
from kodit.domain.tasks.policy import Done, Failed, Retry
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.views import SqlViews


@pytest.fixture
def views(database):
    return SqlViews(database)


async def added(storage, source, files=()):
    async with storage.write() as unit:
        stored = await unit.sources.add(source)
        await unit.files.save(replace(file, index_id=stored.id) for file in files)
    return stored


async def run_for(storage, source, outcome=None):
    """A run about a source; with an outcome, ended by it."""
    async with storage.write() as unit:
        plan = new(f"index:{source.id}")
        payload = {"index_id": source.id}
        tasks = tuple(replace(task, payload=payload) for task in plan.tasks)
        run = await enqueue(unit.tasks, replace(plan, run=replace(plan.run, payload=payload), tasks=tasks))
        if outcome is not None:
            [task] = await claim(unit.tasks)
            await settle(unit.tasks, task, outcome)
    return run


async def test_sources_come_by_name_with_their_numbers(storage, views):
    second = await added(storage, a_source("b"), [a_file(0, "x.py"), a_file(0, "gone.py", status=FileStatus.DELETED)])
    await added(storage, a_source("a"))
    async with storage.write() as unit:
        file = (await unit.files.of(second.id))["x.py"]
        await add_snippets(unit, second.id, file.id, a_snippet(), a_snippet("y", symbol=None, line=2))

    rows = await views.sources()

    assert [(row.name, row.files, row.snippets, row.symbols) for row in rows] == [("a", 0, 0, 0), ("b", 1, 2, 1)]


@pytest.mark.parametrize(
    ("indexed_at", "outcome", "state"),
    [
        (None, None, "queued"),
        (NOON, None, "queued"),
        (NOON, Retry("no answer"), "waiting"),
        (NOON, Done(), "indexed"),
        (NOON, Failed("broken"), "failed"),
    ],
)
async def test_a_source_says_how_its_last_run_stands(storage, views, indexed_at, outcome, state):
    source = await added(storage, a_source(indexed_at=indexed_at))
    await run_for(storage, source, outcome)

    [row] = await views.sources()

    assert row.state == state


async def test_a_source_is_indexing_while_a_worker_is_at_it(storage, views):
    await run_for(storage, await added(storage, a_source()))
    async with storage.write() as unit:
        await claim(unit.tasks, owner="somebody")

    assert [row.state for row in await views.sources()] == ["indexing"]
    assert [row.state for row in await views.sources(gone=["another"])] == ["indexing"]
    assert [row.state for row in await views.sources(gone=["somebody"])] == ["queued"]


async def test_a_source_without_a_run_is_new(storage, views):
    await added(storage, a_source())

    assert [row.state for row in await views.sources()] == ["new"]


async def test_tasks_come_newest_first_by_state_and_by_source(storage, views):
    first, second = await added(storage, a_source("a")), await added(storage, a_source("b"))
    await run_for(storage, first, Failed("broken"))
    await run_for(storage, second)

    every = await views.tasks()
    assert [(task.source, task.type, task.state) for task in every] == [
        ("b", SYNC, TaskState.READY),
        ("a", SYNC, TaskState.DEAD),
    ]
    assert [task.source for task in await views.tasks(states=[TaskState.DEAD])] == ["a"]
    assert [task.source for task in await views.tasks(source="b")] == ["b"]
    assert len(await views.tasks(limit=1)) == 1


async def test_the_queue_is_counted_by_state_and_type(storage, views):
    first, second = await added(storage, a_source("a")), await added(storage, a_source("b"))
    await run_for(storage, first, Failed("broken"))
    await run_for(storage, second)

    stats = await views.queue()

    assert stats.by_state == {TaskState.DEAD: 1, TaskState.READY: 1}
    assert stats.by_type == {SYNC: {TaskState.DEAD: 1, TaskState.READY: 1}}
    assert stats.oldest_ready_at == NOON


async def test_an_empty_queue_has_no_oldest_task(views):
    stats = await views.queue()

    assert (stats.by_state, stats.oldest_ready_at) == ({}, None)


async def test_files_are_counted_by_language_and_by_reason(storage, views):
    source = await added(
        storage,
        a_source(),
        [
            a_file(0, "a.py", language="python"),
            a_file(0, "b.py", language="python"),
            a_file(0, "c.bin", skip_reason=SkipReason.BINARY),
            a_file(0, "d.py", language="python", status=FileStatus.DELETED),
        ],
    )

    counts = await views.files(source.id)

    assert counts.by_language == {"python": 2}
    assert counts.skipped == {"binary": 1}
