"""What every Views promises."""

from dataclasses import replace

import pytest
from code_facts import a_symbol, facts
from indexed_nouns import a_file, a_snippet, a_source, add_snippets
from queue_steps import ENRICH, HOUR, NOON, SYNC, claim, enqueue, new, settle

from kodit.application.views import DeadFilter
from kodit.domain.errors import NotFound
from kodit.domain.sources.file import FileStatus, SkipReason
from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.pipeline import Phase, Pipeline
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
        tasks = tuple(task._replace(payload=payload) for task in plan.tasks)
        run = await enqueue(unit.tasks, replace(plan, run=plan.run._replace(payload=payload), tasks=tasks))
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
        defined = [a_symbol(name, line=line) for line, name in enumerate("abc", 1)]
        await unit.symbols.replace(second.id, [facts(file.id, symbols=defined)])

    rows = await views.sources()

    assert [(row.name, row.files, row.snippets, row.symbols) for row in rows] == [("a", 0, 0, 0), ("b", 1, 2, 3)]
    assert (await views.files(second.id)).symbols == 3


async def test_a_channel_lies_where_its_release_is_without_the_name_that_is_kept_with_it(storage, views):
    channel = replace(a_source("nixos"), kind=SourceKind.NIXPKGS_CHANNEL, location="/home/odd#name/list.json#nixos")
    await added(storage, channel)

    [row] = await views.sources()

    assert (row.location, row.ref) == ("/home/odd#name/list.json", None)


@pytest.mark.parametrize("outcome", [None, Done(), Failed("broken")])
async def test_sources_have_the_numbers_of_now_however_often_somebody_asks(storage, views, outcome):
    source = await added(storage, a_source(indexed_at=NOON), [a_file(0, "x.py")])
    await run_for(storage, source, outcome)
    assert [(row.files, row.snippets) for row in await views.sources()] == [(1, 0)]
    if outcome == Done():
        # What was indexed to the end stays as it is until the next run.
        await run_for(storage, source)
    async with storage.write() as unit:
        file = (await unit.files.of(source.id))["x.py"]
        await add_snippets(unit, source.id, file.id, a_snippet())
    assert [(row.files, row.snippets) for row in await views.sources()] == [(1, 1)]
    other = await added(storage, a_source("other"), [a_file(0, "y.py")])
    async with storage.write() as unit:
        await unit.sources.remove(source.id)
    assert [(row.id, row.files, row.snippets) for row in await views.sources()] == [(other.id, 1, 0)]


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


async def test_a_source_that_failed_says_why_until_another_run_begins(storage, views):
    source = await added(storage, a_source("a", indexed_at=NOON))
    await run_for(storage, await added(storage, a_source("b")), Retry("no answer", remedy="wait"))
    await run_for(storage, source, Failed("it is broken", remedy="mend it"))
    assert [(row.error, row.remedy) for row in await views.sources()] == [("it is broken", "mend it"), (None, None)]

    await run_for(storage, source, Failed("it is gone"))
    assert [(row.error, row.remedy) for row in await views.sources()] == [("it is gone", None), (None, None)]

    await run_for(storage, source)
    assert [(row.state, row.error) for row in await views.sources()] == [("queued", None), ("waiting", None)]


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
    assert [task.source for task in await views.tasks(kind=SYNC, states=[TaskState.READY])] == ["b"]
    assert await views.tasks(kind=ENRICH) == []
    [last] = await views.tasks(limit=1)
    assert [task.source for task in await views.tasks(before=last.id)] == ["a"]
    assert await views.tasks(before=last.id, source="b") == []


async def died(storage, key, outcome, *, at=NOON, kind=SYNC, attempts=1):
    """A task that ended with an outcome, its last attempt at a moment."""
    async with storage.write() as unit:
        plan = new(key, attempts=attempts, at=at, pipeline=Pipeline("p", Phase(kind)))
        await enqueue(unit.tasks, plan)
        [task] = await claim(unit.tasks, at=at, types=(kind,), owner="worker")
        await settle(unit.tasks, task, outcome, at=at)
    return task.id


async def test_dead_letters_come_with_what_went_wrong_last_the_last_that_died_first(storage, views):
    source = await added(storage, a_source("shop"))
    await run_for(storage, source, Failed("broken", kind="InvalidInput", remedy="mend it"))
    later = await died(storage, "another", Retry("no answer", kind="Unavailable"), at=NOON + HOUR)

    second, first = await views.dead(DeadFilter())

    assert (first.type, first.source, first.attempts, first.max_attempts) == (SYNC, "shop", 1, 3)
    assert (first.kind, first.message, first.remedy) == ("InvalidInput", "broken", "mend it")
    assert (first.died_at, first.worker) == (NOON, "worker")
    assert (second.id, second.source, second.message, second.remedy) == (later, None, "no answer", None)
    assert (first.about, second.about) == ("shop", "another:SYNC")
    assert [letter.id for letter in await views.dead(DeadFilter(), limit=1)] == [later]


async def test_dead_letters_go_on_after_one_of_them_also_among_those_that_died_at_once(storage, views):
    first, second = [await died(storage, name, Failed("broken"), at=NOON) for name in ("first", "second")]
    third = await died(storage, "third", Failed("broken"), at=NOON + HOUR)

    async def after(*place):
        return [letter.id for letter in await views.dead(DeadFilter(after=place))]

    assert await after(NOON + HOUR, third) == [second, first]
    assert await after(NOON, second) == [first]
    assert await after(NOON, first) == []


async def test_dead_letters_are_chosen_by_type_source_and_moment(storage, views):
    shop = await added(storage, a_source("shop"))
    await added(storage, a_source("idle"))
    await run_for(storage, shop, Failed("broken"))
    [of_shop] = await views.dead_ids(DeadFilter())
    later = await died(storage, "later", Failed("broken"), at=NOON + HOUR)
    other = await died(storage, "other", Failed("broken"), at=NOON + HOUR, kind=ENRICH)
    await died(storage, "fine", Done())

    async def chosen(**which):
        found = DeadFilter(**which)
        ids = await views.dead_ids(found)
        assert sorted(letter.id for letter in await views.dead(found)) == sorted(ids)
        return ids

    assert await chosen() == [of_shop, later, other]
    assert await chosen(type=ENRICH) == [other]
    assert await chosen(source="shop") == [of_shop]
    assert await chosen(source="idle") == []
    assert await chosen(earliest_at=NOON + HOUR) == [later, other]
    assert await chosen(earliest_at=NOON + HOUR, type=SYNC) == [later]


async def test_a_source_that_there_is_none_of_is_not_found(views):
    for asked in (views.dead(DeadFilter(source="x")), views.dead_ids(DeadFilter(source="x")), views.tasks(source="x")):
        with pytest.raises(NotFound, match="no source named x"):
            await asked


async def test_the_tasks_of_other_programs_are_about_no_source(storage, views):
    await added(storage, a_source("shop"))
    async with storage.write() as unit:
        for number, payload in enumerate(({"index_id": "mine"}, {"index_id": 1.5}, {"index_id": None}, {})):
            plan = new(str(number))
            tasks = tuple(task._replace(payload=payload) for task in plan.tasks)
            await enqueue(unit.tasks, replace(plan, tasks=tasks))

    listed = await views.tasks()
    assert [task.source for task in listed] == [None] * 4
    assert [task.about for task in listed] == [f"{number}:SYNC" for number in (3, 2, 1, 0)]
    assert await views.tasks(source="shop") == []


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
