"""What every Wakeups promises."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from kodit.infrastructure.memory.wakeups import MemoryWakeups
from kodit.infrastructure.postgres.wakeups import PostgresWakeups
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

INSERT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO tasks VALUES (1)")
connection.commit()
"""
LONG = 240
"""Seconds; nobody waits that long unless a promise is broken."""


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "queue.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE tasks (id INTEGER)")
        connection.commit()
    return path


@pytest.fixture
def memory():
    return MemoryWakeups()


@pytest.fixture
async def sqlite(database):
    made = SqliteWakeups(database)
    yield made
    await made.close()


@pytest.fixture
async def postgres(postgres_url):
    made = PostgresWakeups(postgres_url)
    yield made
    await made.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def wakeups(request):
    return request.getfixturevalue(request.param)


async def soon(waiting):
    async with asyncio.timeout(LONG / 4):
        await waiting


async def test_a_notification_wakes_who_waits(wakeups):
    waiting = asyncio.create_task(wakeups.wait(LONG))
    await asyncio.sleep(0)
    wakeups.notify()

    await soon(waiting)


async def test_a_notification_wakes_all_who_wait(wakeups):
    wakeups.notify()
    await soon(wakeups.wait(LONG))
    waiting = [asyncio.create_task(wakeups.wait(LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    wakeups.notify()

    await soon(asyncio.gather(*waiting))


async def test_an_announcement_wakes_who_waits(wakeups):
    waiting = asyncio.create_task(wakeups.wait(LONG))
    await asyncio.sleep(0)
    wakeups.announce()

    await soon(waiting)


async def test_a_notification_before_the_wait_is_not_lost(wakeups):
    wakeups.notify()

    await soon(wakeups.wait(LONG))


async def test_a_wait_ends_by_itself(wakeups):
    await soon(wakeups.wait(0.01))


async def test_who_is_woken_is_told_once_that_tasks_were_announced(wakeups):
    await wakeups.wait(0)
    wakeups.announce()
    told = [await wakeups.wait(LONG), await wakeups.wait(0)]

    assert told == [True, False]


async def test_a_notification_announces_nothing(wakeups):
    await wakeups.wait(0)
    wakeups.notify()

    assert await wakeups.wait(LONG) is False


async def test_one_notification_wakes_once(wakeups):
    wakeups.notify()
    await wakeups.wait(LONG)
    waiting = asyncio.create_task(wakeups.wait(LONG))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    waiting.cancel()

    assert not done


async def test_each_who_waits_hears_every_announcement(wakeups):
    other = wakeups.another()
    third = other.another()
    for one in (wakeups, other, third):
        await one.wait(0)
    other.announce()

    # One after the other: none of them takes it from those who are at work while it comes.
    assert [await one.wait(LONG) for one in (wakeups, other, third)] == [True] * 3
    assert [await one.wait(0) for one in (wakeups, other, third)] == [False] * 3


async def test_a_notification_is_for_one_who_waits_alone(wakeups):
    other = wakeups.another()
    for one in (wakeups, other):
        one.notify()
        await soon(one.wait(LONG))
    waiting = asyncio.create_task(wakeups.wait(LONG))
    other.notify()
    await soon(other.wait(LONG))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    waiting.cancel()

    assert not done


async def test_a_commit_of_another_process_wakes(database):
    wakeups = SqliteWakeups(database)
    await wakeups.wait(0)
    waiting = asyncio.create_task(wakeups.wait(LONG))
    await asyncio.sleep(0)
    insert = [sys.executable, "-c", INSERT, str(database)]
    await asyncio.to_thread(subprocess.run, insert, check=True)

    await soon(waiting)
    # It may have been anything.
    assert waiting.result() is False
    await wakeups.close()


async def test_a_commit_that_one_has_seen_wakes_the_others_too(database):
    wakeups = SqliteWakeups(database)
    other = wakeups.another()
    await wakeups.wait(0)
    await other.wait(0)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO tasks VALUES (1)")
        connection.commit()

    await soon(wakeups.wait(LONG))
    await soon(other.wait(LONG))
    await wakeups.close()


async def test_a_commit_between_two_waits_is_not_lost(database):
    wakeups = SqliteWakeups(database)
    await wakeups.wait(0)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO tasks VALUES (1)")
        connection.commit()

    await soon(wakeups.wait(LONG))
    await wakeups.close()
