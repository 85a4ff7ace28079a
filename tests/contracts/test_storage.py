"""What every Storage promises of its units of work."""

import asyncio
import shutil

import pytest
from indexed_nouns import a_file, a_snippet, a_source, add_snippets, stored_source
from queue_steps import enqueue, new

from kodit.domain.errors import Conflict, KoditError
from kodit.domain.tasks.pipeline import CODE
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage


async def names(storage):
    async with storage.read() as unit:
        return [source.name for source in await unit.sources.all()]


async def write_next(storage):
    """As the first who has written anything."""
    async with storage.write() as unit:
        await unit.sources.add(a_source("next"))
    assert await names(storage) == ["next"]


async def test_leaving_the_block_commits(storage):
    async with storage.write() as unit:
        await unit.sources.add(a_source())

    assert await names(storage) == ["demo"]


async def test_an_exception_rolls_everything_back(storage):
    class OddError(Exception):
        pass

    async def fail_at_the_end():
        async with storage.write() as unit:
            index_id, [file_id] = await stored_source(unit)
            await add_snippets(unit, index_id, file_id, a_snippet())
            await enqueue(unit.tasks, new(pipeline=CODE))
            await unit.embeddings.add({"a": b"1234"}, model="m", dimension=1)
            raise OddError

    with pytest.raises(OddError):
        await fail_at_the_end()

    assert await names(storage) == []
    async with storage.read() as unit:
        assert await unit.snippets.count_after(1, 0) == 0
        assert await unit.tasks.live_run("a") is None
        assert await unit.embeddings.get(["a"], model="m", dimension=1) == {}


async def test_a_write_that_is_cancelled_rolls_back_and_lets_the_next_one_in(storage):
    begun, forever = asyncio.Event(), asyncio.Event()

    async def write():
        async with storage.write() as unit:
            await unit.sources.add(a_source("cancelled"))
            begun.set()
            await forever.wait()

    writer = asyncio.create_task(write())
    await begun.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)

    await write_next(storage)


async def test_a_write_that_is_cancelled_at_any_moment_is_all_or_nothing(storage):
    async def write(name):
        async with storage.write() as unit:
            index_id = (await unit.sources.add(a_source(name))).id
            await unit.files.save(a_file(index_id, str(number)) for number in range(50))

    for number in range(40):
        writer = asyncio.create_task(write(str(number)))
        # A later moment each time: after one more turn of the loop.
        for _ in range(number):
            await asyncio.sleep(0)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        async with storage.write() as unit:
            for source in await unit.sources.all():
                assert len(await unit.files.of(source.id)) == 50


async def test_a_unit_that_reads_cannot_write(storage):
    with pytest.raises(KoditError):
        async with storage.read() as unit:
            await unit.sources.add(a_source())

    assert await names(storage) == []


async def test_a_reader_sees_one_consistent_view_while_others_write(storage):
    async with storage.read() as reader:
        assert list(await reader.sources.all()) == []
        async with storage.write() as writer:
            index_id, [file_id] = await stored_source(writer)
            await add_snippets(writer, index_id, file_id, a_snippet())
            assert list(await reader.sources.all()) == []

        assert list(await reader.sources.all()) == []
        assert await reader.snippets.count_after(index_id, 0) == 0

    assert await names(storage) == ["demo"]


async def test_what_is_not_committed_is_seen_by_nobody_else(storage):
    async with storage.write() as writer:
        await writer.sources.add(a_source())

        assert await names(storage) == []


async def test_many_read_at_once_while_one_writes(storage):
    async with storage.write() as writer:
        await writer.sources.add(a_source())

        assert await asyncio.gather(*(names(storage) for _ in range(20))) == [[]] * 20


async def test_writers_take_turns_and_none_is_lost(storage):
    async def add(number):
        async with storage.write() as unit:
            taken = len(await unit.sources.all())
            await unit.sources.add(a_source(f"{taken:02}", location=f"/code/{number}"))

    await asyncio.gather(*(add(number) for number in range(20)))

    assert await names(storage) == [f"{number:02}" for number in range(20)]


async def test_a_write_within_a_write_is_refused_at_once_and_both_are_undone(storage):
    async def add_one_more(unit):
        await unit.sources.add(a_source("inner"))

    async def write_again():
        async with storage.write() as unit:
            await add_one_more(unit)

    async def write_and(nested):
        async with asyncio.timeout(10), storage.write() as unit:
            await unit.sources.add(a_source("outer"))
            await nested()

    for nested in (write_again, lambda: storage.transact(add_one_more)):
        with pytest.raises(Conflict) as refused:
            await write_and(nested)
        assert refused.value.remedy

    await write_next(storage)


async def test_a_task_that_was_started_within_a_write_writes_once_that_is_over(storage):
    async def add(name):
        async with storage.write() as unit:
            await unit.sources.add(a_source(name))

    last = asyncio.Event()

    async def add_at_last():
        await last.wait()
        await add("c")

    async with storage.write() as unit:
        await unit.sources.add(a_source("a"))
        others = [asyncio.create_task(add("b")), asyncio.create_task(add_at_last())]
        await asyncio.sleep(0)
    async with storage.write():
        last.set()
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await asyncio.gather(*others)

    assert await names(storage) == ["a", "b", "c"]


async def test_a_write_to_one_database_may_go_on_while_another_is_written(storage, sqlite_file):
    other = Database(f"sqlite+aiosqlite:///{shutil.copy(sqlite_file, sqlite_file.with_name('other.db'))}")
    async with asyncio.timeout(10), storage.write() as unit, SqlStorage(other).write() as beside:
        await unit.sources.add(a_source("here"))
        await beside.sources.add(a_source("there"))

    assert (await names(storage), await names(SqlStorage(other))) == (["here"], ["there"])
    await other.close()


async def test_a_unit_that_failed_harms_no_later_one(storage):
    for _ in range(10):
        with pytest.raises(KoditError):
            async with storage.write() as unit:
                await unit.sources.get(404)
        with pytest.raises(KoditError):
            async with storage.read() as unit:
                await unit.sources.get(404)

    async with storage.write() as unit:
        await unit.sources.add(a_source())
    assert await names(storage) == ["demo"]


async def test_a_glance_waits_for_no_writer_and_sees_what_is_committed(storage):
    async def look(unit):
        return [source.name for source in await unit.sources.all()], await unit.tasks.owners()

    async with storage.write() as writer:
        await writer.sources.add(a_source())

        async with asyncio.timeout(60):
            assert await storage.glance(look) == ([], frozenset())

    assert await storage.glance(look) == (["demo"], frozenset())
